"""A ticket as JSON, with its clock in slices (R7)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.instants import rendered
from sla.repair import Repair
from store.pages import AnyRow

_SECOND_MS = 1000


class Slice(BaseModel):
    """[from, until) of one class; `seconds` as whole ms make them."""

    start: str = Field(alias="from")
    until: str
    class_: Literal["closed", "travel", "paused", "counted", "restored"] = Field(alias="class")
    seconds: float


class Clock(BaseModel):
    """The repair clock; `due` is null while it is paused or restored; `target_s` where the contract has none."""

    start: str
    target_s: float | None
    travel_s: float
    paused_s: float
    counted_s: float
    due: str | None
    breached: bool
    state: Literal["running", "paused", "restored", "cancelled"]
    contract: str
    slices: list[Slice]


class Ticket(BaseModel):
    """A ticket; `state` is that of its newest deciding event; `clock` is null where none runs."""

    id: str
    device: str
    kind: str
    hall: str
    vendor: str | None
    source: str
    symptom: str
    external_id: str | None
    purpose: Literal["fault", "preventive"]
    condition: str | None
    repeat_of: str | None
    state: str
    opened_at: str
    closed_at: str | None
    clock: Clock | None


class Event(BaseModel):
    """One event: its rising number, when it happened, when it was entered, by whom."""

    entry: int
    event: str
    at: str
    recorded_at: str
    by: str
    detail: dict[str, Any]


class TicketInFull(Ticket):
    """With its events in their order, and the chain of repeats that ends with it (K4): alone it is its own id."""

    chain: list[str]
    events: list[Event]


def ticket_document(row: AnyRow, repair: Repair | None) -> dict[str, Any]:
    """The members of `Ticket` out of a row of `store.pages` and its clock."""
    names = ("id", "kind", "hall", "vendor", "source", "symptom", "external_id", "state")
    return {name: getattr(row, name) for name in (*names, "purpose", "condition", "repeat_of")} | {
        "device": row.device_id,
        "opened_at": rendered(row.opened_at),
        "closed_at": rendered(row.closed_at),
        "clock": None if repair is None else clock_document(repair),
    }


def event_document(row: AnyRow) -> dict[str, Any]:
    """The members of `Event`."""
    return {
        "entry": row.entry,
        "event": row.event,
        "at": rendered(row.at),
        "recorded_at": rendered(row.recorded_at),
        "by": row.by,
        "detail": row.detail if isinstance(row.detail, dict) else {},
    }


def clock_document(repair: Repair) -> dict[str, Any]:
    """The members of `Clock`."""
    return {
        "start": rendered(repair.start),
        "target_s": None if repair.target is None else repair.target / _SECOND_MS,
        "travel_s": repair.travel / _SECOND_MS,
        "paused_s": repair.paused / _SECOND_MS,
        "counted_s": repair.counted / _SECOND_MS,
        "due": rendered(repair.due),
        "breached": repair.breached,
        "state": repair.state,
        "contract": repair.contract.id,
        "slices": [
            {
                "from": rendered(one.start),
                "until": rendered(one.until),
                "class": one.class_,
                "seconds": (one.until - one.start) / _SECOND_MS,
            }
            for one in repair.slices
        ],
    }
