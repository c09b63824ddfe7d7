"""What somebody does to a ticket over HTTP: reports and events, each counted once however often it is sent (K2, K3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.acting import Act, Report, act, report
from api.auth import Asker, Room, asker
from api.bodies import Instant, Name, Reason, body_of, described
from api.context import Context
from api.once import Key, once
from api.repairs import running
from api.ticket_document import TicketInFull
from api.tickets import in_full
from api.words import N_
from sla.contract import Contract
from store.database import reading
from store.pages import EVERYTHING, events_of, ticket_row
from store.tickets import Ticket

router = APIRouter(tags=["tickets"])
Person = Annotated[Asker, Depends(asker)]
_UNLISTED: Final = N_("The contract does not list this reason.")
_UNAPPROVED: Final = N_("Nobody has approved it.")
_NO_CONTRACT: Final = N_("No contract decides about this ticket.")


class NewReport(BaseModel):
    """A fault that somebody reports; `at` is when it was said, now where it is left out."""

    model_config = ConfigDict(extra="forbid")
    device: Name
    source: Name
    symptom: Reason
    at: Instant | None = None
    external_id: Name | None = None


class NewEvent(BaseModel):
    """What happened to a ticket, `at` when (now where it is left out); which members it needs hangs on the event.

    The event's `by` is whoever asks; who is named here is kept as `said_by`. `seen_entry` is the newest entry that the
    person saw.
    """

    model_config = ConfigDict(extra="forbid")
    event: Name
    at: Instant | None = None
    by: Name | None = None
    reason: Reason | None = None
    approver: Name | None = None
    how: Name | None = None
    cause: Reason | None = None
    owner: Name | None = None
    parts: Annotated[list[Name], Field(max_length=20)] | None = None
    note: Reason | None = None
    seen_entry: Annotated[int, Field(ge=0)] | None = None

    def detail(self) -> dict[str, Any]:
        """What goes into the event."""
        said = self.model_dump(exclude={"event", "at", "by", "seen_entry"}, exclude_none=True)
        return said if self.by is None else said | {"said_by": self.by}


class Reported(TicketInFull):
    """The ticket of a report, and how it was found (K3)."""

    how: Literal["new", "joined", "reopened", "known"]


class Happened(TicketInFull):
    """The ticket after an event; `entry` is its number; of a pause, whether it `counts`, and why not."""

    entry: int
    counts: bool | None
    why: str | None


@router.post("/tickets", response_model=Reported, status_code=201, openapi_extra=described(NewReport))
def report_fault(
    room: Room,
    person: Person,
    said: Annotated[NewReport, Depends(body_of(NewReport))],
    answered: Response,
    key: Key = None,
) -> dict[str, Any]:
    """Report a fault: 201 for a new ticket, 200 for one that it joins, reopens, or that was known already."""
    now = room.now()

    def take(conn: Connection) -> dict[str, Any]:
        at = now if said.at is None else said.at
        new = Report(said.device, said.source, said.symptom, at, said.external_id)
        found = report(conn, room, person, new, now)
        return {"ticket": found.ticket.id, "how": found.how}

    done = once(room, person, key, f"report {said.model_dump_json()}", take)
    answered.status_code = 201 if done["how"] == "new" else 200
    return _in_full(room, person, done)


@router.post("/tickets/{id}/events", response_model=Happened, status_code=201, openapi_extra=described(NewEvent))
def happen(
    id: str, room: Room, person: Person, said: Annotated[NewEvent, Depends(body_of(NewEvent))], key: Key = None
) -> dict[str, Any]:
    """Append an event; 409 where the order cannot be or somebody was quicker, with what happened, by whom, when."""
    now = room.now()

    def take(conn: Connection) -> dict[str, Any]:
        doing = Act(said.event, now if said.at is None else said.at, said.detail())
        ticket = act(conn, room, person, id, doing, now, seen_entry=said.seen_entry)
        entry = max(one.entry for one in events_of(conn, ticket.n))
        return {"ticket": ticket.id, "entry": entry, **_counted(conn, room, ticket, doing, now)}

    return _in_full(room, person, once(room, person, key, f"{id} {said.model_dump_json()}", take))


def uncounted(contract: Contract | None, detail: Mapping[str, Any]) -> str:
    """Why a pause does not count by its ticket's contract (R4), a msgid; empty where it does."""
    if contract is None:
        return _NO_CONTRACT
    if detail.get("reason") not in contract.pauses:
        return _UNLISTED
    return "" if str(detail.get("approver") or "").strip() else _UNAPPROVED


def _counted(conn: Connection, room: Context, ticket: Ticket, doing: Act, now: int) -> dict[str, Any]:
    if doing.event != "paused":
        return {"counts": None, "why": None}
    row = ticket_row(conn, EVERYTHING, ticket.id)
    contract = None if row is None else running(conn, room, [row], now)[ticket.n].contract
    why = uncounted(contract, doing.detail)
    return {"counts": not why, "why": why or None}


def _in_full(room: Context, person: Asker, done: Mapping[str, Any]) -> dict[str, Any]:
    more = {name: value for name, value in done.items() if name != "ticket"}
    with reading(room.engine) as conn:
        return in_full(conn, room, person.scope or EVERYTHING, done["ticket"]) | more
