"""R1-R7: the repair clock, read off second by second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sla.case import Case
from sla.contract import Contract
from tests.sla.walking.hours import Document, S
from tests.sla.walking.hours import open_seconds as hours
from tests.sla.walking.ticket import known, open_seconds, paused_seconds, started

FURTHER = 2 * 3600 * S
"""How far the walk looks for what is due."""

LATER = -1
"""Due beyond that, or never."""


@dataclass(frozen=True)
class Walked:
    """As `sla.repair.Repair`; `classes` second by second, `reached` the ms counted by the end of each second.

    `ahead` is what will have been counted by the end of each second after now if nothing changes, empty where the
    clock does not run.
    """

    start: int
    until: int | None
    target: int | None
    granted: int
    travel: int
    paused: int
    counted: int
    classes: dict[int, str]
    reached: dict[int, int]
    ahead: dict[int, int]

    @property
    def told(self) -> tuple[int | None, ...]:
        """What is said in numbers."""
        return self.start, self.until, self.target, self.granted, self.travel, self.paused, self.counted


def walked(case: Case, contract: Contract, document: Document | None, now: int) -> Walked | None:
    """The clock of a ticket; `document` are the contract's repair hours as they were written."""
    start = started(case, contract.begin)
    if start is None or start > now or not contract.covers(case.kind, case.hall, start):
        return None
    case = known(case, now)
    opened, until = open_seconds(case, start, now)
    at_work = hours(document, min([start, *(event.at for event in case.events)]), now + FURTHER)
    pauses, paused_now = paused_seconds(case, contract, start, now)
    running = until is None and not paused_now
    granted = grant(case, contract, start, at_work, closed=until is not None)
    left, counted = granted, 0
    classes, reached, ahead = {}, {}, {}
    for t in range(start, now + FURTHER if running else now if until is None else until, S):
        if t not in opened and t < now:
            classes[t] = "restored"
        elif t not in at_work:
            classes[t] = "closed"
        elif t in pauses:
            classes[t] = "paused"
        elif left > 0:
            classes[t] = "travel"
            left -= S
        else:
            classes[t] = "counted"
            counted += S
        if t < now:
            reached[t + S] = counted
        else:
            ahead[t + S] = counted
    was = {t: word for t, word in classes.items() if t < now}
    spent = [S * sum(one == word for one in was.values()) for word in ("travel", "paused", "counted")]
    target = contract.targets.get(case.kind)
    return Walked(start, until, target, granted, spent[0], spent[1], spent[2], was, reached, ahead)


def grant(case: Case, contract: Contract, start: int, at_work: set[int], *, closed: bool) -> int:
    """R3: the travel that is granted."""
    allowance = 0
    for one in [*contract.travel.halls.get(case.hall, ()), *contract.travel.default]:
        if one.start <= start < one.until:
            allowance = one.ms
            break
    if contract.travel.mode == "allowance":
        return allowance
    dispatched = arrived = None
    for event in case.events:
        if event.event == "dispatched" and dispatched is None:
            dispatched = event.at
        if event.event == "arrived" and dispatched is not None and arrived is None:
            arrived = event.at
    if dispatched is not None and arrived is not None:
        return min(allowance, sum(S for t in range(dispatched, arrived, S) if t in at_work))
    return 0 if closed else allowance


def due(clock: Walked) -> int | None:
    """R5: the first instant at which the counted time reaches the target if nothing changes; None: it does not run."""
    if clock.target is None or not clock.ahead:
        return None
    found = first({**clock.reached, **clock.ahead}, clock.target, 100)
    return LATER if found is None else found


def mark(clock: Walked, percent: int) -> int | None:
    """R6: the first instant at which so many percent of the target were counted; None: they were not."""
    return first(clock.reached, clock.target, percent)


def next_mark(clock: Walked, warn: Sequence[int]) -> tuple[int, int] | None:
    """R6: the percentage that is reached next, and when; LATER, where that is further than one looked."""
    if clock.target is None or not clock.ahead:
        return None
    for percent in sorted(warn):
        if clock.counted * 100 < clock.target * percent:
            at = first(clock.ahead, clock.target, percent)
            return percent, LATER if at is None else at
    return None


def first(counted: dict[int, int], target: int | None, percent: int) -> int | None:
    """When so many percent of a target had been counted."""
    if target is None:
        return None
    for t, ms in counted.items():
        if ms * 100 >= target * percent:
            return t
    return None
