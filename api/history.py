"""The classified time of one device, from its stored facts (A1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Connection

from api.context import Context
from api.instants import DAY_MS
from sla.calendar import BadCalendar, Calendar
from sla.clock import ALWAYS, Clock
from sla.judge import Outage
from sla.opening import GRACE_MS
from sla.owners import Policy
from sla.parents import Ancestor
from sla.seen import distinct
from sla.spans import DeviceFacts, Span, spans
from store import facts, planned
from store.pages import EVERYTHING, AnyRow, Wanted, device_row, hall_calendar, outage_rows

_BACK_MS = 31 * DAY_MS
_LOOK_MS = DAY_MS // 4
_LONGEST_LINE = 32


def spans_of(conn: Connection, room: Context, device: AnyRow, start: int, until: int, now: int) -> list[Span]:
    """The spans of `device` (a row of `device_row`) that cover [start, until) exactly."""
    return spans(_facts_of(conn, room, device, start, _word_after(conn, device.n, until, now)), start, until, now)


def _word_after(conn: Connection, number: int, until: int, now: int) -> int:
    """How far the facts of a period that ends at `until` reach: the next word ends a silence (O5 b, O6)."""
    at = until
    while at < min(now, until + _BACK_MS):
        for one in facts.seen(conn, number, at, at + _LOOK_MS):
            if one.state != "unknown":
                return one.ts + 1
        at += _LOOK_MS
    return min(at, now)


def _facts_of(conn: Connection, room: Context, device: AnyRow, start: int, until: int) -> DeviceFacts:
    begin = _last_ok(conn, device.n, start)
    kind = room.policies.get(device.kind)
    standing = planned.standing(conn, begin, until)
    return DeviceFacts(
        commissioned=device.commissioned,
        retired=device.retired,
        clock=_clock(conn, device.hall),
        maintenance=standing.maintenance(device.id, device.hall),
        excluded=standing.excluded(device.id, device.hall),
        seen=distinct(facts.seen(conn, device.n, begin, until)),
        interval_ms=round(device.interval_s * 1000),
        outages=_outages(conn, device.id, begin, until),
        ancestors=_ancestors(conn, device, begin, until),
        policy=Policy(getattr(kind, "owners", {}), getattr(kind, "stopping", frozenset()), device.vendor, device.kind),
        grace_ms=getattr(kind, "grace_ms", GRACE_MS),
    )


def _last_ok(conn: Connection, number: int, start: int) -> int:
    """The last observation that was up or degraded before `start`, or as far back as is worth while."""
    oldest = start
    for one in facts.newest_first(conn, number, start):
        if one.ts < start - _BACK_MS:
            break
        oldest = one.ts
        if one.state in ("up", "degraded"):
            break
    return oldest


def _outages(conn: Connection, device: str, start: int, until: int) -> Sequence[Outage]:
    rows = outage_rows(conn, EVERYTHING, Wanted(start, until, device=device))
    return [Outage(row.start, row.until, row.last_ok, row.confirmed_at) for row in reversed(rows)]


def _ancestors(conn: Connection, device: AnyRow, start: int, until: int) -> list[Ancestor]:
    """The outages of the parent and the parent's parents (O5)."""
    line: list[Ancestor] = []
    met = {device.id}
    at = device
    while (parent := at.parent or at.gateway) and parent not in met and len(met) < _LONGEST_LINE:
        row = device_row(conn, EVERYTHING, parent)
        if row is None:
            break
        met.add(parent)
        line.append(Ancestor(_outages(conn, parent, start - DAY_MS, until), round(row.interval_s * 1000)))
        at = row
    return line


def _clock(conn: Connection, hall: str) -> Clock:
    document = hall_calendar(conn, hall)
    return _compiled(json.dumps(document, sort_keys=True)) if document else ALWAYS


@lru_cache(maxsize=256)
def _compiled(document: str) -> Clock:
    try:
        return Calendar.parse(json.loads(document)).clock()
    except BadCalendar:
        return ALWAYS
