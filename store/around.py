"""The few observations of a device before and after an instant, with when they arrived (O1, T6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, select

from sla.instant import DAY, Ms
from store.facts import newest_day, next_day, rows_of
from store.packing import Packed
from store.readings import Reading, look_up
from store.schema import observations, streams


class Observed(NamedTuple):
    """One observation; (`epoch`, `seq`) is its identity, or none; `arrived` in s, None of a folded one."""

    ts: Ms
    reading: Reading
    arrived: int | None
    epoch: str | None
    seq: int | None


class Around(NamedTuple):
    """The last before an instant, and the first from it on, each in order of ts."""

    before: list[Observed]
    after: list[Observed]


def around(conn: Connection, device: int, at: Ms, count: int) -> Around:
    """At most `count` of a device (row number) to either side of `at` (ms), read a day at a time."""
    earlier = list(islice(_backwards(conn, device, at), count))[::-1]
    later = list(islice(_onwards(conn, device, at), count))
    known = _observed(conn, device, [*earlier, *later])
    return Around(known[: len(earlier)], known[len(earlier) :])


def _backwards(conn: Connection, device: int, at: Ms) -> Iterator[Packed]:
    end = at
    while (day := newest_day(conn, device, end)) is not None:
        yield from reversed(rows_of(conn, device, day * DAY, min(end, (day + 1) * DAY)))
        end = day * DAY


def _onwards(conn: Connection, device: int, at: Ms) -> Iterator[Packed]:
    start = at
    while (day := next_day(conn, device, start)) is not None:
        start = max(start, day * DAY)
        yield from rows_of(conn, device, start, (day + 1) * DAY)
        start = (day + 1) * DAY


def _observed(conn: Connection, device: int, rows: Sequence[Packed]) -> list[Observed]:
    known = look_up(conn, (row.reading for row in rows))
    arrived = _arrived(conn, device, [row.ts for row in rows])
    epochs = _epochs(conn, {row.stream for row in rows if row.stream is not None})
    return [
        Observed(row.ts, known[row.reading], arrived.get((row.ts, row.reading)), epochs.get(row.stream), row.seq)
        for row in rows
    ]


def _arrived(conn: Connection, device: int, instants: Sequence[Ms]) -> dict[tuple[Ms, int], int]:
    columns = observations.c.ts, observations.c.reading, observations.c.arrived
    mine = (observations.c.device == device) & observations.c.ts.in_(instants)
    return {(row.ts, row.reading): row.arrived for row in conn.execute(select(*columns).where(mine))}


def _epochs(conn: Connection, numbers: set[int]) -> dict[int | None, str]:
    query = select(streams.c.n, streams.c.epoch).where(streams.c.n.in_(numbers))
    return {row.n: row.epoch for row in conn.execute(query)}
