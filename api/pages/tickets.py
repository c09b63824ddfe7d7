"""Tickets, and one with what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.pages.view import View, Visitor, zone_info
from api.paging import Cursor, parse, render
from api.problems import not_found
from api.words import CAUSES, CONDITIONS, HOWS, N_, OWNERS, SOURCES
from store.database import reading
from store.pages import AnyRow, change_range, events_of, hall_zone, ticket_row, ticket_rows

router = APIRouter(include_in_schema=False)
SHOWN = 50
_INSTANTS: Final = range(946_684_800_000, 4_102_444_800_000)
"""Whole numbers that are instants: ms from 2000 to 2100."""
_CODES: Final = frozenset({*OWNERS, *HOWS, *SOURCES, *CAUSES, *CONDITIONS})
_MARKS: Final = frozenset({"detected"})
"""Details for the program alone."""
_AT_THE_HEAD: Final = _MARKS | {"source", "symptom", "external_id"}
YES: Final = N_("yes")


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


def _said(view: View, event: AnyRow, detected: bool) -> list[tuple[str, str]]:
    """The details of an event as names and texts, bounded; how it was opened stands at the head of the page."""
    detail, left_out = event.detail, _AT_THE_HEAD if event.event == "opened" else _MARKS
    if not isinstance(detail, Mapping):
        return []
    found = [(str(name)[:64], value) for name, value in list(detail.items())[:20] if value not in (None, "", [], False)]
    return [(name, _text(view, name, value, detected)) for name, value in found if name not in left_out]


def _text(view: View, name: str, value: Any, detected: bool) -> str:
    """One detail: an instant on the hall's wall, a code in words, a person's text as it is."""
    if value is True:
        return view.translate(YES)
    if isinstance(value, list | tuple):
        return ", ".join(_text(view, name, one, detected) for one in value[:20])[:500]
    if isinstance(value, int) and value in _INSTANTS:
        return view.clock(value, "%Y-%m-%d %H:%M:%S")
    text = str(value)[:500]
    if name in ("cause", "symptom") and detected:
        return view.told(text)
    return view.translate(text) if text in _CODES else text


@router.get("/tickets/{id}")
def ticket(id: str, view: Visitor) -> HTMLResponse:
    """The ticket with its events."""
    with reading(view.room.engine) as conn:
        after = change_range(conn)[1]
        row = ticket_row(conn, view.scope, id)
        if row is None:
            raise not_found()
        view.zone = zone_info(hall_zone(conn, row.hall), view.room.zone)
        detected = row.source == "detected"
        events = [(event, _said(view, event, detected)) for event in events_of(conn, row.n)]
    return view.page("ticket.html", live=f"ticket:{id}", after=after, ticket=row, events=events)
