"""A vendor's statements: what months there are, and each in every form (S1-S7)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from api.auth import Reading, Room
from api.context import Context
from api.forms import FILES, Language, Shape, Spoken, Table, answer, download
from api.paging import Cursor, parse, render
from api.repairs import city_now
from api.reports import turn
from api.statement_document import State, Statement
from api.statement_months import lost, months, of_vendor, since, which
from reports.evidence import evidence_pack
from reports.standing import standing, told
from reports.statement import book, statement_document
from sla.instant import Ms
from sla.publication import WAITING
from store.database import reading
from store.pages import Scope

router = APIRouter(tags=["statements"])
_by_month, _by_contract = attrgetter("month"), attrgetter("contract")
LANGUAGES: Final = get_args(Language)
PACK: Final = "zip"
Files = Literal["json", "csv", "xlsx", "pdf", "html", "zip"]
Named = Annotated[str | None, Query(max_length=128, description="Which contract, where the vendor has several.")]


def shape_or_pack(
    format: Annotated[Files, Query(description="JSON, a file, or the evidence pack.")] = "json",
    table: Table = None,
    language: Spoken = None,
) -> Shape:
    """What a query asks for."""
    return Shape(format, table, language)


class Month(BaseModel):
    """A month of a contract; `score` and `payment` null while it is a draft, else after counter-entries."""

    month: str
    contract: str
    state: State
    score: str | None
    payment: str | None
    published_at: str | None
    dispute_until: str | None
    disputes: int
    amendments: int


class Months(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    vendor: str
    items: list[Month]
    next: str | None


class _Begun(NamedTuple):
    """A contract's month that has begun."""

    month: str
    contract: str


@router.get("/vendors/{id}/statements", response_model=Months)
def list_statements(
    id: str,
    room: Room,
    scope: Reading,
    limit: Annotated[int, Query(ge=1, le=100, description="Entries in one answer.")] = 24,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The months of a vendor's contracts that have begun, the newest first, with where each statement stands."""
    before, now = parse(cursor, (str, str)), room.now()
    with reading(room.engine) as conn:
        every = sorted(_begun(conn, scope, id, now), key=_by_contract)
        every.sort(key=_by_month, reverse=True)
        wanted = (one for one in every if before is None or _later(one, _Begun(*before)))
        some = list(islice(wanted, limit + 1))
        items = [_month(conn, one, now) for one in some[:limit]]
    last = some[limit - 1] if len(some) > limit else None
    return {"vendor": id, "items": items, "next": None if last is None else render(last)}


@router.get(
    "/vendors/{id}/statements/{month}", response_model=None, responses=FILES | {200: FILES[200] | {"model": Statement}}
)
def one_statement(
    id: str,
    month: str,
    room: Room,
    scope: Reading,
    asked: Annotated[Shape, Depends(shape_or_pack)],
    contract: Named = None,
) -> Response:
    """The statement of a month: as it was published last, or sealed, else a draft as of now, of a running month so far.

    `contract` is needed where the vendor has several in that month. `format=zip` is its evidence pack.
    """
    with turn():
        if asked.format == PACK:
            return _pack(room, scope, id, month, contract)
        document = _found(room, scope, id, month, contract)
        return answer(room, asked, document, book, ZoneInfo(document["zone"]))


def _pack(room: Context, scope: Scope, vendor: str, month: str, named: str | None) -> Response:
    languages = {name: room.translate(name) for name in LANGUAGES}
    with reading(room.engine) as conn:
        city, now = city_now(conn), room.now()
        contract = which(conn, city, scope, vendor, month, named, now)
        packed = evidence_pack(conn, city, contract, month, room.policies, now, languages)
    return download(packed, "application/zip", f"evidence-{contract}-{month}.zip")


def _found(room: Context, scope: Scope, vendor: str, month: str, named: str | None) -> dict[str, Any]:
    now = room.now()
    with reading(room.engine) as conn:
        city = city_now(conn)
        contract = which(conn, city, scope, vendor, month, named, now)
        stands = standing(conn, contract, month, now)
        paper = stands.document
        if paper is None:
            paper = statement_document(conn, city, contract, month, room.policies, now)
        return told(paper, stands)


def _begun(conn: Connection, scope: Scope, vendor: str, now: Ms) -> Iterator[_Begun]:
    """Of the contracts of the inventory, and of those that it no longer has what was published."""
    city, first = city_now(conn), since(conn)
    gone = [_Begun(month, contract) for contract, month in lost(conn, city, scope, vendor)]
    yield from gone
    for one in of_vendor(city, scope, vendor) if vendor in city.vendors or not gone else ():
        yield from (_Begun(month, one.id) for month in months(one, first, now))


def _later(one: _Begun, before: _Begun) -> bool:
    """Whether it stands behind another in the list."""
    return one.month < before.month or (one.month == before.month and one.contract > before.contract)


def _month(conn: Connection, one: _Begun, now: Ms) -> dict[str, Any]:
    stands = standing(conn, one.contract, one.month, now)
    figures = {} if stands.document is None else told({}, stands)
    return {
        "month": one.month,
        "contract": one.contract,
        "state": stands.state,
        **{name: figures.get(name) for name in ("score", "payment", "published_at", "dispute_until")},
        "disputes": sum(dispute["state"] in WAITING for dispute in figures.get("disputes", ())),
        "amendments": max(0, len(stands.seals) - 1),
    }
