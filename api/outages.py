"""Outages (O3), newest first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.auth import Reading, Room
from api.instants import From, Until, parsed, rendered
from api.paging import Cursor, Limit, page, parse
from store.database import reading
from store.pages import AnyRow, Wanted, outage_rows

router = APIRouter(tags=["outages"])
Word = Annotated[str | None, Query(max_length=128)]


class Outage(BaseModel):
    """An outage; `until` is null while it lasts."""

    device: str
    hall: str
    vendor: str | None
    start: str = Field(alias="from")
    until: str | None
    confirmed_at: str
    cause: str
    owner: str
    ticket: str | None


class Outages(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Outage]
    next: str | None


def _outage(row: AnyRow) -> dict[str, Any]:
    names = ("hall", "vendor", "cause", "owner", "ticket")
    return {
        "device": row.device_id,
        "from": rendered(row.start),
        "until": rendered(row.until),
        "confirmed_at": rendered(row.confirmed_at),
    } | {name: getattr(row, name) for name in names}


def wanted(
    start: From = None, until: Until = None, hall: Word = None, vendor: Word = None, device: Word = None
) -> Wanted:
    """The outages that a query asks for."""
    return Wanted(parsed(start, "from"), parsed(until, "until"), hall, vendor, device)


@router.get("/outages", response_model=Outages)
def list_outages(
    room: Room,
    scope: Reading,
    asked: Annotated[Wanted, Depends(wanted)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Outages that touch [from, until), the newest first."""
    key = parse(cursor, (int, int))
    with reading(room.engine) as conn:
        rows = outage_rows(conn, scope, asked, (key[0], key[1]) if key else None, limit + 1)
    return page(rows, limit, [_outage(row) for row in rows], ("start", "id"))
