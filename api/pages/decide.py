"""What an operator decides about a ticket from its page: pauses with reason and approver, and the owner (R4, C1)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.acting import Act, act, may
from api.bodies import REFUSED, fault
from api.pages.deeds import asked, in_words
from api.pages.tickets import Refused, ticket_page
from api.pages.view import View, Visitor, zone_info
from api.posted import Form, Posted
from api.problems import Problem, not_found
from api.repairs import running
from api.words import N_
from store.database import reading, writing
from store.pages import hall_zone, ticket_row

router = APIRouter(include_in_schema=False)
DECISIONS: Final = ("paused", "resumed", "owner_changed")
_LENGTHS: Final = {"reason": 500, "approver": 128, "owner": 16, "note": 300}
NO_APPROVER: Final = N_("Name who approved it: without an approver a pause counts nothing.")
NOT_LISTED: Final = N_("The contract does not list this reason: the pause would count nothing.")


@router.get("/tickets/{id}/decide")
def back_to_ticket(id: str) -> RedirectResponse:
    """Where somebody lands who had to sign in again."""
    return RedirectResponse(f"/tickets/{quote(id, safe='')}", 303)


@router.post("/tickets/{id}/decide")
def decide(id: str, view: Visitor, form: Form) -> Response:
    """Do it and go back to the ticket; what is refused is said there, and what was typed is kept."""
    event = form.get("event")[:16]
    if event not in DECISIONS or not may(view.person, event):
        raise Problem(403, "This takes the role operator or admin.")
    try:
        _decide(id, view, form, event)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        refused = Refused(id, event, in_words(view, problem), form.words, problem.status)
        return ticket_page(view, id, refused=refused)
    return RedirectResponse(f"/tickets/{quote(id, safe='')}", 303)


def _decide(id: str, view: View, form: Posted, event: str) -> None:
    person = view.person
    assert person is not None  # nobody but an operator came so far
    with reading(view.room.engine) as conn:
        row = ticket_row(conn, view.scope, id)
        if row is None:
            raise not_found()
        zone = zone_info(hall_zone(conn, row.hall), view.room.zone)
    wanted = asked(form, event, view.now, zone)
    with writing(view.room.engine) as conn:
        detail = _detail(form)
        if event == "paused":
            _check(conn, view, id, detail)
        act(conn, view.room, person, id, Act(event, wanted.act.at, detail), view.now, seen_entry=wanted.seen)


def _detail(form: Posted) -> dict[str, Any]:
    said = {name: form.get(name)[:most] for name, most in _LENGTHS.items()}
    plain = {name: "".join(one if one.isprintable() else " " for one in text).strip() for name, text in said.items()}
    return {name: text for name, text in plain.items() if text}


def _check(conn: Connection, view: View, id: str, detail: dict[str, Any]) -> None:
    """R4: a pause counts with a reason that the contract lists and an approver. Raises `Problem` 422."""
    row = ticket_row(conn, view.scope, id)
    known = running(conn, view.room, [row], view.now)[row.n] if row is not None else None
    listed = known.contract.pauses if known and known.contract else frozenset()
    faults = [] if detail.get("approver") else [fault("approver", NO_APPROVER)]
    if detail.get("reason") not in listed:
        faults.append(fault("reason", NOT_LISTED))
    if faults:
        raise Problem(422, REFUSED, faults)
