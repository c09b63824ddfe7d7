"""Every figure of a statement recomputed from the generator's facts and clocks walked second by second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any, Final, NamedTuple

from sla.case import Case
from sla.contract import Contract
from sla.facts import Counted, MonthFacts, Survey
from sla.instant import parse
from sla.interval import Interval
from tests.proof.year_availability import Asking, known, painted
from tests.proof.year_city import CALENDARS, CONTRACTS, S
from tests.proof.year_seconds import count
from tests.proof.year_world import World
from tests.sla.walking.clock import Walked, walked
from tests.sla.walking.counted import added, availability
from tests.sla.walking.hours import Document
from tests.sla.walking.points import Charge, Entry, charges, entered, payment, vendors
from tests.sla.walking.ticket import known as by_then

HOURS: Final[dict[str, str]] = {str(one["id"]): str(one["calendar"]) for one in CONTRACTS}


class Recomputed(NamedTuple):
    """What a month comes to."""

    charges: list[Charge]
    score: Fraction
    payment: Fraction | None
    entries: dict[str, Entry]
    facts: MonthFacts


KEPT: Final = 300


class Walks:
    """Clocks that were walked; of those that are over the last few hundred are kept, for each is its seconds long."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Entry | None] = {}
        self.seconds = 0

    def entries(self, contract: Contract, cases: Sequence[Case], now: int) -> dict[str, Entry]:
        """The contract's tickets, walked."""
        found = {}
        for case in cases:
            if case.events[0].at <= now and (entry := self._entry(contract, by_then(case, now), now)) is not None:
                found[case.id] = entry
        return found

    def _entry(self, contract: Contract, case: Case, now: int) -> Entry | None:
        cancelled = any(event.event == "cancelled" for event in case.events)
        if cancelled or not vendors(case, contract):
            return None
        key = contract.id, str(case)
        if key not in self._known:
            entry = entered(contract, document_of(contract), case, now)
            if entry is not None and entry.clock is not None:
                self.seconds += len(entry.clock.classes)
            if entry is not None and entry.restored is None:
                return entry
            self._known[key] = entry
            if len(self._known) > KEPT:
                self._known.pop(next(iter(self._known)))
        return self._known[key]


def document_of(contract: Contract) -> Document:
    """The contract's repair hours as they are written."""
    found: Document = CALENDARS[HOURS[contract.id]]
    return found


def recompute(
    world: World, walks: Walks, contract: Contract, cases: Sequence[Case], month: Interval, now: int
) -> Recomputed:
    """A contract's month as known at `now`."""
    mine = walks.entries(contract, cases, now)
    facts = _facts(world, contract, month, now)
    found = charges(contract, list(mine.values()), facts)
    score = max(Fraction(0), 100 - sum((one.deduction for one in found), Fraction(0)))
    return Recomputed(found, score, payment(contract, score), mine, facts)


def _facts(world: World, contract: Contract, month: Interval, now: int) -> MonthFacts:
    covered = [id for id in known(world, now) if contract.kinds and world.where.things[id].kind in contract.kinds]
    shown = [painted(world, id, now) for id in covered]
    at_work = [
        one for one in shown
        if (one.since is None or one.since <= month.start) and (one.until is None or one.until > month.start)
    ]  # fmt: skip
    entered_ = [deed.body for deed in world.found if deed.entered <= now and _of(deed.body, contract, month)]
    things = {
        sort: [one["thing"] for one in entered_ if one["kind"] == sort] for sort in ("missed_patrol", "spare_not_ready")
    }
    surveys = [one for one in entered_ if one["kind"] == "survey"]
    total = sum((Fraction(one["total"]) for one in surveys), Fraction(0))
    timed = any(term.term == "availability" for term in contract.terms)
    return MonthFacts(
        month=month,
        devices_in_service=len(at_work),
        missed_patrols=things["missed_patrol"],
        spares_not_ready=things["spare_not_ready"],
        satisfaction=Survey(total, sum(one["count"] for one in surveys)) if surveys else None,
        availability=_time(world, covered, Asking(*month, now)) if timed else None,
    )


def _of(said: Mapping[str, Any], contract: Contract, month: Interval) -> bool:
    return bool(said["contract"] == contract.id) and month.start <= said["at"] < month.until


def _time(world: World, covered: Sequence[str], asking: Asking) -> Counted:
    counted = [count(painted(world, id, asking.now), asking.start, asking.until, "contract") for id in covered]
    whole = added([one for one in counted if set(one.ms.values()) != {0, one.ms["not_in_service"]}])
    return Counted(whole.good, whole.bad, availability(whole, "contract") is not None)


def differences(document: Mapping[str, Any], mine: Recomputed, contract: Contract, now: int) -> Iterator[str]:
    """Sentences; none where every figure of the statement is the recomputed one."""
    name = f"{contract.id} {document['month']}"
    for line, one in zip(document["lines"], mine.charges, strict=True):
        told = [
            line["id"],
            line["value_exact"] or line["value"],
            *(line[key] for key in ("allowance", "overrun", "units")),
        ]
        value = None if one.value is None else _exact(one.value)
        expected = [one.term.id, value, *(_decimal(number) for number in (one.allowance, one.overrun, one.units))]
        if [*told, line["deduction"]] != [*expected, _cents(one.deduction)]:
            yield f"{name} {told} {line['deduction']}; recomputed {expected} {_cents(one.deduction)}"
        behind = {each["thing"] for each in line["evidence"] if each["ticket"] and Fraction(each["amount"])}
        if behind != one.tickets:
            yield f"{name} {line['id']}: tickets {sorted(behind ^ one.tickets)}"
    figures = [document["score"], document["payment"], document["devices_in_service"]]
    wanted = [
        _cents(mine.score),
        None if mine.payment is None else _cents(mine.payment),
        mine.facts.devices_in_service,
    ]
    if figures != wanted:
        yield f"{name}: {figures}; recomputed {wanted}"
    yield from _tickets_differ(name, document, mine, contract, now)


def _tickets_differ(
    name: str, document: Mapping[str, Any], mine: Recomputed, contract: Contract, now: int
) -> Iterator[str]:
    until, start = mine.facts.month.until, mine.facts.month.start
    still = {
        id for id, one in mine.entries.items() if one.at < until and (one.restored is None or one.restored >= until)
    }
    if set(document["open"]) != still:
        yield f"{name}: open {sorted(set(document['open']) ^ still)}"
    here = {
        id for id, one in mine.entries.items()
        if start <= one.at < until or id in still or (one.restored is not None and start <= one.restored < until)
    }  # fmt: skip
    told = {one["id"]: one for one in document["tickets"]}
    if set(told) != here:
        yield f"{name}: tickets {sorted(set(told) ^ here)}"
    for id in sorted(here & told.keys()):
        one = mine.entries[id]
        as_of = min(now, until)
        clock = walked(one.case, contract, document_of(contract), as_of) if id in still else one.clock
        if (said := _clock_told(told[id]["clock"])) != _clock(clock):
            yield f"{name} {id}: {said}; walked {_clock(clock)}"


def _clock_told(told: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    if told is None:
        return None
    spans = tuple((parse(one["from"]), parse(one["until"]), one["class"]) for one in told["slices"])
    numbers = [told[name] for name in ("target_s", "travel_s", "paused_s", "counted_s")]
    return parse(told["start"]), *numbers, told["breached"], spans


def _clock(clock: Walked | None) -> tuple[Any, ...] | None:
    if clock is None:
        return None
    spans: list[tuple[int, int, str]] = []
    for at, word in clock.classes.items():
        if spans and spans[-1][2] == word and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + S, word)
        else:
            spans.append((at, at + S, word))
    numbers = [None if ms is None else ms / S for ms in (clock.target, clock.travel, clock.paused, clock.counted)]
    return clock.start, *numbers, clock.target is not None and clock.counted > clock.target, tuple(spans)


def _decimal(value: Fraction) -> str:
    """To six digits, half up, as the statement writes numbers."""
    whole = floor(value * 10**6 + Fraction(1, 2))
    text = format(Decimal(whole) / Decimal(10**6), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(value: Fraction) -> str:
    return _decimal(value) if (value * 10**6).denominator == 1 else f"{value.numerator}/{value.denominator}"


def _cents(value: Fraction) -> str:
    return format(Decimal(floor(value * 100 + Fraction(1, 2))) / Decimal(100), ".2f")
