"""Reports of faults and complaints, from a form or as JSON: within whose scope, and what is asked for (K1, K3, K5)."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from alerts.tickets import AHEAD_MS, New, Reported
from alerts.tickets import report as take
from api.auth import Asker
from api.bodies import REFUSED, fault
from api.context import Context
from api.problems import Problem, not_found
from store import complaints
from store import tickets as rows
from store.complaints import Complaint
from store.pages import EVERYTHING
from store.schema import devices, halls

SOURCES: Final = ("phone", "patrol", "vendor", "import")
"""Whence people report (K1); `detected` is monitoring's own."""
NOT_IN_SERVICE: Final = "not_in_service"
_REPORTERS: Final = frozenset({"admin", "operator", "hall"})


class Report(NamedTuple):
    """A fault that somebody reports: the device's id, whence (K1), what is wrong, when it was said (ms)."""

    device: str
    source: str
    symptom: str
    at: int
    external_id: str | None = None
    detail: Mapping[str, Any] = {}


class NewComplaint(NamedTuple):
    """A complaint about a hall's device (then the hall may be left out) or a hall, said at `at` (ms)."""

    kind: complaints.Kind
    text: str
    at: int
    device: str | None = None
    hall: str | None = None
    external_id: str | None = None


def report(conn: Connection, room: Context, person: Asker, said: Report, now: int) -> Reported:
    """Take a report, in the caller's writing transaction: a new ticket, or one joined, reopened or known (K3).

    Raises `Problem` 403 (the role reports nothing), 404 (a device outside the person's scope), 422 (no such device or
    source, the future), 409 (the external id is another device's).
    """
    _may_report(person)
    faults = [] if said.source in SOURCES else [_no_source(said.source)]
    device = _device(conn, person, said.device, faults)
    _future(said.at, now, faults)
    _refuse(faults)
    detail = dict(said.detail) | flag(conn, device.n, said.at)
    new = New(device.n, said.source, said.symptom, device.vendor, said.external_id, detail)
    found = take(conn, new, said.at, person.name, now, room.merge_gap_ms)
    if found.ticket.device != device.n:
        whose = f"the ticket {found.ticket.id}" if person.scope == EVERYTHING else "a ticket"
        raise Problem(409, f"The external id belongs to {whose} of another device.")
    return found


def complain(
    conn: Connection,
    room: Context,  # noqa: ARG001 - every deed has the same shape
    person: Asker,
    said: NewComplaint,
    now: int,
) -> Complaint:
    """Record a complaint, in the caller's writing transaction, with the device's open ticket where there is one (K5).

    Raises `Problem` as `report` does.
    """
    _may_report(person)
    faults: list[dict[str, Any]] = []
    device = None if said.device is None else _device(conn, person, said.device, faults)
    hall = device.hall if device is not None else _hall(conn, person, said.hall, faults)
    if device is not None and said.hall not in (None, device.hall):
        faults.append(fault("hall", f"the device stands in `{device.hall}`"))
    _future(said.at, now, faults)
    _refuse(faults)
    n = None if device is None else device.n
    ticket = None if n is None else rows.open_ticket(conn, n)
    about = None if ticket is None else ticket.id
    new = complaints.New(hall, n, about, said.kind, said.text, said.at, person.name, said.external_id)
    found = complaints.record(conn, new, now)
    if found.hall != hall:
        raise Problem(409, "The external id belongs to a complaint about another hall.")
    return found


def flag(conn: Connection, device: int, at: int) -> dict[str, str]:
    """What is said of a time at which the device was not in service (K2); nothing where it was."""
    columns = devices.c.commissioned, devices.c.retired, devices.c.gone_at
    begun, *ends = conn.execute(select(*columns).where(devices.c.n == device)).one()
    served = (begun is None or begun <= at) and all(end is None or at < end for end in ends)
    return {} if served else {"flag": NOT_IN_SERVICE}


def _may_report(person: Asker) -> None:
    if person.kind not in _REPORTERS or person.scope is None:
        raise Problem(403, "This takes the role operator, admin or that of a hall.")


def _no_source(source: str) -> dict[str, Any]:
    if source == "detected":
        return fault("source", "only monitoring itself detects; known: " + ", ".join(SOURCES))
    near = get_close_matches(source[:32].lower(), SOURCES, 1)
    meant = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(SOURCES)}"
    return fault("source", f"not known here; {meant}")


def _device(conn: Connection, person: Asker, id: str, faults: list[dict[str, Any]]) -> Any:
    """The device's row within the person's scope. Raises `Problem` 404; who sees everything is told the near miss."""
    scope = person.scope or EVERYTHING
    columns = devices.c.n, devices.c.id, devices.c.hall, devices.c.vendor
    row = conn.execute(select(*columns).where(devices.c.id == id, scope.of_devices())).one_or_none()
    if row is None:
        _unknown(conn, person, ("device", devices), id, faults)
    return row


def _hall(conn: Connection, person: Asker, id: str | None, faults: list[dict[str, Any]]) -> str:
    id = id or (person.of if person.kind == "hall" else None)
    if id is None:
        faults.append(fault("hall", "either a device or a hall is needed"))
        return ""
    found = conn.scalar(select(halls.c.id).where(halls.c.id == id))
    if found is None or (person.kind == "hall" and id != person.of):
        _unknown(conn, person, ("hall", halls), id, faults)
    return id


def _unknown(conn: Connection, person: Asker, what: tuple[str, Any], id: str, faults: list[dict[str, Any]]) -> None:
    if person.scope != EVERYTHING:
        raise not_found()
    name, table = what
    near = get_close_matches(id[:128], list(conn.scalars(select(table.c.id))), 1)
    faults.append(fault(name, f"no {name} has this id" + (f"; did you mean `{near[0]}`?" if near else "")))


def _future(at: int, now: int, faults: list[dict[str, Any]]) -> None:
    if at > now + AHEAD_MS:
        faults.append(fault("at", "lies in the future"))


def _refuse(faults: list[dict[str, Any]]) -> None:
    if faults:
        raise Problem(422, REFUSED, faults)
