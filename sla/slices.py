"""A ticket's time cut into slices that explain its clock (R7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from sla.clock import Clock
from sla.instant import Ms
from sla.interval import Interval

SliceClass = Literal["closed", "travel", "paused", "counted", "restored"]


class Slice(NamedTuple):
    """[start, until) of one class: outside repair hours, travel, paused, counted, or restored meanwhile."""

    start: Ms
    until: Ms
    class_: SliceClass


class _Tape:
    """Slices in the making, up to `at`; `left` is the travel time not used yet."""

    __slots__ = ("at", "left", "slices")

    def __init__(self, start: Ms, granted: Ms) -> None:
        self.slices: list[Slice] = []
        self.at = start
        self.left = granted

    def until(self, until: Ms, class_: SliceClass) -> None:
        """Go on to `until` in one class."""
        if until <= self.at:
            return
        if self.slices and self.slices[-1].class_ == class_:
            self.slices[-1] = self.slices[-1]._replace(until=until)
        else:
            self.slices.append(Slice(self.at, until, class_))
        self.at = until

    def running(self, until: Ms) -> None:
        """Go on to `until` while the clock runs: travel first (R3)."""
        if self.left and until > self.at:
            travel = min(self.left, until - self.at)
            self.left -= travel
            self.until(self.at + travel, "travel")
        self.until(until, "counted")


def cut(
    start: Ms, until: Ms, opened: Iterable[Interval], clock: Clock, pauses: Sequence[Interval], granted: Ms
) -> tuple[Slice, ...]:
    """Slices that cover [start, until) exactly, neighbours of different classes (R7).

    `opened` are the spans within it in which the ticket was open, `clock` the repair hours, `pauses` those that count,
    both in order; `granted` the travel time in ms, which is the first that would count otherwise.
    """
    tape = _Tape(start, granted)
    for span in opened:
        tape.until(span.start, "restored")
        for hours in clock.open_intervals(span.start, span.until):
            tape.until(hours.start, "closed")
            for pause in pauses:
                if pause.start < hours.until and pause.until > tape.at:
                    tape.running(pause.start)
                    tape.until(min(pause.until, hours.until), "paused")
            tape.running(hours.until)
        tape.until(span.until, "closed")
    tape.until(until, "restored")
    return tuple(tape.slices)


def reached(slices: Iterable[Slice], counted: Ms) -> Ms | None:
    """The first instant at which so many ms (more than 0) had been counted; None: not within these slices."""
    left = counted
    for start, until, class_ in slices:
        if class_ == "counted":
            if until - start >= left:
                return start + left
            left -= until - start
    return None
