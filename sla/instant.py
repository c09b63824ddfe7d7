"""Instants: whole ms since 1970, UTC, inside; RFC 3339 and dates at the edges (T1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Ms = int

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time, without a zone on purpose
_MILLISECOND: Final = timedelta(milliseconds=1)


def parse(text: str) -> Ms:
    """RFC 3339 to whole ms since 1970; finer digits are cut. Raises ValueError without a zone (T1)."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("no zone")
    return (when - _EPOCH) // _MILLISECOND


def render(ms: Ms) -> str:
    """Whole ms since 1970 to RFC 3339 in UTC with milliseconds."""
    return (_EPOCH + ms * _MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def first_of(day: date, zone: ZoneInfo) -> Ms:
    """The first instant of a date in a zone, which is not always midnight (T1)."""
    return of_wall(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - wall time


def of_wall(wall: datetime, zone: ZoneInfo) -> Ms:
    """The instant at which a clock on the wall in `zone` first reads `wall` (naive) or later.

    A reading that comes twice (autumn) stands for its first, one that is left out (spring) for the moment of the leap.
    """
    before = _instant(wall, zone, fold=0)
    after = _instant(wall, zone, fold=1)
    if after >= before:
        return before
    return _leap(after, before, zone)


def _instant(wall: datetime, zone: ZoneInfo, fold: int) -> Ms:
    offset = wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()
    return (wall - offset - _NAIVE_EPOCH) // _MILLISECOND


def _leap(low: Ms, high: Ms, zone: ZoneInfo) -> Ms:
    """The instant in (low, high] from which the zone has the offset that it has at `high`."""
    new = _offset(high, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == new:
            high = middle
        else:
            low = middle
    return high


def _offset(ms: Ms, zone: ZoneInfo) -> timedelta | None:
    return (_EPOCH + ms * _MILLISECOND).astimezone(zone).utcoffset()
