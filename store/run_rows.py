"""What was seen of many devices as runs of equal readings: digests of packed days, and rows that are not packed yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, func, select

from sla.instant import DAY, MINUTE, Ms
from store import digests, many_rows
from store.digests import DAYS, TWINS, Digested
from store.schema import observations, segments

Flags = NDArray[np.bool_]
I64 = NDArray[np.int64]
NEAR_MS: Final = 15 * MINUTE
"""How long after a period its last word is looked for: some polls."""


class Window(NamedTuple):
    """[low, high) in ms: whole blocks of digests before a period, and its last words."""

    low: Ms
    high: Ms

    @classmethod
    def around(cls, start: Ms, until: Ms) -> Window:
        """From the beginning of the block in which `start` lies."""
        return cls(start // DAY // DAYS * DAYS * DAY, until + NEAR_MS)


def read(conn: Connection, devices: Sequence[int], window: Window) -> tuple[Digested, set[int]]:
    """Their runs in order of device and instant, and the devices of which the rows themselves must be read.

    That is where a packed day has no digest yet, where rows came to a packed day, or several at one instant. `devices`
    are in order.
    """
    told, counts = digests.read(conn, devices, *window)
    differ = digests.packed_days(conn, devices, *window) != counts
    unclear = {devices[n] for n in np.flatnonzero(differ).tolist()}
    raw, twins = _raw(conn, devices, window)
    unclear |= twins | set(told.device[told.reading == TWINS].tolist()) | _late(told, raw)
    told, raw = (some.part(~np.isin(some.device, list(unclear))) if unclear else some for some in (told, raw))
    told = told.part(told.head < window.high)
    if not len(raw.head):
        return told, unclear
    both = Digested(*(np.concatenate(column) for column in zip(told, raw, strict=True)))
    return both.part(np.lexsort((both.head, both.device)).astype(np.int64)), unclear


def _raw(conn: Connection, devices: Sequence[int], window: Window) -> tuple[Digested, set[int]]:
    """Runs of the rows that are not packed, by UTC day as digests are; and who has several rows at one instant."""
    table = observations.c
    which = table.device.in_(devices) & table.ts.between(window.low, window.high - 1)
    device, ts, reading = many_rows.by_device(conn, table.device, (table.ts, table.reading), which)
    twins = (np.diff(ts) == 0) & (np.diff(device) == 0)
    runs, heads = digests.runs_with_heads(ts, reading, device)
    found = Digested(device[heads], *(runs[name].astype(np.int64) for name in ("head", "last", "reading", "gap")))
    return found, set(device[1:][twins].tolist())


def _late(told: Digested, raw: Digested) -> set[int]:
    """The devices with rows of a day, or between two, that is packed already."""
    if not len(told.head) or not len(raw.head):
        return set()
    numbers, first = np.unique(told.device[::-1], return_index=True)
    lasts = told.last[::-1][first] // DAY  # of each its last packed day
    place = np.minimum(np.searchsorted(numbers, raw.device), len(numbers) - 1)
    late = (numbers[place] == raw.device) & (raw.head // DAY <= lasts[place])
    return set(raw.device[late].tolist())


def older(conn: Connection, devices: Iterable[int], before: Ms) -> set[int]:
    """Which of these have anything stored of before an instant, the beginning of a UTC day."""
    some = list(devices)
    if not some:
        return set()
    packed = select(segments.c.device, func.min(segments.c.day)).where(segments.c.device.in_(some))
    raw = select(observations.c.device, func.min(observations.c.ts)).where(observations.c.device.in_(some))
    found = _least(conn, packed.group_by(segments.c.device), before // DAY)
    return found | _least(conn, raw.group_by(observations.c.device), before)


def _least(conn: Connection, query: Select[Any], before: int) -> set[int]:
    return {row[0] for row in conn.execute(query) if row[1] < before}
