"""The one place where a ticket changes (K2), and how reports find their ticket (K3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, select

from alerts import repeats
from sla.ticket import Happening, ImpossibleOrder, TicketState, derive
from store import changes, judged
from store import tickets as rows
from store.schema import devices
from store.tickets import Ticket

__all__ = ["Happening", "ImpossibleOrder", "New", "NoTicket", "Reported", "change", "report"]

MERGE_GAP_MS: Final = 15 * 60_000
_DECISIVE: Final = frozenset({"opened", "restored", "rejected", "reopened", "cancelled"})
"""The events that may make a ticket another one's repeat, or end that (K4)."""
AHEAD_MS: Final = 60_000
"""How far the clock of whoever reports may be ahead of ours."""


class NoTicket(Exception):
    """There is no ticket of this id."""

    def __init__(self, ticket: str) -> None:
        super().__init__(f"no ticket {ticket}")
        self.ticket = ticket


@dataclass(frozen=True, slots=True)
class New:
    """A ticket to be opened: the device's row number, where the report comes from (K1), what is wrong, for whom.

    `detail` goes into the event; `late` in it makes a record without a notice (K7). With a `condition` it is preventive
    work on that (K1): given to `change`, never to `report`.
    """

    device: int
    source: str
    symptom: str
    vendor: str | None
    external_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    condition: str | None = None


class Reported(NamedTuple):
    """The ticket of a report, and how it was found: `known` where the external id was there already."""

    ticket: Ticket
    how: Literal["new", "joined", "reopened", "known"]


def change(conn: Connection, ticket: str | New, happening: Happening, now: int, *then: Happening) -> Ticket:
    """Append one event to a ticket, or open a new one with it: nothing else ever changes a ticket (K2).

    In the caller's writing transaction, so that of two people at once one wins and the other is told. `now` (ms) is
    when it is entered; `then` is what followed, entered with it in this order, all or nothing. Raises `NoTicket`, or
    `ImpossibleOrder` with the state and the reason; nothing is written then.
    """
    entered = [happening, *then]
    for one in entered:
        if one.at > now + AHEAD_MS:
            raise ImpossibleOrder(one.event, "none", "it lies in the future")
    row = _locked(conn, ticket, happening)
    state = _state_with(conn, row, entered)
    for one in entered:
        rows.append(conn, row.n, one.event, one.at, now, one.by, one.detail)
    rows.set_state(conn, row.n, state.state, state.closed_at)
    if any(one.event in _DECISIVE or one.detail.get("reported") for one in entered):
        repeats.link(conn, row.device, row.opened_at)
    judged.check_soon(conn, [row.device], now)
    _list(conn, row, state, entered, now)
    return rows.known(conn, row.id)


def report(
    conn: Connection,
    new: New,
    at: int,
    by: str,
    now: int,
    merge_gap_ms: int = MERGE_GAP_MS,
    over_at: int | None = None,
    then: Sequence[Happening] = (),
) -> Reported:
    """Take a report from any source: it joins the device's ticket, reopens it within the gap, or opens one (K3).

    Of one that comes late `over_at` (ms) says when the fault was over: it joins no ticket of a later fault. `then` is
    what followed, entered with the opening of a new ticket only.
    """
    _lock_device(conn, new.device)
    known = rows.by_external_id(conn, new.external_id) if new.external_id else None
    if known is not None:
        return Reported(known, "known")
    said = {"source": new.source, "symptom": new.symptom, "external_id": new.external_id, **new.detail}
    found = _ticket_at(conn, new.device, at, merge_gap_ms, over_at)
    if found is None:
        return Reported(change(conn, new, Happening("opened", at, by, said), now, *then), "new")
    if found.closed_at is not None and at >= found.closed_at:
        try:
            return Reported(change(conn, found.id, Happening("reopened", at, by, said), now), "reopened")
        except ImpossibleOrder:  # it came late, and what happened since, staff's word or so, forbids it: another one
            return Reported(change(conn, new, Happening("opened", at, by, said), now, *then), "new")
    joined = Happening("note", max(at, found.opened_at), by, {**said, "reported": True, "reported_at": at})
    return Reported(change(conn, found.id, joined, now), "joined")


def _ticket_at(conn: Connection, device: int, at: int, gap_ms: int, over_at: int | None) -> Ticket | None:
    """The open ticket, else one whose time, or the gap on either side of it, touches that of the report."""
    until = (at if over_at is None else over_at) + gap_ms
    open_one = rows.open_ticket(conn, device)
    if open_one is not None and (over_at is None or open_one.opened_at <= until):
        return open_one
    for one in rows.of_device(conn, device):
        over = one.state in ("restored", "verified") and one.closed_at is not None
        if over and one.opened_at <= until and at <= (one.closed_at or 0) + gap_ms:
            return one
    return None


def _locked(conn: Connection, ticket: str | New, happening: Happening) -> Ticket:
    if isinstance(ticket, New):
        if happening.event != "opened":
            raise ImpossibleOrder(happening.event, "none", "the ticket was not opened before this")
        _lock_device(conn, ticket.device)
        return rows.add(
            conn,
            ticket.device,
            ticket.source,
            ticket.symptom,
            happening.at,
            vendor=ticket.vendor,
            external_id=ticket.external_id,
            condition=ticket.condition,
        )
    rows.lock(conn, ticket)
    row = rows.find(conn, ticket)
    if row is None:
        raise NoTicket(ticket)
    return row


def _lock_device(conn: Connection, device: int) -> None:
    """One writer at a time per device, or two reports at once would open two tickets; SQLite has one writer anyway."""
    conn.execute(select(devices.c.n).where(devices.c.n == device).with_for_update())


def _state_with(conn: Connection, row: Ticket, entered: Sequence[Happening]) -> TicketState:
    events = [Happening(one.event, one.at, one.by, one.detail) for one in rows.events(conn, row.n)]
    return derive(sorted([*events, *entered], key=lambda one: one.at))


def _list(conn: Connection, row: Ticket, state: TicketState, entered: Sequence[Happening], now: int) -> None:
    """For the pages that watch."""
    about = {"ticket": row.id, "state": state.state, "device": _device_id(conn, row.device)}
    said = [about | {"event": one.event, "at": one.at, "by": one.by} for one in entered]
    line = {"at": now, "kind": "ticket", "ref": row.id, "vendor": row.vendor}
    changes.add_all(conn, [line | {"document": one} for one in said])


def _device_id(conn: Connection, n: int) -> str:
    return str(conn.scalar(select(devices.c.id).where(devices.c.n == n)))
