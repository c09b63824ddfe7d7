"""Holiday sets: days off, and the working days that make up for them [调休] (T3)."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final, NamedTuple

from chinese_calendar import constants


class HolidaySet(NamedTuple):
    """What is known of the years `first_year` to `last_year`, both included."""

    off: frozenset[date]
    make_up: frozenset[date]
    first_year: int
    last_year: int


@cache
def _cn() -> HolidaySet:
    off = frozenset(constants.holidays)
    years = {day.year for day in off}
    return HolidaySet(off, frozenset(constants.workdays) - off, min(years), max(years))


SETS: Final = {"cn": _cn}


def holiday_set(name: str) -> HolidaySet:
    """A set by name; KeyError for one that there is not."""
    return SETS[name]()
