"""Stickers: a code that opens a device's page, and a sheet of them for a hall."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from api.pages.view import View, Visitor, visitor
from api.problems import Problem, not_found
from api.words import N_
from reports import labels
from reports.fonts import NoFont
from store.database import reading
from store.pages import device_row, device_rows, hall_row

router = APIRouter(include_in_schema=False)
HINT: Final = N_("Scan to report a fault")


def _base(view: View) -> str:
    """Where people find the pages, as the settings say, else as whoever asks has found them."""
    return view.room.url or str(view.request.base_url).rstrip("/")


@router.get("/d/{id}", dependencies=[Depends(visitor)])
def short(id: str) -> RedirectResponse:
    """To the page of the device whose code was read; who is not signed in does that first."""
    return RedirectResponse(f"/devices/{quote(id, safe='')}", 303)


@router.get("/devices/{id}/sticker.svg")
def sticker(id: str, view: Visitor) -> Response:
    """The code alone, of a device that may be seen."""
    with reading(view.room.engine) as conn:
        if device_row(conn, view.scope, id) is None:
            raise not_found()
    return Response(labels.code(labels.address(_base(view), id)), media_type="image/svg+xml")


@router.get("/halls/{id}/stickers.pdf")
def sheet(id: str, view: Visitor) -> Response:
    """The stickers of a hall's devices, to be printed."""
    with reading(view.room.engine) as conn:
        hall = hall_row(conn, view.scope, id)
        rows = device_rows(conn, view.scope, "", labels.MOST + 1, hall=id)
    if hall is None:
        raise not_found()
    found = labels.of_devices(rows, _base(view), view.translate)
    try:
        made = labels.sheets(found, f"{hall.name} · hallwatch", view.translate(HINT), view.language)
    except (NoFont, labels.TooMany) as error:
        raise Problem(503, str(error)) from error
    named = {
        "content-disposition": f"inline; filename=stickers.pdf; filename*=UTF-8''stickers-{quote(id, safe='')}.pdf"
    }
    return Response(made[0], media_type="application/pdf", headers=named)
