"""Which tickets enter a vendor's month, and where (S2, C5, R1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final, NamedTuple

from sla.case import Case
from sla.contract import Contract
from sla.facts import MonthFacts
from sla.instant import Ms
from sla.repair import Repair, repair
from sla.restoration import opened
from sla.start import start_of
from sla.ticket import Happening

_AT: Final = attrgetter("at")
_REPAIRED: Final = "repaired"


class Attributed(NamedTuple):
    """A vendor's ticket: `at` its clock's start, else its opening; `restored` when that stands, and `how`."""

    case: Case
    at: Ms
    repair: Repair | None
    restored: Ms | None
    how: str


@dataclass(frozen=True, slots=True)
class Account:
    """A month's facts with the vendor's `tickets`: those `begun` in it, `restored` in it, and `open` at its end."""

    facts: MonthFacts
    tickets: tuple[Attributed, ...]
    begun: tuple[Attributed, ...]
    restored: tuple[Attributed, ...]
    open: tuple[Attributed, ...]


def account(contract: Contract, facts: MonthFacts, now: Ms) -> Account:
    """The vendor's tickets under a contract, each once, in order of their start, by what had happened at `now`.

    `open` are those begun before the month's end whose restoration, if there is one, belongs to a later month.
    """
    once = {case.id: case for case in facts.cases}.values()
    found = [one for case in once if (one := _attributed(case, contract, now))]
    found.sort(key=lambda one: (one.at, one.case.id))
    start, until = facts.month
    return Account(
        facts,
        tuple(found),
        tuple(one for one in found if start <= one.at < until),
        tuple(one for one in found if one.restored is not None and start <= one.restored < until),
        tuple(one for one in found if one.at < until and (one.restored is None or one.restored >= until)),
    )


def vendor_owned(case: Case, events: Sequence[Happening], contract: Contract) -> bool:
    """Whether a fault counts as the vendor's, as the last `owner_changed` says (C1, C5)."""
    changed = [event.detail.get("owner") for event in events if event.event == "owner_changed"]
    owner = changed[-1] if changed else case.owner
    return owner == "vendor" or (owner == "undetermined" and case.has_vendor and not contract.free_silence)


def _attributed(case: Case, contract: Contract, now: Ms) -> Attributed | None:
    """The ticket, unless it is not opened yet, cancelled, another contract's, or nobody's or another owner's fault."""
    events = sorted((event for event in case.events if event.at <= now), key=_AT)
    opening = next((event.at for event in events if event.event == "opened"), None)
    if opening is None:
        return None
    known = replace(case, events=events)
    start = start_of(known, contract.begin)
    at = opening if start is None or start > now else start
    if not contract.covers(case.kind, case.hall, at) or not vendor_owned(case, events, contract):
        return None
    _, restored, cancelled = opened(case, events, at, now)
    if cancelled:
        return None
    how = [event.detail.get("how") for event in events if event.event == "restored"]
    return Attributed(known, at, repair(known, contract, now), restored, str((how and how[-1]) or _REPAIRED))
