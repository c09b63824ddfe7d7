"""Every event that a vendor is told becomes rows of the outbox, each once, whoever made the event."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import structlog
from sqlalchemy import Connection, func, select, update

from alerts import floods
from alerts.floods import Flood
from alerts.message import Case, alert, told_as
from alerts.places import Place
from alerts.recipient import BadRecipient, Recipient, recipient_of
from alerts.settings import AlertSettings
from alerts.values import Room, values_of
from store import notices
from store.fault import StoreError
from store.schema import counters, ticket_events, tickets
from store.schema import notices as notice_rows
from store.tickets import Event, Ticket
from store.upsert import insert_or_replace

TOPIC: Final = "hallwatch/v1/alerts/{vendor}"
CURSOR: Final = "alerts.told"
AT_ONCE: Final = 500
_OVER: Final = ("restored", "cancelled")
_ON: Final = ("rejected", "reopened")
_log = structlog.get_logger(__name__)


def tell(conn: Connection, room: Room, now: int) -> int:
    """Make the notices of all events that were entered since the last time; answers how many rows were made."""
    told = conn.scalar(select(counters.c.n).where(counters.c.name == CURSOR)) or 0
    fresh = ticket_events.c.entry > told  # who writes is alone: no lower one comes after a higher
    events = [ticket_events.c[name] for name in Event._fields]
    its = [tickets.c[name] for name in Ticket._fields]
    query = select(*events, *its).join(tickets, tickets.c.n == ticket_events.c.ticket).where(fresh)
    made, newest = 0, told
    for row in conn.execute(query.order_by(ticket_events.c.entry).limit(AT_ONCE)).all():
        event, ticket = Event(*row[: len(events)]), Ticket(*row[len(events) :])
        newest = max(newest, event.entry)
        place = room.places.by_number.get(ticket.device)
        if place is not None:
            made += _alone(conn, room, place, ticket, event, now)
    if newest != told:
        conn.execute(insert_or_replace(conn, counters, "name"), {"name": CURSOR, "n": newest})
    return made


def untold(conn: Connection) -> bool:
    """Whether events were entered since the last time: asked without writing."""
    told = conn.scalar(select(counters.c.n).where(counters.c.name == CURSOR)) or 0
    return (conn.scalar(select(func.max(ticket_events.c.entry))) or 0) > told


def _alone(conn: Connection, room: Room, place: Place, ticket: Ticket, event: Event, now: int) -> int:
    """One that cannot be put into words is left out, and said: it must not silence all the others."""
    try:
        with conn.begin_nested():
            return _told(conn, room, place, ticket, event, now)
    except Exception as fault:  # the edge of the loop over events
        if isinstance(fault, StoreError):
            raise
        _log.exception("alerts.not_told", ticket=ticket.id, entry=event.entry)
        return 0


def _told(conn: Connection, room: Room, place: Place, ticket: Ticket, event: Event, now: int) -> int:
    if event.event in _OVER:
        floods.take_back(conn, ticket.id)
    elif event.event in _ON:
        floods.give_back(conn, ticket.id, now)
    name = told_as(event) if event.event == "opened" or ticket.purpose == "fault" else None  # preventive: once (K1)
    key = f"ticket/{ticket.id}/{event.entry}"
    if name is None or (name == "withdrawn" and not _went_out(conn, ticket.id, key)):
        return 0
    vendor = room.places.city.vendors.get(ticket.vendor or "")
    if vendor is None:
        return 0
    hall = room.places.city.halls.get(place.device.hall)
    document = alert(Case(ticket, event, place.device, hall, room.settings.url))
    topic = TOPIC.format(vendor=vendor.id)
    made = int(notices.enqueue(conn, f"{key}/mqtt", "mqtt", topic, document, now, ticket=ticket.id))
    if name != "opened":
        floods.let_go(conn, ticket.id, now)
    message = room.write(name, {**values_of(room, ticket, place), **_said(room, event)})
    for recipient in recipients(vendor.notify, room.settings):
        flood = Flood(conn, room, recipient, now)
        its_hall = place.device.hall if name == "opened" else None
        its_key = f"{key}/{recipient.channel}/{recipient.target}"
        made += floods.put(flood, its_key, message, json.loads(document), ticket.id, its_hall)
    return made


def _said(room: Room, event: Event) -> dict[str, str]:
    """What the event adds."""
    cause, reason = event.detail.get("cause"), event.detail.get("reason")
    return {
        "cause": room.translate(str(cause)) if cause else "",
        "reason": room.translate(str(reason)) if reason else "",
        "time": room.local(event.at),
    }


def recipients(notify: Iterable[str], settings: AlertSettings) -> list[Recipient]:
    """Those of these texts who can be told, each once; what is no recipient is left out (an import said so)."""
    found: dict[Recipient, None] = {}
    for text in notify:
        try:
            one = recipient_of(text)
        except BadRecipient:
            continue
        if one.channel != "rota" and (one.channel != "mail" or settings.mail is not None):
            found[one] = None
    return list(found)


def _went_out(conn: Connection, ticket: str, key: str) -> bool:
    """Whether somebody was told of the ticket; what still waits is taken back, so that nobody will be (K7)."""
    mine = (notice_rows.c.ticket == ticket) & ~notice_rows.c.key.startswith(f"{key}/")
    free = (notice_rows.c.state == "waiting") & (notice_rows.c.claimed_until == 0) & (notice_rows.c.attempts == 0)
    free |= notice_rows.c.state.in_(("held", "crowded"))
    conn.execute(update(notice_rows).where(mine, free).values(state="replaced"))
    out = notice_rows.c.state.in_(("sent", "waiting", "joined"))
    return bool(conn.scalar(select(func.count()).select_from(notice_rows).where(mine, out)))
