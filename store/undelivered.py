"""Facts of a time that could still come: what collectors hold, or are not known not to hold (S6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from sla.instant import MINUTE, Ms
from sla.interval import Interval
from store import heard
from store.heard import Collector
from store.schema import ahead, asides, observations
from store.streams import Stream, streams_of

_MARGIN_MS: Final = 10 * MINUTE
"""A poll may take some minutes, so numbers do not follow instants more closely than that."""
_DEVICES: Final = 500


class Undelivered(NamedTuple):
    """Why facts may be missing: `code`, of which collector, and the numbers that say so; `since` in ms."""

    code: str
    collector: str
    numbers: Mapping[str, int]
    since: Ms | None = None


def undelivered(conn: Connection, collector: str, devices: Collection[int], month: Interval) -> Iterator[Undelivered]:
    """What a collector may still hold of a month that is over, `devices` being row numbers of its own.

    Numbers follow time: once something that it saw after the month has been received with all before it, what it holds
    is later.
    """
    row = heard.collector(conn, collector)
    if row is None:
        yield Undelivered("collector_unheard", collector, {})
        return
    if row.heard_at < month.until:
        yield Undelivered("collector_offline", collector, {}, row.heard_at)
        return
    stream = next((one for one in streams_of(conn, collector) if one.epoch == row.epoch), None)
    if stream is None or not _beyond(conn, stream, devices, month.until + _MARGIN_MS):
        yield from _held(conn, row, stream)


def kept_aside(conn: Connection, collectors: Collection[str], month: Interval) -> dict[str, int]:
    """How many observations of a month are kept aside, by why: `unknown_device`, `future`."""
    within = (asides.c.ts >= month.start) & (asides.c.ts < month.until) & asides.c.collector.in_(collectors)
    rows = conn.execute(select(asides.c.reason, func.count()).where(within).group_by(asides.c.reason))
    return {row[0]: row[1] for row in rows}


def _held(conn: Connection, row: Collector, stream: Stream | None) -> Iterator[Undelivered]:
    backlog, oldest = _whole(row.said, "backlog"), _whole(row.said, "oldest")
    if backlog:
        yield Undelivered("collector_backlog", row.id, {"n": backlog})
    if stream is None:
        return
    if oldest is not None and oldest - 1 > stream.receipt:
        yield Undelivered("collector_gap", row.id, {"n": oldest - 1 - stream.receipt})
    if beyond := conn.scalar(select(func.count()).where(ahead.c.stream == stream.n)):
        yield Undelivered("collector_ahead", row.id, {"n": beyond})


def _beyond(conn: Connection, stream: Stream, devices: Collection[int], after: Ms) -> bool:
    """Whether something seen from `after` on was received with every number before it."""
    some = sorted(devices)[:_DEVICES]
    found = (observations.c.stream == stream.n) & (observations.c.seq <= stream.receipt)
    query = select(observations.c.seq).where(observations.c.device.in_(some), observations.c.ts >= after, found)
    return conn.execute(query.limit(1)).first() is not None


def _whole(said: Mapping[str, Any], name: str) -> int | None:
    value = said.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
