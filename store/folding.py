"""Packing old observations, so that three years of them stay affordable (T6; docs/decisions/0003).

A device's UTC day is packed when every row of it arrived long enough ago. Rows that come later stay as they are
until they are old enough too; then they are merged. A transaction packs a few device-days: killed in between,
nothing is lost and nothing is there twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select

from store import digests
from store.database import reading, writing
from store.facts import DAY_MS, merge
from store.packing import Packed, pack, unpack
from store.schema import devices, observations, segments
from store.upsert import insert_or_replace

KEPT_DAYS: Final = 3.0
CHUNK: Final = 8  # device-days in one transaction: a writer waits for some tens of ms
_DEVICES: Final = 200

DeviceDay = tuple[int, int]


class Folded(NamedTuple):
    """What a run did: device-days packed, rows taken in, bytes written for them."""

    days: int = 0
    rows: int = 0
    bytes: int = 0

    def plus(self, other: Folded) -> Folded:
        """Both together."""
        return Folded(self.days + other.days, self.rows + other.rows, self.bytes + other.bytes)


def fold(engine: Engine, now: int, kept_days: float = KEPT_DAYS, stop: Callable[[], bool] = lambda: False) -> Folded:
    """Pack every device-day whose rows all arrived more than `kept_days` before `now` (ms); `stop` ends it early.

    For now and then, an hour apart or so. Raises `StoreError`, with what was packed until then kept.
    """
    arrived_before = round(now / 1000 - kept_days * 86_400)
    total = Folded()
    for some in _chunks(engine, arrived_before):
        if stop():
            break
        with writing(engine) as conn:
            for device, day in some:
                total = total.plus(fold_day(conn, device, day, arrived_before))
    return total


def fold_day(conn: Connection, device: int, day: int, arrived_before: int) -> Folded:
    """Pack one device-day, together with what is packed of it; nothing happens where a row is too new (s)."""
    columns = (observations.c.ts, observations.c.reading, observations.c.stream, observations.c.seq)
    within = _within(device, day)
    rows = conn.execute(select(*columns, observations.c.arrived).where(*within)).all()
    if not rows or max(row.arrived for row in rows) >= arrived_before:
        return Folded()
    before = conn.scalar(select(segments.c.packed).where(segments.c.device == device, segments.c.day == day))
    together = merge(unpack(before) if before else [], [Packed(*row[:4]) for row in rows])
    packed = pack(together)
    row = {"device": device, "day": day, "count": len(together), "packed": packed}
    conn.execute(insert_or_replace(conn, segments, "device", "day"), row)
    digests.write(conn, device, day, *(np.array([one[n] for one in together], np.int64) for n in (0, 1)))
    conn.execute(delete(observations).where(*within))
    return Folded(1, len(rows), len(packed))


def _within(device: int, day: int) -> tuple[ColumnElement[bool], ...]:
    start = day * DAY_MS
    return observations.c.device == device, observations.c.ts >= start, observations.c.ts < start + DAY_MS


def _chunks(engine: Engine, arrived_before: int) -> Iterator[list[DeviceDay]]:
    """Device-days that are ready, a few at a time; no transaction is open while the caller has them."""
    with reading(engine) as conn:
        every = conn.scalars(select(devices.c.n).order_by(devices.c.n)).all()
    for start in range(0, len(every), _DEVICES):
        with reading(engine) as conn:
            due = [one for n in every[start : start + _DEVICES] for one in _ready(conn, n, arrived_before)]
        yield from (due[at : at + CHUNK] for at in range(0, len(due), CHUNK))


def _ready(conn: Connection, device: int, arrived_before: int) -> Iterator[DeviceDay]:
    """Days from the oldest row on; one that could not have arrived in full by then ends the search."""
    after = None
    while (ts := _oldest(conn, device, after)) is not None:
        day = ts // DAY_MS
        after = (day + 1) * DAY_MS
        if after > arrived_before * 1000:
            return
        newest = conn.scalar(select(func.max(observations.c.arrived)).where(*_within(device, day)))
        if newest is not None and newest < arrived_before:
            yield device, day


def _oldest(conn: Connection, device: int, after: int | None) -> int | None:
    query = select(func.min(observations.c.ts)).where(observations.c.device == device)
    if after is not None:
        query = query.where(observations.c.ts >= after)
    found: int | None = conn.scalar(query)
    return found
