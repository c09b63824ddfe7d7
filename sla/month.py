"""A month in a contract's zone (T1, S2)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sla.instant import SECOND, Ms, first_of
from sla.interval import Interval

_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)


def month(text: str, zone: ZoneInfo) -> Interval:
    """`2026-10` as [its first instant, the first of the next month) in a zone; raises ValueError for anything else."""
    if not _MONTH.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no month such as 2026-10")
    first = date(int(text[:4]), int(text[5:]), 1)
    return Interval(first_of(first, zone), first_of(_following(first), zone))


def month_of(at: Ms, zone: ZoneInfo) -> str:
    """The month in which an instant lies, as `2026-10`: the one whose interval has it."""
    day = datetime.fromtimestamp(at // SECOND, zone).date()
    following = _following(day)
    # where a clock is put back at midnight the wall reads the old month once more
    return (following if at >= first_of(following, zone) else day).isoformat()[:7]


def _following(day: date) -> date:
    """The first of the month after a day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
