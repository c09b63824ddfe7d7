"""What devices show later: recovery restores, a fault that goes on reopens, one that never was withdraws (K6, K7)."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import Connection

from alerts import candidates
from alerts.candidates import DETECTED, SYSTEM, Back, Ended, Recovered
from alerts.fault import flapping_until
from alerts.setbacks import Setbacks
from alerts.settings import N_
from alerts.tickets import Happening, ImpossibleOrder, change
from sla.instant import DAY
from store import tickets as rows

SEEN_DOWN: Final = N_("the device is seen down")
BEHIND: Final = N_("the device was out of reach, not down")
OUT_OF_SERVICE: Final = N_("the device is no longer in service")
WITHDRAWN: Final = N_("late facts have removed the outage")
RECENT_MS: Final = 400 * DAY


class Again(NamedTuple):
    """A restored ticket that goes on: since when, and its outage (ms)."""

    ticket: str
    at: int
    outage: int


def ended(conn: Connection, now: int) -> list[Ended]:
    """Tickets to be ended because their device is no longer in service (K3)."""
    return candidates.ended(conn, now)


def end(conn: Connection, one: Ended, now: int) -> None:
    """Cancel the ticket of a device that was retired or left the inventory; who was told of it hears that too.

    An outage that lasts is free again: should the device come back as it went, it opens another ticket.
    """
    _last_of_all(conn, one.ticket, "cancelled", now, OUT_OF_SERVICE, one.at)
    candidates.free_lasting(conn, one.ticket)


def recovered(conn: Connection, now: int, setbacks: Setbacks) -> list[Recovered]:
    """Tickets to be restored or withdrawn: none of their outages lasts, and the device does not flap (O8).

    An end that lies ahead (a collector's clock does) is waited for.
    """
    over = [one for one in candidates.recovered(conn) if one.until is None or one.until <= now]
    return [one for one in over if one.start is None or _calm(conn, one, now, setbacks)]


def close(conn: Connection, one: Recovered, now: int) -> None:
    """Restore a ticket at the end of its last outage, or withdraw it where late facts removed them all (K7).

    Raises `ImpossibleOrder`, as all that follow.
    """
    if one.until is None:
        return withdraw(conn, one.ticket, now)
    opened_at = rows.known(conn, one.ticket).opened_at
    detail = {DETECTED: True, "until": one.until}
    try:
        change(conn, one.ticket, Happening("restored", max(one.until, opened_at), SYSTEM, detail), now)
    except ImpossibleOrder:  # somebody's visit lies after the recovery: no order but after it
        newest = newest_at(conn, one.ticket)
        change(conn, one.ticket, Happening("restored", newest, SYSTEM, detail), now)


def contradicted(conn: Connection, now: int) -> list[Again]:
    """Tickets that the device's recovery restored, and whose outage lasts: late facts moved its end (K7).

    What a person claimed is for `alerts.verified`.
    """
    found = (_again(conn, one) for one in candidates.back(conn))
    return [again for again in found if again is not None and again.at <= now]


def reopen(conn: Connection, one: Again, now: int) -> None:
    """Write that the fault goes on: where it does by their order, else after all that has happened."""
    detail = {"outage": one.outage, "reason": SEEN_DOWN}
    try:
        change(conn, one.ticket, Happening("reopened", one.at, SYSTEM, detail), now)
    except ImpossibleOrder:  # staff verified after the end that late facts have taken away
        at = max(one.at, newest_at(conn, one.ticket))
        change(conn, one.ticket, Happening("reopened", at, SYSTEM, detail), now)


def _again(conn: Connection, one: Back) -> Again | None:
    if not candidates.restored_by_us(conn, one.ticket):
        return None
    return Again(one.ticket, max(one.closed_at, one.outage), one.outage)


def take_back(conn: Connection, ticket: str, now: int) -> bool:
    """Withdraw a ticket that an ancestor's outage explains, unless a person was quicker (O5 a, K7).

    Its outages are free again: if the ancestor recovers and the device does not, they open another one as usual.
    """
    if not candidates.is_untouched(conn, ticket):
        return False
    _last_of_all(conn, ticket, "cancelled", now, BEHIND)
    candidates.unlink(conn, ticket)
    return True


def withdraw(conn: Connection, ticket: str, now: int) -> None:
    """Cancel a ticket whose outage never was; one on which a person acted stays, with a note, for people to close."""
    untouched = candidates.is_untouched(conn, ticket)
    _last_of_all(conn, ticket, "cancelled" if untouched else "note", now, WITHDRAWN)


def _last_of_all(conn: Connection, ticket: str, event: str, now: int, reason: str, not_before: int = 0) -> None:
    at = max(newest_at(conn, ticket), not_before)
    change(conn, ticket, Happening(event, at, SYSTEM, {"reason": reason, "withdrawn": True}), now)


def newest_at(conn: Connection, ticket: str) -> int:
    """When the last that happened to a ticket happened (ms)."""
    return rows.events(conn, rows.known(conn, ticket).n)[-1].at


def _calm(conn: Connection, one: Recovered, now: int, setbacks: Setbacks) -> bool:
    flaps = partial(flapping_until, conn, one.device, one.start or now, now)
    return setbacks.alone(conn, f"look at {one.ticket}", now, flaps) is False
