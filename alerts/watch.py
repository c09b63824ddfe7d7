"""When each open ticket's clock is to be looked at again: thousands of them cost little while nothing happens (R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, func, select

from alerts.clocks import known_of
from alerts.places import KindPolicy, Places
from alerts.setbacks import Setbacks
from sla.instant import MINUTE, SECOND, Ms
from sla.ticket import OPEN
from store import escalations
from store.schema import notices, outages, ticket_events
from store.schema import tickets as rows

AT_ONCE: Final = 500
_SCAN_MS: Final = 5 * SECOND
_RECHECK_MS: Final = 10 * MINUTE
_IS_OPEN: Final = rows.c.state.in_(sorted(OPEN)) & (rows.c.purpose == "fault")
_Signature = tuple[Any, ...]


@dataclass(slots=True)
class Watch:
    """Knows of each open ticket when its clock is to be looked at again; what it remembers only saves work."""

    _next: dict[int, tuple[_Signature, Ms]] = field(default_factory=dict)
    _signed: dict[int, _Signature] = field(default_factory=dict)
    _entry: int = 0
    _scanned_at: Ms = -1 << 62
    _digest: str | None = None

    def due(
        self, conn: Connection, places: Places, policies: Mapping[str, KindPolicy], now: Ms, setbacks: Setbacks
    ) -> list[int]:
        """The tickets (row numbers) of which something is to be said, or to be dropped, at `now` (ms)."""
        self._sign(conn, now)
        if places.digest != self._digest:
            self._digest, self._next = places.digest, {}
        fresh = [n for n, signed in self._signed.items() if self._worth(n, signed, now)]
        fresh = [n for n in fresh if not setbacks.waits(key_of(n), now)][:AT_ONCE]
        found = escalations.due(conn, now)
        if fresh:
            look = partial(self._look, conn, places, policies, fresh, now)
            found += setbacks.alone(conn, "look at clocks", now, look) or []
        return [n for n in dict.fromkeys(found) if not setbacks.waits(key_of(n), now)]

    def _worth(self, n: int, signed: _Signature, now: Ms) -> bool:
        known = self._next.get(n)
        return known is None or known[0] != signed or now >= known[1]

    def _look(
        self, conn: Connection, places: Places, policies: Mapping[str, KindPolicy], fresh: Sequence[int], now: Ms
    ) -> list[int]:
        known = known_of(conn, places, policies, fresh, now)
        due = []
        for n in fresh:
            at = known[n].next_at(now) if n in known else None
            if at is not None and at <= now:
                due.append(n)
                self._next.pop(n, None)
            else:
                self._next[n] = self._signed[n], min(now + _RECHECK_MS, at or now + _RECHECK_MS)
        return due

    def _sign(self, conn: Connection, now: Ms) -> None:
        """What clocks hang on: all of it now and then, between that only of tickets with news."""
        newest = conn.scalar(select(func.max(ticket_events.c.entry))) or 0
        if now - self._scanned_at >= _SCAN_MS:
            self._signed = _signatures(conn, None)
            self._next = {n: self._next[n] for n in self._signed if n in self._next}
            self._scanned_at = now
        elif newest != self._entry:
            some = conn.scalars(select(ticket_events.c.ticket).where(ticket_events.c.entry > self._entry).distinct())
            news = list(some)
            self._signed = {n: one for n, one in self._signed.items() if n not in news} | _signatures(conn, news)
        self._entry = newest


def key_of(n: int) -> str:
    """By what name setbacks know the warnings of a ticket (its row number)."""
    return f"warn of ticket {n}"


def _signatures(conn: Connection, numbers: Sequence[int] | None) -> dict[int, _Signature]:
    """Of open tickets (all, or these): the newest event, the outages and the first word to the vendor."""
    mine = _IS_OPEN if numbers is None else _IS_OPEN & rows.c.n.in_(numbers)
    newest = select(rows.c.n, func.max(ticket_events.c.entry)).join(ticket_events, ticket_events.c.ticket == rows.c.n)
    its = select(rows.c.n, func.count(), func.sum(outages.c.start), func.sum(outages.c.until)).join(
        outages, outages.c.ticket == rows.c.id
    )
    told = select(rows.c.n, func.min(notices.c.sent_at)).join(notices, notices.c.ticket == rows.c.id)
    told = told.where(notices.c.state == "sent", notices.c.key.startswith("ticket/"))
    found: dict[int, _Signature] = {}
    for query in (newest, its, told):
        for n, *rest in conn.execute(query.where(mine).group_by(rows.c.n)):
            found[n] = (*found.get(n, ()), *rest)
    return found
