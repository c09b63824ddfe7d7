"""Devices that say something of themselves, and the preventive work on that: chosen by the database (K1)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from store.schema import device_states, tickets
from store.tickets import Ticket

_TICKET: Final = [tickets.c[name] for name in Ticket._fields]
_WORK: Final = tickets.c.purpose == "preventive"


class Shown(NamedTuple):
    """A degraded device, by row number, and the conditions that it named last."""

    device: int
    conditions: tuple[str, ...]


class Work(NamedTuple):
    """Preventive work that is open, or that a person says is done; the device's newest word."""

    ticket: Ticket
    condition: str
    state: str | None
    conditions: tuple[str, ...]


def degraded(conn: Connection) -> list[Shown]:
    """The devices that are degraded now, within their halls' hours."""
    query = select(device_states.c.device, device_states.c.last).where(device_states.c.state == "degraded")
    return [Shown(row.device, _conditions(row.last)) for row in conn.execute(query.order_by(device_states.c.device))]


def working(conn: Connection) -> list[Work]:
    """All preventive work that is not settled."""
    its = device_states.c.device == tickets.c.device
    unsettled = tickets.c.closed_at.is_(None) | (tickets.c.state == "restored")
    query = select(*_TICKET, device_states.c.last).select_from(tickets.outerjoin(device_states, its))
    rows = conn.execute(query.where(_WORK, unsettled).order_by(tickets.c.n))
    found = ((Ticket(*row[:-1]), row[-1]) for row in rows)
    return [Work(one, one.condition or "", (last or {}).get("state"), _conditions(last)) for one, last in found]


def newest_work(conn: Connection, device: int, condition: str) -> Ticket | None:
    """The preventive ticket of a device and condition that was opened last."""
    query = select(*_TICKET).where(tickets.c.device == device, _WORK, tickets.c.condition == condition)
    row = conn.execute(query.order_by(tickets.c.n.desc()).limit(1)).one_or_none()
    return None if row is None else Ticket(*row)


def _conditions(last: Any) -> tuple[str, ...]:
    return tuple((last or {}).get("conditions") or ())
