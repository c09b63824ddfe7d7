"""The judged state of devices: kept in `device_states`, told on its topic, listed in `changes` (contracts, MQTT)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from collector.observation import render_instant
from recorder.judging import Memory
from recorder.mqtt import ROOT, status_topic
from recorder.roster import Place, Roster
from sla.judge import Outage
from sla.opening import grace_end
from sla.parents import Ancestor
from sla.seen import Seen, distinct
from sla.spans import DeviceFacts, Planned
from sla.status import Status, status
from sla.timeline import BLIND_AFTER, blind_at
from store import changes, judged, notices, planned
from store.city import Device
from store.judged import StateRow
from store.planned import Standing

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


def is_stale(memory: Memory, place: Place, now: int) -> bool:
    """Whether the newest observation holds no more (O6): a backlog is coming in, or the clocks differ."""
    blind = None if memory.newest is None else blind_at([memory.newest], place.interval_ms, memory.newest.ts)
    return blind is not None and blind <= now


def later(row: StateRow, before: Memory, after: Memory, place: Place, planned_at: int | None, now: int) -> int | None:
    """When time alone may change a state that goes on; a check that is due already stays due.

    `planned_at` is the next instant at which the device's planned maintenance begins or ends.
    """
    assert before.newest is not None
    assert after.newest is not None
    blind = blind_at([after.newest], place.interval_ms, after.newest.ts)
    if row.check_at is not None and row.check_at != blind_at([before.newest], place.interval_ms, before.newest.ts):
        return min(row.check_at, blind or row.check_at)
    device = place.device
    candidates = [blind, place.clock.next_change(now), device.commissioned, _out_of_service(device), planned_at]
    if after.fold.start is not None:
        candidates.append(grace_end(after.fold.start, place.clock, place.grace_ms))
    return min((at for at in candidates if at is not None and at > now), default=None)


class _Known(NamedTuple):
    """What was read of a device: its observations and outages from `start` on."""

    start: int
    seen: list[Seen]
    outages: list[Outage]


class Statuses:
    """Judges the states of many devices in one transaction; what concerns all of them is read at once."""

    def __init__(self, conn: Connection, roster: Roster, now: int) -> None:
        self._conn = conn
        self._roster = roster
        self._now = now
        self._above: dict[int, tuple[int, list[Outage]]] = {}
        self._planned: tuple[int, Standing] | None = None

    def refresh(self, rows: Mapping[int, StateRow], numbers: Iterable[int]) -> int:
        """Judge these devices; write each row, and tell the states that are other than told. Answers how many."""
        places = [self._roster.by_number[n] for n in sorted(numbers) if n in self._roster.by_number]
        if not places:
            return 0
        memories = {place.n: Memory.of(rows.get(place.n)) for place in places}
        known = self._read({place.n: self._begin(place, memories[place.n], WINDOW_MS) for place in places})
        found = [(place, self._judge(place, rows.get(place.n), memories[place.n], known[place.n])) for place in places]
        judged.put_states(
            self._conn, [_row(place.n, memories[place.n], rows.get(place.n), now) for place, now in found]
        )
        return self._tell(found)

    def _read(self, starts: Mapping[int, int]) -> dict[int, _Known]:
        seen, outages = judged.seen_of(self._conn, starts), judged.outages_of(self._conn, starts)
        return {
            n: _Known(start, distinct(seen[n]), [_outage(row) for row in outages[n]]) for n, start in starts.items()
        }

    def _judge(self, place: Place, row: StateRow | None, memory: Memory, known: _Known) -> Status:
        """The state now. Where it began before the window, the stored row says since when, else a longer window."""
        found = self._status(place, known)
        if not known.seen or found.since > known.seen[0].ts or _blind_before(known, place):
            return found
        if row is not None and row.state == found.state and row.since <= found.since:
            return found._replace(since=row.since)
        start = self._begin(place, memory, DAY_MS)
        return self._status(place, self._read({place.n: start})[place.n])

    def _status(self, place: Place, known: _Known) -> Status:
        first = min([known.start, *(outage.start for outage in known.outages)])
        device = place.device
        told = DeviceFacts(
            commissioned=device.commissioned,
            retired=_out_of_service(device),
            clock=place.clock,
            maintenance=self._maintenance(device, first),
            seen=known.seen,
            interval_ms=place.interval_ms,
            outages=known.outages,
            ancestors=[self._ancestor(n, first) for n in place.above] if known.outages else [],
            policy=place.policy,
            grace_ms=place.grace_ms,
        )
        found = status(told, self._now)
        return found if known.seen or device.commissioned is not None else found._replace(since=self._now)

    def _maintenance(self, device: Device, since: int) -> list[Planned]:
        """What is planned for a device from `since` on; corrections do not change what it is (A1)."""
        if self._planned is None or since < self._planned[0]:
            self._planned = since, planned.standing(self._conn, since, kind="maintenance")
        return self._planned[1].maintenance(device.id, device.hall)

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

    def _tell(self, found: Sequence[tuple[Place, Status]]) -> int:
        """Queue the retained messages and list the changes, where they are not what was told last."""
        tickets = judged.open_tickets(self._conn, [place.n for place, _ in found])
        topics = {place.n: status_topic(place.device.hall, place.device.id) for place, _ in found}
        last = judged.last_told(self._conn, list(topics.values()))
        listed: list[dict[str, Any]] = []
        bodies: dict[str, str] = {}
        for place, status_now in found:
            said = _said(place.device, status_now, tickets.get(place.n))
            body = json.dumps({"v": 1, **said}, ensure_ascii=False, separators=(",", ":"))
            if last.get(topics[place.n]) == body:
                continue
            bodies[topics[place.n]] = body
            owner = place.device.vendor
            listed.append({"at": self._now, "kind": "state", "ref": place.device.id, "vendor": owner, "document": said})
        fresh = {place.device.id: topics[place.n] for place, _ in found if not last.get(topics[place.n])}
        judged.tell_all(self._conn, bodies | self._left(fresh), self._now)
        changes.add_all(self._conn, listed)
        return len(listed)

    def _left(self, fresh: Mapping[str, str]) -> dict[str, str]:
        """The topics that devices left for another hall, each with the empty message by which a broker forgets it.

        `fresh` are devices that nothing was said of on their present topic: only these may have moved.
        """
        held = notices.held(self._conn, f"{ROOT}/status/") if fresh else []
        return {topic: "" for topic in held if fresh.get(topic.rpartition("/")[2], topic) != topic}


def _out_of_service(device: Device) -> int | None:
    """When it was retired, or was left out of the inventory, whichever came first (ms)."""
    return min((at for at in (device.retired, device.gone_at) if at is not None), default=None)


def _blind_before(known: _Known, place: Place) -> bool:
    """Whether nothing was seen for so long before the first observation of the window that no state reached it (O6)."""
    first = known.seen[0]
    return first.ts - known.start > BLIND_AFTER * max(first.interval_ms, place.interval_ms)


def _row(n: int, memory: Memory, row: StateRow | None, found: Status) -> StateRow:
    return StateRow(n, None if memory.newest is None else memory.newest.ts, row and row.fold, *found)


def _said(device: Device, found: Status, ticket: str | None) -> dict[str, Any]:
    """The status message of contracts, MQTT, without its version."""
    return {
        "device": device.id,
        "hall": device.hall,
        "state": found.state,
        "since": render_instant(max(found.since, 0)),
        "cause": found.cause,
        "owner": found.owner,
        "ticket": ticket,
    }


def _outage(row: judged.OutageRow) -> Outage:
    return Outage(row.start, row.until, row.last_ok, row.confirmed_at)
