"""Complaints about repairs and halls, beside the faults themselves (K5); recorded, never edited."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, select

from sla.instant import Ms
from store.pages import Scope
from store.schema import complaints, devices, tickets

Kind = Literal["late_repair", "other"]


class New(NamedTuple):
    """What somebody complains of at `at` (ms); `device` is a row number, `ticket` its ticket, where there is one."""

    hall: str
    device: int | None
    ticket: str | None
    kind: Kind
    text: str
    at: Ms
    by: str
    external_id: str | None = None


class Complaint(NamedTuple):
    """One as it is recorded; `device` is the device's id."""

    n: int
    hall: str
    device: str | None
    ticket: str | None
    kind: str
    text: str
    at: Ms
    recorded_at: Ms
    by: str
    external_id: str | None

    @property
    def id(self) -> str:
        """Its name outside."""
        return f"B-{self.n:06d}"


class Wanted(NamedTuple):
    """Which of them: of a hall, of a ticket, with [start, until) of their instants; None: any."""

    hall: str | None = None
    ticket: str | None = None
    start: Ms | None = None
    until: Ms | None = None


def record(conn: Connection, new: New, now: Ms) -> Complaint:
    """Append one, entered at `now` (ms); one whose external id is known is not appended again."""
    known = by_external_id(conn, new.external_id) if new.external_id else None
    if known is not None:
        return known
    row = new._asdict() | {"recorded_at": now, "text": new.text[:512]}
    n = conn.execute(complaints.insert().values(row).returning(complaints.c.n)).scalar_one()
    return Complaint(*conn.execute(_all().where(complaints.c.n == n)).one())


def by_external_id(conn: Connection, external_id: str) -> Complaint | None:
    """The complaint that another system knows by this id."""
    row = conn.execute(_all().where(complaints.c.external_id == external_id)).one_or_none()
    return None if row is None else Complaint(*row)


def listed(conn: Connection, scope: Scope, wanted: Wanted, before: int | None, limit: int) -> list[Complaint]:
    """Those recorded before number `before`, the newest first; a vendor has those about its own tickets."""
    query = _all()
    if scope.hall is not None:
        query = query.where(complaints.c.hall == scope.hall)
    if scope.vendor is not None:
        query = query.where(complaints.c.ticket.in_(select(tickets.c.id).where(tickets.c.vendor == scope.vendor)))
    given = {complaints.c.hall: wanted.hall, complaints.c.ticket: wanted.ticket}
    query = query.where(*(column == value for column, value in given.items() if value is not None))
    if wanted.start is not None:
        query = query.where(complaints.c.at >= wanted.start)
    if wanted.until is not None:
        query = query.where(complaints.c.at < wanted.until)
    if before is not None:
        query = query.where(complaints.c.n < before)
    rows = conn.execute(query.order_by(complaints.c.n.desc()).limit(limit))
    return [Complaint(*row) for row in rows]


def _all() -> Select[Any]:
    named = [devices.c.id.label("device") if name == "device" else complaints.c[name] for name in Complaint._fields]
    return select(*named).select_from(complaints.outerjoin(devices, devices.c.n == complaints.c.device))
