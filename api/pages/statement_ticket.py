"""A statement's ticket: its clock in slices as the paper has it, drawn above what the device was seen to be (R7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from api.band import Stretch
from api.history import spans_of
from api.pages.slices import Drawing, drawing, window
from api.pages.view import View
from sla.contract import Contract
from sla.instant import Ms, parse
from sla.repair import ClockState, Repair
from sla.slices import Slice
from store.agreements import contracts_of
from store.city import City

MOST: Final = 200


def ticket_of(document: Mapping[str, Any], id: str) -> Mapping[str, Any] | None:
    """The ticket of this id in a statement's paper."""
    return next((one for one in document["tickets"] if one["id"] == id), None)


def clock_of(document: Mapping[str, Any], ticket: Mapping[str, Any], contract: Contract) -> Repair | None:
    """Its repair clock, out of the paper alone; None where it had none."""
    said = ticket["clock"]
    if said is None:
        return None
    slices = tuple(Slice(parse(one["from"]), parse(one["until"]), one["class"]) for one in said["slices"])
    until = slices[-1].until if slices and ticket["id"] not in document["open"] else None
    travel, paused, counted = (round(said[name] * 1000) for name in ("travel_s", "paused_s", "counted_s"))
    target = None if said["target_s"] is None else round(said["target_s"] * 1000)
    state: ClockState = "running" if until is None else "restored"
    return Repair(contract, parse(said["start"]), until, target, travel, travel, paused, counted, None, slices, state)


def drawn(
    conn: Connection, view: View, city: City, document: Mapping[str, Any], ticket: Mapping[str, Any]
) -> tuple[Repair | None, Drawing]:
    """The clock, and its drawing; the device's states are those that are known today."""
    contract = {one.id: one for one in contracts_of(city)}[document["contract"]]
    clock = clock_of(document, ticket, contract)
    now = min(parse(document["known_at"]), parse(document["until"]))
    opened, closed = parse(ticket["opened_at"]), _instant(ticket["restored_at"])
    seen = window(opened, closed, clock, now)
    until = min(seen.until, view.now)
    spans = spans_of(conn, view.room, ticket["device"], seen.start, until, view.now) if seen.start < until else []
    stretches = [Stretch(one.start, one.until, one.class_, (one.cause,) if one.cause else ()) for one in spans]
    return clock, drawing(seen, clock, stretches, closed, now, view.zone)


def _instant(text: str | None) -> Ms | None:
    return None if text is None else parse(text)
