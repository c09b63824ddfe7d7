"""What a vendor is told of a ticket: which events, and the document for machines (contracts, MQTT)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from sla.instant import render
from sla.ticket import Happening
from store.city import Device, Hall
from store.tickets import Event, Ticket

Translate = Callable[[str], str]

TOLD: Final = frozenset({"opened", "reopened", "rejected", "restored", "withdrawn"})
"""The events that a vendor is told; `alerts.wording` has the words."""


class Case(NamedTuple):
    """A ticket's event with what it is about; `hall` None where the inventory has lost it."""

    ticket: Ticket
    event: Event
    device: Device
    hall: Hall | None
    url: str | None = None


def told_as(event: Event | Happening) -> str | None:
    """How the event is called to a vendor; None for one that is not told (K7: known too late)."""
    if event.detail.get("late"):
        return None
    name = "withdrawn" if event.event == "cancelled" else event.event
    return name if name in TOLD else None


def alert(case: Case) -> str:
    """The JSON of `hallwatch/v1/alerts/{vendor}`; `docs/schemas/alert.json` describes it."""
    document: dict[str, Any] = {
        "v": 1,
        "id": f"{case.ticket.id}-{case.event.entry}",
        "event": told_as(case.event),
        "ticket": case.ticket.id,
        "device": case.device.id,
        "kind": case.device.kind,
        "model": case.device.model,
        "hall": case.device.hall,
        "hall_name": case.hall.name if case.hall else case.device.hall,
        "symptom": case.ticket.symptom,
        "cause": case.event.detail.get("cause"),
        "reason": case.event.detail.get("reason"),
        "purpose": case.ticket.purpose,
        "at": render(case.event.at),
        "url": _link(case),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _link(case: Case) -> str | None:
    return f"{case.url.rstrip('/')}/tickets/{case.ticket.id}" if case.url else None
