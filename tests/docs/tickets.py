"""Tickets and contracts of the examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from sla.case import Case, Fault
from sla.contract import Contract, Granted, Term, Travel
from sla.instant import HOUR, MINUTE, Ms
from sla.month import month
from sla.ticket import Happening
from tests.docs.notation import REPAIR, ZONE, at

YEAR: Final = (month("2026-01", ZONE).start, month("2027-01", ZONE).start)

PLAIN: Final = Contract(
    id="c-2026",
    vendor="v-1",
    start=YEAR[0],
    until=YEAR[1],
    zone=ZONE,
    clock=REPAIR.clock(),
    targets={"printer": 2 * HOUR, "copier": 2 * HOUR},
    pauses=frozenset({"hall_closed", "force_majeure"}),
)
"""Repair hours 08:00-20:00 every day, 2 h for printers and copiers, no travel."""

TRAVEL: Final = replace(PLAIN, travel=Travel(default=(Granted(30 * MINUTE),)))
"""The same with 30 min of travel."""


def happened(what: str, clock: str, day: int = 0, **detail: Any) -> Happening:
    return Happening(what, at(clock, day), "li", detail)


def phoned(clock: str, day: int = 0) -> Happening:
    return happened("opened", clock, day, source="phone")


def ticket(*events: Happening, id: str = "K-1", kind: str = "printer", hall: str = "h-01", **facts: Any) -> Case:
    """A ticket of a printer with these events, vendor-owned unless it says otherwise."""
    return Case(id, "P-0001", kind, hall, tuple(events), **{"owner": "vendor", **facts})


def outage(start: str, until: str | None, day: int = 0) -> Fault:
    return Fault(at(start, day), None if until is None else at(until, day))


def term(id: str, name: str, points: int | str, **rest: Any) -> Term:
    """A term; numbers may be whole or texts such as `0.5`."""
    exact = {key: Fraction(value) for key, value in rest.items() if key in ("allowance", "unit", "cap", "scale")}
    return Term(id, name, Fraction(points), **{**rest, **exact})


def with_terms(*terms: Term, base: Contract = PLAIN, **rest: Any) -> Contract:
    return replace(base, terms=terms, **rest)


def sold(fee: str) -> Fraction:
    return Fraction(fee)


def repaired(id: str, day: int, minutes: int, source: str = "phone", **facts: Any) -> Case:
    """A ticket that was phoned at 09:00 of a day and restored so many minutes later."""
    start = at("09:00", day)
    events: Sequence[Happening] = (
        Happening("opened", start, "hall", {"source": source}),
        Happening("restored", start + minutes * MINUTE, "li", {"how": facts.pop("how", "repaired")}),
    )
    return ticket(*events, id=id, **facts)


def instants(*times: str) -> tuple[Ms, ...]:
    return tuple(at(one) for one in times)
