"""Complaints over HTTP: what customers and halls say of repairs (K5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from api.acting import NewComplaint, complain
from api.auth import Asker, Reading, Room, asker
from api.bodies import Instant, Name, Reason, body_of, described
from api.instants import From, Until, parsed, rendered
from api.once import Key, once
from api.paging import Cursor, Limit, page, parse
from store import complaints
from store.complaints import Wanted
from store.database import reading

router = APIRouter(tags=["complaints"])
Word = Annotated[str | None, Query(max_length=128)]


class Said(BaseModel):
    """A complaint about a device or a hall; `at` is when it was made, now where it is left out."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["late_repair", "other"]
    text: Reason
    device: Name | None = None
    hall: Name | None = None
    at: Instant | None = None
    external_id: Name | None = None


class Complaint(BaseModel):
    """A complaint as it is recorded; `ticket` is the one that was open for the device."""

    id: str
    hall: str
    device: str | None
    ticket: str | None
    kind: str
    text: str
    at: str
    recorded_at: str
    by: str
    external_id: str | None


class Complaints(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Complaint]
    next: str | None


@router.post("/complaints", response_model=Complaint, status_code=201, openapi_extra=described(Said))
def complain_of(
    room: Room, person: Annotated[Asker, Depends(asker)], said: Annotated[Said, Depends(body_of(Said))], key: Key = None
) -> dict[str, Any]:
    """Record a complaint; one whose external id is known is answered as it is."""
    now = room.now()
    at = now if said.at is None else said.at
    new = NewComplaint(said.kind, said.text, at, said.device, said.hall, said.external_id)

    def take(conn: Connection) -> dict[str, Any]:
        return _document(complain(conn, room, person, new, now))

    return once(room, person, key, f"complain {said.model_dump_json()}", take)


def wanted(hall: Word = None, ticket: Word = None, start: From = None, until: Until = None) -> Wanted:
    """The complaints that a query asks for."""
    return Wanted(hall, ticket, parsed(start, "from"), parsed(until, "until"))


@router.get("/complaints", response_model=Complaints)
def list_complaints(
    room: Room, scope: Reading, asked: Annotated[Wanted, Depends(wanted)], limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """Complaints made in [from, until), the newest entry first; a vendor has those about its own tickets."""
    key = parse(cursor, (int,))
    with reading(room.engine) as conn:
        rows = complaints.listed(conn, scope, asked, key[0] if key else None, limit + 1)
    return page(rows, limit, [_document(one) for one in rows], ("n",))


def _document(one: complaints.Complaint) -> dict[str, Any]:
    names = ("id", "hall", "device", "ticket", "kind", "text", "by", "external_id")
    instants = {name: rendered(getattr(one, name)) for name in ("at", "recorded_at")}
    return {name: getattr(one, name) for name in names} | instants
