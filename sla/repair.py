"""The repair clock of a ticket, derived from its events (R1-R7)."""

from __future__ import annotations

from operator import itemgetter
from typing import Final, Literal, NamedTuple

from sla.case import Case
from sla.contract import Contract
from sla.instant import Ms
from sla.pauses import pauses
from sla.restoration import opened
from sla.slices import Slice, cut, reached
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
    paused = pauses(events, contract.pauses)
    grant = granted(contract, case.hall, start, events, closed=until is not None)
    slices = cut(start, now if until is None else until, spans, contract.clock, paused, grant)
    state: ClockState = "running"
    if until is not None:
        state = "cancelled" if cancelled else "restored"
    elif paused and paused[-1].until > now:
        state = "paused"
    spent = {"closed": 0, "travel": 0, "paused": 0, "counted": 0, "restored": 0}
    for from_, to, class_ in slices:
        spent[class_] += to - from_
    target, travel, counted = contract.targets.get(case.kind), spent["travel"], spent["counted"]
    due = None
    if state == "running" and target is not None:
        if counted >= target:
            due = reached(slices, target)
        else:
            due = contract.clock.deadline(now, grant - travel + target - counted)
    return Repair(contract, start, until, target, grant, travel, spent["paused"], counted, due, slices, state)


def _by(now: Ms, case: Case) -> list[Happening]:
    """The events that had happened, in order of (`at`, entry) (T2)."""
    events = sorted(case.events, key=_AT)
    while events and events[-1].at > now:
        events.pop()
    return events
