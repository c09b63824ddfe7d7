"""Every change of a ticket goes to the webhooks of the operator's own systems, each once, in order of entry (K2)."""

from __future__ import annotations

from typing import Any, Final

import structlog
from sqlalchemy import Connection, delete, func, select

from alerts.outbox import ask
from alerts.recipient import recipient_of
from alerts.values import Room, values_of
from sla.instant import render
from store import imported
from store.fault import StoreError
from store.schema import counters, ticket_events, tickets
from store.tickets import Event, Ticket
from store.upsert import insert_or_replace

CURSOR: Final = "alerts.changed"
AT_ONCE: Final = 500
_log = structlog.get_logger(__name__)


def waiting(conn: Connection, webhooks: tuple[str, ...]) -> bool:
    """Whether there is something to tell, or the place in the list to be set: asked without writing."""
    told = _cursor(conn)
    if not webhooks:
        return told is not None
    return told is None or _newest(conn) > told


def tell_changes(conn: Connection, room: Room, now: int) -> int:
    """One row of the outbox for each webhook and event since the last time; answers how many rows were made.

    Who is named in the settings for the first time is told what happens from now on.
    """
    webhooks = room.settings.webhooks
    if not webhooks:
        conn.execute(delete(counters).where(counters.c.name == CURSOR))
        return 0
    told = _cursor(conn)
    if told is None:
        _move(conn, _newest(conn))
        return 0
    found = _since(conn, told)
    others = imported.ids_of(conn, {ticket.id for _, ticket in found})
    made = sum(_alone(conn, room, event, ticket, others.get(ticket.id, []), now) for event, ticket in found)
    if found and found[-1][0].entry > told:
        _move(conn, found[-1][0].entry)
    return made


def document(room: Room, event: Event, ticket: Ticket, external_ids: list[str]) -> dict[str, Any]:
    """What a receiver gets: the event, and the ticket as it is now. `imported` events came from another system by its
    own word: who sent them leaves them, or they would go round.
    """
    device = room.places.by_number[ticket.device].device
    names = ("vendor", "source", "symptom", "purpose", "condition", "repeat_of", "state", "external_id")
    whole = {"id": ticket.id, "device": device.id, "kind": device.kind, "hall": device.hall}
    whole |= {name: getattr(ticket, name) for name in names} | {"external_ids": external_ids}
    closed = None if ticket.closed_at is None else render(ticket.closed_at)
    return {
        "v": 1,
        "name": "changed",
        "id": f"{ticket.id}-{event.entry}",
        "event": event.event,
        "at": render(event.at),
        "recorded_at": render(event.recorded_at),
        "by": event.by,
        "detail": dict(event.detail),
        "imported": bool(event.detail.get("imported")),
        "system": event.detail.get("system"),
        "external_id": event.detail.get("external_id") or ticket.external_id or next(iter(external_ids), None),
        "ticket": whole | {"opened_at": render(ticket.opened_at), "closed_at": closed},
        "url": room.page(f"/tickets/{ticket.id}"),
    }


def _alone(conn: Connection, room: Room, event: Event, ticket: Ticket, external_ids: list[str], now: int) -> int:
    """One that cannot be put into words is left out, and said: it must not silence all the others."""
    place = room.places.by_number.get(ticket.device)
    if place is None:
        return 0
    try:
        with conn.begin_nested():
            change = f"{room.translate(event.event)}, {room.local(event.at)}, {event.by}"
            message = room.write("changed", {**values_of(room, ticket, place), "list": change})
            told = document(room, event, ticket, external_ids)
            key = f"changed/{ticket.id}/{event.entry}"
            return sum(
                ask(conn, f"{key}/{one}", recipient_of(one), message, told, now) for one in room.settings.webhooks
            )
    except Exception as fault:  # the edge of the loop over events
        if isinstance(fault, StoreError):
            raise
        _log.exception("alerts.change_not_told", ticket=ticket.id, entry=event.entry)
        return 0


def _since(conn: Connection, told: int) -> list[tuple[Event, Ticket]]:
    fresh = ticket_events.c.entry > told  # who writes is alone: no lower one comes after a higher
    events = [ticket_events.c[name] for name in Event._fields]
    its = [tickets.c[name] for name in Ticket._fields]
    query = select(*events, *its).join(tickets, tickets.c.n == ticket_events.c.ticket).where(fresh)
    rows = conn.execute(query.order_by(ticket_events.c.entry).limit(AT_ONCE)).all()
    return [(Event(*row[: len(events)]), Ticket(*row[len(events) :])) for row in rows]


def _cursor(conn: Connection) -> int | None:
    return conn.scalar(select(counters.c.n).where(counters.c.name == CURSOR))


def _newest(conn: Connection) -> int:
    return conn.scalar(select(func.max(ticket_events.c.entry))) or 0


def _move(conn: Connection, entry: int) -> None:
    conn.execute(insert_or_replace(conn, counters, "name"), {"name": CURSOR, "n": entry})
