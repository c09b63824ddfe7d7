"""Which tickets somebody asks for, within what he may see."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from store.pages import Rows, Scope
from store.schema import devices, halls, tickets, vendors


class Wanted(NamedTuple):
    """Of one device, hall, vendor, state, source, purpose, opened in [start, until) (ms), open or closed; None: any.

    `repeats` keeps those that repeat an earlier one (K4), or the others.
    """

    opened: bool | None = None
    device: str | None = None
    hall: str | None = None
    vendor: str | None = None
    state: str | None = None
    source: str | None = None
    purpose: str | None = None
    start: int | None = None
    until: int | None = None
    repeats: bool | None = None


def listed(conn: Connection, scope: Scope, wanted: Wanted, before: int | None, limit: int) -> Rows:
    """Those with row numbers below `before`, the newest first, as `store.pages.ticket_rows` has them."""
    query = _of(_all().where(scope.of_tickets()), wanted)
    if before is not None:
        query = query.where(tickets.c.n < before)
    return conn.execute(query.order_by(tickets.c.n.desc()).limit(limit)).all()


def _of(query: Select[Any], wanted: Wanted) -> Select[Any]:
    given = {
        devices.c.id: wanted.device,
        devices.c.hall: wanted.hall,
        **{tickets.c[name]: getattr(wanted, name) for name in ("vendor", "state", "source", "purpose")},
    }
    query = query.where(*(column == value for column, value in given.items() if value is not None))
    for column, is_none in ((tickets.c.closed_at, wanted.opened), (tickets.c.repeat_of, _not(wanted.repeats))):
        if is_none is not None:
            query = query.where(column.is_(None) if is_none else column.is_not(None))
    if wanted.start is not None:
        query = query.where(tickets.c.opened_at >= wanted.start)
    return query if wanted.until is None else query.where(tickets.c.opened_at < wanted.until)


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all() -> Select[Any]:
    joined = tickets.join(devices, devices.c.n == tickets.c.device).join(halls, halls.c.id == devices.c.hall)
    names = halls.c.name.label("hall_name"), vendors.c.name.label("vendor_name")
    columns = *tickets.c, devices.c.id.label("device_id"), devices.c.kind, devices.c.hall, *names
    return select(*columns).select_from(joined.outerjoin(vendors, vendors.c.id == tickets.c.vendor))
