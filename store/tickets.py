"""Tickets and their events as rows; what may follow what is for `alerts` to say (K2)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from store.schema import ticket_events, tickets

OVER: Final = ("restored", "verified", "cancelled")


class Ticket(NamedTuple):
    """One ticket; `device` is the device's row number; `state` and `closed_at` are derived from the events.

    `purpose` is fault or preventive, the latter of a `condition` (K1); `repeat_of` the ticket that it repeats (K4).
    """

    n: int
    id: str
    device: int
    vendor: str | None
    source: str
    symptom: str
    external_id: str | None
    opened_at: int
    state: str
    closed_at: int | None
    purpose: str = "fault"
    condition: str | None = None
    repeat_of: str | None = None


class Event(NamedTuple):
    """One event: `at` when it happened, `recorded_at` when it was entered (ms), `entry` its rising number."""

    entry: int
    ticket: int
    event: str
    at: int
    recorded_at: int
    by: str
    detail: Mapping[str, Any]


_TICKET: Final = [tickets.c[name] for name in Ticket._fields]
_FAULT: Final = tickets.c.purpose == "fault"
_EVENT: Final = [ticket_events.c[name] for name in Event._fields]


def find(conn: Connection, id: str) -> Ticket | None:
    """The ticket of this id."""
    return _first(conn, tickets.c.id == id)


def known(conn: Connection, id: str) -> Ticket:
    """The ticket of this id, which is there. Raises `NoResultFound` where it is not."""
    return Ticket(*conn.execute(select(*_TICKET).where(tickets.c.id == id)).one())


def lock(conn: Connection, id: str) -> None:
    """Keep others from changing this ticket until the end of the transaction; SQLite has one writer anyway."""
    conn.execute(select(tickets.c.n).where(tickets.c.id == id).with_for_update())


def by_external_id(conn: Connection, external_id: str) -> Ticket | None:
    """The ticket that another system knows by this id (K1, import)."""
    return _first(conn, tickets.c.external_id == external_id)


def open_ticket(conn: Connection, device: int) -> Ticket | None:
    """The device's open ticket of a fault (K3)."""
    return _first(conn, (tickets.c.device == device) & tickets.c.closed_at.is_(None) & _FAULT)


def newest_ticket(conn: Connection, device: int) -> Ticket | None:
    """The device's ticket that was opened last, open or not."""
    return _first(conn, tickets.c.device == device)


def of_device(conn: Connection, device: int) -> list[Ticket]:
    """All tickets of a device's faults, the one opened last first."""
    query = (
        select(*_TICKET)
        .where(tickets.c.device == device, _FAULT)
        .order_by(tickets.c.opened_at.desc(), tickets.c.n.desc())
    )
    return [Ticket(*row) for row in conn.execute(query)]


def open_tickets(conn: Connection) -> list[Ticket]:
    """Every open ticket, the oldest first."""
    query = select(*_TICKET).where(tickets.c.closed_at.is_(None)).order_by(tickets.c.opened_at, tickets.c.n)
    return [Ticket(*row) for row in conn.execute(query)]


def add(
    conn: Connection,
    device: int,
    source: str,
    symptom: str,
    opened_at: int,
    *,
    vendor: str | None = None,
    external_id: str | None = None,
    condition: str | None = None,
) -> Ticket:
    """A new row in state `opened`; its id is `T-` and its number. It has no event yet.

    With a `condition` it is preventive work on that (K1).
    """
    row = {"device": device, "source": source, "symptom": symptom[:512], "opened_at": opened_at, "vendor": vendor}
    row |= {"purpose": "fault" if condition is None else "preventive", "condition": condition}
    unnamed = {**row, "id": secrets.token_hex(16), "external_id": external_id, "state": "opened"}
    n = conn.execute(tickets.insert().values(unnamed).returning(tickets.c.n)).scalar_one()
    conn.execute(update(tickets).where(tickets.c.n == n).values(id=f"T-{n:06d}"))
    return Ticket(*conn.execute(select(*_TICKET).where(tickets.c.n == n)).one())


def set_state(conn: Connection, n: int, state: str, closed_at: int | None) -> None:
    """Write what was derived from the events."""
    conn.execute(update(tickets).where(tickets.c.n == n).values(state=state, closed_at=closed_at))


def append(conn: Connection, n: int, event: str, at: int, recorded_at: int, by: str, detail: Mapping[str, Any]) -> int:
    """Add an event to a ticket and answer its entry; events are never edited (K2)."""
    row = {"ticket": n, "event": event, "at": at, "recorded_at": recorded_at, "by": by, "detail": dict(detail)}
    entry: int = conn.execute(ticket_events.insert().values(row).returning(ticket_events.c.entry)).scalar_one()
    return entry


def events(conn: Connection, n: int) -> list[Event]:
    """A ticket's events by (`at`, entry) (T2)."""
    return events_of(conn, [n]).get(n, [])


def events_of(conn: Connection, numbers: Iterable[int]) -> dict[int, list[Event]]:
    """The events of many tickets, each ticket's by (`at`, entry) (T2)."""
    found: dict[int, list[Event]] = {}
    wanted = list(numbers)
    for start in range(0, len(wanted), 500):
        some = ticket_events.c.ticket.in_(wanted[start : start + 500])
        query = select(*_EVENT).where(some).order_by(ticket_events.c.at, ticket_events.c.entry)
        for row in conn.execute(query):
            found.setdefault(row.ticket, []).append(Event(*row))
    return found


def _first(conn: Connection, where: ColumnElement[bool]) -> Ticket | None:
    query = select(*_TICKET).where(where).order_by(tickets.c.opened_at.desc(), tickets.c.n.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return None if row is None else Ticket(*row)
