"""Tickets and their events (K2)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.auth import Reading, Room
from api.instants import rendered
from api.paging import Cursor, Limit, page, parse
from api.problems import not_found
from store.database import reading
from store.pages import AnyRow, events_of, ticket_row, ticket_rows

router = APIRouter(tags=["tickets"])


class Ticket(BaseModel):
    """A ticket; `state` is that of its newest deciding event; `clock` is null where none runs."""

    id: str
    device: str
    hall: str
    vendor: str | None
    source: str
    symptom: str
    external_id: str | None
    state: str
    opened_at: str
    closed_at: str | None
    clock: dict[str, Any] | None


class Event(BaseModel):
    """One event: when it happened, when it was entered, by whom."""

    event: str
    at: str
    recorded_at: str
    by: str
    detail: dict[str, Any]


class TicketInFull(Ticket):
    """With its events in their order."""

    events: list[Event]


class Tickets(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Ticket]
    next: str | None


def _ticket(row: AnyRow) -> dict[str, Any]:
    names = ("id", "hall", "vendor", "source", "symptom", "external_id", "state")
    return {name: getattr(row, name) for name in names} | {
        "device": row.device_id,
        "opened_at": rendered(row.opened_at),
        "closed_at": rendered(row.closed_at),
        "clock": None,
    }


def _event(row: AnyRow) -> dict[str, Any]:
    return {
        "event": row.event,
        "at": rendered(row.at),
        "recorded_at": rendered(row.recorded_at),
        "by": row.by,
        "detail": row.detail if isinstance(row.detail, dict) else {},
    }


@router.get("/tickets", response_model=Tickets)
def list_tickets(
    room: Room,
    scope: Reading,
    opened: Annotated[bool | None, Query(alias="open", description="Only open ones, or only closed ones.")] = None,
    device: Annotated[str | None, Query(max_length=128)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The tickets, newest first."""
    key = parse(cursor, (int,))
    with reading(room.engine) as conn:
        rows = ticket_rows(conn, scope, opened, device, key[0] if key else None, limit + 1)
    return page(rows, limit, [_ticket(row) for row in rows], ("n",))


@router.get("/tickets/{id}", response_model=TicketInFull)
def one_ticket(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """One ticket with its events."""
    with reading(room.engine) as conn:
        row = ticket_row(conn, scope, id)
        if row is None:
            raise not_found()
        events = events_of(conn, row.n)
    return _ticket(row) | {"events": [_event(event) for event in events]}
