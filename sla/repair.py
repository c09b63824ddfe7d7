"""The repair clock of a ticket, derived from its events (R1-R7)."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from sla.case import Case
from sla.contract import Contract
from sla.instant import Ms
from sla.interval import Interval
from sla.pauses import pauses
from sla.restoration import opened
from sla.slices import Slice, cut, reached, spent
from sla.start import start_of
from sla.ticket import Happening
from sla.travel import granted

ClockState = Literal["running", "paused", "restored", "cancelled"]

_AT: Final = itemgetter(Happening._fields.index("at"))


class Repair(NamedTuple):
    """A repair clock as known at an instant; all times in ms.

    `until` is the last restoration or cancellation, None while the ticket is open. `granted` is the travel time that
    it may use, `travel` what it used, `paused` the open pause time, `counted` the repair time (R5). `due` is when the
    counted time reaches `target` if nothing changes; None while paused, closed, without target, or for never. A
    `state` of running says that the ticket is open and not paused, also outside repair hours.
    """

    contract: Contract
    start: Ms
    until: Ms | None
    target: Ms | None
    granted: Ms
    travel: Ms
    paused: Ms
    counted: Ms
    due: Ms | None
    slices: tuple[Slice, ...]
    state: ClockState

    @property
    def breached(self) -> bool:
        """Whether it took longer than its target; equality is no breach (R5)."""
        return self.target is not None and self.counted > self.target


def repair(case: Case, contract: Contract, now: Ms) -> Repair | None:
    """A ticket's clock under a contract, by what had happened at `now`, whatever the order of entry (R1-R7).

    None where it has no clock: nothing started it by then, or the contract does not cover the device at that instant.
    """
    start = start_of(case, contract.begin)
    if start is None or start > now or not contract.covers(case.kind, case.hall, start):
        return None
    events = _by(now, case)
    spans, until, cancelled = opened(case, events, start, now)
    stopped = pauses(events, contract.pauses)
    grant = granted(contract, case.hall, start, events, closed=until is not None)
    slices = cut(start, now if until is None else until, spans, contract.clock, stopped, grant)
    travel, paused, counted = spent(slices)
    target, due, state = contract.targets.get(case.kind), None, _state(until, cancelled, stopped, now)
    if target is not None and state == "running":
        left = target + grant - travel - counted
        due = reached(slices, target) if counted >= target else contract.clock.deadline(now, left)
    return Repair(contract, start, until, target, grant, travel, paused, counted, due, slices, state)


def _state(until: Ms | None, cancelled: bool, stopped: Sequence[Interval], now: Ms) -> ClockState:
    if until is not None:
        return "cancelled" if cancelled else "restored"
    return "paused" if stopped and stopped[-1].until > now else "running"


def _by(now: Ms, case: Case) -> list[Happening]:
    """The events that had happened, in order of (`at`, entry) (T2)."""
    events = sorted(case.events, key=_AT)
    while events and events[-1].at > now:
        events.pop()
    return events
