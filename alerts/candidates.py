"""Which outages and tickets may need something done: chosen by the database, so that calm costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, null, or_, select, update

from sla.judge import Outage
from sla.ticket import OPEN
from store.judged import OutageRow
from store.schema import device_states, devices, outages, ticket_events, tickets

DETECTED: Final = "detected"
SYSTEM: Final = "hallwatch"
"""Who acts where nobody did."""
_OUTAGE: Final = [outages.c[name] for name in OutageRow._fields]
_IS_OPEN: Final = tickets.c.state.in_(sorted(OPEN))
_IS_FAULT: Final = tickets.c.purpose == "fault"
_CLAIM: Final = (tickets.c.n, tickets.c.id, tickets.c.device, tickets.c.closed_at)
_ACTED: Final = exists().where(ticket_events.c.ticket == tickets.c.n, ticket_events.c.by != SYSTEM)
_CHUNK: Final = 500
_word: Final = ticket_events.alias()
_REMARKED: Final = exists().where(
    ticket_events.c.ticket == tickets.c.n,
    ticket_events.c.event == "note",
    ticket_events.c.by == SYSTEM,
    ticket_events.c.detail["withdrawn"].as_boolean().is_(True),
)


_SAID: Final = (
    select(func.max(_word.c.at))
    .where(_word.c.ticket == tickets.c.n, _word.c.event.in_(("rejected", "reopened")), _word.c.by != SYSTEM)
    .scalar_subquery()
)
_CONTRADICTED: Final = (tickets.c.state == "rejected") & exists().where(
    _word.c.ticket == tickets.c.n, _word.c.event == "rejected", _word.c.by == SYSTEM
)


class Candidate(NamedTuple):
    """An outage without a ticket, and the judged state of its device."""

    row: OutageRow
    state: str | None


class Recovered(NamedTuple):
    """An open ticket with its outages: how many, how many of them last, where they begin and end (ms).

    `said` is when a person last said that the fault is there.
    """

    ticket: str
    device: int
    outages: int
    lasting: int
    start: int | None
    until: int | None
    said: int | None


class Ended(NamedTuple):
    """An open detected ticket whose device was retired or left the inventory at `at` (ms)."""

    ticket: str
    at: int


class Back(NamedTuple):
    """A ticket that was restored at `closed_at` though an outage of it, begun at `outage`, lasts (ms)."""

    ticket: str
    closed_at: int
    outage: int


class Claim(NamedTuple):
    """A person's word, at `at` (ms), that a ticket's fault is repaired, and when monitoring took it for good, if so."""

    n: int
    ticket: str
    device: int
    at: int
    verified_at: int | None


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
    """Open detected tickets none of whose outages lasts, or which have none left and do not say so yet.

    Also those of other sources that wait for the end of what contradicted a person's claim (K6). A person who said
    after the recovery that the fault is there knows more than we.
    """
    its = and_(outages.c.device == tickets.c.device, outages.c.ticket == tickets.c.id)
    still = func.sum(case((outages.c.until.is_(None) & outages.c.id.is_not(None), 1), else_=0))
    number, until = func.count(outages.c.id), func.max(outages.c.until)
    query = (
        select(tickets.c.id, tickets.c.device, number, still, func.min(outages.c.start), until, _SAID)
        .select_from(tickets.outerjoin(outages, its))
        .where(_IS_OPEN, _IS_FAULT, or_(tickets.c.source == DETECTED, _CONTRADICTED))
        .group_by(tickets.c.n, tickets.c.id, tickets.c.device, tickets.c.source)
        .having((still == 0) & ((number > 0) | ((tickets.c.source == DETECTED) & ~_REMARKED)))
    )
    found = (Recovered(*row) for row in conn.execute(query))
    return [one for one in found if one.said is None or one.until is None or one.until > one.said]


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
    over = tickets.c.state.in_(("restored", "verified")) & (tickets.c.source == DETECTED) & _IS_FAULT
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
    joined = outages.join(tickets, tickets.c.id == outages.c.ticket)
    over = outages.c.until.is_(None) & tickets.c.state.in_(("restored", "verified"))
    query = select(tickets.c.id, tickets.c.closed_at, outages.c.start).select_from(joined)
    return [Back(*row) for row in conn.execute(query.where(over))]


def newest_entry(conn: Connection) -> int:
    """The highest entry of all events, 0 where there are none."""
    return conn.scalar(select(func.max(ticket_events.c.entry))) or 0


def claimed(conn: Connection, since: int) -> list[int]:
    """The row numbers of tickets that persons said were repaired, entered after entry `since`."""
    said = (ticket_events.c.event == "restored") & (ticket_events.c.by != SYSTEM) & (ticket_events.c.entry > since)
    return sorted(set(conn.scalars(select(ticket_events.c.ticket).where(said))))


def claims(conn: Connection, numbers: Sequence[int] | None = None) -> list[Claim]:
    """Persons' claims of restoration that nobody has judged, of these tickets of faults, or of all."""
    its = (ticket_events.c.ticket == tickets.c.n) & (ticket_events.c.at == tickets.c.closed_at)
    said = (ticket_events.c.event == "restored") & (ticket_events.c.by != SYSTEM)
    query = select(*_CLAIM, null()).join(ticket_events, its).where(tickets.c.state == "restored", said, _IS_FAULT)
    if numbers is None:
        return [Claim(*row) for row in conn.execute(query.distinct())]
    parts = (numbers[i : i + _CHUNK] for i in range(0, len(numbers), _CHUNK))
    return [Claim(*row) for part in parts for row in conn.execute(query.where(tickets.c.n.in_(part)).distinct())]


def doubtful(conn: Connection) -> list[Claim]:
    """The claims that monitoring, no person, took for good though an outage of the ticket lasts."""
    joined = outages.join(tickets, tickets.c.id == outages.c.ticket)
    over = outages.c.until.is_(None) & (tickets.c.state == "verified")
    said = (ticket_events.c.event == "verified") & (ticket_events.c.at >= tickets.c.closed_at)
    its = select(func.max(ticket_events.c.at)).where(ticket_events.c.ticket == tickets.c.n, said)
    ours = its.where(ticket_events.c.by == SYSTEM).scalar_subquery()
    staffs = its.where(ticket_events.c.by != SYSTEM).scalar_subquery()
    rows = conn.execute(select(*_CLAIM, ours, staffs).select_from(joined).where(over))
    return [Claim(*row[:-1]) for row in rows if row[-2] is not None and row[-1] is None]


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
