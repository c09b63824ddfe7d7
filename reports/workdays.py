"""Working days around a date, by the holiday set; Monday to Friday in years that it does not know yet (T3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sla.holidays import holiday_set
from sla.workdays import HOLIDAYS, is_working


def is_known(day: date) -> bool:
    """Whether the holiday set knows the year of a date."""
    known = holiday_set(HOLIDAYS)
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
