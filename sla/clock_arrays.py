"""The clock's questions for millions of instants at once, each answered as `Clock` does (T4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sla.clock import Clock, Table
from sla.instant import Ms

I64 = NDArray[np.int64]

NEVER: Final = -1 << 62
"""What `deadlines` gives where the clock says None."""


def open_durations(clock: Clock, from_: I64, until: I64) -> I64:
    """The open ms in each [from_, until), 0 where it is empty. Int64 arrays of one shape, |instant| < 2**61 (T4)."""
    if not from_.size:
        return np.zeros_like(from_)
    low, high = int(min(from_.min(), until.min())), int(max(from_.max(), until.max()))
    lines = _Lines.of(clock.table(low, high))
    return np.where(until > from_, lines.opened(until) - lines.opened(from_), 0)


def deadlines(clock: Clock, from_: I64, ms: I64) -> I64:
    """The earliest instants at which `ms` open ms have passed since `from_` (itself for 0), NEVER for none.

    Two int64 arrays of one shape, |instant| and `ms` < 2**61 (T4).
    """
    starts, missing = from_.ravel(), ms.ravel()
    found = starts.copy()
    left = np.flatnonzero(missing > 0)
    if not left.size:
        return found.reshape(from_.shape)
    table: Table | None = clock.table(int(starts[left].min()), int((starts + missing)[left].max()))
    while table is not None and left.size:
        lines = _Lines.of(table)
        found[left] = lines.reached(lines.opened(starts[left]) + missing[left])
        left = left[found[left] == NEVER]
        table = clock.further(table, open_=False) if left.size else None
    return found.reshape(from_.shape)


class _Lines(NamedTuple):
    """A clock's table as arrays."""

    starts: I64
    untils: I64
    before: I64

    @classmethod
    def of(cls, table: Table) -> _Lines:
        return cls(*(np.array(column, np.int64) for column in (table.starts, table.untils, table.before)))

    def opened(self, at: I64) -> I64:
        """See `Table.opened`."""
        if not self.starts.size:
            return np.zeros_like(at)
        i = np.searchsorted(self.starts, at, side="right") - 1
        opened = self.before[i] + np.minimum(at, self.untils[i]) - self.starts[i]
        return np.where(i >= 0, opened, 0)

    def reached(self, opened: I64) -> I64:
        """See `Table.reached`."""
        if not self.starts.size:
            return np.full_like(opened, NEVER)
        i = np.searchsorted(self.before, opened, side="left") - 1
        at = self.starts[i] + opened - self.before[i]
        return np.where(at <= self.untils[i], at, NEVER)


class Clocks(NamedTuple):
    """Many clocks within [low, high] in one table, for instants that each have a clock of their own.

    `keys` are (number of the clock, start) as one integer; each clock begins with an empty interval at `low`.
    """

    low: Ms
    bits: int
    keys: I64
    lines: _Lines

    @classmethod
    def of(cls, clocks: Sequence[Clock], low: Ms, high: Ms) -> Clocks:
        """Compile them for instants in [low, high]."""
        bits = int(high - low).bit_length()
        parts = [_within(_Lines.of(clock.table(low, high)), low, high) for clock in clocks]
        keys = [(n << bits) + part.starts - low for n, part in enumerate(parts)]
        columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(low, bits, np.concatenate(keys), _Lines(*columns))

    def opened(self, which: I64, at: I64) -> I64:
        """Open ms in [low, at) of the clock numbered `which` of each."""
        i = np.searchsorted(self.keys, (which << self.bits) + at - self.low, side="right") - 1
        starts, untils, before = self.lines
        return before[i] + np.minimum(at, untils[i]) - starts[i]


def _within(lines: _Lines, low: Ms, high: Ms) -> _Lines:
    some = slice(int(np.searchsorted(lines.untils, low, side="right")), int(np.searchsorted(lines.starts, high)))
    starts, untils = (np.maximum(np.append(low, column[some]), low) for column in (lines.starts, lines.untils))
    untils[0] = low
    return _Lines(starts, untils, np.append(0, np.cumsum(untils - starts)[:-1]))
