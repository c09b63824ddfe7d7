"""Tickets that an ancestor's outage explains after all: found, so that they can be withdrawn (O5, K7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy import Connection

from alerts import candidates
from alerts.fault import due_of, fault_of
from alerts.places import Place, Places
from alerts.setbacks import Setbacks
from sla.judge import Fold
from sla.parents import EARLIER
from sla.suspicion import Above, wait_until
from store import judged
from store.judged import OutageRow

AT_ONCE: Final = 100
_Signature = tuple[object, ...]


def waits_until(conn: Connection, place: Place, fault: Sequence[OutageRow]) -> int | None:
    """Until when a fault waits for word of a suspected ancestor (ms); None where none is suspected (O5 a)."""
    if not place.above:
        return None
    states = judged.states_of(conn, [one.n for one in place.above])
    folds = {n: Fold.from_document((row.fold or {}).get("fold")) for n, row in states.items()}
    above = [Above(folds[one.n], interval_ms(one.interval_s)) for one in place.above if one.n in folds]
    last = fault[-1]
    return wait_until(candidates.outage(last), above)


@dataclass(slots=True)
class Behind:
    """Looks at open tickets again when outages of their ancestors change; what it remembers only saves work."""

    _seen: dict[str, _Signature] = field(default_factory=dict)

    def explained(
        self, conn: Connection, places: Places, now: int, setbacks: Setbacks, since: int | None = None
    ) -> list[str]:
        """Detected tickets that nobody has acted on, and that would not be open by what is known now.

        With `since` (ms) those that were restored after it rather than the open ones.
        """
        rows_by_ticket = groupby(candidates.untouched(conn, since), lambda one: one[0])
        faults = {ticket: [row for _, row in rows] for ticket, rows in rows_by_ticket}
        above = _outages_above(conn, places, faults)
        signed = {
            ticket: (*rows, *overlapping)
            for ticket, rows in faults.items()
            if (overlapping := _overlapping(places.by_number.get(rows[0].device), rows, above))
        }
        fresh = [
            ticket
            for ticket, signature in signed.items()
            if self._seen.get(ticket) != signature and not setbacks.waits(f"look at {ticket}", now)
        ][:AT_ONCE]
        self._seen = {ticket: self._seen[ticket] for ticket in signed if ticket in self._seen}
        judged = {
            ticket: setbacks.alone(conn, f"look at {ticket}", now, partial(_not_due, conn, places, faults[ticket], now))
            for ticket in fresh
        }
        self._seen |= {ticket: signed[ticket] for ticket, not_due in judged.items() if not_due is False}
        return [ticket for ticket, not_due in judged.items() if not_due]


def interval_ms(seconds: float) -> int:
    """An inventory's interval."""
    return round(seconds * 1000)


def _outages_above(
    conn: Connection, places: Places, faults: Mapping[str, Sequence[OutageRow]]
) -> dict[int, list[OutageRow]]:
    starts: dict[int, int] = {}
    for rows in faults.values():
        place = places.by_number.get(rows[0].device)
        for one in place.above if place else ():
            since = rows[0].start - EARLIER * interval_ms(one.interval_s)
            starts[one.n] = min(since, starts.get(one.n, since))
    return judged.outages_of(conn, starts)


def _overlapping(
    place: Place | None, rows: Sequence[OutageRow], above: Mapping[int, Sequence[OutageRow]]
) -> list[OutageRow]:
    """The ancestors' outages that may explain some of a fault."""
    start, ends = rows[0].start, [row.until for row in rows]
    until = None if None in ends else max(end for end in ends if end is not None)
    return [
        one
        for ancestor in (place.above if place else ())
        for one in above[ancestor.n]
        if (one.until is None or one.until > start) and (until is None or one.start < until)
    ]


def _not_due(conn: Connection, places: Places, rows: Sequence[OutageRow], now: int) -> bool:
    place = places.by_number[rows[0].device]
    fault = sorted({*rows, *fault_of(conn, rows[-1], now)}, key=lambda row: row.start)
    due = due_of(conn, place, fault, now)
    if due is not None and due <= now:
        return False
    unexplained = due_of(conn, replace(place, above=()), fault, now)
    return unexplained is not None and unexplained <= now
