"""Who is told how far a repair clock has run, when, and who is on duty: the chain, the quiet hours, the rotas (R6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.recipient import BadRecipient, recipient_of
from hallwatch.inventory.faults import N_, Faults, shown
from hallwatch.inventory.node import Node
from hallwatch.inventory.shape import Entry, Field, Reader, Site, listed, mapping, record, scalar
from hallwatch.inventory.values import first_instant, identifier, moment, number, text, word
from sla.calendar import BadCalendar, Calendar
from sla.week import DAYS, parse_week

ALWAYS: Final = "always"
ROTA: Final = "rota"
_WHOLE_DAY: Final = ("00:00-24:00",)


def percent(node: Node, site: Site) -> int | None:
    """Whole percent of a target."""
    value = number("1", "1000")(node, site)
    if value is not None and value != int(value):
        site.fault(node.line, N_("whole percent are wanted"))
        return None
    return None if value is None else int(value)


def recipient(node: Node, site: Site) -> str | None:
    """Somebody who can be told by a channel, or `rota:NAME`."""
    value = scalar(node, site)
    if value is None:
        return None
    try:
        recipient_of(value)
    except BadRecipient as error:
        site.fault(node.line, N_("{value} is no recipient: {reason}"), value=value, reason=error.reason)
        return None
    return value


PEOPLE: Final = listed(recipient, 64)


def _some(node: Node, site: Site) -> list[Any]:
    found: list[Any] = PEOPLE(node, site)
    if node.shape == "list" and not node.items:
        site.fault(node.line, N_("at least one recipient is wanted"))
    return found


STEP: Final = {
    "at": Field(percent, True),
    "to": Field(_some, True, list),
    "hours": Field(identifier, default=lambda: ALWAYS),
}
ROTA_KEYS: Final = {
    "zone": Field(text(64)),
    "start": Field(moment),
    "weeks": Field(listed(_some, 106)),
    "week": Field(mapping(text(32), _some)),
}
_SPANS: Final = listed(text(32), 48)
QUIET: Final = {
    "calendar": Field(identifier),
    "week": Field(mapping(text(32), _SPANS)),
    "except": Field(percent),
}
CHAIN: Final[Reader] = listed(record(STEP), 32)
ROTAS: Final[Reader] = mapping(word, record(ROTA_KEYS))
SILENCE: Final[Reader] = record(QUIET)


def check_escalation(entry: Entry, calendars: Collection[str], zone: ZoneInfo, faults: Faults) -> None:
    """The calendars and rotas that a contract's chain names are there; a rota says who is on duty each day."""
    known = sorted(calendars)
    for step in entry["escalation"]:
        if step["hours"] not in (ALWAYS, None, *known):
            message = N_("there is no calendar {id}; write one of calendars, or always")
            near = faults.near(step["hours"], [ALWAYS, *known])
            step.site(faults, "hours").fault(step.line_of("hours"), message, near, id=step["hours"])
    for site, line, name in _named(entry, faults):
        if name not in entry["rotas"]:
            site.fault(line, N_("there is no rota {id}"), faults.near(name, sorted(entry["rotas"])), id=name)
    for rota in entry["rotas"].values():
        _check_rota(rota, faults)
    if entry["quiet"]:
        _check_quiet(entry["quiet"], known, zone, faults)


def _named(entry: Entry, faults: Faults) -> Iterator[tuple[Site, int, str]]:
    """Every rota that is named, with its place."""
    places = [(entry, "notify", entry["notify"])] + [(step, "to", step["to"]) for step in entry["escalation"]]
    for where, key, people in places:
        for one in people or ():
            if one.startswith(f"{ROTA}:"):
                yield where.site(faults, key), where.line_of(key), one.partition(":")[2]


def _check_rota(rota: Entry, faults: Faults) -> None:
    site = rota.site(faults)
    if (rota["weeks"] is None) == (rota["week"] is None):
        site.fault(rota.line, N_("a rota has either weeks, taken in turn from start on, or one week of days"))
    elif rota["weeks"] is not None and (rota["start"] is None or not rota["weeks"]):
        site.fault(rota.line, N_("weeks taken in turn need a start, and at least one week"))
    elif rota["week"] is not None:
        _check_days(rota, faults)
    if rota["zone"] is not None and not _zone(rota["zone"]):
        rota.site(faults, "zone").fault(
            rota.line_of("zone"), N_("{value} is no zone such as Asia/Shanghai"), value=rota["zone"]
        )
    for people in (*(rota["weeks"] or ()), *(rota["week"] or {}).values()):
        for one in people:
            if one.startswith(f"{ROTA}:"):
                site.fault(rota.line, N_("a rota names people, not another rota: {value}"), value=one)


def _check_days(rota: Entry, faults: Faults) -> None:
    site = rota.site(faults, "week")
    try:
        free = [DAYS[n] for n, people in enumerate(days_of(rota["week"])) if not people]
    except BadCalendar as error:
        site.fault(rota.line_of("week"), N_("not a week: {reason}"), reason=f"{shown(error.place)}: {error.reason}")
        return
    if free:
        message = N_("nobody is on duty on {days}: the contract's own people are told then")
        site.warn(rota.line_of("week"), message, days=", ".join(free))


def _check_quiet(quiet: Entry, calendars: Collection[str], zone: ZoneInfo, faults: Faults) -> None:
    site = quiet.site(faults)
    if (quiet["calendar"] is None) == (quiet["week"] is None):
        site.fault(quiet.line, N_("quiet hours are either those of a calendar or a week"))
    elif quiet["calendar"] is not None and quiet["calendar"] not in calendars:
        near = faults.near(quiet["calendar"], calendars)
        quiet.site(faults, "calendar").fault(
            quiet.line_of("calendar"), N_("there is no calendar {id}"), near, id=quiet["calendar"]
        )
    elif quiet["week"] is not None:
        try:
            Calendar.parse({"zone": str(zone), "week": dict(quiet["week"])})
        except BadCalendar as error:
            site.fault(quiet.line_of("week"), N_("not a calendar: {reason}"), reason=error.reason)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def days_of(week: Mapping[str, list[str]]) -> list[list[str]]:
    """Who is on duty from Monday to Sunday, out of `{mon-fri: [...], sat-sun: [...]}`. Raises `BadCalendar`."""
    parse_week(dict.fromkeys(week, _WHOLE_DAY), "week")
    found: list[list[str]] = [[] for _ in DAYS]
    for key, people in week.items():
        for n, spans in enumerate(parse_week({key: _WHOLE_DAY}, "week")):
            if spans:
                found[n] = list(people)
    return found


def normal_chain(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """The keys `escalation`, `quiet` and `rotas` with every default filled in: starts in ms, weeks as seven days."""
    return {
        "escalation": sorted((dict(step) for step in entry["escalation"]), key=_at),
        "quiet": None if entry["quiet"] is None else _quiet(entry["quiet"], zone),
        "rotas": {name: _rota(rota, zone) for name, rota in entry["rotas"].items()},
    }


def _quiet(quiet: Entry, zone: ZoneInfo) -> dict[str, Any]:
    week = None if quiet["week"] is None else dict(quiet["week"])
    return {"calendar": quiet["calendar"], "week": week, "zone": str(zone), "except": quiet["except"]}


def _rota(rota: Entry, zone: ZoneInfo) -> dict[str, Any]:
    own = ZoneInfo(rota["zone"]) if rota["zone"] else zone
    start = first_instant(rota["start"], own)
    days = None if rota["week"] is None else days_of(rota["week"])
    return {"zone": str(own), "start": start, "weeks": rota["weeks"], "week": days}


def _at(step: Mapping[str, Any]) -> int:
    return int(step["at"])
