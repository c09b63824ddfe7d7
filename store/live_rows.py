"""What the live figures read beside what pages read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, func, or_, select

from store.judged import OutageRow
from store.planned import Exemption
from store.schema import (
    asides,
    device_states,
    devices,
    exemptions,
    gaps,
    observations,
    outages,
    streams,
    tickets,
    withdrawals,
)
from store.tickets import Ticket

_OUTAGE: Final = [outages.c[name] for name in OutageRow._fields]
_TICKET: Final = [tickets.c[name] for name in Ticket._fields]
_EXEMPTION: Final = [exemptions.c[name] for name in Exemption._fields[:-2]]


def faults_of_halls(conn: Connection) -> dict[str, int]:
    """The number of open tickets for faults of each hall that has any."""
    joined = tickets.join(devices, devices.c.n == tickets.c.device)
    mine = tickets.c.closed_at.is_(None) & (tickets.c.purpose == "fault")
    query = select(devices.c.hall, func.count()).select_from(joined).where(mine).group_by(devices.c.hall)
    return {row[0]: row[1] for row in conn.execute(query)}


def outages_from(conn: Connection, start: int) -> list[OutageRow]:
    """The outages that last or end after `start` (ms), in order."""
    late = or_(outages.c.until.is_(None), outages.c.until > start)
    query = select(*_OUTAGE).where(late).order_by(outages.c.start, outages.c.device)
    return [OutageRow(*row) for row in conn.execute(query)]


def open_tickets(conn: Connection) -> list[Ticket]:
    """The open tickets of either purpose, in order."""
    query = select(*_TICKET).where(tickets.c.closed_at.is_(None)).order_by(tickets.c.n)
    return [Ticket(*row) for row in conn.execute(query)]


def maintenance_from(conn: Connection, start: int) -> Iterator[Exemption]:
    """Planned maintenance that ends after `start` (ms), withdrawn or not, in the order of its recording."""
    joined = exemptions.outerjoin(withdrawals, withdrawals.c.exemption == exemptions.c.n)
    mine = (exemptions.c.kind == "maintenance") & (exemptions.c.until > start)
    query = select(*_EXEMPTION, withdrawals.c.at, withdrawals.c.by).select_from(joined).where(mine)
    yield from (Exemption._make(row) for row in conn.execute(query.order_by(exemptions.c.n)))


def lags(conn: Connection, since: int) -> list[float]:
    """Seconds from the newest observation of each device to its record, of those recorded since then (ms)."""
    newest = (observations.c.device == device_states.c.device) & (observations.c.ts == device_states.c.last_ts)
    query = select(observations.c.ts, func.min(observations.c.arrived)).join(device_states, newest)
    query = query.where(observations.c.arrived >= since // 1000).group_by(observations.c.device, observations.c.ts)
    return [max(0.0, arrived - ts / 1000) for ts, arrived in conn.execute(query)]


def lost_of(conn: Connection) -> dict[str, int]:
    """How many facts of each collector are lost, of those that lost any."""
    missing = func.sum(gaps.c.last - gaps.c.first + 1)
    query = select(streams.c.collector, missing).join(streams, streams.c.n == gaps.c.stream)
    return {row[0]: int(row[1]) for row in conn.execute(query.group_by(streams.c.collector))}


def aside_now(conn: Connection) -> int:
    """How many messages are kept aside."""
    return conn.execute(select(func.count()).select_from(asides)).scalar_one()
