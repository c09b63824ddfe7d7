"""Random months of a vendor: tickets about their beginning and end, and every term under random conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.case import Case
from sla.contract import Band, Contract, Counting, Rounding, Term
from sla.facts import Counted, MonthFacts, Survey
from sla.interval import Interval
from sla.ticket import Happening, derive
from tests.sla.walking.cities import ZONES, hours
from tests.sla.walking.hours import Document, M, S
from tests.sla.walking.tickets import case, contract, told

H = 60 * M
_HOW = ("repaired", "by_maker", None)
TERMS = (
    "fault_count",
    "fault_hours",
    "late_repairs",
    "late_minutes",
    "repeat_repairs",
    "missed_patrols",
    "spare_not_ready",
    "self_repair_rate",
    "satisfaction",
    "availability",
)
ROUNDINGS: tuple[Rounding, ...] = ("up", "down", "exact")
COUNTINGS: tuple[Counting, ...] = ("linear", "rectification")


class Month(NamedTuple):
    """A vendor's month under a contract whose repair hours stand in `document`, and when one asks."""

    name: str
    facts: MonthFacts
    contract: Contract
    document: Document | None
    now: int


def month(chance: Random) -> Month:
    """A month with some tickets, repeated and in no order."""
    zone = chance.choice(ZONES)
    year, number = chance.choice(((2024, 2), (2026, 2), (2026, 3), (2026, 10), (2026, 12), (2027, 1)))
    period = Interval(_first(zone, year, number), _first(zone, year + number // 12, number % 12 + 1))
    document = hours(chance, zone, period.start + chance.randrange(-60, 60) * M)
    cases = [_case(chance, period, f"K-{n}") for n in range(chance.randint(1, 12))]
    agreed = replace(
        contract(chance, zone, document, period.start - 2 * H),
        until=chance.choice((period.until + 9 * H, period.until + 9 * H, period.until - H)),
        terms=tuple(_term(chance, n) for n in range(chance.randint(1, 7))),
        free_silence=chance.randrange(4) == 0,
        fee=chance.choice((None, Fraction(2000000, 100), Fraction(12345, 100))),
        payment=chance.choice(
            ("none", "linear", (Band(Fraction(60), Fraction(50)), Band(Fraction(90), Fraction(100))))
        ),
    )
    now = chance.randrange(3600) * S + max(
        [period.until, *(one.events[-1].at for one in cases), *(t for one in cases for t in told(one))]
    )
    if chance.randrange(5) == 0:
        now = chance.choice([event.at for one in cases for event in one.events])
    shuffled = [*cases, *(chance.choice(cases) for _ in range(chance.randrange(2)))]
    chance.shuffle(shuffled)
    name = f"{year}-{number:02}"
    return Month(name, _facts(chance, period, shuffled), agreed, document, now)


def _first(zone: str, year: int, number: int) -> int:
    """The first instant whose wall reads the month, found by looking at it every minute."""
    utc = datetime.fromisoformat(f"{year}-{number:02}-01T00:00:00+00:00").timestamp()
    t = int(utc) * S - 16 * H
    while datetime.fromtimestamp(t // S, ZoneInfo(zone)).month != number:
        t += M
    return t


def _case(chance: Random, period: Interval, name: str) -> Case:
    """Open tickets are among the last of the month only, so that no walk is long."""
    begin = chance.choice((period.start, period.start + 9 * 24 * H, period.until)) + chance.randrange(-5000, 2000) * S
    one = _likely(chance, case(chance, begin, name))
    return one if begin > period.until - 3 * H else _ended(one)


def _likely(chance: Random, one: Case) -> Case:
    """Seldom cancelled, mostly the vendor's."""
    rare = {word for word in ("cancelled", "owner_changed") if chance.randrange(5)}
    events = [event for event in one.events if event.event not in rare]
    return replace(one, events=events, owner=chance.choice(("vendor", "undetermined", one.owner)))


def _ended(one: Case) -> Case:
    events, last = one.events, one.events[-1].at
    if derive(events).open:
        events = [*events, Happening("restored", last, "somebody", {"how": _HOW[len(one.events) % len(_HOW)]})]
    outages = tuple(fault._replace(until=fault.until or last) for fault in one.outages)
    return replace(one, events=events, outages=outages, down_seen=[t for t in one.down_seen if t < _claimed(events)])


def _claimed(events: Sequence[Happening]) -> int:
    return max((event.at for event in events if event.event == "restored"), default=0)


def _term(chance: Random, n: int) -> Term:
    word = chance.choice(TERMS)
    less = word in ("self_repair_rate", "availability")
    usual = [None, Fraction(0), Fraction(0), Fraction(1), Fraction(5, 2)]
    allowances = (
        [None, Fraction(95), Fraction(999, 10)] if less else [Fraction(9, 2)] if word == "satisfaction" else usual
    )
    return Term(
        id=f"T{n}",
        term=word,
        points=chance.choice((Fraction(1), Fraction(5), Fraction(1, 3), Fraction(25, 2))),
        round=chance.choice(ROUNDINGS),
        allowance=chance.choice(allowances),
        per_100=word in ("fault_count", "repeat_repairs") and chance.randrange(3) == 0,
        unit=chance.choice((Fraction(1), Fraction(1, 4), Fraction(2), Fraction(7, 10))),
        cap=chance.choice((None, None, Fraction(10), Fraction(5, 2))),
        group=chance.choice((None, "repair", "repair", "other")),
        sources=chance.choice((None, frozenset({"detected", "patrol"}))) if word == "fault_count" else None,
        scale=Fraction(5) if word == "satisfaction" else None,
        count=chance.choice(COUNTINGS) if word in ("fault_hours", "late_minutes") else "linear",
    )


def _facts(chance: Random, period: Interval, cases: list[Case]) -> MonthFacts:
    return MonthFacts(
        month=period,
        cases=cases,
        devices_in_service=chance.randrange(250),
        missed_patrols=[f"h-{chance.randrange(5)}" for _ in range(chance.randrange(4))],
        spares_not_ready=[f"S-{chance.randrange(5)}" for _ in range(chance.randrange(3))],
        satisfaction=chance.choice((None, Survey(Fraction(0), 0), Survey(Fraction(chance.randrange(50)), 10))),
        availability=chance.choice((None, _counted(chance))),
    )


def _counted(chance: Random) -> Counted:
    return Counted(chance.randrange(10**9), chance.choice((0, chance.randrange(10**7))), chance.randrange(4) > 0)
