"""Calendars: open time and days out of the ordinary in a period (T3)."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import Reading, Room
from api.contracts import contracts_in
from api.hours import hours_of
from api.instants import DAY_MS, From, Until, period, rendered
from api.problems import not_found
from api.repairs import city_now
from sla.interval import Interval
from store.city import City
from store.database import reading
from store.pages import EVERYTHING, Scope

router = APIRouter(tags=["contracts"])
LONGEST_MS: Final = 400 * DAY_MS
USUAL_MS: Final = 31 * DAY_MS


class Span(BaseModel):
    """Open time [from, until)."""

    start: str = Field(alias="from")
    until: str


class Special(BaseModel):
    """A day out of the ordinary: by a `date` of the calendar, a `holiday`, or one to make up for it (`make_up`)."""

    day: str
    why: str
    spans: list[str]


class Calendar(BaseModel):
    """A calendar in [from, until); `provisional` where it touches a year whose holidays are not known yet (T3)."""

    id: str
    zone: str
    start: str = Field(alias="from")
    until: str
    open_s: float
    spans: list[Span]
    specials: list[Special]
    provisional: bool


@router.get("/calendars/{id}", response_model=Calendar)
def one_calendar(id: str, room: Room, scope: Reading, start: From = None, until: Until = None) -> dict[str, Any]:
    """The open time of a calendar in [from, until), at most 400 days; 31 days from now without them."""
    now = room.now()
    begin, end = period(start or rendered(now), until or rendered(now + USUAL_MS), now, 0, LONGEST_MS)
    with reading(room.engine) as conn:
        city = city_now(conn)
    if id not in city.calendars or (scope != EVERYTHING and id not in _calendars_in(city, scope)):
        raise not_found()
    hours = hours_of(city.calendars[id])
    return {
        "id": id,
        "zone": str(hours.zone),
        "from": rendered(begin),
        "until": rendered(end),
        "open_s": hours.clock.open_duration(begin, end) / 1000,
        "spans": spans(hours.clock.open_intervals(begin, end)),
        "specials": [one._asdict() | {"day": str(one.day)} for one in hours.specials(begin, end)],
        "provisional": hours.clock.provisional(begin, end),
    }


def spans(intervals: list[Interval]) -> list[dict[str, Any]]:
    """The members of `Span`, one each."""
    return [{"from": rendered(one.start), "until": rendered(one.until)} for one in intervals]


def _calendars_in(city: City, scope: Scope) -> set[str]:
    """Those of the halls and contracts that somebody may see."""
    seen = {
        one.hall
        for one in city.devices.values()
        if scope.hall in (None, one.hall) and scope.vendor in (None, one.vendor)
    }
    named = [city.halls[hall].calendar for hall in seen if hall in city.halls]
    named += [one.document.get("calendar") for one in contracts_in(city, scope)]
    return {one for one in named if one}
