"""A ticket's time cut into slices that explain its clock (R7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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


def cut(
    start: Ms, until: Ms, opened: Iterable[Interval], clock: Clock, pauses: Sequence[Interval], granted: Ms
) -> tuple[Slice, ...]:
    """Slices that cover [start, until) exactly, neighbours of different classes (R7).

    `opened` are the spans within it in which the ticket was open, `clock` the repair hours, `pauses` those that count,
    both in order; `granted` the travel time in ms, which is the first that would count otherwise.
    """
    slices: list[Slice] = []
    at, left = start, granted
    for end, class_ in _borders(until, opened, clock, pauses):
        if end <= at:
            continue
        if left and class_ == "counted":
            travelled = min(end, at + left)
            left -= travelled - at
            at = _go_on(slices, at, travelled, "travel")
        if at < end:
            at = _go_on(slices, at, end, class_)
    return tuple(slices)


def _go_on(slices: list[Slice], start: Ms, until: Ms, class_: SliceClass) -> Ms:
    if slices and slices[-1].class_ == class_:
        start = slices.pop().start
    slices.append(Slice(start, until, class_))
    return until


def _borders(
    until: Ms, opened: Iterable[Interval], clock: Clock, pauses: Sequence[Interval]
) -> Iterator[tuple[Ms, SliceClass]]:
    """Up to which instant which class goes on; those that lead back mean nothing."""
    for from_, to in opened:
        yield from_, "restored"
        for opening, end in clock.openings(from_, to):
            yield opening, "closed"
            closing = min(end, to)
            for stopped, resumed in pauses:
                if stopped < closing:
                    yield stopped, "counted"
                    yield min(resumed, closing), "paused"
            yield closing, "counted"
        yield to, "closed"
    yield until, "restored"


def spent(slices: Iterable[Slice]) -> tuple[Ms, Ms, Ms]:
    """The ms of travel, of pauses and of what counted."""
    travel = paused = counted = 0
    for start, until, class_ in slices:
        if class_ == "counted":
            counted += until - start
        elif class_ == "travel":
            travel += until - start
        elif class_ == "paused":
            paused += until - start
    return travel, paused, counted


def reached(slices: Iterable[Slice], counted: Ms) -> Ms | None:
    """The first instant at which so many ms (more than 0) had been counted; None: not within these slices."""
    left = counted
    for start, until, class_ in slices:
        if class_ == "counted":
            if until - start >= left:
                return start + left
            left -= until - start
    return None
