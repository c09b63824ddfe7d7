"""What applies to a ticket and why, as JSON (R1-R4, T3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel

from api.applies import Applies, Clock, applies, told
from api.auth import Reading, Room
from api.calendars import Span, spans
from api.hours import Hours
from api.instants import rendered
from api.problems import not_found
from store.database import reading
from store.pages import ticket_row

router = APIRouter(tags=["contracts"])
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Day(BaseModel):
    """A calendar on one day; `calendar` is null where there is none: always open."""

    calendar: str | None
    zone: str
    day: str
    spans: list[Span]
    provisional: bool


class Travel(BaseModel):
    """What is granted, whether by an entry of the hall's own (`own`), and what was used so far."""

    mode: str
    granted_s: float
    own: bool
    used_s: float | None


class Applied(BaseModel):
    """What decides about a ticket at `at`, its clock's start (`started`) or, without a clock, its opening."""

    ticket: str
    at: str
    started: bool
    contract: str | None
    start: str | None
    target_s: float | None
    travel: Travel | None
    pauses: list[str]
    repair_hours: Day | None
    hall_hours: Day
    sentences: list[str]


@router.get("/tickets/{id}/applies", response_model=Applied)
def what_applies(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """Which contract, hours, target, travel and start decide about a ticket, and why, in the site's language."""
    with reading(room.engine) as conn:
        row = ticket_row(conn, scope, id)
        if row is None:
            raise not_found()
        found = applies(conn, room, row, room.now())
    clock = wall(found.repair_hours.zone if found.contract else found.hall_hours.zone)
    translate = room.translate(room.language)
    return _applied(id, found) | {"sentences": [told(one, translate, clock) for one in found.sentences]}


def wall(zone: ZoneInfo) -> Clock:
    """Renders instants in a zone."""
    return lambda ms, form: (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone).strftime(form)


def _day(hours: Hours, found: Applies) -> dict[str, Any]:
    return {
        "calendar": hours.id,
        "zone": str(hours.zone),
        "day": str(found.day),
        "spans": spans(hours.on(found.day)) if hours.calendar is not None else [],
        "provisional": hours.clock.provisional(found.at, found.at + 1),
    }


def _applied(id: str, found: Applies) -> dict[str, Any]:
    contract, repair = found.contract, found.running.repair
    travel = None
    if contract is not None:
        used = None if repair is None else repair.travel / 1000
        granted = found.allowance / 1000
        travel = {"mode": contract.travel.mode, "granted_s": granted, "own": found.own_entry, "used_s": used}
    return {
        "ticket": id,
        "at": rendered(found.at),
        "started": repair is not None,
        "contract": contract.id if contract else None,
        "start": contract.begin if contract else None,
        "target_s": None if found.target is None else found.target / 1000,
        "travel": travel,
        "pauses": sorted(contract.pauses) if contract else [],
        "repair_hours": _day(found.repair_hours, found) if contract else None,
        "hall_hours": _day(found.hall_hours, found),
    }
