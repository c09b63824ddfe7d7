"""The renewal dossier over HTTP: twelve statements and what they show, on one page (S8)."""

from __future__ import annotations

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from api.auth import Reading, Room
from api.context import Context
from api.forms import FILES, Shape, answer, download, shape
from api.problems import Problem
from api.repairs import city_now
from api.reports import turn
from api.statement_months import NO_MONTH, of_vendor
from reports.dossier import book, dossier_document, ending
from reports.dossier_page import page
from reports.fonts import NoFont
from sla.instant import SECOND, parse
from sla.month import month, month_of
from store.database import reading

router = APIRouter(tags=["statements"])
PDF: Final = "pdf"


class Row(BaseModel):
    """A statement: score and payment after counter-entries; `survey` the mean of the answers, `seal` its number."""

    month: str
    contract: str
    state: str
    running: bool
    score: str
    score_before: str
    payment: str | None
    faults: int
    repeats: int
    repaired: int
    late: int
    mean_repair_s: float | None
    survey: str | None
    answers: int
    disputes: int
    accepted: int
    points_back: str
    amendments: int
    seal: int | None


class Trend(BaseModel):
    """The mean score of the first and the last six months, and how many points a month it rises."""

    first_half: str | None
    second_half: str | None
    by_month: str | None


class Dossier(BaseModel):
    """Twelve months, `unsealed` and `missing` ones among them, what they add up to, and what came again."""

    v: int
    vendor: str
    vendor_name: str
    contract: str | None
    start: str = Field(alias="from")
    until: str
    known_at: str
    head: str | None
    rules: list[str]
    rules_version: str
    provisional: bool
    months: list[Row]
    missing: list[str]
    unsealed: list[str]
    total: dict[str, Any]
    trend: Trend
    terms: list[dict[str, str]]
    disputes: list[dict[str, str]]
    chains: list[dict[str, Any]]


@router.get("/vendors/{id}/dossier", response_model=None, responses=FILES | {200: FILES[200] | {"model": Dossier}})
def renewal_dossier(
    id: str,
    room: Room,
    scope: Reading,
    asked: Annotated[Shape, Depends(shape)],
    until: Annotated[str | None, Query(max_length=16, description="Its last month; the newest that is over.")] = None,
    contract: Annotated[str | None, Query(max_length=128, description="Of one contract only.")] = None,
) -> Response:
    """The twelve statements that end with a month: sealed and published ones from their papers, drafts counted now."""
    zone = ZoneInfo(room.zone)
    last = over(room, zone) if until is None else until
    with turn():
        with reading(room.engine) as conn:
            city = city_now(conn)
            mine = of_vendor(city, scope, id)
            if contract is not None and contract not in {one.id for one in mine}:
                raise _refused(
                    "contract", f"the vendor has none of this id; it has: {', '.join(one.id for one in mine)}"
                )
            _month(last)
            document = dossier_document(conn, city, id, last, room.policies, room.now(), contract)
        if asked.format == PDF:
            return _page(room, asked, document, zone)
        return answer(room, asked, document, book, zone)


def over(room: Context, zone: ZoneInfo) -> str:
    """The newest month that is over in the site's zone."""
    now = room.now()
    return month_of(month(month_of(now, zone), zone).start - 1, zone)


def _page(room: Context, asked: Shape, document: dict[str, Any], zone: ZoneInfo) -> Response:
    language = asked.language or room.language
    translate = room.translate(language)
    made = book(document, translate, language, zone)
    try:
        data = page(made, translate, parse(document["known_at"]) // SECOND)
    except NoFont as error:
        raise Problem(503, str(error)) from error
    return download(data, "application/pdf", f"{made.name}.pdf")


def _month(name: str) -> None:
    try:
        ending(name)
    except ValueError as error:
        raise _refused("until", NO_MONTH) from error


def _refused(place: str, reason: str) -> Problem:
    return Problem(422, "", [{"place": ["query", place], "reason": reason}])
