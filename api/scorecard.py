"""The branch scorecard: intact rates of the branches against all halls, in every form (A7, P5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from api.auth import Room, Staff
from api.forms import FILES, Shape, answer, shape
from api.instants import parsed
from api.reports import Word, chosen, counting
from reports.asked import Asked
from reports.intact import Way
from reports.scorecard import book, document, report
from sla.interval import Interval
from sla.scorecard import Compare, Hour

router = APIRouter(tags=["reports"])
At = Annotated[
    str | None, Query(max_length=40, description="When the devices were inspected: RFC 3339, within the period.")
]


class Found(BaseModel):
    """What an inspection found: `intact` (up or degraded) of `all` in service, `unknown` of which nobody saw."""

    intact: int
    all: int
    unknown: int


class Item(BaseModel):
    """An item of a branch: what it is worth, its score, the rates of its devices here and in all halls, 0..1.

    `below`: how far the branch lies below all. `devices`: those any one of which decides; `hours`: the hour that would.
    """

    item: str
    full: str
    score: str | None
    branch: float | None
    all: float | None
    below: float | None
    devices: list[str]
    hours: list[Hour]
    warning: bool


class Branch(BaseModel):
    """A branch, or all halls: the intact rate that counts, and both ways of A7; points as decimal strings."""

    id: str | None
    name: str | None
    devices: int
    intact_rate: float | None
    time: float | None
    count: float | None
    coverage: float | None
    inspected: Found | None
    score: str | None
    items: list[Item]


class Card(BaseModel):
    """Rows by branch, and all halls together; an item scores nothing from `limit` below all on."""

    start: str = Field(alias="from")
    until: str
    known_at: str
    intact: Way
    compare: Compare
    limit: float
    min_coverage: float
    inspected_at: str | None
    rules: list[str]
    rules_version: str
    calendars: list[str]
    provisional: bool
    rows: list[Branch]
    total: Branch
    note: str | None
    head: str | None


@router.get("/reports/scorecard", response_model=Card, responses=FILES)
def scorecard_report(
    room: Room,
    _by: Staff,
    within: Annotated[Interval, Depends(chosen)],
    form: Annotated[Shape, Depends(shape)],
    branch: Word = None,
    intact: Annotated[Way | None, Query(description="Which rate counts; as the settings say if not named.")] = None,
    compare: Annotated[Compare | None, Query(description="As the settings say if not named.")] = None,
    inspected_at: At = None,
) -> Response:
    """The scorecard of every branch, or of one, against all halls, in a month or a period; JSON or a file."""
    at, zone = parsed(inspected_at, "inspected_at"), ZoneInfo(room.zone)
    how = replace(room.how, intact=intact or room.how.intact, compare=compare or room.how.compare, at=at)
    asked = Asked(within.start, within.until, "branch", branch=branch)
    with counting():
        told: dict[str, Any] = document(report(room.engine, asked, room.policies, room.now(), zone, how))
        return answer(room, form, told, book, zone)
