"""Choosing what a report is about: a hall and a device by name, kind, place or the code on the sticker."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from fastapi import Response
from sqlalchemy import Connection

from api.pages.clocks import Said, said
from api.pages.view import LANGUAGES, View, zone_info
from api.problems import not_found
from api.repairs import running
from api.words import KINDS
from store import tickets
from store.lookup import Word, find_devices, find_halls
from store.pages import AnyRow, device_row, hall_row, hall_zone, ticket_row
from store.tickets import OVER

HALL_COOKIE: Final = "hallwatch_hall"
REMEMBERED_S: Final = 365 * 24 * 3600
SHOWN: Final = 60
ELSEWHERE: Final = 12
_CODE: Final = re.compile(r"/d/([^/?#]{1,1200})$")


class Subject(NamedTuple):
    """What a form is about: a device (or None) in a hall."""

    device: AnyRow | None
    hall: AnyRow


class Waiting(NamedTuple):
    """The ticket that a report of now would join or reopen, with its clock."""

    ticket: AnyRow
    reopens: bool
    clock: Said
    due: int | None


def scanned(text: str) -> str:
    """The device's id out of a sticker's address, empty where the text is none."""
    text = text.strip()
    if not text.startswith(("http://", "https://")):
        return ""
    try:
        found = _CODE.search(urlsplit(text).path)
    except ValueError:
        return ""
    return unquote(found[1])[:128] if found else ""


def asked_hall(view: View, asked: str | None) -> str:
    """The hall: a hall's own, the one asked for (empty: none), else the one remembered."""
    if view.scope.hall:
        return view.scope.hall
    return unquote(view.request.cookies.get(HALL_COOKIE, ""))[:128] if asked is None else asked


def remember(view: View, page: Response, hall: str | None) -> Response:
    """Keep the hall for next time; it is no secret."""
    if hall and view.scope.hall is None:
        secure = view.request.url.scheme == "https"
        page.set_cookie(HALL_COOKIE, quote(hall, safe=""), REMEMBERED_S, httponly=True, samesite="lax", secure=secure)
    return page


def words_of(view: View, text: str) -> list[Word]:
    """The words of a search, each with the kinds whose name in any of our languages it is part of."""
    tongues = [view.room.translate(language) for language in LANGUAGES]
    named = {kind: [name.lower() for name in (kind, *(_(kind) for _ in tongues))] for kind in KINDS}
    return [
        Word(word, frozenset(kind for kind, names in named.items() if any(word.lower() in name for name in names)))
        for word in text.split()
    ]


def choices(conn: Connection, view: View, text: str, hall_id: str, must: bool) -> dict[str, Any]:
    """The hall's devices and, where a search may leave it, other devices and halls.

    Raises `Problem` 404 where the hall `must` be there and is not.
    """
    words, free = words_of(view, text), view.scope.hall is None
    hall = hall_row(conn, view.scope, hall_id) if hall_id else None
    if hall is None and hall_id and must:
        raise not_found()
    here = find_devices(conn, view.scope, words, hall.id, SHOWN + 1) if hall else []
    most = ELSEWHERE if hall else SHOWN
    inside = hall.id if hall else None
    others = find_devices(conn, view.scope, words, inside, most, elsewhere=True) if words and free else []
    halls = find_halls(conn, view.scope, words, most) if free and (words or not hall) else []
    found = {"hall": hall, "here": here[:SHOWN], "more": len(here) > SHOWN, "others": others}
    return found | {"halls": [one for one in halls if hall is None or one.id != hall.id]}


def subject(conn: Connection, view: View, device: str, hall: str) -> Subject:
    """The device with its hall, or the hall; sets the view's zone. Raises `Problem` 404."""
    row = device_row(conn, view.scope, device) if device else None
    place = hall_row(conn, view.scope, row.hall if row is not None else hall)
    if place is None or (device and (row is None or row.gone_at is not None)):
        raise not_found()
    view.zone = zone_info(hall_zone(conn, place.id), view.room.zone)
    return Subject(row, place)


def waiting(conn: Connection, view: View, device: int) -> Waiting | None:
    """The ticket that a report of this moment about a device (its row) would join, or reopen (K3)."""
    found = tickets.open_ticket(conn, device)
    if found is None:
        gap = view.room.merge_gap_ms
        over = (one for one in tickets.of_device(conn, device) if one.state in OVER and one.state != "cancelled")
        found = next((one for one in over if (one.closed_at or 0) + gap >= view.now), None)
    row = ticket_row(conn, view.scope, found.id) if found else None
    if row is None:
        return None
    clock = running(conn, view.room, [row], view.now)[row.n]
    due = clock.repair.due if clock.repair else None
    return Waiting(row, row.closed_at is not None, said(clock, view.now, view.translate), due)
