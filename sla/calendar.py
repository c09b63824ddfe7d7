"""Hours: a week, dated exceptions, holidays; the same for halls and for repair contracts (T3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.clock import ALWAYS, Clock
from sla.holidays import SETS, HolidaySet, holiday_set
from sla.week import EMPTY, BadCalendar, Span, Week, is_full, parse_spans, parse_week

__all__ = ["ALWAYS", "BadCalendar", "Calendar", "Clock", "Week"]

MAX_DATES: Final = 4000
_KEYS: Final = ("zone", "week", "holidays", "dates")
_MONDAY: Final = 0
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Calendar:
    """Hours in a zone. `dates` replace the spans that begin on them; else `holidays` does; else the week holds.

    On a day off nothing begins; a working day that makes up for one has Monday's spans.
    """

    zone: ZoneInfo
    week: Week = EMPTY
    dates: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    holidays: str | None = None

    @classmethod
    def parse(cls, document: object) -> Calendar:
        """Read a calendar of the inventory file; raises BadCalendar at the first fault."""
        if not isinstance(document, Mapping):
            raise BadCalendar("", "not a table")
        for key in document:
            if key not in _KEYS:
                near = get_close_matches(str(key)[:40], _KEYS, n=1)
                raise BadCalendar(str(key)[:40], "unknown" + (f"; did you mean {near[0]}?" if near else ""))
        return cls(
            zone=_zone(document.get("zone")),
            week=parse_week(document.get("week", {}), "week"),
            dates=_dates(document.get("dates", {})),
            holidays=_holidays(document.get("holidays", "none")),
        )

    def clock(self) -> Clock:
        """This calendar's clock; keep it, it is compiled as it is used."""
        return Clock(self)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on a date, in minutes after its midnight."""
        if (special := self.dates.get(day)) is not None:
            return special
        if known := self._set():
            if day in known.off:
                return ()
            if day in known.make_up:
                return self.week[_MONDAY]
        return self.week[day.weekday()]

    def steady(self) -> bool | None:
        """True where the week leaves no minute closed, False where none is open, else None."""
        if not any(self.week):
            return False
        return True if is_full(self.week) else None

    def irregular(self) -> tuple[date, date] | None:
        """The first and the last date that may differ from the week."""
        days = set(self.dates)
        if known := self._set():
            days |= {date(known.first_year, 1, 1), date(known.last_year, 12, 31)}
        return (min(days), max(days)) if days else None

    def known_years(self) -> tuple[int, int] | None:
        """The years that the holiday set knows, both included; None without a set."""
        known = self._set()
        return (known.first_year, known.last_year) if known else None

    def _set(self) -> HolidaySet | None:
        return holiday_set(self.holidays) if self.holidays else None


def _zone(value: object) -> ZoneInfo:
    if value is None:
        raise BadCalendar("zone", "missing")
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadCalendar("zone", f"{str(value)[:40]!r} is no zone such as Asia/Shanghai") from error


def _dates(document: object) -> dict[date, tuple[Span, ...]]:
    if not isinstance(document, Mapping):
        raise BadCalendar("dates", "not a table of dates")
    if len(document) > MAX_DATES:
        raise BadCalendar("dates", f"more than {MAX_DATES}")
    dates: dict[date, tuple[Span, ...]] = {}
    for key, value in document.items():
        place = f"dates.{str(key)[:40]}"
        day = _date(key, place)
        if day in dates:
            raise BadCalendar(place, "given twice")
        dates[day] = parse_spans(value, place)
    return dates


def _date(key: object, place: str) -> date:
    """YAML reads 2026-10-01 as a date, whose text is what JSON gives."""
    try:
        if not _DATE.fullmatch(str(key)):
            raise ValueError(key)
        return date.fromisoformat(str(key))
    except ValueError as error:
        raise BadCalendar(place, "not a date such as 2026-10-01") from error


def _holidays(value: object) -> str | None:
    if value is None or value == "none":
        return None
    if not isinstance(value, str) or value not in SETS:
        raise BadCalendar("holidays", f"{str(value)[:40]!r} is neither none nor one of {', '.join(sorted(SETS))}")
    return value
