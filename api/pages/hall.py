"""One hall with its devices."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.halls import worst
from api.pages.view import Visitor, zone_info
from api.problems import not_found
from api.words import STATES
from store.database import reading
from store.pages import change_range, device_rows, hall_row, hall_totals, hall_zone, ticket_rows

router = APIRouter(include_in_schema=False)
_ORDER = {state: place for place, state in enumerate(STATES)}


@router.get("/halls/{id}")
def hall(id: str, view: Visitor) -> HTMLResponse:
    """The hall: what it is, and every device, broken ones first."""
    scope = view.scope
    with reading(view.room.engine) as conn:
        after = change_range(conn)[1]
        row = hall_row(conn, scope, id)
        if row is None:
            raise not_found()
        states = hall_totals(conn, scope, [id])[id]
        inside = device_rows(conn, scope, "", 10_000, hall=id)
        tickets = {one.device_id: one for one in reversed(ticket_rows(conn, scope, opened=True))}
        view.zone = zone_info(hall_zone(conn, id), view.room.zone)
    inside = sorted(inside, key=lambda one: (_ORDER.get(one.state, 0), one.kind, one.id))
    return view.page(
        "hall.html",
        live=f"hall:{id}",
        after=after,
        hall=row,
        state=worst(states),
        totals=[(state, states.get(state, 0)) for state in STATES],
        devices=inside,
        tickets=tickets,
    )
