"""Which ticket repeats which: derived from the tickets of a device anew whenever one of them changes (K4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, select, update

from alerts.causes import OTHER, group_of
from sla.instant import DAY
from store import tickets as rows
from store.schema import counters, tickets
from store.tickets import Event, Ticket
from store.upsert import insert_or_replace

REPEAT_WINDOW_MS: Final = 30 * DAY
LONGEST: Final = 1000
"""No chain is followed further."""
_WINDOW: Final = "tickets.repeat_window_ms"


def link(conn: Connection, device: int, since: int) -> None:
    """Write of a device's faults opened since then (ms) which earlier one each repeats, whatever their sources.

    It is the one restored last, of the same group of causes, at most the window before the opening; what was cancelled
    neither repeats nor is repeated, and preventive work takes no part.
    """
    span = window(conn)
    near = [one for one in rows.of_device(conn, device) if one.closed_at is None or one.closed_at >= since - span]
    events = rows.events_of(conn, [one.n for one in near])
    groups = {one.n: group_of_ticket(one, events.get(one.n, ())) for one in near}
    for one in near:
        if one.opened_at < since:
            continue
        alike = [other for other in near if other.n != one.n and groups[other.n] == groups[one.n]]
        earlier = None if one.state == "cancelled" else _earlier(one, alike, span)
        if earlier != one.repeat_of:
            conn.execute(update(tickets).where(tickets.c.n == one.n).values(repeat_of=earlier))


def group_of_ticket(ticket: Ticket, events: Sequence[Event]) -> str:
    """The group of causes of a ticket: what was found counts before what was seen and what was said."""
    for text in _told(ticket, events):
        if (group := group_of(text)) != OTHER:
            return group
    return OTHER


def chain(conn: Connection, ticket: str) -> list[str]:
    """The tickets that a ticket repeats, the first one first, and itself last: so many times the fault was there."""
    line: list[str] = []
    at: str | None = ticket
    while at is not None and at not in line and len(line) < LONGEST:
        line.append(at)
        at = conn.scalar(select(tickets.c.repeat_of).where(tickets.c.id == at))
    return line[::-1]


def window(conn: Connection) -> int:
    """How long after a restoration the same fault is a repeat, ms."""
    return conn.scalar(select(counters.c.n).where(counters.c.name == _WINDOW)) or REPEAT_WINDOW_MS


def adopt(conn: Connection, window_ms: int) -> bool:
    """Take another window: what was derived by the former one is derived again (T5); answers whether it differed."""
    if window(conn) == window_ms:
        return False
    conn.execute(insert_or_replace(conn, counters, "name"), {"name": _WINDOW, "n": window_ms})
    for device in conn.scalars(select(tickets.c.device).distinct()).all():
        link(conn, device, 0)
    return True


def _earlier(ticket: Ticket, alike: Sequence[Ticket], span: int) -> str | None:
    found = [
        (one.closed_at, one.n, one.id)
        for one in alike
        if one.state != "cancelled"
        and one.closed_at is not None
        and 0 <= ticket.opened_at - one.closed_at <= span
        and (one.opened_at, one.n) < (ticket.opened_at, ticket.n)
    ]
    return max(found)[2] if found else None


def _told(ticket: Ticket, events: Sequence[Event]) -> Iterator[str]:
    """The words for its cause: those of restorations, the newest first, of reports, and the symptom."""
    for kinds in (("restored",), ("opened", "reopened", "note")):
        for one in sorted(events, key=lambda one: one.entry, reverse=kinds == ("restored",)):
            if one.event in kinds:
                yield from (str(one.detail[name]) for name in ("cause", "symptom") if one.detail.get(name))
    yield ticket.symptom
