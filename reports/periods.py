"""Which period a report is of: a month, a week, an interval, or this month so far; and the one before it (T1)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sla.instant import DAY, SECOND, Ms, first_of
from sla.interval import Interval
from sla.month import month, month_of

LONGEST_DAYS: Final = 4000
_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


def N_(text: str) -> str:  # noqa: N802 - the usual mark for strings that are translated later
    """Mark a string for extraction."""
    return text


class BadPeriod(ValueError):
    """A period that is none: `place` is the parameter, `reason` what is wrong with it."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


def period(text: str | None, start: Ms | None, until: Ms | None, now: Ms, zone: ZoneInfo) -> Interval:
    """Of a month (2026-10) or a week (2026-W41), of [start, until) where `until` is now if left out, or of this month.

    A month or week that is not over yet goes until now; one that has not begun is taken whole. Raises `BadPeriod`, also
    for one that is longer than LONGEST_DAYS.
    """
    if text is not None and (start is not None or until is not None):
        raise BadPeriod("month", N_("either a month, or from and until"))
    if text is None and start is not None:
        return _checked(start, now if until is None else until)
    if text is None and until is not None:
        return _checked(_begin(until, zone), until)
    whole = _month(month_of(now, zone) if text is None else text, zone)
    return Interval(whole.start, now) if whole.start < now < whole.until else whole


def _begin(until: Ms, zone: ZoneInfo) -> Ms:
    """Where the month begins that ends at `until`, or has it within."""
    try:
        return month(month_of(until - 1, zone), zone).start
    except (ValueError, OverflowError) as error:
        raise BadPeriod("until", N_("too far from now")) from error


def _checked(start: Ms, until: Ms) -> Interval:
    if not start < until:
        raise BadPeriod("from", N_("not before `until`"))
    if until - start > LONGEST_DAYS * DAY:
        raise BadPeriod("from", N_("the period is too long"))
    return Interval(start, until)


def before(within: Interval, zone: ZoneInfo) -> Interval:
    """What a period is compared with: the month or week before a whole one, else as long a time before it begins."""
    named = name_of(within, zone)
    if named is None:
        return Interval(within.start - (within.until - within.start), within.start)
    earlier, week = _names(within.start - 1, zone)
    return _month(week if _WEEK.fullmatch(named) else earlier, zone)


def name_of(within: Interval, zone: ZoneInfo) -> str | None:
    """`2026-10` or `2026-W41` where the period is that whole month or ISO week in the zone; None for any other."""
    for text in _names(within.start, zone):
        try:
            if _month(text, zone) == within:
                return text
        except BadPeriod:
            continue
    return None


def label(within: Interval, zone: ZoneInfo) -> str:
    """What files are named after: `2026-10`, `2026-W41`, else the zone's first and last day, `20261005-20261006`."""
    days = (datetime.fromtimestamp(at / SECOND, zone) for at in (within.start, within.until - 1))
    return name_of(within, zone) or "-".join(dict.fromkeys(f"{day:%Y%m%d}" for day in days))


def _names(at: Ms, zone: ZoneInfo) -> tuple[str, str]:
    """The month and the week in which an instant lies."""
    year, week, _ = datetime.fromtimestamp(at // SECOND, zone).isocalendar()
    return month_of(at, zone), f"{year:04}-W{week:02}"


def _month(text: str, zone: ZoneInfo) -> Interval:
    try:
        if match := _WEEK.fullmatch(text):
            monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return Interval(first_of(monday, zone), first_of(monday + timedelta(days=7), zone))
        return month(text, zone)
    except (ValueError, OverflowError) as error:
        raise BadPeriod("month", N_("neither a month such as 2026-10 nor a week such as 2026-W41")) from error
