"""Tickets, and one with what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.pages.view import Visitor, zone_info
from api.paging import Cursor, parse, render
from api.problems import not_found
from store.database import reading
from store.pages import change_range, events_of, hall_zone, ticket_row, ticket_rows

router = APIRouter(include_in_schema=False)
SHOWN = 50


@router.get("/tickets")
def tickets(
    view: Visitor,
    show: Annotated[str, Query(pattern="^(open|closed|all)$")] = "open",
    cursor: Cursor = None,
) -> HTMLResponse:
    """The list, newest first."""
    key = parse(cursor, (int,))
    wanted = {"open": True, "closed": False, "all": None}[show]
    with reading(view.room.engine) as conn:
        after = change_range(conn)[1]
        rows = ticket_rows(conn, view.scope, wanted, before=key[0] if key else None, limit=SHOWN + 1)
    more = render([rows[SHOWN - 1].n]) if len(rows) > SHOWN else None
    live = None if cursor else "tickets:"
    return view.page("tickets.html", live=live, after=after, rows=rows[:SHOWN], show=show, more=more)


def _said(detail: object) -> list[tuple[str, str]]:
    """The details of an event as names and texts, bounded."""
    if not isinstance(detail, Mapping):
        return []
    return [(str(name)[:64], _text(value)) for name, value in list(detail.items())[:20] if value not in (None, "", [])]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value[:20])[:500]
    return str(value)[:500]


@router.get("/tickets/{id}")
def ticket(id: str, view: Visitor) -> HTMLResponse:
    """The ticket with its events."""
    with reading(view.room.engine) as conn:
        after = change_range(conn)[1]
        row = ticket_row(conn, view.scope, id)
        if row is None:
            raise not_found()
        events = [(event, _said(event.detail)) for event in events_of(conn, row.n)]
        view.zone = zone_info(hall_zone(conn, row.hall), view.room.zone)
    return view.page("ticket.html", live=f"ticket:{id}", after=after, ticket=row, events=events)
