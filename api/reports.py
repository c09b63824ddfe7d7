"""Reports as JSON: the same figures that `hallwatch report` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from api.auth import Reading, Room
from api.context import Context, Translate
from api.forms import FILES, Made, Shape, answer, shape
from api.instants import DAY_MS, From, Until, parsed
from api.problems import Problem
from reports import reconciliation, reconciliation_book
from reports.asked import Asked, By, Unknown
from reports.availability import availability, document
from reports.book import Book
from reports.periods import BadPeriod, label, period
from sla.interval import Interval
from sla.profile import ProfileName
from sla.reconciliation import Class as Sorting
from sla.spans import Class
from store import seals
from store.database import reading

router = APIRouter(tags=["reports"])
LONGEST_DAYS: Final = 400
AT_ONCE: Final = 3
WAITING: Final = 5
PATIENCE_S: Final = 10.0
_TURNS: Final = BoundedSemaphore(AT_ONCE)
_PLACES: Final = BoundedSemaphore(AT_ONCE + WAITING)
Word = Annotated[str | None, Query(max_length=128)]
Month = Annotated[
    str | None,
    Query(max_length=16, description="Such as 2026-10, or a week such as 2026-W41, in the zone of the site."),
]


class AvailabilityRow(BaseModel):
    """A group's figures (A3, A6): ratios 0..1 or null, seconds of each class; `provisional`: holidays not known yet."""

    id: str | None
    name: str | None
    devices: int
    availability: float | None
    raw: float | None
    coverage: float | None
    seconds: dict[Class, float]
    outages: int
    mttr_s: float | None
    mtbf_s: float | None
    provisional: bool


class Availability(BaseModel):
    """Rows by id, and all of them together; `rules` made the figures, `note` says what to do where there are none."""

    start: str = Field(alias="from")
    until: str
    known_at: str
    by: By
    profile: ProfileName
    min_coverage: float
    rules: list[str]
    rules_version: str
    calendars: list[str]
    provisional: bool
    rows: list[AvailabilityRow]
    total: AvailabilityRow
    note: str | None


class ReconciliationRow(BaseModel):
    """A hall's calls against what monitoring saw (K5): how many of each class, and the detection score.

    `matched`, `phone_only` and `detected_only` add up to `faults`; `seen_first` of the `phoned` ones monitoring saw
    before the call, by `median_lead_s` of hall hours in the middle; the score is their share.
    """

    id: str | None
    name: str | None
    faults: int
    complaints: int
    matched: int
    phone_only: int
    detected_only: int
    phoned_late: int
    restored_but_still_down: int
    complaint_without_call: int
    phoned: int
    seen_first: int
    detection_score: float | None
    median_lead_s: float | None


class ReconciledFault(BaseModel):
    """A ticket with its classes: when it was phoned in and since when monitoring saw the device down."""

    ticket: str
    device: str
    hall: str
    classes: list[Sorting]
    at: str
    until: str | None
    phoned_at: str | None
    seen_at: str | None
    lead_s: float | None


class Uncalled(BaseModel):
    """A complaint about a late repair that was never phoned in."""

    id: str
    hall: str
    at: str
    device: str | None
    ticket: str | None


class Reconciliation(BaseModel):
    """Rows by hall, all of them together, and the faults and complaints behind them; `rules` made the figures."""

    start: str = Field(alias="from")
    until: str
    known_at: str
    rules: list[str]
    rules_version: str
    calendars: list[str]
    provisional: bool
    rows: list[ReconciliationRow]
    total: ReconciliationRow
    faults: list[ReconciledFault]
    complaints_without_call: list[Uncalled]
    note: str | None


def chosen(room: Room, month: Month = None, start: From = None, until: Until = None) -> Interval:
    """The period that a query asks for: a month, an interval, or this month so far. Raises `Problem` 422."""
    try:
        found = period(month, parsed(start, "from"), parsed(until, "until"), room.now(), ZoneInfo(room.zone))
    except BadPeriod as error:
        raise _refused(error.place, error.reason) from error
    if found.until - found.start > LONGEST_DAYS * DAY_MS:
        raise _refused("from", f"the period is too long: at most {LONGEST_DAYS} days")
    return found


def _refused(place: str, reason: str) -> Problem:
    return Problem(422, "", [{"place": ["query", place], "reason": reason}])


@contextmanager
def turn() -> Iterator[None]:
    """Some reports at once, some that wait, and no more: pages want threads, too. Raises `Problem` 503."""
    with _one_of(_PLACES, 0), _one_of(_TURNS, PATIENCE_S):
        yield


@contextmanager
def _one_of(places: BoundedSemaphore, patience_s: float) -> Iterator[None]:
    if not places.acquire(timeout=patience_s):
        raise Problem(503, "Other reports are being counted; ask again.", headers={"Retry-After": "30"})
    try:
        yield
    finally:
        places.release()


@router.get("/reports/availability", response_model=Availability)
def availability_report(  # noqa: PLR0913, PLR0917 - each is a parameter of the query
    room: Room,
    scope: Reading,
    within: Annotated[Interval, Depends(chosen)],
    by: By = "hall",
    profile: ProfileName = "service",
    hall: Word = None,
    branch: Word = None,
    vendor: Word = None,
    kind: Word = None,
) -> dict[str, Any]:
    """Availability in a month or a period of at most 400 days (this month so far), of what the asker may see."""
    halls = () if hall is None else (hall,)
    asked = Asked(within.start, within.until, by, profile, scope, halls, branch, vendor, kind)
    with counting():
        return document(availability(room.engine, asked, room.policies, room.now()))


@router.get("/reports/reconciliation", response_model=Reconciliation, responses=FILES)
def reconciliation_report(
    room: Room,
    scope: Reading,
    within: Annotated[Interval, Depends(chosen)],
    form: Annotated[Shape, Depends(shape)],
    hall: Word = None,
    branch: Word = None,
    vendor: Word = None,
    kind: Word = None,
) -> Response:
    """What halls phoned in against what monitoring saw, in a period, of what the asker may see (K5); JSON or a file."""
    halls = () if hall is None else (hall,)
    asked = Asked(within.start, within.until, scope=scope, halls=halls, branch=branch, vendor=vendor, kind=kind)
    with counting():
        found = reconciliation.reconciliation(room.engine, asked, room.policies, room.now())
        told, zone = reconciliation.document(found), ZoneInfo(room.zone)
        return answer(room, form, told, _reconciled(room, within), zone)


def _reconciled(room: Context, within: Interval) -> Made:
    """What makes the book of a period's reconciliation, with the head of the seals."""

    def made(told: Mapping[str, Any], translate: Translate, language: str, zone: ZoneInfo) -> Book:
        with reading(room.engine) as conn:
            head = seals.head(conn)
        name = label(within, zone)
        return reconciliation_book.book(told, translate, language, zone, name, str(head) if head else None)

    return made


@contextmanager
def counting() -> Iterator[None]:
    """A report's turn; what does not exist for who asks is refused with the near miss."""
    try:
        with turn():
            yield
    except Unknown as error:
        near = f"; did you mean `{error.near}`?" if error.near else ""
        raise _refused(error.what, f"there is none of this id{near}") from error
