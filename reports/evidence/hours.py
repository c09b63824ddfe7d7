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
ALWAYS: Final[Mapping[str, Any]] = {"always": True}
"""What a calendar that cannot be read comes to."""


class Years(NamedTuple):
    """From the first through the last of them hours are given."""

    first: int
    last: int

    @classmethod
    def around(cls, instants: Iterable[Ms]) -> Years:
        """Those of these instants, one more on either side."""
        some = list(instants)
        first, last = (datetime.fromtimestamp(at // 1000, UTC).year for at in (min(some), max(some)))
        return cls(first - 1, last + 1)


def calendar(document: Document, years: Years) -> dict[str, Any]:
    """A calendar as the inventory has it, with the days off and the make-up days of these years."""
    try:
        Calendar.parse(document)
    except BadCalendar:
        return dict(ALWAYS)
    named = document.get("holidays") or "none"
    return {
        "zone": document["zone"],
        "week": dict(document.get("week", {})),
        "dates": {str(day): spans for day, spans in document.get("dates", {}).items()},
        "holidays": None if named == "none" else _holidays(named, years),
        "years": list(years),
    }


def _holidays(name: str, years: Years) -> dict[str, Any]:
    known = holiday_set(name)
    off, make_up = (sorted(str(day) for day in days if _within(day, years)) for days in (known.off, known.make_up))
    return {"name": name, "known": [known.first_year, known.last_year], "off": off, "make_up": make_up}


def _within(day: date, years: Years) -> bool:
    return years.first - 1 <= day.year <= years.last + 1


def offsets(zone: str, years: Years) -> list[list[int | None]]:
    """From which instant on (ms; None: from ever) a zone is how many ms ahead of UTC, in these years and around."""
    where = ZoneInfo(zone)
    low, high = (date(year, 1, 1).toordinal() - _EPOCH for year in (years.first - 1, years.last + 2))
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
