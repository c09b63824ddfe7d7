"""What folding leaves of a packed day for reports: its runs of equal readings, so that nobody need unpack it (T6).

A month of a device that is polled each minute is 43,200 rows and a few runs. They are derived, and can be built anew;
they are written in the transaction that writes the packed day, so they are never of another day than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, func, select

from sla.instant import DAY, Ms
from store.database import plain, reading, writing
from store.many_rows import near, placed
from store.packing import unpack_columns
from store.schema import devices, segments
from store.statement_schema import digests
from store.upsert import insert_or_replace

I64 = NDArray[np.int64]
DAYS: Final = 32
"""Of one block."""
TWINS: Final = -1
"""The reading of a day with several rows at one instant: who needs it reads the rows."""
_RUN: Final = np.dtype([("head", "<i8"), ("last", "<i8"), ("reading", "<i4"), ("gap", "<i4")])
_DEVICES: Final = 200
_CHUNK: Final = 8
Runs = NDArray[np.void]


class Digested(NamedTuple):
    """Runs of many devices in order: the device's number, first and last instant, reading, longest gap within (ms)."""

    device: I64
    head: I64
    last: I64
    reading: I64
    gap: I64

    def part(self, which: NDArray[np.bool_] | I64) -> Digested:
        """Some of them."""
        if which.dtype == np.bool_ and which.all():
            return self
        return Digested(*(column[which] for column in self))


def runs_of(ts: I64, said: I64) -> Runs:
    """The runs of one device's rows in order of instant and reading.

    A run ends with the reading, and before a gap of more than twice the usual one: a longer run may be put together
    again, a shorter one cannot be made of it.
    """
    return runs_with_heads(ts, said, np.zeros(len(ts), np.int64))[0]


def runs_with_heads(ts: I64, said: I64, device: I64) -> tuple[Runs, I64]:
    """The same of many devices' rows, by device, and at which row each run begins."""
    if not len(ts):
        return np.zeros(0, _RUN), np.zeros(0, np.int64)
    gap = np.diff(ts)
    same = (np.diff(said) == 0) & (np.diff(device) == 0)
    usual = int(np.median(gap[same])) if same.any() else 0
    breaks = ~same | (gap > 2 * usual)
    heads = np.concatenate(([0], np.flatnonzero(breaks) + 1)).astype(np.int64)
    lasts = np.append(heads[1:], len(ts)) - 1
    found = np.zeros(len(heads), _RUN)
    found["head"], found["last"], found["reading"] = ts[heads], ts[lasts], said[heads]
    within = np.append(np.where(breaks, 0, gap), 0)
    found["gap"] = np.maximum.reduceat(within, heads)
    return found, heads


def write(conn: Connection, device: int, day: int, ts: I64, said: I64) -> None:
    """Put a packed day's rows into the digest, in the transaction that packs it; what was there of that day goes."""
    block, place = divmod(day, DAYS)
    where = (digests.c.device == device) & (digests.c.block == block)
    known = conn.execute(select(digests.c.days, digests.c.runs).where(where)).one_or_none()
    others = np.zeros(0, _RUN) if known is None else np.frombuffer(known.runs, _RUN)
    others = others[others["head"] // DAY != day]
    mine = runs_of(ts, said)
    if (np.diff(ts) == 0).any():
        mine = np.array([(day * DAY, day * DAY, TWINS, 0)], _RUN)
    both = np.concatenate((others, mine))
    both = both[np.argsort(both["head"], kind="stable")]
    row = {"device": device, "block": block, "days": (known.days if known else 0) | 1 << place}
    conn.execute(insert_or_replace(conn, digests, "device", "block"), row | {"runs": both.tobytes()})


def read(conn: Connection, devices: Sequence[int], start: Ms, until: Ms) -> tuple[Digested, I64]:
    """The runs of whole blocks around [start, until), and how many days in it each device has in the digest.

    `devices` are in order.
    """
    first, last = start // DAY, (until - 1) // DAY
    blocks = range(first // DAYS, last // DAYS + 1)
    columns = (digests.c.device, digests.c.block, digests.c.days, digests.c.runs)
    query = select(*columns).where(near(digests.c.device, devices), digests.c.block.between(blocks[0], blocks[-1]))
    wanted, masks = frozenset(devices), {block: _mask(block, first, last) for block in blocks}
    parts = plain(conn, query.order_by(*columns[:2]))
    rows = [(n, days & masks[block], runs) for part in parts for n, block, days, runs in part if n in wanted]
    device, days, lengths = np.array([(n, days, len(runs)) for n, days, runs in rows], np.int64).reshape(-1, 3).T
    counts = np.bincount(placed(devices, device)[0], np.bitwise_count(days), len(devices)).astype(np.int64)
    runs = np.frombuffer(b"".join(runs for _, _, runs in rows), _RUN)
    named = (runs[name].astype(np.int64) for name in ("head", "last", "reading", "gap"))
    return Digested(np.repeat(device, lengths // _RUN.itemsize), *named), counts


def _mask(block: int, first: int, last: int) -> int:
    """The bits of those days of a block that lie in [first, last]."""
    low, high = max(first - block * DAYS, 0), min(last - block * DAYS, DAYS - 1)
    return (1 << high + 1) - (1 << low)


def packed_days(conn: Connection, devices: Sequence[int], start: Ms, until: Ms) -> I64:
    """How many packed days of [start, until) each device has: as many as in the digest, or that is not whole.

    `devices` are in order.
    """
    within = segments.c.day.between(start // DAY, (until - 1) // DAY)
    query = select(segments.c.device, func.count()).where(near(segments.c.device, devices), within)
    known = {n: count for part in plain(conn, query.group_by(segments.c.device)) for n, count in part}
    return np.array([known.get(n, 0) for n in devices], np.int64)


def catch_up(engine: Engine, stop: Callable[[], bool] = lambda: False) -> int:
    """Digest what was packed before there were digests, a few days in one transaction; answers how many days.

    Once for a database that an earlier version has packed: it counts all that is packed.
    """
    with reading(engine) as conn:
        every = conn.scalars(select(devices.c.n).order_by(devices.c.n)).all()
    done = 0
    for start in range(0, len(every), _DEVICES):
        with reading(engine) as conn:
            missing = _missing(conn, every[start : start + _DEVICES])
        for at in range(0, len(missing), _CHUNK):
            if stop():
                return done
            with writing(engine) as conn:
                for device, day in missing[at : at + _CHUNK]:
                    _again(conn, device, day)
            done += len(missing[at : at + _CHUNK])
    return done


def _missing(conn: Connection, some: Sequence[int]) -> list[tuple[int, int]]:
    query = select(digests.c.device, digests.c.block, digests.c.days).where(digests.c.device.in_(some))
    known = {(row.device, row.block): row.days for row in conn.execute(query)}
    counts: dict[int, int] = {}
    for (device, _), days in known.items():
        counts[device] = counts.get(device, 0) + days.bit_count()
    packed = select(segments.c.device, func.count()).where(segments.c.device.in_(some)).group_by(segments.c.device)
    behind = [device for device, count in conn.execute(packed) if counts.get(device, 0) != count]
    rows = conn.execute(select(segments.c.device, segments.c.day).where(segments.c.device.in_(behind)))
    return [(device, day) for device, day in rows if not known.get((device, day // DAYS), 0) >> day % DAYS & 1]


def _again(conn: Connection, device: int, day: int) -> None:
    """From the packed day as it is now."""
    where = (segments.c.device == device) & (segments.c.day == day)
    packed = conn.scalar(select(segments.c.packed).where(where))
    if packed is not None:
        write(conn, device, day, *unpack_columns(packed))
