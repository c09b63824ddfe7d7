"""Amendments: what later facts change of a sealed month, numbered, with the difference; the sealed one stays (S6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine

from reports.as_sealed import as_sealed
from reports.difference import amends, difference
from reports.evidence.facts import facts_document
from reports.publishing import Papers, Who
from reports.sealing import QUICKER
from reports.standing import Standing, counter_document, settled, standing
from reports.statement import statement_document
from sla.disputing import Refused
from sla.instant import Ms
from store import papers, seals, statement_events
from store.database import reading, writing
from store.device_facts import KindPolicy
from store.inventory import load
from store.seals import Seal

BY: Final = "hallwatch"
"""Who amends when nobody asked."""


def amend(engine: Engine, contract: str, month: str, policies: Mapping[str, KindPolicy], who: Who) -> Seal | None:
    """Amend a sealed month by the facts as they are now; None where no figure differs from what was said last.

    It is counted by the contract that was sealed (`reports.as_sealed`). Raises `Refused` where somebody was quicker.
    """
    with reading(engine) as conn:
        seen = standing(conn, contract, month, who.at)
        made = _counted(conn, seen, policies) if seen.seals else None
    if made is None:
        return None
    try:
        with writing(engine) as conn:
            return _amend(conn, seen, *made, who)
    except seals.Quicker as error:
        raise Refused(QUICKER) from error


def amend_all(
    engine: Engine, policies: Mapping[str, KindPolicy], now: Ms, contract: str | None = None, by: str = BY
) -> list[Seal]:
    """Amend every sealed month, of one contract or of all (`sealed_months`)."""
    months = (one for one in sealed_months(engine) if contract in (None, one[0]))
    made = (amend(engine, id, month, policies, Who(by, now)) for id, month in months)
    return [one for one in made if one is not None]


def sealed_months(engine: Engine) -> list[tuple[str, str]]:
    """The (contract, month) in the order of the chain; those of contracts that are no more cannot be counted."""
    with reading(engine) as conn:
        known = load(conn).contracts
        return [one for one in seals.sealed(conn) if one[0] in known]


def _counted(
    conn: Connection, seen: Standing, policies: Mapping[str, KindPolicy]
) -> tuple[Papers, dict[str, Any]] | None:
    """What a sealed month comes to now with the difference; the facts are gathered only where there is one."""
    city = as_sealed(load(conn), papers.get(conn, seen.seals[0].facts))
    last = papers.get(conn, seen.seals[-1].statement)
    asked = conn, city, seen.contract, seen.month, policies, seen.now
    found = statement_document(*asked)
    changed = _difference(seen, last, found)
    return None if changed is None else (Papers(found, facts_document(*asked)), changed)


def _difference(seen: Standing, last: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of what was sealed or amended last and what is counted now, each with the counter-entries of the seal."""
    counters = seen.counters
    found = difference({**last, **settled(last, counters)}, {**now, **settled(now, counters)})
    return found if amends(found) else None


def _amend(conn: Connection, seen: Standing, made: Papers, changed: Mapping[str, Any], who: Who) -> Seal | None:
    statement_events.lock(conn, seen.contract, seen.month)
    if len(seals.of_month(conn, seen.contract, seen.month)) != len(seen.seals):
        return None  # somebody amended it meanwhile, by the same facts or newer ones
    counters = seen.counters
    new = seals.New(
        contract=seen.contract,
        vendor=seen.seals[0].vendor,
        month=seen.month,
        number=len(seen.seals),
        at=who.at,
        by=who.name,
        statement=papers.put(conn, made.statement, who.at),
        facts=papers.put(conn, made.facts, who.at),
        detail={
            **settled(made.statement, counters),
            "amends": seen.seals[-1].hash,
            "difference": changed,
            "counter_entries": [counter_document(one) for one in counters],
        },
    )
    return seals.append(conn, new)
