"""A calendar in a period: when it is open, and which of its days are out of the ordinary (T3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sla.calendar import BadCalendar, Calendar
from sla.clock import ALWAYS, Clock
from sla.holidays import holiday_set
from sla.instant import Ms, first_of
from sla.interval import Interval
from store.agreements import SITE_ZONE
from store.city import CalendarRow

Why = Literal["date", "holiday", "make_up"]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


class Special(NamedTuple):
    """A day that does not follow the week: by a `date` of the calendar, as a `holiday`, or to make up for one."""

    day: date
    why: Why
    spans: tuple[str, ...]


class Hours(NamedTuple):
    """A calendar compiled; `calendar` None where there is none, or none that can be read: it never closes then."""

    id: str | None
    calendar: Calendar | None
    clock: Clock
    zone: ZoneInfo

    def day_of(self, at: Ms) -> date:
        """The date of an instant on the wall there."""
        return (_EPOCH + timedelta(milliseconds=at)).astimezone(self.zone).date()

    def on(self, day: date) -> list[Interval]:
        """Its open time on a date, from midnight to midnight."""
        return self.clock.open_intervals(first_of(day, self.zone), first_of(day + _DAY, self.zone))

    def words_on(self, day: date) -> list[str]:
        """The same on the wall there, such as 08:30–18:00; what goes on beyond midnight ends at 24:00."""
        return ["–".join((self._wall(one.start, day), self._wall(one.until, day))) for one in self.on(day)]

    def _wall(self, at: Ms, day: date) -> str:
        wall = (_EPOCH + timedelta(milliseconds=at)).astimezone(self.zone)
        return "24:00" if wall.date() > day else wall.strftime("%H:%M")

    def specials(self, start: Ms, until: Ms) -> list[Special]:
        """The days out of the ordinary that [start, until) touches, in order."""
        if self.calendar is None or start >= until:
            return []
        return list(_specials(self.calendar, self.day_of(start), self.day_of(until - 1)))


def hours_of(row: CalendarRow | None) -> Hours:
    """A calendar of the inventory; None stands for none."""
    if row is not None:
        try:
            found = Calendar.parse(row.document)
            return Hours(row.id, found, found.clock(), found.zone)
        except BadCalendar:
            pass
    return Hours(None if row is None else row.id, None, ALWAYS, ZoneInfo(SITE_ZONE))


def _specials(calendar: Calendar, first: date, last: date) -> Iterator[Special]:
    known = holiday_set(calendar.holidays) if calendar.holidays else None
    days = (first + i * _DAY for i in range((last - first).days + 1))
    for day in days:
        why: Why | None = "date" if day in calendar.dates else None
        if why is None and known is not None:
            why = "holiday" if day in known.off else "make_up" if day in known.make_up else None
        if why is not None:
            yield Special(day, why, tuple(_wall(*span) for span in calendar.spans_on(day)))


def _wall(start: int, until: int) -> str:
    """As the inventory writes it; what ends on the next day ends at or before its start."""
    return "-".join(f"{at // 60:02d}:{at % 60:02d}" for at in (start, until if until <= 1440 else until - 1440))
