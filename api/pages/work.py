"""The vendor's work: its open tickets by due time, and what it says of them from its telephone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote, unquote

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.acting import Conflict, act, may
from api.pages.choices import ONE_TAP, WORDS, Choices, choices
from api.pages.clocks import Said, said
from api.pages.deeds import Asked, asked, in_words
from api.pages.tickets import Refused, ticket_page
from api.pages.view import View, Visitor, zone_info
from api.photos import picture_of, put, shown
from api.posted import Form, Posted
from api.problems import Problem, not_found
from api.repairs import city_now, of_case, ticket_of, urgency
from store import tickets as stored
from store.cases import Cases
from store.city import Device, Vendor
from store.database import reading, writing
from store.pages import EVERYTHING, AnyRow, Scope, change_range, hall_zone, ticket_row, ticket_rows

router = APIRouter(include_in_schema=False)
MOST: Final = 300
_DONE: Final = r"^[\w.-]{1,32}$"


class Card(NamedTuple):
    """One ticket on the page; `seen` is the newest entry of its events."""

    row: AnyRow
    said: Said
    choices: Choices
    device: Device | None
    seen: int


class Work(NamedTuple):
    """What is on the page: faults by due time, preventive work, and the vendors that staff may look at."""

    faults: Sequence[Card]
    preventive: Sequence[Card]
    vendors: Sequence[Vendor]
    vendor: str | None
    after: int


@router.get("/work")
def work(
    view: Visitor,
    vendor: Annotated[str | None, Query(max_length=128)] = None,
    done: Annotated[str, Query(pattern=_DONE)] = "",
) -> HTMLResponse:
    """A vendor's open tickets; staff choose whose."""
    return work_page(view, vendor, done)


def work_page(view: View, vendor: str | None, done: str = "", refused: Refused | None = None) -> HTMLResponse:
    """The page, with what was refused. Raises `Problem` 403 for halls, 404 for another vendor's."""
    with reading(view.room.engine) as conn:
        found = _read(conn, view, _whose(view, vendor))
    return view.page(
        "work.html",
        refused.status if refused else 200,
        live="work:",
        after=found.after,
        work=found,
        words=WORDS,
        one_tap=ONE_TAP,
        done=done,
        refused=refused,
        back="/work" + (f"?vendor={quote(found.vendor, safe='')}" if vendor and found.vendor else ""),
    )


def _whose(view: View, vendor: str | None) -> str | None:
    scope = view.scope
    if scope.hall is not None:
        raise Problem(403, "")
    if scope.vendor is not None and vendor not in (None, scope.vendor):
        raise not_found()
    return scope.vendor or vendor


def _read(conn: Connection, view: View, vendor: str | None) -> Work:
    city, after = city_now(conn), change_range(conn)[1]
    vendors = sorted(city.vendors.values(), key=lambda one: one.id) if view.scope == EVERYTHING else []
    if vendor is None:
        return Work([], [], vendors, None, after)
    rows = ticket_rows(conn, Scope(vendor=vendor), opened=True, limit=MOST)
    wanted = [ticket_of(row) for row in rows]
    cases = Cases.of(conn, city, wanted, view.room.policies, view.now)
    known = {one.n: of_case(cases, one, view.now) for one in wanted}
    ordered = sorted(rows, key=lambda row: (urgency(known[row.n]), row.opened_at, row.n))
    events = stored.events_of(conn, [row.n for row in rows])
    cards = [
        Card(
            row,
            said(known[row.n], view.now, view.translate),
            choices(view.person, events.get(row.n, []), view.now),
            city.devices.get(row.device_id),
            max((one.entry for one in events.get(row.n, [])), default=0),
        )
        for row in ordered
    ]
    faults = [one for one in cards if one.row.purpose != "preventive"]
    return Work(faults, [one for one in cards if one.row.purpose == "preventive"], vendors, vendor, after)


@router.get("/tickets/{id}/act")
def back_to_ticket(id: str) -> RedirectResponse:
    """Where somebody lands who had to sign in again."""
    return RedirectResponse(f"/tickets/{quote(id, safe='')}", 303)


@router.post("/tickets/{id}/act")
def do(id: str, view: Visitor, form: Form) -> Response:
    """Do what a form asks for (`event`), and go back to where it came from; what is refused is said on that page."""
    return _done(id, view, form, form.get("event")[:16])


@router.post("/tickets/{id}/photos")
def add_photo(id: str, view: Visitor, form: Form) -> Response:
    """A photo, and a note with it."""
    return _done(id, view, form, "note")


@router.get("/tickets/{id}/photos/{n}")
def photo(id: str, n: int, view: Visitor) -> Response:
    """A photo of the ticket."""
    return shown(view.room, view.scope, id, n)


def _done(id: str, view: View, form: Posted, event: str) -> Response:
    zone = _zone_of(view, id)
    to_work = form.get("back").partition("?")[0] == "/work"
    try:
        _do(id, view, asked(form, event, view.now, zone))
    except Problem as problem:
        if problem.status not in (403, 409, 413, 422) or not may(view.person, event):
            raise
        if not _mine_already(problem, view, event):
            refused = Refused(id, event, in_words(view, problem), form.words, problem.status)
            vendor = unquote(form.get("back").partition("?vendor=")[2])[:128] or None
            return work_page(view, vendor, refused=refused) if to_work else ticket_page(view, id, refused=refused)
    where = form.get("back") if to_work else f"/tickets/{quote(id, safe='')}"
    done = f"{'&' if '?' in where else '?'}done={quote(id, safe='')}" if to_work and event == "restored" else ""
    return RedirectResponse(where + done, 303)


def _zone_of(view: View, id: str) -> Any:
    """The zone of the ticket's hall. Raises `Problem` 404 outside the person's scope."""
    with reading(view.room.engine) as conn:
        row = ticket_row(conn, view.scope, id)
        if row is None:
            raise not_found()
        return zone_info(hall_zone(conn, row.hall), view.room.zone)


def _do(id: str, view: View, wanted: Asked) -> None:
    """Make the event, with its photo, all or nothing. Raises `Problem`."""
    person = view.person
    if person is None or not may(person, wanted.act.event):
        raise Problem(403, "")
    picture = picture_of(wanted.photo) if wanted.photo else None
    deed = wanted.act
    with writing(view.room.engine) as conn:
        if picture is not None:
            photo, new = put(conn, person, id, picture, view.now)
            if not new and deed.event == "note" and not deed.detail:
                return
            deed = deed._replace(detail={**deed.detail, "photo": photo.n})
        act(conn, view.room, person, id, deed, view.now, seen_entry=wanted.seen)


def _mine_already(problem: Problem, view: View, event: str) -> bool:
    """A button pressed twice: the same person has done the same a moment ago, so that nothing is wrong."""
    newest = problem.newest if isinstance(problem, Conflict) else None
    return (
        newest is not None
        and view.person is not None
        and (newest.event, newest.by) == (event, view.person.name)
        and view.now - newest.recorded_at < 60_000
    )
