"""Tickets with their clocks and events (K2, R7)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlalchemy import Connection

from alerts.repeats import chain
from api.auth import Reading, Room
from api.context import Context
from api.instants import From, Until, parsed
from api.paging import Cursor, Limit, page, parse
from api.problems import not_found
from api.repairs import running
from api.ticket_document import Ticket, TicketInFull, event_document, ticket_document
from store.database import reading
from store.pages import Scope, events_of, ticket_row
from store.ticket_list import Wanted, listed

router = APIRouter(tags=["tickets"])
Word = Annotated[str | None, Query(max_length=128)]


class Tickets(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Ticket]
    next: str | None


def found(
    state: Word = None,
    source: Word = None,
    purpose: Annotated[Literal["fault", "preventive"] | None, Query()] = None,
    start: From = None,
    until: Until = None,
    repeats: Annotated[bool | None, Query(description="Only those that repeat an earlier one (K4), or others.")] = None,
) -> Wanted:
    """Which tickets by what they are; `from` and `until` are of their opening."""
    begin, end = parsed(start, "from"), parsed(until, "until")
    return Wanted(state=state, source=source, purpose=purpose, start=begin, until=end, repeats=repeats)


def wanted(
    what: Annotated[Wanted, Depends(found)],
    opened: Annotated[bool | None, Query(alias="open", description="Only open ones, or only closed ones.")] = None,
    device: Word = None,
    hall: Word = None,
    vendor: Word = None,
) -> Wanted:
    """The tickets that a query asks for, also by where and whose they are."""
    return what._replace(opened=opened, device=device, hall=hall, vendor=vendor)


@router.get("/tickets", response_model=Tickets)
def list_tickets(
    room: Room,
    scope: Reading,
    asked: Annotated[Wanted, Depends(wanted)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The tickets with their clocks, the newest first."""
    key, now = parse(cursor, (int,)), room.now()
    with reading(room.engine) as conn:
        rows = listed(conn, scope, asked, key[0] if key else None, limit + 1)
        clocks = running(conn, room, rows[:limit], now)
    return page(rows, limit, [ticket_document(row, clocks[row.n].repair) for row in rows[:limit]], ("n",))


@router.get("/tickets/{id}", response_model=TicketInFull)
def one_ticket(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """One ticket with its clock and its events."""
    with reading(room.engine) as conn:
        return in_full(conn, room, scope, id)


def in_full(conn: Connection, room: Context, scope: Scope, id: str) -> dict[str, Any]:
    """The members of `TicketInFull`. Raises `Problem` 404."""
    row = ticket_row(conn, scope, id)
    if row is None:
        raise not_found()
    clock = running(conn, room, [row], room.now())[row.n].repair
    line = [one for one in chain(conn, id) if one == id or ticket_row(conn, scope, one) is not None]
    told = {"chain": line, "events": [event_document(one) for one in events_of(conn, row.n)]}
    return ticket_document(row, clock) | told
