"""Working days, in which people have time to answer (S6, T3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sla.calendar import Calendar
from sla.instant import SECOND, Ms, first_of
from sla.week import DAY_MINUTES

HOLIDAYS: Final = "cn"
_WHOLE: Final = ((0, DAY_MINUTES),)
_WEEK: Final = (*(_WHOLE,) * 5, (), ())
_ONE: Final = timedelta(days=1)
_ANY: Final = ZoneInfo("UTC")
"""A date is one in any zone."""


def is_working(day: date, holidays: str | None = HOLIDAYS) -> bool:
    """Whether people work on a date: Monday to Friday but for days off, and days that make up for them [调休]."""
    return bool(_calendar(holidays).spans_on(day))


def after_working_days(at: Ms, days: int, zone: ZoneInfo, holidays: str | None = HOLIDAYS) -> Ms:
    """The instant at which `days` (1 or more) whole working days after the date of `at` are over.

    The date itself does not count; the answer is the first instant of the date after the last of them. In a year that
    the holiday set does not know, Monday to Friday are working days.
    """
    day = datetime.fromtimestamp(at // SECOND, zone).date()
    left = days
    while left:
        day += _ONE
        left -= is_working(day, holidays)
    return first_of(day + _ONE, zone)


@lru_cache(maxsize=8)
def _calendar(holidays: str | None) -> Calendar:
    return Calendar(_ANY, _WEEK, holidays=holidays)
