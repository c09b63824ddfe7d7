"""Sealing a month: its figures, rules and inputs frozen under a hash that is chained to the seal before (S6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine

from reports.obstacles import Obstacle, obstacles
from reports.publishing import Who
from reports.standing import Standing, deeds, settled, standing
from sla.disputing import Refused
from sla.ticket import N_
from store import seals, statement_events
from store.database import reading, writing
from store.device_facts import KindPolicy
from store.inventory import load

QUICKER: Final = N_("somebody was quicker: look at the statement again")
Overrides = Mapping[str, str]
"""Reasons by the code of the obstacles that somebody passes over."""


class Hindered(Exception):
    """It cannot be sealed: every obstacle that is left."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__("; ".join(one.words() for one in obstacles))
        self.obstacles = tuple(obstacles)


def seal(
    engine: Engine,
    contract: str,
    month: str,
    policies: Mapping[str, KindPolicy],
    who: Who,
    overrides: Overrides | None = None,
) -> Standing:
    """Seal what was published, or say all that is in the way; a month that is sealed already stays as it is.

    `overrides` pass over obstacles that may be, by code, each with its reason; they are written into the seal. A fact
    that comes while it is sealed makes an amendment later. Raises `Hindered`, `Refused` where somebody was quicker;
    KeyError for no such contract.
    """
    given = overrides or {}
    with reading(engine) as conn:
        city = load(conn)
        seen = standing(conn, contract, month, who.at)
        found = obstacles(conn, city, seen, policies)
    if left := [one for one in found if not (one.overridable and one.code in given)]:
        raise Hindered(left)
    try:
        with writing(engine) as conn:
            return _seal(conn, seen, who, _passed(found, given, who))
    except seals.Quicker as error:
        raise Refused(QUICKER) from error


def _seal(conn: Connection, seen: Standing, who: Who, passed: Sequence[Any]) -> Standing:
    statement_events.lock(conn, seen.contract, seen.month)
    now = standing(conn, seen.contract, seen.month, who.at)
    if now.state == "sealed":
        return now
    published = now.publication.published
    if published is None or (now.publication.newest, now.head) != (seen.publication.newest, seen.head):
        raise Refused(QUICKER)
    new = seals.New(
        contract=now.contract,
        vendor=published.detail["vendor"],
        month=now.month,
        number=0,
        at=who.at,
        by=who.name,
        statement=published.detail["statement"],
        facts=published.detail["facts"],
        detail={**frozen(now), "published": published.entry, "overrides": list(passed)},
    )
    seals.append(conn, new)
    return standing(conn, now.contract, now.month, who.at)


def frozen(stands: Standing) -> dict[str, Any]:
    """What a seal holds beside its papers: score and payment after counter-entries, and what people did before."""
    paper, found = stands.document or {}, stands.publication
    return {
        **settled(paper, found.counters),
        **deeds(paper, stands.entries, found, stands.files),
    }


def _passed(found: Iterable[Obstacle], given: Overrides, who: Who) -> list[dict[str, Any]]:
    return [one.document() | {"by": who.name, "override": given[one.code]} for one in found]
