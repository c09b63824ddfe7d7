"""Asks `sla` and the wall the same of a calendar about an awkward instant, and tells where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import numpy as np

from sla.calendar import Calendar
from sla.clock import Clock
from sla.clock_arrays import NEVER, deadlines, open_durations
from tests.sla.walking.cities import ZONES, awkward, hours
from tests.sla.walking.hours import Document, M, S, open_seconds


class Hours(NamedTuple):
    """A calendar as it was written, the seconds [start, until) to walk, and periods within them to ask for."""

    document: Document
    start: int
    until: int
    periods: list[tuple[int, int]]


def some_hours(chance: Random) -> Hours:
    """Ninety minutes about an awkward instant."""
    zone = chance.choice(ZONES)
    anchor = awkward(chance, zone)
    document = None
    while document is None:
        document = hours(chance, zone, anchor)
    start, until = anchor - 45 * M, anchor + 45 * M
    edges = [[chance.randrange(start, until, S) for _ in range(2)] for _ in range(20)]
    return Hours(document, start, until, [(min(pair), max(pair)) for pair in edges])


def differences(of: Hours) -> Iterator[str]:
    """Sentences; none where all agree: each second, durations, deadlines, changes, singly and as arrays (T3, T4)."""
    clock = Calendar.parse(of.document).clock()
    opened = open_seconds(of.document, of.start, of.until)
    for t in range(of.start, of.until, S):
        if clock.is_open(t) != (t in opened):
            yield f"{of.document} at {t}: open is {clock.is_open(t)}"
            return
    for start, until in of.periods:
        yield from _period_differs(clock, opened, start, until)
    yield from _arrays_differ(clock, of.periods)


def _period_differs(clock: Clock, opened: set[int], start: int, until: int) -> Iterator[str]:
    walked = [t for t in range(start, until, S) if t in opened]
    if clock.open_duration(start, until) != len(walked) * S:
        yield f"[{start}, {until}): {clock.open_duration(start, until)} ms, walked {len(walked) * S}"
    for n in (1, len(walked) // 2, len(walked)):
        if 0 < n <= len(walked) and clock.deadline(start, n * S) != walked[n - 1] + S:
            yield f"{n} s from {start}: {clock.deadline(start, n * S)}, walked {walked[n - 1] + S}"
    turns = [t for t in range(start + S, until, S) if (t in opened) != (t - S in opened)]
    found = clock.next_change(start)
    if (turns and found != turns[0]) or (not turns and found is not None and found < until):
        yield f"after {start} it changes at {found}, walked {turns[:1]}"


def _arrays_differ(clock: Clock, periods: list[tuple[int, int]]) -> Iterator[str]:
    starts, untils = (np.array(column, np.int64) for column in zip(*periods, strict=True))
    durations = [clock.open_duration(*period) for period in periods]
    if open_durations(clock, starts, untils).tolist() != durations:
        yield f"{open_durations(clock, starts, untils)}, one by one {durations}"
    one_by_one = [clock.deadline(start, until - start) for start, until in periods]
    if deadlines(clock, starts, untils - starts).tolist() != [NEVER if at is None else at for at in one_by_one]:
        yield f"{deadlines(clock, starts, untils - starts)}, one by one {one_by_one}"
