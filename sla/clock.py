"""A calendar as a piecewise-linear clock: every question is one search (T4)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sla.instant import DAY, MINUTE, SECOND, Ms, first_of, of_wall
from sla.interval import Interval, merge
from sla.week import DAY_MINUTES

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200
"""The years that a clock knows; before and after them it does not go, but where it never stops."""

_EVER: Final = 1 << 62
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


class Days(Protocol):
    """What a clock is made from."""

    @property
    def zone(self) -> ZoneInfo:
        """Where the days are local."""

    def spans_on(self, day: date) -> tuple[tuple[int, int], ...]:
        """The spans that begin on a date, in minutes after its midnight."""

    def steady(self) -> bool | None:
        """True where it is open, False where closed, every day but on `irregular` dates; else None."""

    def irregular(self) -> tuple[date, date] | None:
        """The first and the last date that may differ from the week."""

    def known_years(self) -> tuple[int, int] | None:
        """The years that its holiday set knows, both included; None where it has none."""


class Table(NamedTuple):
    """Open intervals within [low, high), which are the years from `first` to `last`, and the open ms before each."""

    low: Ms
    high: Ms
    first: int
    last: int
    starts: list[Ms]
    untils: list[Ms]
    before: list[Ms]

    def opened(self, at: Ms) -> Ms:
        """Open ms in [low, at)."""
        i = bisect_right(self.starts, at) - 1
        return self.before[i] + min(at, self.untils[i]) - self.starts[i] if i >= 0 else 0

    def reached(self, opened: Ms) -> Ms | None:
        """The earliest instant at which `opened` ms (more than 0) have been open since `low`."""
        i = bisect_left(self.before, opened) - 1
        if i < 0:
            return None
        at = self.starts[i] + opened - self.before[i]
        return at if at <= self.untils[i] else None


_NOTHING: Final = Table(_EVER, -_EVER, LAST_YEAR, FIRST_YEAR, [], [], [])
_ALWAYS: Final = Table(-_EVER, _EVER, FIRST_YEAR, LAST_YEAR, [-_EVER], [_EVER], [0])


class Clock:
    """Open time of one calendar. Compiled for the years that were asked for; it grows, and answers do not change."""

    __slots__ = ("_days", "_table")

    def __init__(self, days: Days | None = None) -> None:
        """From a calendar; without one it never stops."""
        always = days is None or (days.steady() is True and days.irregular() is None)
        self._days = None if always else days
        self._table = _ALWAYS if always else _NOTHING

    def is_open(self, at: Ms) -> bool:
        """Whether the instant lies in open time."""
        table = self.table(at, at)
        i = bisect_right(table.starts, at) - 1
        return i >= 0 and at < table.untils[i]

    def open_duration(self, from_: Ms, until: Ms) -> Ms:
        """The open ms in [from_, until); 0 where it is empty (T4)."""
        if until <= from_:
            return 0
        table = self.table(from_, until)
        return table.opened(until) - table.opened(from_)

    def deadline(self, from_: Ms, ms: Ms) -> Ms | None:
        """The earliest instant at which `ms` open ms have passed since `from_` (itself for 0); None for never (T4)."""
        if ms <= 0:
            return from_
        table = self.table(from_, from_ + ms)
        while (at := table.reached(table.opened(from_) + ms)) is None:
            wider = self.further(table, open_=False)
            if wider is None:
                return None
            table = wider
        return at

    def next_change(self, at: Ms) -> Ms | None:
        """The first instant after `at` at which it opens or closes; None for never."""
        table = self.table(at, at)
        while True:
            i, j = bisect_right(table.starts, at), bisect_right(table.untils, at)
            found = min([*table.starts[i : i + 1], *table.untils[j : j + 1]], default=_EVER)
            if found < table.high:
                return found
            wider = self.further(table, open_=table.untils[-1:] == [table.high])
            if wider is None:
                return None
            table = wider

    def open_intervals(self, from_: Ms, until: Ms) -> list[Interval]:
        """Open time within [from_, until), merged."""
        if until <= from_:
            return []
        return [Interval(max(start, from_), min(end, until)) for start, end in self.openings(from_, until)]

    def openings(self, from_: Ms, until: Ms) -> Iterator[tuple[Ms, Ms]]:
        """The open intervals that reach into [from_, until), with all that lies before and after it, in order."""
        table = self.table(from_, until)
        first, last = bisect_right(table.untils, from_), bisect_left(table.starts, until)
        return zip(table.starts[first:last], table.untils[first:last], strict=True)

    def provisional(self, from_: Ms, until: Ms) -> bool:
        """Whether [from_, until) touches a year whose holidays are not known yet (T3)."""
        known = self._days.known_years() if self._days else None
        if known is None or self._days is None or until <= from_:
            return False
        zone = self._days.zone
        return from_ < first_of(date(known[0], 1, 1), zone) or until > first_of(date(known[1] + 1, 1, 1), zone)

    def table(self, from_: Ms, until: Ms) -> Table:
        """What answers for instants in [from_, until], compiled further where they lie beyond it."""
        table = self._table  # read once: other threads may put a wider one in its place
        if self._days is None or (table.low <= from_ and until < table.high):
            return table
        first, last = min(table.first, _year(from_ - 2 * DAY)), max(table.last, _year(until + 2 * DAY))
        return table if (first, last) == (table.first, table.last) else self._compile(self._days, first, last)

    def further(self, table: Table, *, open_: bool) -> Table | None:
        """A table that ends later; None where nothing would come but more of the same (`open_`: open time)."""
        if self._days is None or table.last >= LAST_YEAR:
            return None
        irregular = self._days.irregular()
        if self._days.steady() is open_ and (irregular is None or irregular[1].year < table.last):
            return None
        return self._compile(self._days, table.first, min(LAST_YEAR, 2 * table.last - table.first + 1))

    def _compile(self, days: Days, first: int, last: int) -> Table:
        low, high = (first_of(date(year, 1, 1), days.zone) for year in (first, last + 1))
        opened = list(_clipped(merge(_opened(days, first, last)), low, high))
        starts, untils = [start for start, _ in opened], [until for _, until in opened]
        before = list(accumulate((until - start for start, until in opened), initial=0))[:-1]
        self._table = Table(low, high, first, last, starts, untils, before)
        return self._table


ALWAYS: Final = Clock()


def _opened(days: Days, first: int, last: int) -> Iterator[Interval]:
    """The spans that begin in the years from `first` to `last`, and in the two days before."""
    zone = days.zone
    numbers = range(date(first, 1, 1).toordinal() - 2, date(last + 1, 1, 1).toordinal())
    offsets = [_offset(n, zone) for n in range(numbers.start - 1, numbers.stop + 2)]
    for i, number in enumerate(numbers):
        spans = days.spans_on(day := date.fromordinal(number))
        if not spans:
            continue
        if offsets[i] == offsets[i + 1] == offsets[i + 2] == offsets[i + 3]:
            midnight = (number - _EPOCH_DAY) * DAY - offsets[i]
            for start, until in spans:
                yield Interval(midnight + start * MINUTE, midnight + until * MINUTE)
        elif _at(day, 0, zone) < _at(day, DAY_MINUTES, zone):  # some zones left a day out
            for start, until in spans:
                yield Interval(_at(day, start, zone), _at(day, until, zone))


def _offset(number: int, zone: ZoneInfo) -> Ms:
    """How far the zone is ahead of UTC at the midnight of a day."""
    offset = zone.utcoffset(datetime.fromordinal(number))
    return (offset.days * DAY + offset.seconds * SECOND) if offset else 0


def _at(day: date, minutes: int, zone: ZoneInfo) -> Ms:
    return of_wall(datetime.fromordinal(day.toordinal()) + timedelta(minutes=minutes), zone)


def _clipped(intervals: Iterable[Interval], low: Ms, high: Ms) -> Iterator[Interval]:
    for start, until in intervals:
        if until > low and start < high:
            yield Interval(max(start, low), min(until, high))


def _year(at: Ms) -> int:
    """The year of an instant, within what a clock knows; near its ends it may be the neighbour's in another zone."""
    days = at // DAY
    if not 0 <= days < (LAST_YEAR - FIRST_YEAR) * 365:
        return FIRST_YEAR if days < 0 else LAST_YEAR
    return date.fromordinal(_EPOCH_DAY + days).year
