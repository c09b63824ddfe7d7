"""What a vendor is told of a ticket: one document for machines, one mail for people (contracts, MQTT)."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from alerts.plain import one_line
from alerts.settings import N_
from sla.instant import render
from sla.ticket import Happening
from store.city import Device, Hall
from store.tickets import Event, Ticket

Translate = Callable[[str], str]

TOLD: Final = {
    "opened": N_("New fault"),
    "reopened": N_("Fault is back"),
    "rejected": N_("Not restored"),
    "restored": N_("Restored"),
    "withdrawn": N_("Withdrawn"),
}
"""The events that a vendor is told, and how its mail calls them."""


class Case(NamedTuple):
    """A ticket's event with what it is about; `hall` None where the inventory has lost it."""

    ticket: Ticket
    event: Event
    device: Device
    hall: Hall | None
    zone: ZoneInfo
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
        "at": render(case.event.at),
        "url": _link(case),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def subject(case: Case, translate: Translate) -> str:
    """The mail's subject: one line, whatever a device or a hall is called."""
    what = translate(TOLD[told_as(case.event) or "opened"])
    hall = case.hall.name if case.hall else case.device.hall
    return one_line(f"[{case.ticket.id}] {what}: {case.device.id}, {hall}")[:200]


def mail(case: Case, translate: Translate) -> str:
    """The mail's body as JSON of `text` and `html`, which say the same."""
    heading = translate(TOLD[told_as(case.event) or "opened"])
    lines = _lines(case, translate)
    text = "\n".join([heading, "", *(f"{name}: {value}" for name, value in lines), ""])
    rows = "".join(f"<tr><th align='left'>{escape(name)}</th><td>{_cell(value)}</td></tr>" for name, value in lines)
    html = f"<!doctype html><meta charset='utf-8'><h2>{escape(heading)}</h2><table cellpadding='4'>{rows}</table>"
    return json.dumps({"text": text, "html": html}, ensure_ascii=False)


def _lines(case: Case, translate: Translate) -> list[tuple[str, str]]:
    _ = translate
    device, hall = case.device, case.hall
    cause = case.event.detail.get("cause") or case.ticket.symptom
    found = [
        (_("Ticket"), case.ticket.id),
        (_("Device"), f"{device.id} ({_(device.kind)}{', ' + device.model if device.model else ''})"),
        (_("Hall"), f"{hall.name} ({hall.id})" if hall else device.hall),
        (_("Cause"), _(str(cause))),
        (_("Time"), _local(case)),
    ]
    reason = case.event.detail.get("reason")
    if reason:
        found.append((_("Reason"), _(str(reason))))
    if (link := _link(case)) is not None:
        found.append((_("Page"), link))
    return [(name, one_line(value)[:400]) for name, value in found]


def _local(case: Case) -> str:
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(case.event.at / 1000, UTC).astimezone(case.zone)
    return when.strftime("%Y-%m-%d %H:%M:%S") + f" ({case.zone.key})"


def _cell(value: str) -> str:
    shown = escape(value, quote=True)
    return f"<a href='{shown}'>{shown}</a>" if value.startswith(("http://", "https://")) else shown


def _link(case: Case) -> str | None:
    return f"{case.url.rstrip('/')}/tickets/{case.ticket.id}" if case.url else None
