"""S1-S3, S7: a vendor's month recomputed with fractions from clocks that were walked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from sla.case import Case
from sla.contract import Contract, Term
from sla.facts import MonthFacts
from tests.sla.walking.clock import Walked, walked
from tests.sla.walking.hours import Document, S
from tests.sla.walking.ticket import known, open_seconds, rejected, started

HOUR, MINUTE = 3600 * S, 60 * S
USUAL = {"self_repair_rate": Fraction(90)}
LESS_IS_BAD = ("self_repair_rate", "satisfaction", "availability")


@dataclass(frozen=True)
class Entry:
    """A ticket of the vendor's, under the contract: `at` is its clock's start or opening."""

    case: Case
    at: int
    clock: Walked | None
    restored: int | None


@dataclass(frozen=True)
class Charge:
    """What a term comes to; `tickets` are those behind its value."""

    term: Term
    value: Fraction | None
    allowance: Fraction
    overrun: Fraction
    units: Fraction
    deduction: Fraction
    tickets: frozenset[str]


def entries(contract: Contract, document: Document | None, cases: Iterable[Case], now: int) -> list[Entry]:
    """The tickets that count, each once, as they are at `now`."""
    found = {}
    for case in (known(one, now) for one in cases if one.events[0].at <= now):
        cancelled = any(event.event == "cancelled" for event in case.events)
        entry = None if cancelled or not vendors(case, contract) else entered(contract, document, case, now)
        if entry is not None:
            found[case.id] = entry
    return list(found.values())


def vendors(case: Case, contract: Contract) -> bool:
    """C1, C5: the last change of the owner decides; silence counts where there is a vendor and it is not free."""
    owner: str = case.owner
    for event in case.events:
        if event.event == "owner_changed":
            owner = event.detail["owner"]
    return owner == "vendor" or (owner == "undetermined" and case.has_vendor and not contract.free_silence)


def entered(contract: Contract, document: Document | None, case: Case, now: int) -> Entry | None:
    """The ticket with its clock; None where another contract decides."""
    start = started(case, contract.begin)
    at = case.events[0].at if start is None or start > now else start
    if not contract.covers(case.kind, case.hall, at):
        return None
    last = max([at, case.events[-1].at, *(one.until or 0 for one in case.outages)])
    if open_seconds(case, at, last)[1] is not None:
        now = last  # it is over: nothing becomes of it any more
    return Entry(case, at, walked(case, contract, document, now), open_seconds(case, at, now)[1])


def charges(contract: Contract, found: Sequence[Entry], facts: MonthFacts) -> list[Charge]:
    """Every term's charge in the contract's order; of a group the largest first, the rest without its tickets (S3)."""
    done: dict[str, Charge] = {}
    for term in contract.terms:
        if term.group is None:
            done[term.id] = charge(term, found, facts, set())
    for group in {term.group for term in contract.terms if term.group is not None}:
        members = [term for term in contract.terms if term.group == group]
        taken: set[str] = set()
        while members:
            tried = [charge(term, found, facts, taken) for term in members]
            largest = max(tried, key=lambda one: one.deduction)
            done[largest.term.id] = largest
            members.remove(largest.term)
            if largest.deduction > 0:
                taken |= largest.tickets
    return [done[term.id] for term in contract.terms]


def charge(term: Term, found: Sequence[Entry], facts: MonthFacts, taken: set[str]) -> Charge:
    """S1: one term without the tickets that another of its group has charged; one that costs nothing here stays (S3).

    So the vendor's own repair of a kiosk goes on counting for it in `self_repair_rate`.
    """
    amounts = {one.case.id: amount for one in found if (amount := counts(term, one, facts)) is not None}
    amounts = {name: amount for name, amount in amounts.items() if not (amount and name in taken)}
    value = valued(term, amounts, facts)
    allowance = USUAL.get(term.term, Fraction(0)) if term.allowance is None else term.allowance
    if term.per_100:
        allowance = Fraction(ceil(allowance * facts.devices_in_service / 100))
    if value is None:
        overrun = Fraction(0)
    elif term.term in LESS_IS_BAD:
        overrun = max(Fraction(0), allowance - value)
    else:
        overrun = max(Fraction(0), value - allowance)
    units = overrun / (term.unit / 10 if term.term == "availability" else term.unit)
    units = {"up": Fraction(ceil(units)), "down": Fraction(floor(units)), "exact": units}[term.round]
    deduction = units * term.points
    if term.cap is not None and deduction > term.cap:
        deduction = term.cap
    behind = frozenset(name for name, amount in amounts.items() if amount)
    return Charge(term, value, allowance, overrun, units, half_up(deduction), behind)


def counts(term: Term, one: Entry, facts: MonthFacts) -> Fraction | None:
    """S2: what one ticket is in a term; None where it has no part in it."""
    begun = facts.month.start <= one.at < facts.month.until
    restored = one.restored is not None and facts.month.start <= one.restored < facts.month.until
    if term.term == "fault_count":
        named = term.sources or {"phone", "import"}
        return Fraction(1) if begun and sources(one.case) & named else None
    if term.term == "repeat_repairs":
        return Fraction(1) if begun and one.case.repeat_of is not None else None
    if term.term == "self_repair_rate":
        if not restored or one.case.kind not in ("kiosk", "queue"):
            return None
        return Fraction(how(one.case) == "by_maker")
    if not restored or one.clock is None:
        return None
    return timed(term, one.clock.counted, one.clock.target)


def timed(term: Term, counted: int, target: int | None) -> Fraction | None:
    """The terms that hang on a clock."""
    late = target is not None and counted > target
    if term.term == "late_repairs":
        return Fraction(late)
    if term.term == "fault_hours":
        return Fraction(0 if term.count == "rectification" and not late else counted, HOUR)
    if term.term == "late_minutes" and target is not None:
        if not late:
            return Fraction(0)
        return Fraction(counted if term.count == "rectification" else counted - target, MINUTE)
    return None


def sources(case: Case) -> set[str]:
    """Where a ticket's reports came from."""
    return {
        event.detail["source"]
        for event in case.events
        if event.detail.get("source") and (event.event in ("opened", "reopened") or event.detail.get("reported"))
    }


def how(case: Case) -> str | None:
    """How the last claim that was not rejected says that it was restored."""
    said = None
    for i, event in enumerate(case.events):
        if event.event == "restored" and not rejected(case.events, i):
            said = event.detail.get("how")
    return said


def valued(term: Term, amounts: dict[str, Fraction], facts: MonthFacts) -> Fraction | None:
    """S2: the value of a term; None where there was nothing to measure."""
    if term.term == "missed_patrols":
        return Fraction(len(set(facts.missed_patrols)))
    if term.term == "spare_not_ready":
        return Fraction(len(set(facts.spares_not_ready)))
    if term.term == "satisfaction":
        survey = facts.satisfaction
        return survey.total / survey.count if survey is not None and survey.count else None
    if term.term == "availability":
        seen = facts.availability
        if seen is None or not seen.covered or seen.good_ms + seen.bad_ms == 0:
            return None
        return Fraction(100 * seen.good_ms, seen.good_ms + seen.bad_ms)
    if term.term == "self_repair_rate":
        return 100 - 100 * sum(amounts.values(), Fraction(0)) / len(amounts) if amounts else None
    return sum(amounts.values(), Fraction(0))


def half_up(number: Fraction) -> Fraction:
    """To 0.01."""
    return Fraction(floor(number * 100 + Fraction(1, 2)), 100)


def payment(contract: Contract, score: Fraction) -> Fraction | None:
    """S7: to the cent."""
    if contract.fee is None:
        return None
    if contract.payment == "none":
        return half_up(contract.fee)
    if contract.payment == "linear":
        return half_up(contract.fee * score / 100)
    percent = Fraction(0)
    for band in sorted(contract.payment):
        if band.start <= score:
            percent = band.percent
    return half_up(contract.fee * percent / 100)
