"""Which outages and tickets may need something done: chosen by the database, so that calm costs nothing."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, select, update

from sla.judge import Outage
from sla.ticket import OPEN
from store.judged import OutageRow
from store.schema import device_states, devices, outages, ticket_events, tickets

DETECTED: Final = "detected"
SYSTEM: Final = "hallwatch"
"""Who acts where nobody did."""
_OUTAGE: Final = [outages.c[name] for name in OutageRow._fields]
_IS_OPEN: Final = tickets.c.state.in_(sorted(OPEN))
_ACTED: Final = exists().where(ticket_events.c.ticket == tickets.c.n, ticket_events.c.by != SYSTEM)
_REMARKED: Final = exists().where(
    ticket_events.c.ticket == tickets.c.n,
    ticket_events.c.event == "note",
    ticket_events.c.by == SYSTEM,
    ticket_events.c.detail["withdrawn"].as_boolean().is_(True),
)


class Candidate(NamedTuple):
    """An outage without a ticket, and the judged state of its device."""

    row: OutageRow
    state: str | None


class Recovered(NamedTuple):
    """An open detected ticket with its outages: how many, how many of them last, where they begin and end (ms)."""

    ticket: str
    device: int
    outages: int
    lasting: int
    start: int | None
    until: int | None


class Ended(NamedTuple):
    """An open detected ticket whose device was retired or left the inventory at `at` (ms)."""

    ticket: str
    at: int


class Back(NamedTuple):
    """A ticket that was restored at `closed_at` though an outage of it lasts; `heard` is the device's newest word."""

    ticket: str
    ticket_state: str
    closed_at: int
    device_state: str | None
    heard: int | None
    outage: int


def lasting(conn: Connection) -> list[Candidate]:
    """Outages that last and have no ticket."""
    return _candidates(conn, outages.c.until.is_(None))


def over(conn: Connection, since: int, shortest_ms: int) -> list[Candidate]:
    """Outages without a ticket that ended after `since` and lasted at least `shortest_ms`, the newest first (K7)."""
    return _candidates(conn, (outages.c.until >= since) & (outages.c.until - outages.c.start >= shortest_ms))


def _candidates(conn: Connection, where: ColumnElement[bool]) -> list[Candidate]:
    joined = outages.outerjoin(device_states, device_states.c.device == outages.c.device)
    query = select(*_OUTAGE, device_states.c.state).select_from(joined).where(outages.c.ticket.is_(None), where)
    rows = conn.execute(query.order_by(outages.c.start.desc()))
    return [Candidate(OutageRow(*row[:-1]), row[-1]) for row in rows]


def still_free(conn: Connection, row: OutageRow) -> bool:
    """Whether the outage is there as it was, and nobody gave it a ticket meanwhile."""
    query = select(*_OUTAGE).where(outages.c.id == row.id).with_for_update()
    found = conn.execute(query).one_or_none()
    return found is not None and OutageRow(*found) == row


def link(conn: Connection, row: OutageRow, ticket: str) -> None:
    """Write whose outage it is."""
    free = (outages.c.id == row.id) & outages.c.ticket.is_(None)
    conn.execute(update(outages).where(free).values(ticket=ticket))


def recovered(conn: Connection) -> list[Recovered]:
    """Open detected tickets none of whose outages lasts, or which have none left and do not say so yet."""
    its = and_(outages.c.device == tickets.c.device, outages.c.ticket == tickets.c.id)
    still = func.sum(case((outages.c.until.is_(None) & outages.c.id.is_not(None), 1), else_=0))
    query = (
        select(
            tickets.c.id,
            tickets.c.device,
            func.count(outages.c.id),
            still,
            func.min(outages.c.start),
            func.max(outages.c.until),
        )
        .select_from(tickets.outerjoin(outages, its))
        .where(_IS_OPEN, tickets.c.source == DETECTED)
        .group_by(tickets.c.n, tickets.c.id, tickets.c.device)
        .having((still == 0) & ((func.count(outages.c.id) > 0) | ~_REMARKED))
    )
    return [Recovered(*row) for row in conn.execute(query)]


def untouched(conn: Connection, since: int | None = None) -> list[tuple[str, OutageRow]]:
    """Detected tickets on which no person has acted, each with its outages in order (O5 a).

    The open ones, or with `since` (ms) those restored after it.
    """
    its = (outages.c.device == tickets.c.device) & (outages.c.ticket == tickets.c.id)
    query = select(tickets.c.id, *_OUTAGE).select_from(tickets.join(outages, its))
    state = _IS_OPEN if since is None else (tickets.c.state == "restored") & (tickets.c.closed_at >= since)
    query = query.where(state, tickets.c.source == DETECTED, ~_ACTED)
    return [(row[0], OutageRow(*row[1:])) for row in conn.execute(query.order_by(tickets.c.n, outages.c.start))]


def is_untouched(conn: Connection, ticket: str) -> bool:
    """Whether the ticket stands, and no person has acted on it, not even by a report that joined it."""
    query = select(tickets.c.id).where(tickets.c.id == ticket, tickets.c.state != "cancelled", ~_ACTED)
    return conn.scalar(query.with_for_update()) is not None


def unlink(conn: Connection, ticket: str) -> None:
    """The outages of a withdrawn ticket are nobody's: they may open another one by the ordinary way."""
    conn.execute(update(outages).where(outages.c.ticket == ticket).values(ticket=None))


def outage(row: OutageRow) -> Outage:
    """As `sla` knows it."""
    return Outage(row.start, row.until, row.last_ok, row.confirmed_at)


def bereft(conn: Connection, since: int) -> list[str]:
    """Detected tickets opened after `since`, restored, whose outages late facts have all removed unremarked (K7)."""
    its = (outages.c.device == tickets.c.device) & (outages.c.ticket == tickets.c.id)
    over = tickets.c.state.in_(("restored", "verified")) & (tickets.c.source == DETECTED)
    query = select(tickets.c.id).where(over, tickets.c.opened_at >= since, ~exists().where(its), ~_REMARKED)
    return list(conn.scalars(query))


def ended(conn: Connection, now: int) -> list[Ended]:
    """Open detected tickets of devices that are no longer in service at `now` (ms)."""
    query = select(tickets.c.id, devices.c.gone_at, devices.c.retired).join(devices, devices.c.n == tickets.c.device)
    out = (devices.c.gone_at <= now) | (devices.c.retired <= now)
    rows = conn.execute(query.where(_IS_OPEN, tickets.c.source == DETECTED, out))
    return [Ended(row[0], min(at for at in row[1:] if at is not None)) for row in rows]


def free_lasting(conn: Connection, ticket: str) -> None:
    """As `unlink`, of the outage that lasts: a device that comes back into the inventory opens another ticket."""
    mine = (outages.c.ticket == ticket) & outages.c.until.is_(None)
    conn.execute(update(outages).where(mine).values(ticket=None))


def back(conn: Connection) -> list[Back]:
    """Restored tickets with an outage that lasts (K6, K7)."""
    joined = outages.join(tickets, tickets.c.id == outages.c.ticket).outerjoin(
        device_states, device_states.c.device == outages.c.device
    )
    over = outages.c.until.is_(None) & tickets.c.state.in_(("restored", "verified"))
    columns = (
        tickets.c.id,
        tickets.c.state,
        tickets.c.closed_at,
        device_states.c.state.label("device_state"),
        device_states.c.last_ts,
        outages.c.start,
    )
    return [Back(*row) for row in conn.execute(select(*columns).select_from(joined).where(over))]


def restored_by_us(conn: Connection, ticket: str) -> bool:
    """Whether the restoration that stands was the device's own recovery rather than somebody's word."""
    query = (
        select(ticket_events.c.detail)
        .join(tickets, tickets.c.n == ticket_events.c.ticket)
        .where(tickets.c.id == ticket, ticket_events.c.event == "restored")
        .order_by(ticket_events.c.at.desc(), ticket_events.c.entry.desc())
        .limit(1)
    )
    detail = conn.scalar(query)
    return bool(detail and detail.get(DETECTED))
