"""Every event that a vendor is told becomes rows of the outbox, each once, whoever made the event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, func, select, update

from alerts.message import Case, Translate, alert, mail, subject, told_as
from alerts.places import Places
from alerts.settings import AlertSettings
from store import notices
from store.fault import StoreError
from store.schema import counters, ticket_events, tickets
from store.schema import notices as notice_rows
from store.tickets import Event, Ticket
from store.upsert import insert_or_replace

TOPIC: Final = "hallwatch/v1/alerts/{vendor}"
CURSOR: Final = "alerts.told"
AT_ONCE: Final = 500
OVERLAP: Final = 1000
OVERLAP_MS: Final = 60_000
"""On a server a lower entry may be committed after a higher one: the newest are looked at again, by their keys."""
_log = structlog.get_logger(__name__)


def tell(
    conn: Connection, places: Places, settings: AlertSettings, translate: Translate, zone: ZoneInfo, now: int
) -> int:
    """Make the notices of all events that were entered since the last time; answers how many rows were made."""
    told = conn.scalar(select(counters.c.n).where(counters.c.name == CURSOR)) or 0
    fresh = ticket_events.c.entry > told
    if conn.dialect.name != "sqlite":
        fresh |= (ticket_events.c.entry > told - OVERLAP) & (ticket_events.c.recorded_at >= now - OVERLAP_MS)
    query = select(ticket_events, tickets).join(tickets, tickets.c.n == ticket_events.c.ticket).where(fresh)
    made, newest = 0, told
    for row in conn.execute(query.order_by(ticket_events.c.entry).limit(AT_ONCE + OVERLAP)).all():
        event, ticket = Event(*row[:7]), Ticket(*row[7:20])
        newest = max(newest, event.entry)
        place = places.by_number.get(ticket.device)
        if place is not None and told_as(event) is not None:
            hall = places.city.halls.get(place.device.hall)
            case = Case(ticket, event, place.device, hall, zone, settings.url)
            made += _alone(conn, case, places, settings, translate, now)
    if newest != told:
        conn.execute(insert_or_replace(conn, counters, "name"), {"name": CURSOR, "n": newest})
    return made


def untold(conn: Connection) -> bool:
    """Whether events were entered since the last time: asked without writing."""
    told = conn.scalar(select(counters.c.n).where(counters.c.name == CURSOR)) or 0
    return (conn.scalar(select(func.max(ticket_events.c.entry))) or 0) > told


def _alone(
    conn: Connection, case: Case, places: Places, settings: AlertSettings, translate: Translate, now: int
) -> int:
    """One that cannot be put into words is left out, and said: it must not silence all the others."""
    try:
        with conn.begin_nested():
            return _notices(conn, case, places, settings, translate, now)
    except Exception as fault:  # the edge of the loop over events
        if isinstance(fault, StoreError):
            raise
        _log.exception("alerts.not_told", ticket=case.ticket.id, entry=case.event.entry)
        return 0


def _notices(
    conn: Connection, case: Case, places: Places, settings: AlertSettings, translate: Translate, now: int
) -> int:
    ticket = case.ticket
    vendor = places.city.vendors.get(ticket.vendor or "")
    key = f"ticket/{ticket.id}/{case.event.entry}"
    if vendor is None or (told_as(case.event) == "withdrawn" and not _went_out(conn, ticket.id, key)):
        return 0
    topic = TOPIC.format(vendor=vendor.id)
    made = 0
    made += notices.enqueue(conn, f"{key}/mqtt", "mqtt", topic, alert(case), now, ticket=ticket.id)
    addresses = mail_addresses(vendor.notify) if settings.mail else ()
    for address in addresses:
        about, body = subject(case, translate), mail(case, translate)
        row_key = f"{key}/mail/{address}"[:256]
        made += notices.enqueue(conn, row_key, "mail", address, body, now, subject=about, ticket=ticket.id)
    return made


def mail_addresses(notify: Iterable[str]) -> list[str]:
    """The addresses of a vendor's `mailto:` entries, each once."""
    found = (unquote(one.removeprefix("mailto:")) for one in notify if one.startswith("mailto:"))
    return list(dict.fromkeys(address for address in found if address))


def _went_out(conn: Connection, ticket: str, key: str) -> bool:
    """Whether somebody was told of the ticket; what still waits is taken back, so that nobody will be (K7)."""
    mine = (notice_rows.c.ticket == ticket) & ~notice_rows.c.key.startswith(f"{key}/")
    free = (notice_rows.c.state == "waiting") & (notice_rows.c.claimed_until == 0) & (notice_rows.c.attempts == 0)
    conn.execute(update(notice_rows).where(mine, free).values(state="replaced"))
    some = select(func.count()).select_from(notice_rows).where(mine, notice_rows.c.state.in_(("sent", "waiting")))
    return bool(conn.scalar(some))
