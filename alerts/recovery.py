"""What devices show later: recovery restores, a fault that goes on reopens, one that never was withdraws (K6, K7)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import Connection

from alerts import candidates
from alerts.candidates import DETECTED, SYSTEM, Back, Recovered
from alerts.fault import flapping_until
from alerts.settings import N_
from alerts.tickets import Happening, ImpossibleOrder, change
from sla.instant import DAY
from store import tickets as rows

SEEN_DOWN: Final = N_("the device is seen down")
BEHIND: Final = N_("the device was out of reach, not down")
WITHDRAWN: Final = N_("late facts have removed the outage")
RECENT_MS: Final = 400 * DAY
_log = structlog.get_logger(__name__)


class Again(NamedTuple):
    """A restored ticket that goes on: the event that says so, when, and the outage (ms)."""

    ticket: str
    event: str
    at: int
    outage: int


def recovered(conn: Connection, now: int) -> list[Recovered]:
    """Tickets to be restored or withdrawn: none of their outages lasts, and the device does not flap (O8)."""
    return [one for one in candidates.recovered(conn) if one.start is None or not _flaps(conn, one, now)]


def close(conn: Connection, one: Recovered, now: int) -> bool:
    """Restore a ticket at the end of its last outage, or withdraw it where late facts removed them all (K7)."""
    if one.until is None:
        return withdraw(conn, one.ticket, now)
    found = rows.find(conn, one.ticket)
    if found is None:
        return False
    detail = {DETECTED: True, "until": one.until}
    if _changed(conn, one.ticket, "restored", max(one.until, found.opened_at), now, detail):
        return True
    newest = rows.events(conn, found.n)[-1]  # somebody's visit lies after the recovery: no order but after it
    return _changed(conn, one.ticket, "restored", newest.at, now, detail)


def contradicted(conn: Connection) -> list[Again]:
    """Restored tickets with an outage that lasts: late facts moved its end, or somebody's word is not true (K6, K7).

    Silence in closed hours, unreachable or blind time contradict nothing.
    """
    return [again for one in candidates.back(conn) if (again := _again(conn, one)) is not None]


def reopen(conn: Connection, one: Again, now: int) -> bool:
    """Write that the fault goes on."""
    return _changed(conn, one.ticket, one.event, one.at, now, {"outage": one.outage, "reason": SEEN_DOWN})


def _again(conn: Connection, one: Back) -> Again | None:
    if candidates.restored_by_us(conn, one.ticket):
        return Again(one.ticket, "reopened", max(one.closed_at, one.outage), one.outage)
    if one.device_state == "down" and one.heard is not None and one.heard > one.closed_at:
        event = "rejected" if one.ticket_state == "restored" else "reopened"
        return Again(one.ticket, event, one.heard, one.outage)
    return None


def take_back(conn: Connection, ticket: str, now: int) -> bool:
    """Withdraw a ticket that an ancestor's outage explains, unless a person was quicker (O5 a, K7).

    Its outages are free again: if the ancestor recovers and the device does not, they open another one as usual.
    """
    if not candidates.is_untouched(conn, ticket) or not withdraw(conn, ticket, now, BEHIND):
        return False
    candidates.unlink(conn, ticket)
    return True


def withdraw(conn: Connection, ticket: str, now: int, reason: str = WITHDRAWN) -> bool:
    """Cancel a ticket whose outage never was (K7)."""
    found = rows.find(conn, ticket)
    if found is None:
        return False
    newest = rows.events(conn, found.n)[-1]
    return _changed(conn, ticket, "cancelled", newest.at, now, {"reason": reason, "withdrawn": True})


def _flaps(conn: Connection, one: Recovered, now: int) -> bool:
    return flapping_until(conn, one.device, one.start or now, now)


def _changed(conn: Connection, ticket: str, event: str, at: int, now: int, detail: dict[str, Any]) -> bool:
    try:
        change(conn, ticket, Happening(event, at, SYSTEM, detail), now)
    except ImpossibleOrder as refused:
        _log.info("alerts.not_now", ticket=ticket, refused=event, reason=refused.reason)
        return False
    return True
