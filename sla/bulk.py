"""Tallies of very many devices at once, equal to `sla.availability.tally` of each (A1-A6).

Edges give elementary pieces of one class each, the halls' clocks how much of each is open time, and every total is a
sum between two edges. Devices go through in chunks, so that memory stays small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sla.availability import AGREED, HALF, Figures, Tally
from sla.clock_arrays import I64, Clocks
from sla.columns import Columns, Pieces, collect
from sla.edges import CHARGED, CODES, Edges, Numbers, Window
from sla.instant import Ms
from sla.profile import GOOD, PROFILES, Profile, ProfileName
from sla.spans import CLASSES, Class

__all__ = ["Columns", "Pieces", "Tallies", "collect", "tallies", "tallies_by"]

CHUNK: Final = 4_000
"""Devices at a time: as many as a processor's cache holds the edges of."""

_SEEN: Final = (CODES["up"], CODES["degraded"], CODES["down"], CHARGED, CODES["unreachable"], CODES["unmonitored"])
_PLANNED: Final = (CODES["excluded"], CODES["maintenance"])

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tallies:
    """The tallies of devices in their order: `ms` by device and class, else one number a device (see Tally)."""

    profile: ProfileName
    ms: I64
    good: I64
    bad: I64
    raw_good: I64
    raw_bad: I64
    outages: I64
    ended: I64
    ended_bad_ms: I64

    @classmethod
    def none(cls, profile: ProfileName, devices: int) -> Tallies:
        """All zero."""
        numbers = (np.zeros(devices, np.int64) for _ in _NUMBERS)
        return cls(profile, np.zeros((devices, len(CLASSES)), np.int64), *numbers)

    def __len__(self) -> int:
        """The number of devices."""
        return len(self.good)

    def __getitem__(self, n: int) -> Tally:
        """The tally of one; raises IndexError beyond the last."""
        return Tally(self.profile, tuple(self.ms[n].tolist()), *(int(getattr(self, name)[n]) for name in _NUMBERS))

    def availability(self, min_coverage: Fraction = HALF) -> F64:
        """What `figures` says of each, nan for None (A3). Raises ValueError for a denominator of 2**31 or more."""
        p, q = min_coverage.as_integer_ratio()
        if q >> 31:
            raise ValueError("min_coverage is too fine")
        agreed = self.ms[:, CODES["unmonitored"] :].sum(axis=1)
        seen = agreed - self.ms[:, CODES["unmonitored"]]
        counts = self.good + self.bad
        shown = counts > 0
        if not PROFILES[self.profile].raw:
            shown &= seen >= agreed // q * p - (-(agreed % q) * p // q)
        ratios: F64 = np.divide(self.good, counts, out=np.full(len(self), np.nan), where=shown)
        return ratios

    def unseen(self, min_coverage: Fraction = HALF) -> list[bool]:
        """Of each, whether less than `min_coverage` of its agreed time was seen (A3)."""
        least, whole = min_coverage.as_integer_ratio()
        return [seen * whole < least * agreed for seen, agreed in zip(*self._coverage(), strict=True)]

    def figures(self, min_coverage: Fraction = HALF) -> list[Figures]:
        """What `sla.availability.figures` says of each (A3, A6)."""
        hidden = [False] * len(self) if PROFILES[self.profile].raw else self.unseen(min_coverage)
        columns = (getattr(self, name).tolist() for name in _NUMBERS)
        ms: list[dict[Class, Ms]] = [dict(zip(CLASSES, row, strict=True)) for row in self.ms.tolist()]
        return [
            Figures(
                None if blind or not good + bad else good / (good + bad),
                raw_good / (raw_good + raw_bad) if raw_good + raw_bad else None,
                seen / agreed if agreed else None,
                by_class,
                outages,
                Fraction(ended_bad, ended) if ended else None,
                Fraction(good, outages) if outages else None,
            )
            for blind, seen, agreed, by_class, good, bad, raw_good, raw_bad, outages, ended, ended_bad in zip(
                hidden, *self._coverage(), ms, *columns, strict=True
            )
        ]

    def _coverage(self) -> tuple[list[Ms], list[Ms]]:
        """Of each the agreed ms that were seen, and all of them."""
        agreed = self.ms[:, -len(AGREED) :].sum(axis=1)
        return (agreed - self.ms[:, CODES["unmonitored"]]).tolist(), agreed.tolist()

    def grouped(self, group: I64, groups: int) -> Tallies:
        """Added up by the group of each device, numbered from 0 (A4)."""
        added = Tallies.none(self.profile, groups)
        for name in ("ms", *_NUMBERS):
            np.add.at(getattr(added, name), group, getattr(self, name))
        return added


_NUMBERS: Final = tuple(one.name for one in fields(Tallies))[2:]


def tallies(columns: Columns, start: Ms, until: Ms, now: Ms, profile: ProfileName) -> Tallies:
    """What [start, until) of each device comes to, known at `now`: `tally` for all (A1-A6).

    Linear in the pieces. Raises ValueError where the period and the outages that cross its borders take 278 years.
    """
    return tallies_by(columns, start, until, now, [profile])[0]


def tallies_by(columns: Columns, start: Ms, until: Ms, now: Ms, profiles: Sequence[ProfileName]) -> Sequence[Tallies]:
    """The same under each of some profiles, for which the edges are sorted once."""
    found = [Tallies.none(profile, len(columns)) for profile in profiles]
    if until <= start or not len(columns):
        return found
    window = Window.around(start, until, now, columns.outages)
    clocks = Clocks.of(columns.clocks, window.low, window.high)
    for first in range(0, len(columns), CHUNK):
        chunk = range(first, min(first + CHUNK, len(columns)))
        edges = Edges.of(columns, chunk, window)
        _fill(found, columns, chunk, edges, window, clocks)
    return found


class Cut(NamedTuple):
    """What follows each edge: its ms, how many of them are open, the number that applies, and the one beneath (raw)."""

    length: I64
    open: I64
    shown: Numbers
    raw: Numbers

    @classmethod
    def of(cls, edges: Edges, opened: I64) -> Cut:
        """`opened` are the open ms before each edge."""
        raw = np.full(len(edges.at), CODES["unmonitored"], np.int8)
        _lay(raw, edges, _SEEN)
        shown = raw.copy()
        _lay(shown, edges, _PLANNED)
        for one in (raw, shown):
            _lay(one, edges, [CODES["not_in_service"]])
        length, open_ = (np.diff(column, append=column[-1]) for column in (edges.at, opened))
        return cls(length, open_, shown, raw)

    def judged(self, numbers: Collection[int], *, raw: bool) -> I64:
        """The ms of what has one of these numbers, 0 of the rest: in open time or, `raw`, around the clock."""
        which, ms = (self.raw, self.length) if raw else (self.shown, self.open)
        some = np.zeros(len(ms), np.bool_)
        for number in numbers:
            some |= which == number
        return np.where(some, ms, 0)


def _lay(numbers: Numbers, edges: Edges, over: Collection[int]) -> None:
    for number in over:
        if number in edges.numbers:
            numbers[edges.covered(number)] = number


def _bad(profile: Profile) -> list[int]:
    """The numbers that a profile calls bad (A2)."""
    found = [CODES[class_] for class_ in profile.bad if not (profile.charged_only and class_ == "down")]
    return [*found, CHARGED]


def _fill(
    found: Sequence[Tallies], columns: Columns, chunk: range, edges: Edges, window: Window, clocks: Clocks
) -> None:
    some = slice(chunk.start, chunk.stop)
    cut = Cut.of(edges, clocks.opened(columns.clock[some][edges.device], edges.at))
    by_class = [(number, edges.sums(ms)) for number, ms in _by_class(cut)]
    good = [CODES[class_] for class_ in GOOD]
    raw = [edges.sums(cut.judged(numbers, raw=True)) for numbers in (good, _bad(PROFILES["raw"]))]
    outages = columns.outages.part(columns.outages.among(chunk))
    for one in found:
        profile = PROFILES[one.profile]
        for number, ms in by_class:
            one.ms[some, number] = ms
        bad = cut.judged(_bad(profile), raw=profile.raw)
        one.good[some] = edges.sums(cut.judged(good, raw=profile.raw))
        one.bad[some] = edges.sums(bad)
        one.raw_good[some], one.raw_bad[some] = raw
        counted = _counted(outages, bad, edges, window, chunk.start)
        one.outages[some], one.ended[some], one.ended_bad_ms[some] = counted


def _by_class(cut: Cut) -> Iterator[tuple[int, I64]]:
    """The ms of what follows each edge, by class (A1): the part of it that is closed is not the class that applies."""
    out = cut.shown == CODES["not_in_service"]
    yield CODES["not_in_service"], np.where(out, cut.length, 0)
    yield CODES["closed"], np.where(out, 0, cut.length - cut.open)
    yield CODES["down"], cut.judged([CODES["down"], CHARGED], raw=False)
    for number in np.flatnonzero(np.bincount(cut.shown)).tolist():
        if number not in (CODES["not_in_service"], CODES["down"], CHARGED):
            yield number, cut.judged([number], raw=False)


def _counted(outages: Pieces, bad: I64, edges: Edges, window: Window, first: int) -> tuple[I64, I64, I64]:
    """By device, numbered from `first` on: outages that count, those that end, and all bad ms of these (A6)."""
    ends = np.minimum(outages.until, window.now)
    some = (outages.start < window.until) & (ends > window.start)
    device, start, until = outages.device[some] - first, outages.start[some], np.minimum(ends[some], window.high)
    low, high = (np.searchsorted(edges.keys, window.key(device, at)) for at in (start, until))
    begin, end = (np.clip(border[device], low, high) for border in (edges.begin, edges.end))
    sums = np.append(0, np.cumsum(bad))
    before, within, after = (sums[b] - sums[a] for a, b in ((low, begin), (begin, end), (end, high)))
    counts = (within > 0) & (before == 0)
    ended = (within > 0) & (after == 0) & (outages.until[some] <= window.now)
    ended_bad = np.zeros(len(edges.begin), np.int64)
    np.add.at(ended_bad, device[ended], (before + within)[ended])
    number = len(edges.begin)
    return (
        np.bincount(device[counts], minlength=number),
        np.bincount(device[ended], minlength=number),
        ended_bad,
    )
