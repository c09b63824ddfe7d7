"""The judged state of devices: kept in `device_states`, told on its topic, listed in `changes` (contracts, MQTT)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection

from collector.observation import render_instant
from recorder.judging import Memory
from recorder.mqtt import status_topic
from recorder.roster import Place, Roster
from sla.judge import Outage
from sla.opening import grace_end
from sla.parents import Ancestor
from sla.seen import Seen, distinct
from sla.spans import DeviceFacts
from sla.status import Status, status
from sla.timeline import BLIND_AFTER, blind_at
from store import changes, facts, judged, notices
from store.judged import StateRow

WINDOW_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


def refresh(conn: Connection, now: int, device_n: int) -> None:
    """Have the recorder judge the state of a device again, soon after the commit: its ticket has changed, say."""
    judged.check_soon(conn, [device_n], now)


def goes_on(before: Memory, fresh: Iterable[Seen], place: Place) -> bool:
    """Whether in-order observations say what the one before said, and none came too late for it to hold (O6).

    Then the state cannot have changed, and no history is needed: the cheap path.
    """
    last = before.newest
    if last is None:
        return False
    for one in fresh:
        if one[1:] != last[1:] or one.ts - last.ts > BLIND_AFTER * max(last.interval_ms, place.interval_ms):
            return False
        last = one
    return True


def later(row: StateRow, before: Memory, after: Memory, place: Place, now: int) -> int | None:
    """When time alone may change a state that goes on; a check that is due already stays due."""
    assert before.newest is not None
    assert after.newest is not None
    blind = blind_at([after.newest], place.interval_ms, after.newest.ts)
    if row.check_at is not None and row.check_at != blind_at([before.newest], place.interval_ms, before.newest.ts):
        return min(row.check_at, blind or row.check_at)
    device = place.device
    candidates = [blind, place.clock.next_change(now), device.commissioned, device.retired]
    if after.fold.start is not None:
        candidates.append(grace_end(after.fold.start, place.clock, place.grace_ms))
    return min((at for at in candidates if at is not None and at > now), default=None)


class Statuses:
    """Judges the states of many devices in one transaction; what their parents did is read once."""

    def __init__(self, conn: Connection, roster: Roster, now: int) -> None:
        self._conn = conn
        self._roster = roster
        self._now = now
        self._above: dict[int, tuple[int, list[Outage]]] = {}

    def refresh(self, rows: Mapping[int, StateRow], numbers: Iterable[int]) -> int:
        """Judge these devices; write each row, and tell the states that are other than told. Answers how many."""
        written, told = [], 0
        for n in sorted(numbers):
            place = self._roster.by_number.get(n)
            if place is None:
                continue
            row = rows.get(n)
            memory = Memory.of(row)
            found = self._judge(place, row, memory)
            newest = None if memory.newest is None else memory.newest.ts
            written.append(StateRow(n, newest, row and row.fold, *found))
            told += self._tell(place, found)
        judged.put_states(self._conn, written)
        return told

    def _judge(self, place: Place, row: StateRow | None, memory: Memory) -> Status:
        found, cut = self._within(place, memory, WINDOW_MS)
        if found.since > cut:
            return found
        if row is not None and row.state == found.state and row.since <= found.since:
            return found._replace(since=row.since)
        return self._within(place, memory, DAY_MS)[0]

    def _within(self, place: Place, memory: Memory, window_ms: int) -> tuple[Status, int]:
        """The state from the facts of a window, and the first instant of these: `since` cannot be told before it."""
        start = self._begin(place, memory, window_ms)
        own = [_outage(row) for row in judged.outages_since(self._conn, place.n, start)]
        seen = distinct(facts.seen(self._conn, place.n, start=start)) if memory.newest else []
        first = min([start, *(outage.start for outage in own)])
        device = place.device
        known = DeviceFacts(
            commissioned=device.commissioned,
            retired=device.retired if device.retired is not None else device.gone_at,
            clock=place.clock,
            seen=seen,
            interval_ms=place.interval_ms,
            outages=own,
            ancestors=[self._ancestor(n, first) for n in place.above] if own else [],
            policy=place.policy,
            grace_ms=place.grace_ms,
        )
        found = status(known, self._now)
        if not seen and device.commissioned is None:
            found = found._replace(since=self._now)
        return found, seen[0].ts if seen else 0

    def _begin(self, place: Place, memory: Memory, window_ms: int) -> int:
        start = self._now - max(window_ms, 10 * place.interval_ms)
        if memory.newest is not None:
            start = min(start, memory.newest.ts)
        if memory.fold.confirmed_at is None:
            start = min([start, *(at for at in (memory.fold.last_ok, memory.fold.start) if at is not None)])
        return start

    def _ancestor(self, n: int, since: int) -> Ancestor:
        known = self._above.get(n)
        if known is None or known[0] > since:
            known = since, [_outage(row) for row in judged.outages_since(self._conn, n, since)]
            self._above[n] = known
        place = self._roster.by_number.get(n)
        return Ancestor(known[1], place.interval_ms if place else 0)

    def _tell(self, place: Place, found: Status) -> bool:
        """Queue the retained message and list the change, unless that is what was told last."""
        device = place.device
        document = {
            "v": 1,
            "device": device.id,
            "hall": device.hall,
            "state": found.state,
            "since": render_instant(max(found.since, 0)),
            "cause": found.cause,
            "owner": found.owner,
            "ticket": judged.open_ticket(self._conn, place.n),
        }
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        topic = status_topic(device.hall, device.id)
        if judged.last_told(self._conn, topic) == body:
            return False
        key = f"status/{device.id}/{self._now}/{found.state}/{sha256(body.encode()).hexdigest()[:16]}"
        notices.enqueue(self._conn, key, "mqtt", topic, body, self._now, retain=True)
        said: dict[str, Any] = {key: value for key, value in document.items() if key != "v"}
        changes.add(self._conn, self._now, "state", device.id, device.vendor, said)
        return True


def _outage(row: judged.OutageRow) -> Outage:
    return Outage(row.start, row.until, row.last_ok, row.confirmed_at)
