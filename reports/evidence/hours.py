"""Calendars with all that is needed to read them elsewhere: the offsets of zones, the days of holiday sets (T1, T3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sla.calendar import BadCalendar, Calendar
from sla.holidays import holiday_set
from sla.instant import DAY, Ms
from store.city import Document

_EPOCH: Final = date(1970, 1, 1).toordinal()
_MORE: Final = timedelta(days=5)
ALWAYS: Final[Mapping[str, Any]] = {"always": True}
"""What a calendar that cannot be read comes to."""


class Days(NamedTuple):
    """From the first through the last of them hours are given."""

    first: date
    last: date

    @classmethod
    def around(cls, instants: Iterable[Ms]) -> Days:
        """Those of these instants, some more on either side."""
        some = list(instants)
        first, last = (datetime.fromtimestamp(at // 1000, UTC).date() for at in (min(some), max(some)))
        return cls(first - _MORE, last + _MORE)


def calendar(document: Document, days: Days) -> dict[str, Any]:
    """A calendar as the inventory has it, with the days off and the make-up days of these days."""
    try:
        Calendar.parse(document)
    except BadCalendar:
        return dict(ALWAYS)
    named = document.get("holidays") or "none"
    return {
        "zone": document["zone"],
        "week": dict(document.get("week", {})),
        "dates": {str(day): spans for day, spans in document.get("dates", {}).items()},
        "holidays": None if named == "none" else _holidays(named, days),
        "days": [str(day) for day in days],
    }


def _holidays(name: str, days: Days) -> dict[str, Any]:
    known = holiday_set(name)
    off, make_up = (sorted(str(day) for day in some if _within(day, days)) for some in (known.off, known.make_up))
    return {"name": name, "known": [known.first_year, known.last_year], "off": off, "make_up": make_up}


def _within(day: date, days: Days) -> bool:
    return days.first - _MORE <= day <= days.last + _MORE


def offsets(zone: str, days: Days) -> list[list[int | None]]:
    """From which instant on (ms; None: from ever) a zone is how many ms ahead of UTC, on these days and around."""
    where = ZoneInfo(zone)
    low, high = (day.toordinal() - _EPOCH for day in (days.first - _MORE, days.last + _MORE))
    found: list[list[int | None]] = [[None, _ahead(where, low * DAY)]]
    for at in _changes(where, low * DAY, high * DAY):
        found.append([at, _ahead(where, at)])
    return found


def _changes(zone: ZoneInfo, low: Ms, high: Ms) -> Iterator[Ms]:
    for at in range(low, high, DAY):
        before, after = at, at + DAY
        if _ahead(zone, before) == _ahead(zone, after):
            continue
        while after - before > 1000:
            middle = (before + after) // 2000 * 1000
            before, after = (middle, after) if _ahead(zone, middle) == _ahead(zone, at) else (before, middle)
        yield after


def _ahead(zone: ZoneInfo, at: Ms) -> Ms:
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    offset = when.astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(milliseconds=1)
