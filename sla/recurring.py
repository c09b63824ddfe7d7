"""What recurs by a weekly or monthly rule, as the wall says it in a zone: each time an interval (A1 3, T1)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sla.instant import of_wall
from sla.interval import Interval

MOST: Final = 400
"""So many times one rule may have."""
LAST: Final = -1
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Weekly:
    """On these days of the week (0 is Monday), of every `every`-th week from that of the first date on."""

    days: frozenset[int]
    every: int = 1

    def holds(self, day: date, first: date) -> bool:
        """Whether it names a date."""
        weeks = (day - timedelta(day.weekday()) - first + timedelta(first.weekday())).days // _WEEK
        return day.weekday() in self.days and weeks % self.every == 0


@dataclass(frozen=True, slots=True)
class Monthly:
    """On these days of the month (`LAST` its last), of every `every`-th month from that of the first date on.

    With `weekday` the numbers count that day of the week within the month: 1 its first, `LAST` its last. A month
    without such a day is passed over.
    """

    days: frozenset[int]
    weekday: int | None = None
    every: int = 1

    def holds(self, day: date, first: date) -> bool:
        """Whether it names a date."""
        months = (day.year - first.year) * 12 + day.month - first.month
        return months % self.every == 0 and bool(self._numbers(day) & self.days)

    def _numbers(self, day: date) -> set[int]:
        length = monthrange(day.year, day.month)[1]
        if self.weekday is None:
            return {day.day, LAST} if day.day == length else {day.day}
        if day.weekday() != self.weekday:
            return set()
        nth = (day.day + _WEEK - 1) // _WEEK
        return {nth, LAST} if day.day + _WEEK > length else {nth}


class TooMany(Exception):
    """The rule has more than `MOST` times within its validity."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """A rule from date `first` to date `last`, both included, from `opens` to `closes` on the wall of `zone`.

    A `closes` at or before `opens` lies `nights` days on, which is one day later unless more are said.
    """

    rule: Weekly | Monthly
    first: date
    last: date
    opens: time
    closes: time
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    nights: int = 0

    def times(self, most: int = MOST) -> list[Interval]:
        """Every time of it, in order; raises `TooMany`.

        A reading of the wall that comes twice stands for its first, one that is left out for the moment of the leap
        (T1); a time of which the leap leaves nothing is none.
        """
        found: list[Interval] = []
        for day in self._days():
            one = self._on(day)
            if one.start >= one.until:
                continue
            if len(found) == most:
                raise TooMany
            found.append(one)
        return found

    def _days(self) -> Iterator[date]:
        for number in range(self.first.toordinal(), self.last.toordinal() + 1):
            if self.rule.holds(day := date.fromordinal(number), self.first):
                yield day

    def _on(self, day: date) -> Interval:
        nights = self.nights or (1 if self.closes <= self.opens else 0)
        end = datetime.combine(day, self.closes) + timedelta(nights)
        return Interval(of_wall(datetime.combine(day, self.opens), self.zone), of_wall(end, self.zone))
