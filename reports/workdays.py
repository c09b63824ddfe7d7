"""Working days by the holiday set, make-up days [调休] among them; Monday to Friday in years not known yet (T3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from sla.holidays import holiday_set

SET: Final = "cn"
_SATURDAY: Final = 5


def is_working(day: date) -> bool:
    """Whether people work on a date."""
    known = holiday_set(SET)
    if day in known.off:
        return False
    return day.weekday() < _SATURDAY or day in known.make_up


def is_known(day: date) -> bool:
    """Whether the holiday set knows the year of a date."""
    known = holiday_set(SET)
    return known.first_year <= day.year <= known.last_year


def first_working(first: date) -> date:
    """The first working day at or after a date."""
    return next(day for day in _days(first, 1) if is_working(day))


def last_working(first: date, last: date) -> Iterator[date]:
    """The working days of [first, last], the last first."""
    for day in _days(last, -1):
        if day < first:
            return
        if is_working(day):
            yield day


def _days(day: date, step: int) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(step)
