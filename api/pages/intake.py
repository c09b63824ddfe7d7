"""Reports of faults and complaints by hall staff and call takers [电话报单]."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy import Connection

from api import acting
from api.auth import Asker
from api.intake_form import ABOUT, COMPLAINTS, SOURCES, TIMES, Filled, blank, filled, wall
from api.pages.clocks import said
from api.pages.intake_find import Subject, asked_hall, choices, remember, scanned, subject, waiting
from api.pages.view import View, Visitor, zone_info
from api.posted import Form, Posted
from api.problems import Problem, not_found
from api.repairs import running
from api.symptoms import symptoms_of
from api.words import N_
from store import submissions
from store.database import reading, writing
from store.pages import hall_zone, ticket_row

router = APIRouter(include_in_schema=False)
_ROLES: Final = ("admin", "operator", "hall")
HOW: Final = {
    "new": N_("New ticket"),
    "joined": N_("Joined the open ticket"),
    "reopened": N_("Reopened the ticket"),
    "known": N_("Known already"),
}
SENT_BEFORE: Final = N_("This form was sent before with other words. If you mean another report, send it again.")

SOMEBODY_ELSE: Final = N_("Somebody else is signed in by now. To report it in your own name, send it again.")


def reporter(view: Visitor) -> View:
    """The view of somebody who may report. Raises `Problem` 403 for others."""
    if view.person is None or view.person.kind not in _ROLES:
        raise Problem(403, "")
    return view


Reporter = Annotated[View, Depends(reporter)]
Text = Annotated[str, Query(max_length=1200)]
Id = Annotated[str, Query(max_length=32)]


@router.get("/report")
def choose(view: Reporter, q: Text = "", hall: Text | None = None, device: Text = "", about: Text = "") -> Response:
    """Choose a hall and a device; with `device`, or for a complaint about a hall, say what is wrong."""
    about = about if about in ABOUT else ABOUT[0]
    if code := scanned(q):
        return RedirectResponse(f"/report?{urlencode({'device': code, 'about': about})}", 303)
    if device or (hall and about == "complaint"):
        return _form(view, blank(about, device, hall or ""))
    with reading(view.room.engine) as conn:
        found = choices(conn, view, q, asked_hall(view, hall), must=hall is not None)
    page = view.page("intake.html", q=q, own=view.scope.hall is not None, **found)
    return remember(view, page, found["hall"] and found["hall"].id)


def _form(view: View, given: Mapping[str, str], faults: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """The form with what was typed, and what is wrong with it by field."""
    with reading(view.room.engine) as conn:
        device, hall = subject(conn, view, given["device"], given["hall"])
        found = waiting(conn, view, device.n) if device is not None and given["about"] == "fault" else None
    page = view.page(
        "intake_form.html",
        status,
        given={**given, "at": given["at"] or wall(view.now, view.zone)},
        faults={name: view.translate(text) for name, text in (faults or {}).items()},
        device=device,
        hall=hall,
        waiting=found,
        key=secrets.token_urlsafe(24),
        symptoms=symptoms_of(device.kind) if device is not None else (),
        times=TIMES,
        sources=SOURCES,
        complaints=COMPLAINTS,
    )
    return remember(view, page, hall.id)


@router.post("/report")
def send(view: Reporter, form: Form) -> Response:
    """Take the form once, however often it is sent; a program in the browser is answered in JSON."""
    about = form.get("about") if form.get("about") in ABOUT else ABOUT[0]
    with reading(view.room.engine) as conn:
        it = subject(conn, view, form.get("device"), form.get("hall"))
    found = filled(form, about, it.device.kind if it.device is not None else "", view.zone, view.now)
    other = view.person is None or form.get("who") not in ("", view.person.name)
    where = "" if found.faults or other else _once(view, form, found, it)
    faults = {"key": SOMEBODY_ELSE} if other else found.faults or ({} if where else {"key": SENT_BEFORE})
    status = 409 if other else 422
    if "application/json" in view.request.headers.get("accept", ""):
        told = {name: view.translate(text) for name, text in faults.items()}
        return JSONResponse({"where": where, "faults": told}, status if faults else 200)
    return _form(view, found.given, faults, status) if faults else RedirectResponse(where, 303)


def _once(view: View, form: Posted, found: Filled, it: Subject) -> str:
    """Where the answer is shown; empty where the form's key was used for something else."""
    person, key = view.person, form.get("key")[:64] or secrets.token_urlsafe(24)
    assert person is not None
    with writing(view.room.engine) as conn:
        known = submissions.claim(conn, person.name, key, found.said, view.now)
        if known is not None:
            return str(known.answer.get("where", "")) if known.same else ""
        where = _taken(conn, view, person, found, it)
        submissions.answer(conn, person.name, key, found.said, {"where": where})
    return where


def _taken(conn: Connection, view: View, person: Asker, found: Filled, it: Subject) -> str:
    """Report or complain, and say where the answer is shown."""
    if found.given["about"] == "complaint":
        made = acting.complain(conn, view.room, person, found.complaint(it.hall.id), view.now)
        return f"/report/sent?{urlencode({'complaint': made.id, 'ticket': made.ticket or '', 'hall': made.hall})}"
    report = found.report(view.room.translate(view.room.language))
    ticket, how = acting.report(conn, view.room, person, report, view.now)
    return f"/report/sent?{urlencode({'ticket': ticket.id, 'how': how, 'hall': it.hall.id})}"


@router.get("/report/sent")
def sent(view: Reporter, ticket: Id = "", how: Id = "", complaint: Id = "", hall: Text = "") -> Response:
    """What became of it: the ticket, new or joined, and when it is due; or the complaint."""
    with reading(view.room.engine) as conn:
        row = ticket_row(conn, view.scope, ticket) if ticket else None
        if row is None and (ticket or not complaint):
            raise not_found()
        clock = running(conn, view.room, [row], view.now)[row.n] if row is not None else None
        view.zone = zone_info(hall_zone(conn, row.hall if row is not None else hall), view.room.zone)
    return view.page(
        "intake_sent.html",
        ticket=row,
        how=HOW.get(how, ""),
        complaint=complaint,
        hall=row.hall if row is not None else hall,
        clock_said=said(clock, view.now, view.translate) if clock else None,
        due=clock.repair.due if clock and clock.repair else None,
    )
