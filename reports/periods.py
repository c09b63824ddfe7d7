"""Which period a report is of: a month, an interval, or this month so far (T1)."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from sla.instant import DAY, Ms
from sla.interval import Interval
from sla.month import month, month_of

LONGEST_DAYS: Final = 4000


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
    """Of a month such as 2026-10, of [start, until) where `until` is now if left out, or of this month.

    A month that is not over yet goes until now; one that has not begun is taken whole. Raises `BadPeriod`, also for one
    that is longer than LONGEST_DAYS.
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


def _month(text: str, zone: ZoneInfo) -> Interval:
    try:
        return month(text, zone)
    except (ValueError, OverflowError) as error:
        raise BadPeriod("month", N_("not a month such as 2026-10")) from error
