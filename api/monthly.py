"""The monthly availability report in every form: all levels, the worst, blind time, calls, intact rates."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from api.auth import Reading, Room
from api.forms import FILES, Shape, answer, shape
from api.reports import Availability, AvailabilityRow, Reconciliation, Word, chosen, counting
from api.scorecard import Card
from reports.asked import Asked, By
from reports.monthly import document, monthly
from reports.monthly_book import book
from sla.blind import Cause
from sla.interval import Interval
from sla.profile import ProfileName
from sla.spans import Class

router = APIRouter(tags=["reports"])


class Period(BaseModel):
    """[from, until)."""

    start: str = Field(alias="from")
    until: str


class Figures(BaseModel):
    """What a group came to in the period before."""

    availability: float | None
    raw: float | None
    coverage: float | None
    seconds: dict[Class, float]
    outages: int
    mttr_s: float | None
    mtbf_s: float | None


class MonthlyRow(AvailabilityRow):
    """A group beside the period before (null: nothing of it was in service) and its target; `change` of availability.

    `low_coverage`: less than `min_coverage` was seen, for which reason there is no availability.
    """

    profile: ProfileName
    before: Figures | None
    change: float | None
    target: float | None
    met: bool | None
    low_coverage: bool


class Targets(BaseModel):
    """What availability should be, 0..1: of a kind and its devices, else overall; null where none is set."""

    overall: float | None
    kinds: dict[str, float]


class Hours(BaseModel):
    """Which halls go by a calendar; null: by none, they are always open."""

    calendar: str | None
    halls: list[str]


class Only(BaseModel):
    """What the report is narrowed to; without a member to none of its kind."""

    halls: list[str] = []
    branch: str | None = None
    vendor: str | None = None
    kind: str | None = None


class CostlyOutage(BaseModel):
    """An outage of one of the worst: `counted_s` bad seconds in the period; `crosses` one of the period's borders."""

    start: str = Field(alias="from")
    until: str | None
    counted_s: float
    cause: str
    owner: str | None
    ticket: str | None
    crosses: bool


class More(BaseModel):
    """The least costly outages, which are not listed."""

    outages: int
    counted_s: float


class Worst(BaseModel):
    """One of the ten devices with the most bad time under `profile`."""

    rank: int
    device: str
    kind: str
    hall: str
    hall_name: str | None
    vendor: str | None
    profile: ProfileName
    bad_s: float
    outages: list[CostlyOutage]
    more: More


class BlindStretch(BaseModel):
    """Devices of a hall of which nothing was seen from about the same instant to the same; `seconds` of all of them."""

    hall: str
    hall_name: str | None
    devices: list[str]
    start: str = Field(alias="from")
    until: str
    seconds: float
    cause: Cause


class BlindHall(BaseModel):
    """A hall's blind time: `listed_s` of it stand in the list, `rest_s` do not, what is still to come in neither."""

    hall: str
    hall_name: str | None
    seconds: float
    listed_s: float
    rest_s: float
    causes: dict[Cause, float]


class Rest(BaseModel):
    """What is not in the list."""

    stretches: int
    seconds: float


class BlindTime(BaseModel):
    """Blind device-seconds in agreed time, by cause (O6): the largest stretches, and all of it by hall."""

    seconds: float
    causes: dict[Cause, float]
    stretches: list[BlindStretch]
    rest: Rest
    halls: list[BlindHall]


class Monthly(Availability):
    """The availability report's members, each row beside the period before, and what a manager reads with them.

    `levels` have each the profile that `profiles` says; `scorecard` is null where not all halls were counted; `head` is
    the chain of seals' end.
    """

    name: str | None
    zone: str
    before: Period
    profiles: dict[By, ProfileName]
    only: Only
    targets: Targets
    hours: list[Hours]
    rows: list[MonthlyRow]  # type: ignore[assignment]
    total: MonthlyRow
    levels: dict[By, list[MonthlyRow]]
    worst: list[Worst]
    blind: BlindTime
    reconciliation: Reconciliation
    scorecard: Card | None
    head: str | None


@router.get("/reports/monthly", response_model=Monthly, responses=FILES)
def monthly_report(  # noqa: PLR0913, PLR0917 - each is a parameter of the query
    room: Room,
    scope: Reading,
    within: Annotated[Interval, Depends(chosen)],
    form: Annotated[Shape, Depends(shape)],
    by: By = "hall",
    profile: ProfileName = "service",
    hall: Word = None,
    branch: Word = None,
    vendor: Word = None,
    kind: Word = None,
) -> Response:
    """The report of a month, a week or a period, of what the asker may see; JSON or a file."""
    halls, zone = () if hall is None else (hall,), ZoneInfo(room.zone)
    asked = Asked(within.start, within.until, by, profile, scope, halls, branch, vendor, kind)
    with counting():
        found = monthly(room.engine, asked, room.policies, room.now(), zone=zone, targets=room.targets, how=room.how)
        told: dict[str, Any] = document(found)
        return answer(room, form, told, book, zone)
