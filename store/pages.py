"""Queries of the pages and the JSON interface: only reads, each within the scope of who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Select,
    Text,
    TypeDecorator,
    and_,
    cast,
    func,
    or_,
    select,
    true,
)

from collector.observation import Refused, decode
from store.schema import (
    branches,
    calendars,
    changes,
    collectors,
    counters,
    device_states,
    devices,
    halls,
    notices,
    observations,
    outages,
    readings,
    streams,
    ticket_events,
    tickets,
    vendors,
)


class _Last(TypeDecorator[Any]):
    """The newest observation. An older version kept messages as they came, among them some that are no strict JSON."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        if value is None:
            return None
        try:
            return msgspec.json.decode(value)
        except (ValueError, RecursionError):
            return _reread(value)


def _reread(message: str) -> Any:
    try:
        return msgspec.json.decode(decode(message.encode()).encode())
    except (Refused, ValueError):
        return None


AnyRow = Row[*tuple[Any, ...]]
Rows = Sequence[AnyRow]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the asker may see: everything, one vendor's devices and tickets, or one hall's."""

    vendor: str | None = None
    hall: str | None = None

    def of_devices(self) -> ColumnElement[bool]:
        """The condition on `devices` that keeps what lies in the scope."""
        wanted: list[ColumnElement[bool]] = [true()]
        if self.vendor is not None:
            wanted.append(devices.c.vendor == self.vendor)
        if self.hall is not None:
            wanted.append(devices.c.hall == self.hall)
        return and_(*wanted)

    def of_tickets(self) -> ColumnElement[bool]:
        """The condition on `tickets` joined with `devices`: the vendor is the ticket's own."""
        wanted: list[ColumnElement[bool]] = [true()]
        if self.vendor is not None:
            wanted.append(tickets.c.vendor == self.vendor)
        if self.hall is not None:
            wanted.append(devices.c.hall == self.hall)
        return and_(*wanted)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which outages: those that touch [start, until), of one hall, vendor or device; None leaves it open."""

    start: int | None = None
    until: int | None = None
    hall: str | None = None
    vendor: str | None = None
    device: str | None = None


_STATE = func.coalesce(device_states.c.state, "unmonitored").label("state")


def _present(scope: Scope) -> ColumnElement[bool]:
    return and_(devices.c.gone_at.is_(None), scope.of_devices())


def _cells() -> Select[Any]:
    joined = devices.outerjoin(device_states, device_states.c.device == devices.c.n)
    return select(
        devices.c.n,
        devices.c.id,
        devices.c.kind,
        devices.c.hall,
        devices.c.vendor,
        _STATE,
        device_states.c.since,
        device_states.c.cause,
        device_states.c.owner,
    ).select_from(joined)


def cells(conn: Connection, scope: Scope, of_halls: Sequence[str] | None = None) -> Rows:
    """Every present device with its judged state, by hall, kind and id; of some halls only where given."""
    query = _cells().where(_present(scope))
    if of_halls is not None:
        query = query.where(devices.c.hall.in_(list(of_halls)))
    return conn.execute(query.order_by(devices.c.hall, devices.c.kind, devices.c.id)).all()


def broken(conn: Connection, scope: Scope, states: Sequence[str]) -> Rows:
    """Present devices in one of the states, the newest change first, with hall and gateway."""
    query = (
        _cells()
        .join(halls, halls.c.id == devices.c.hall)
        .add_columns(halls.c.name.label("hall_name"), halls.c.gateway, devices.c.model)
        .where(_present(scope), device_states.c.state.in_(list(states)))
    )
    return conn.execute(query.order_by(device_states.c.since.desc(), devices.c.id)).all()


def totals(conn: Connection, scope: Scope) -> dict[str, int]:
    """The number of present devices by judged state."""
    joined = devices.outerjoin(device_states, device_states.c.device == devices.c.n)
    query = select(_STATE, func.count()).select_from(joined).where(_present(scope)).group_by(_STATE)
    return {row[0]: row[1] for row in conn.execute(query)}


def _halls() -> Select[Any]:
    joined = halls.outerjoin(branches, branches.c.id == halls.c.branch)
    return select(
        halls.c.id,
        halls.c.name,
        halls.c.kind,
        halls.c.calendar,
        halls.c.gateway,
        halls.c.collector,
        halls.c.branch,
        branches.c.name.label("branch_name"),
    ).select_from(joined)


def _halls_of(scope: Scope) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [halls.c.gone_at.is_(None)]
    if scope.hall is not None:
        wanted.append(halls.c.id == scope.hall)
    if scope.vendor is not None:
        wanted.append(halls.c.id.in_(select(devices.c.hall).where(_present(scope))))
    return and_(*wanted)


def hall_rows(conn: Connection, scope: Scope, after: str = "", limit: int | None = None) -> Rows:
    """Halls in the order of their ids, from beyond `after`; a vendor sees those that hold its devices."""
    query = _halls().where(_halls_of(scope), halls.c.id > after).order_by(halls.c.id)
    return conn.execute(query.limit(limit) if limit else query).all()


def hall_row(conn: Connection, scope: Scope, hall: str) -> AnyRow | None:
    """One hall, or None where it does not exist within the scope."""
    return conn.execute(_halls().where(_halls_of(scope), halls.c.id == hall)).one_or_none()


def hall_totals(conn: Connection, scope: Scope, of_halls: Sequence[str]) -> dict[str, dict[str, int]]:
    """Hall to the number of its present devices by judged state."""
    joined = devices.outerjoin(device_states, device_states.c.device == devices.c.n)
    query = (
        select(devices.c.hall, _STATE, func.count())
        .select_from(joined)
        .where(_present(scope), devices.c.hall.in_(list(of_halls)))
        .group_by(devices.c.hall, _STATE)
    )
    found: dict[str, dict[str, int]] = {hall: {} for hall in of_halls}
    for hall, state, number in conn.execute(query):
        found[hall][state] = number
    return found


def _devices() -> Select[Any]:
    joined = (
        devices.join(halls, halls.c.id == devices.c.hall)
        .outerjoin(branches, branches.c.id == halls.c.branch)
        .outerjoin(vendors, vendors.c.id == devices.c.vendor)
        .outerjoin(device_states, device_states.c.device == devices.c.n)
    )
    return select(
        *devices.c,
        halls.c.name.label("hall_name"),
        halls.c.gateway,
        halls.c.branch,
        branches.c.name.label("branch_name"),
        vendors.c.name.label("vendor_name"),
        _STATE,
        device_states.c.since,
        device_states.c.cause,
        device_states.c.owner,
        device_states.c.last_ts,
        cast(device_states.c.last, _Last).label("last"),
    ).select_from(joined)


def device_row(conn: Connection, scope: Scope, device: str) -> AnyRow | None:
    """One device with hall, branch, vendor and judged state, also one that is gone; None outside the scope."""
    return conn.execute(_devices().where(scope.of_devices(), devices.c.id == device)).one_or_none()


def device_rows(
    conn: Connection,
    scope: Scope,
    after: str,
    limit: int,
    hall: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    vendor: str | None = None,
) -> Rows:
    """Present devices in the order of their ids, from beyond `after`."""
    query = _devices().where(_present(scope), devices.c.id > after)
    if hall is not None:
        query = query.where(devices.c.hall == hall)
    if kind is not None:
        query = query.where(devices.c.kind == kind)
    if state is not None:
        query = query.where(_STATE.in_([state]))
    if vendor is not None:
        query = query.where(devices.c.vendor == vendor)
    return conn.execute(query.order_by(devices.c.id).limit(limit)).all()


def outage_rows(
    conn: Connection,
    scope: Scope,
    wanted: Wanted,
    before: tuple[int, int] | None = None,
    limit: int | None = None,
) -> Rows:
    """Outages, the newest first; `before` is (start, id) of the last one already had."""
    query = select(*outages.c, devices.c.id.label("device_id"), devices.c.hall, devices.c.vendor).join(
        devices, devices.c.n == outages.c.device
    )
    query = query.where(scope.of_devices())
    if wanted.start is not None:
        query = query.where(or_(outages.c.until.is_(None), outages.c.until > wanted.start))
    if wanted.until is not None:
        query = query.where(outages.c.start < wanted.until)
    for name, value in (("hall", wanted.hall), ("vendor", wanted.vendor), ("id", wanted.device)):
        if value is not None:
            query = query.where(devices.c[name] == value)
    if before is not None:
        at, entry = before
        query = query.where(or_(outages.c.start < at, and_(outages.c.start == at, outages.c.id < entry)))
    query = query.order_by(outages.c.start.desc(), outages.c.id.desc())
    return conn.execute(query.limit(limit) if limit else query).all()


def _tickets() -> Select[Any]:
    joined = (
        tickets.join(devices, devices.c.n == tickets.c.device)
        .join(halls, halls.c.id == devices.c.hall)
        .outerjoin(vendors, vendors.c.id == tickets.c.vendor)
    )
    return select(
        *tickets.c,
        devices.c.id.label("device_id"),
        devices.c.kind,
        devices.c.hall,
        halls.c.name.label("hall_name"),
        vendors.c.name.label("vendor_name"),
    ).select_from(joined)


def ticket_rows(
    conn: Connection,
    scope: Scope,
    opened: bool | None = None,
    device: str | None = None,
    before: int | None = None,
    limit: int | None = None,
    purpose: str | None = None,
) -> Rows:
    """Tickets, the newest first; `opened` keeps only open (True) or only closed ones; `before` is a row number."""
    query = _tickets().where(scope.of_tickets())
    if purpose is not None:
        query = query.where(tickets.c.purpose == purpose)
    if opened is not None:
        query = query.where(tickets.c.closed_at.is_(None) if opened else tickets.c.closed_at.is_not(None))
    if device is not None:
        query = query.where(devices.c.id == device)
    if before is not None:
        query = query.where(tickets.c.n < before)
    query = query.order_by(tickets.c.n.desc())
    return conn.execute(query.limit(limit) if limit else query).all()


def ticket_row(conn: Connection, scope: Scope, ticket: str) -> AnyRow | None:
    """One ticket with its device and hall, or None outside the scope."""
    return conn.execute(_tickets().where(scope.of_tickets(), tickets.c.id == ticket)).one_or_none()


def tickets_after(conn: Connection, scope: Scope, ids: Sequence[str]) -> Rows:
    """The tickets that repeat one of these (K4), the newest first."""
    query = _tickets().where(scope.of_tickets(), tickets.c.repeat_of.in_(list(ids)))
    return conn.execute(query.order_by(tickets.c.n.desc()).limit(30)).all()


def events_of(conn: Connection, ticket_n: int) -> Rows:
    """The events of a ticket in their order (T2)."""
    mine = ticket_events.c.ticket == ticket_n
    return conn.execute(select(ticket_events).where(mine).order_by(ticket_events.c.at, ticket_events.c.entry)).all()


def change_rows(conn: Connection, scope: Scope, after: int, limit: int) -> Rows:
    """Changes beyond number `after`, oldest first. A hall's stream follows its devices and their tickets."""
    query = select(changes).where(changes.c.id > after)
    if scope.vendor is not None:
        query = query.where(or_(changes.c.vendor == scope.vendor, changes.c.kind == "inventory"))
    if scope.hall is not None:
        mine = select(devices.c.id).where(devices.c.hall == scope.hall)
        numbers = select(tickets.c.id).join(devices, devices.c.n == tickets.c.device)
        of_hall = numbers.where(devices.c.hall == scope.hall)
        query = query.where(
            or_(
                and_(changes.c.kind == "state", changes.c.ref.in_(mine)),
                and_(changes.c.kind == "ticket", changes.c.ref.in_(of_hall)),
                changes.c.kind == "inventory",
            )
        )
    return conn.execute(query.order_by(changes.c.id).limit(limit)).all()


def change_range(conn: Connection) -> tuple[int, int]:
    """The numbers of the oldest and the newest kept change, (0, 0) where there is none."""
    first, last = conn.execute(select(func.min(changes.c.id), func.max(changes.c.id))).one()
    return first or 0, last or 0


def inventory_counts(conn: Connection) -> tuple[int, int]:
    """The numbers of halls and of devices that are present."""
    of_halls = select(func.count()).select_from(halls).where(halls.c.gone_at.is_(None))
    of_devices = select(func.count()).select_from(devices).where(devices.c.gone_at.is_(None))
    return conn.execute(of_halls).scalar_one(), conn.execute(of_devices).scalar_one()


def counts(conn: Connection) -> dict[str, int]:
    """The counters by name: stored, repeated, refused.REASON …"""
    return {row.name: row.n for row in conn.execute(select(counters.c.name, counters.c.n))}


def heard_at(conn: Connection) -> int | None:
    """When the recorder last wrote down that it heard a collector, ms; None: never."""
    of_streams = select(func.max(streams.c.heard_at)).scalar_subquery()
    newest = conn.execute(select(func.max(collectors.c.heard_at), of_streams)).one()
    return max((at for at in newest if at is not None), default=None)


def unjudged(conn: Connection, scope: Scope) -> Rows:
    """Present devices that nobody watches because their newest observation said why not (O2): config, auth."""
    newest = and_(observations.c.device == devices.c.n, observations.c.ts == device_states.c.last_ts)
    query = (
        _cells()
        .join(halls, halls.c.id == devices.c.hall)
        .join(observations, newest)
        .join(readings, readings.c.n == observations.c.reading)
        .add_columns(halls.c.name.label("hall_name"), halls.c.gateway, devices.c.model, readings.c.cause.label("fault"))
        .where(_present(scope), _STATE.in_(["unmonitored"]))
        .where(readings.c.state == "unknown", readings.c.cause.in_(["config", "auth"]))
    )
    return conn.execute(query.order_by(device_states.c.since.desc(), devices.c.id)).all()


def collector_rows(conn: Connection) -> Rows:
    """The collectors with their last heartbeats."""
    return conn.execute(select(collectors).order_by(collectors.c.id)).all()


def notice_counts(conn: Connection) -> dict[str, int]:
    """The number of notices by state."""
    query = select(notices.c.state, func.count()).group_by(notices.c.state)
    return {row[0]: row[1] for row in conn.execute(query)}


def open_ticket_count(conn: Connection, scope: Scope = EVERYTHING) -> int:
    """The number of open tickets."""
    joined = tickets.join(devices, devices.c.n == tickets.c.device)
    query = select(func.count()).select_from(joined).where(tickets.c.closed_at.is_(None), scope.of_tickets())
    return conn.execute(query).scalar_one()


def hall_calendar(conn: Connection, hall: str) -> dict[str, Any] | None:
    """The document of the hall's calendar, None without one (always open)."""
    query = select(calendars.c.document).join(halls, halls.c.calendar == calendars.c.id).where(halls.c.id == hall)
    document = conn.execute(query).scalar()
    return document if isinstance(document, dict) else None


def hall_zone(conn: Connection, hall: str) -> str | None:
    """The IANA zone of the hall's calendar, where it says one."""
    zone = (hall_calendar(conn, hall) or {}).get("zone")
    return zone if isinstance(zone, str) else None
