"""The tickets, outages and complaints of a period, for reconciliation: selected here, sorted in `sla` (K5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from sla.instant import DAY, Ms
from sla.interval import Interval
from sla.opening import GRACE_MS
from sla.reconciliation import AFTER_MS, Fault, Hours, fault_of
from store import complaints
from store.cases import Cases
from store.city import City
from store.complaints import Complaint, Wanted
from store.device_facts import KindPolicy, Period, clock_of
from store.pages import EVERYTHING, Scope
from store.schema import outages, tickets
from store.tickets import Ticket

_MANY: Final = 1_000_000
_TICKET: Final = [tickets.c[name] for name in Ticket._fields]
_CHUNK: Final = 500


class Known(NamedTuple):
    """One ticket: who reported the fault and who saw it, whether it was opened in the period, and by which hours."""

    fault: Fault
    within: bool
    hours: Hours


def faults(conn: Connection, period: Period, scope: Scope, devices: Collection[int]) -> list[Ticket]:
    """The tickets of faults of these devices (row numbers) that are open in the period, or were shortly before.

    Cancelled ones never were; a vendor has its own.
    """
    start, until, _ = period
    lasted = tickets.c.closed_at.is_(None) | (tickets.c.closed_at >= start - AFTER_MS)
    where: list[ColumnElement[bool]] = [tickets.c.opened_at < until, lasted | (tickets.c.opened_at >= start)]
    where += [tickets.c.purpose == "fault", tickets.c.state != "cancelled"]
    if scope.vendor is not None:
        where.append(tickets.c.vendor == scope.vendor)
    rows = conn.execute(select(*_TICKET).where(*where).order_by(tickets.c.opened_at, tickets.c.n))
    return [one for one in (Ticket(*row) for row in rows) if one.device in devices]


def known(
    conn: Connection, city: City, some: Sequence[Ticket], policies: Mapping[str, KindPolicy], period: Period
) -> Iterator[Known]:
    """What is known of these tickets at the period's `now`; nothing of one that was reported later."""
    start, _, now = period
    cases = Cases.of(conn, city, some, policies, now)
    its = _outages(conn, some, now)
    by_number = {device.n: device for device in city.devices.values()}
    for one in some:
        device = by_number[one.device]
        kind = policies.get(device.kind)
        hours = Hours(clock_of(city, device), kind.grace_ms if kind else GRACE_MS)
        closed = one.closed_at if one.closed_at is not None and one.closed_at <= now else None
        fault = fault_of(cases.by_number[one.n], its.get(one.n, ()), closed, hours, now)
        if fault is not None:
            yield Known(fault, start <= one.opened_at, hours)


def late_repairs(conn: Connection, period: Period) -> list[Complaint]:
    """Everybody's complaints about late repairs of the period, in order of their entry."""
    wanted = Wanted(start=period.start, until=min(period.until, period.now + 1))
    found = complaints.listed(conn, EVERYTHING, wanted, None, _MANY)
    return [one for one in reversed(found) if one.kind == "late_repair"]


def _outages(conn: Connection, some: Sequence[Ticket], now: Ms) -> dict[int, list[Interval]]:
    """Of each ticket the outages of its device that are its own or nobody's, as known at `now`, in order."""
    devices = sorted({one.device for one in some})
    low = min((one.opened_at for one in some), default=0) - DAY
    columns = (outages.c.device, outages.c.start, outages.c.until, outages.c.ticket)
    lasting = (outages.c.until.is_(None) | (outages.c.until >= low)) & (outages.c.start <= now)
    by_device: dict[int, list[tuple[Interval, str | None]]] = {}
    for i in range(0, len(devices), _CHUNK):
        query = select(*columns).where(outages.c.device.in_(devices[i : i + _CHUNK]), lasting)
        for row in conn.execute(query.order_by(outages.c.start)):
            until = now if row.until is None else min(row.until, now)
            by_device.setdefault(row.device, []).append((Interval(row.start, until), row.ticket))
    return {one.n: [span for span, whose in by_device.get(one.device, ()) if whose in (None, one.id)] for one in some}
