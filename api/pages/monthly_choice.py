"""Which report somebody chose on the page: a month, a week or days, of the city or a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from api.words import N_
from reports.asked import Asked
from reports.periods import LONGEST_DAYS, BadPeriod, period
from sla.instant import DAY, Ms, first_of, render
from sla.interval import Interval
from sla.profile import PROFILES, ProfileName
from store.city import City
from store.pages import EVERYTHING, Scope

Span = Literal["month", "week", "days"]
SPANS: Final[Mapping[str, str]] = {"month": N_("Month"), "week": N_("Week"), "days": N_("Days")}
PARTS: Final[Mapping[str, str]] = {
    "branch": N_("Branch"),
    "hall": N_("Hall"),
    "kind": N_("Kind"),
    "vendor": N_("Vendor"),
}
NO_WEEK: Final = N_("A week looks like 2026-W45.")
NO_DAY: Final = N_("A day looks like 2026-11-01.")
BACKWARDS: Final = N_("The last day lies before the first.")
TOO_LONG: Final = N_("A report on this page is of at most 400 days.")
_MOST_DAYS: Final = min(400, LONGEST_DAYS)


class Choice(NamedTuple):
    """What the form says, as typed; `of` is a part such as `hall:h-01`, empty for all that one may see."""

    span: str = "month"
    month: str = ""
    week: str = ""
    first: str = ""
    last: str = ""
    of: str = ""
    profile: ProfileName = "service"

    def within(self, now: Ms, zone: ZoneInfo) -> Interval:
        """The period in ms, this month's or week's until now. Raises `BadPeriod` with a msgid as reason."""
        if self.span == "week":
            return _until_now(_week(self.week, zone), now)
        if self.span == "days":
            return _until_now(_days(self.first, self.last, zone), now)
        return period(self.month or None, None, None, now, zone)

    def asked(self, within: Interval, scope: Scope) -> Asked:
        """What is counted; a part of another's stays out of sight by the scope."""
        part, _, id = self.of.partition(":")
        halls = (id,) if part == "hall" else ()
        named = {part: id} if part in ("branch", "kind", "vendor") and id else {}
        return Asked(within.start, within.until, "hall", self.profile, scope, halls, **named)  # type: ignore[arg-type]

    def address(self, within: Interval, **more: str) -> str:
        """The query with which a program gets the same report."""
        part, _, id = self.of.partition(":")
        when = {"month": self.month} if self.span == "month" and self.month else _instants(within)
        return urlencode(when | ({part: id} if part in PARTS and id else {}) | {"profile": self.profile} | more)

    def query(self, **more: str) -> str:
        """The query of this page."""
        return urlencode({name: value for name, value in self._asdict().items() if value} | more)


def usual(choice: Choice, now: Ms, zone: ZoneInfo) -> Choice:
    """The choice with what was left out: last month, the week before this one, the last seven days."""
    today = datetime.fromtimestamp(now / 1000, zone).date()
    before = today.replace(day=1) - timedelta(1)
    year, week, _ = (today - timedelta(7)).isocalendar()
    return choice._replace(
        span=choice.span if choice.span in SPANS else "month",
        month=choice.month or f"{before:%Y-%m}",
        week=choice.week or f"{year}-W{week:02d}",
        first=choice.first or (today - timedelta(7)).isoformat(),
        last=choice.last or (today - timedelta(1)).isoformat(),
        profile=choice.profile if choice.profile in PROFILES else "service",
    )


def parts_of(city: City, scope: Scope) -> dict[str, list[tuple[str, str]]]:
    """What one may choose: the ids and names by part, of what is there and of what one may see."""
    mine = [one for one in city.devices.values() if scope.vendor in (None, one.vendor) and one.gone_at is None]
    here = {id: hall for id, hall in city.halls.items() if id in {one.hall for one in mine}}
    found: dict[str, set[tuple[str | None, str]]] = {
        "branch": {(hall.branch, _name(city.branches, hall.branch)) for hall in here.values()},
        "hall": {(id, hall.name) for id, hall in here.items()},
        "kind": {(one.kind, "") for one in mine},
        "vendor": {(one.vendor, _name(city.vendors, one.vendor)) for one in mine} if scope == EVERYTHING else set(),
    }
    return {part: sorted((id, name) for id, name in some if id) for part, some in found.items()}


def _name(named: Mapping[str, object], id: str | None) -> str:
    return str(getattr(named.get(id or ""), "name", None) or id or "")


def _instants(within: Interval) -> dict[str, str]:
    return {"from": render(within.start), "until": render(within.until)}


def _until_now(whole: Interval, now: Ms) -> Interval:
    return Interval(whole.start, now) if whole.start < now < whole.until else whole


def _week(text: str, zone: ZoneInfo) -> Interval:
    year, mark, number = text.upper().partition("-W")
    try:
        first = date.fromisocalendar(int(year), int(number), 1) if mark else None
    except ValueError as error:
        raise BadPeriod("week", NO_WEEK) from error
    if first is None or not 1970 < first.year < 9000:
        raise BadPeriod("week", NO_WEEK)
    return Interval(first_of(first, zone), first_of(first + timedelta(7), zone))


def _days(first: str, last: str, zone: ZoneInfo) -> Interval:
    """From a day to another, that one included."""
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise BadPeriod("days", NO_DAY) from error
    if not 1970 < begin.year < 9000 or not 1970 < end.year < 9000:
        raise BadPeriod("days", NO_DAY)
    if end < begin:
        raise BadPeriod("days", BACKWARDS)
    if (end - begin).days >= _MOST_DAYS:
        raise BadPeriod("days", TOO_LONG)
    found = Interval(first_of(begin, zone), first_of(end + timedelta(1), zone))
    return Interval(found.start, min(found.until, found.start + _MOST_DAYS * DAY))
