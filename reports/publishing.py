"""Publishing a statement, so that its vendor may dispute it: papers kept, the window opened (S6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from reports.difference import difference
from reports.evidence.facts import facts_document
from reports.standing import Standing, standing
from reports.statement import statement_document
from sla.disputing import Refused
from sla.instant import Ms, parse
from sla.ticket import N_
from sla.workdays import after_working_days
from store import papers, statement_events
from store.database import reading, writing
from store.device_facts import KindPolicy
from store.inventory import load

WINDOW_DAYS: Final = 5
"""Working days to dispute (S6)."""


class Who(NamedTuple):
    """Somebody who does something at an instant (ms), by the name of the token; `seen` is the newest entry they saw."""

    name: str
    at: Ms
    seen: int | None = None


class Papers(NamedTuple):
    """A month's statement and the facts behind it, as they are to be kept."""

    statement: dict[str, Any]
    facts: dict[str, Any]


def counted(engine: Engine, contract: str, month: str, policies: Mapping[str, KindPolicy], now: Ms) -> Papers:
    """Both as known at `now`, read as of one moment. Raises KeyError for no such contract, ValueError for no month."""
    with reading(engine) as conn:
        city = load(conn)
        found = statement_document(conn, city, contract, month, policies, now)
        return Papers(found, facts_document(conn, city, contract, month, policies, now))


def publish(
    engine: Engine,
    contract: str,
    month: str,
    policies: Mapping[str, KindPolicy],
    who: Who,
    days: int = WINDOW_DAYS,
) -> Standing:
    """Publish a month that is over; anew where its figures changed, which opens the window anew.

    `days` are working days to dispute. What is published already as it is, or sealed, stays. Raises `Refused`; KeyError
    for no such contract, ValueError for no month.
    """
    made = counted(engine, contract, month, policies, who.at)
    end = parse(made.statement["until"])
    if who.at < end:
        raise Refused(N_("the month is not over before {until}"), until=end)
    with writing(engine) as conn:
        statement_events.lock(conn, contract, month)
        before = standing(conn, contract, month, who.at)
        changed = difference(before.document, made.statement) if before.document is not None else None
        if before.state == "sealed":
            if changed:
                raise Refused(N_("the month is sealed: later facts make an amendment"))
            return before
        if before.document is not None and not changed:
            return before
        _publish(conn, contract, month, made, who, changed, days)
        return standing(conn, contract, month, who.at)


def _publish(
    conn: Connection,
    contract: str,
    month: str,
    made: Papers,
    who: Who,
    changed: Mapping[str, Any] | None,
    days: int,
) -> None:
    detail = {
        "vendor": made.statement["vendor"],
        "statement": papers.put(conn, made.statement, who.at),
        "facts": papers.put(conn, made.facts, who.at),
        "until": after_working_days(who.at, days, ZoneInfo(made.statement["zone"])),
        "deductions": {line["id"]: line["deduction"] for line in made.statement["lines"]},
        "difference": changed,
    }
    statement_events.append(conn, contract, month, "published", who.at, who.name, detail)
