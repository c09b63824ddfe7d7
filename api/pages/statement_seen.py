"""What a device was seen to be around an instant: the observations at the edge of a slice or of an outage (O1)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.pages.view import Visitor, zone_info
from api.problems import not_found
from store.around import around as seen_around
from store.database import reading
from store.pages import device_row, hall_zone

router = APIRouter(include_in_schema=False)
EACH_SIDE: Final = 6
_FAR: Final = 253_402_300_799_999


@router.get("/devices/{id}/observations")
def observations(id: str, view: Visitor, around: Annotated[int, Query(ge=0, le=_FAR)]) -> HTMLResponse:
    """The nearest observations before and from an instant (ms) on."""
    with reading(view.room.engine) as conn:
        row = device_row(conn, view.scope, id)
        if row is None:
            raise not_found()
        view.zone = zone_info(hall_zone(conn, row.hall), view.room.zone)
        found = seen_around(conn, row.n, around, EACH_SIDE)
    return view.page("statement_seen.html", device=row, around=around, before=found.before, after=found.after)
