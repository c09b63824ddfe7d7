"""Detected faults become tickets, once their vendor's time has lasted long enough (K1), also those known late (K7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from alerts import candidates
from alerts.behind import waits_until
from alerts.candidates import DETECTED, SYSTEM, Candidate
from alerts.fault import due_of, fault_of, in_service, may_turn_blind
from alerts.places import Place, Places
from alerts.setbacks import Setbacks
from alerts.tickets import MERGE_GAP_MS, Happening, New, change, report
from sla.instant import DAY, MINUTE, SECOND
from store.judged import OutageRow

KNOWN_LATE_MS: Final = 8 * DAY
"""How long ago an outage may have ended and still get its record: longer than collectors keep facts."""
AT_ONCE: Final = 100
_RECHECK_MS: Final = 5 * MINUTE
_SUSPECTED_MS: Final = 2 * SECOND
_LOOK_BACK_EVERY_MS: Final = 10 * SECOND


class Due(NamedTuple):
    """A fault whose ticket opens at `at` (ms); its last outage is the one that was looked at."""

    place: Place
    fault: Sequence[OutageRow]
    at: int


@dataclass(slots=True)
class Detector:
    """Looks for faults that are due; what it remembers only saves work, the database holds what is done."""

    _next: dict[int, tuple[tuple[object, ...], int]] = field(default_factory=dict)
    _looked_back_at: int = -1 << 62

    def due(self, conn: Connection, places: Places, now: int, setbacks: Setbacks) -> list[Due]:
        """Faults without a ticket that are due at `now` (ms); those already over every ten seconds only."""
        found = candidates.lasting(conn)
        looking_back = now - self._looked_back_at >= _LOOK_BACK_EVERY_MS
        if looking_back:
            found += candidates.over(conn, now - KNOWN_LATE_MS, places.shortest_ms)
        worth = [one for one in found if self._worth(one, now) and not _failed(one.row, now, setbacks)]
        if looking_back and len(worth) <= AT_ONCE:
            self._looked_back_at = now
            self._next = {one.row.id: self._next[one.row.id] for one in found if one.row.id in self._next}
        judged = (
            setbacks.alone(conn, _look_key(one.row), now, partial(self._judge, conn, places, one, now))
            for one in worth[:AT_ONCE]
        )
        return [one for one in judged if one is not None]

    def _worth(self, one: Candidate, now: int) -> bool:
        signature, at = self._next.get(one.row.id, (None, 0))
        return signature != _signature(one) or now >= at

    def _judge(self, conn: Connection, places: Places, one: Candidate, now: int) -> Due | None:
        place = places.by_number.get(one.row.device)
        fault = fault_of(conn, one.row, now)
        due = None if place is None else self._due(conn, place, fault, now)
        at, again_at = (None, now + _RECHECK_MS) if due is None else due
        self._next[one.row.id] = _signature(one), again_at
        return Due(place, fault, at) if place is not None and at is not None else None

    def _due(
        self, conn: Connection, place: Place, fault: Sequence[OutageRow], now: int
    ) -> tuple[int | None, int] | None:
        """When the ticket opened if it does at `now`, and when to look again; None: nothing is to be expected."""
        last = fault[-1]
        if last.until is not None and last.until > now:  # a collector's clock is ahead of ours
            return None, min(last.until, now + _RECHECK_MS)
        if not in_service(place, now if last.until is None else last.until):
            return None
        at = due_of(conn, place, fault, now)
        if at is None or max(at, last.start) > now:
            return None if at is None else (None, min(max(at, last.start), now + _RECHECK_MS))
        if now < (waits_until(conn, place, fault) or now) or may_turn_blind(conn, place, fault, at, now):
            return None, now + _SUSPECTED_MS
        return max(at, last.start), now


def _failed(row: OutageRow, now: int, setbacks: Setbacks) -> bool:
    return setbacks.waits(fault_key(row), now) or setbacks.waits(_look_key(row), now)


def _look_key(row: OutageRow) -> str:
    return f"look at outage {row.id}"


def fault_key(row: OutageRow) -> str:
    """By what name setbacks know a fault."""
    return f"fault {row.id}"


def _signature(one: Candidate) -> tuple[object, ...]:
    """What may bring the instant nearer when it changes."""
    return (*one.row, one.state)


def open_ticket(conn: Connection, due: Due, now: int, merge_gap_ms: int = MERGE_GAP_MS) -> str | None:
    """Open a ticket for a fault, or join or reopen the device's; None where somebody was quicker (K1, K3).

    One that is over already gets its record opened and closed, and nobody is told (K7).
    """
    outage = due.fault[-1]
    if not candidates.still_free(conn, outage):
        return None
    late: dict[str, Any] = {} if outage.until is None else {"late": True}
    detail = {"outage": outage.start, "cause": outage.cause, "owner": outage.owner, **late}
    vendor = due.place.device.vendor
    new = New(due.place.device.n, DETECTED, outage.cause, vendor, detail=detail)
    found = report(conn, new, due.at, SYSTEM, now, merge_gap_ms)
    for row in due.fault:
        candidates.link(conn, row, found.ticket.id)
    if outage.until is not None and found.how != "joined":
        over = Happening("restored", max(outage.until, due.at), SYSTEM, {DETECTED: True, "cause": outage.cause, **late})
        change(conn, found.ticket.id, over, now)
    return found.ticket.id
