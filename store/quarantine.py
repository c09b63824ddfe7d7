"""Lines that a metrics server refused: to be looked at, and put back once their reason is gone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import delete, select

from store import queue_file
from store.database import reading, writing
from store.metrics_queue import ROW_LINES, MetricsQueue
from store.queue_file import DeviceHour, quarantine
from store.rollup import HOUR_MS

_DEVICE: Final = re.compile(r"device(?:,(?:\\.|[^ ,\\])+)*?,device=((?:\\.|[^ ,\\])+)[, ].* (-?\d+)")
_ESCAPED: Final = re.compile(r"\\([ ,=])")


class Quarantined(NamedTuple):
    """A line as it was refused at `at` (ms), and the server's reason."""

    id: int
    at: int
    policy: str
    line: str
    reason: str


def quarantined(queue: MetricsQueue, most: int) -> list[Quarantined]:
    """The newest ones."""
    with reading(queue.engine) as conn:
        return [
            Quarantined(*row) for row in conn.execute(select(quarantine).order_by(quarantine.c.id.desc()).limit(most))
        ]


def put_back(queue: MetricsQueue, now: int) -> int:
    """All of them into the queue once more, but for rows that could not be read; how many. Raises `StoreError`."""
    put = 0
    with writing(queue.engine) as conn:
        lines = quarantine.c.line.not_like("#%")
        for policy in conn.scalars(select(quarantine.c.policy).where(lines).distinct()).all():
            mine = select(quarantine.c.line).where(lines, quarantine.c.policy == policy).order_by(quarantine.c.id)
            found = conn.scalars(mine).all()
            observed = [one for one in found if _DEVICE.fullmatch(one)]
            for some in (observed, [one for one in found if not _DEVICE.fullmatch(one)]):
                for part in (some[start : start + ROW_LINES] for start in range(0, len(some), ROW_LINES)):
                    queue_file.insert(conn, policy, part, device_hours(part), now)
            put += len(found)
        conn.execute(delete(quarantine).where(lines))
        queue_file.count(conn, {"put_back": put})
    return put


def device_hours(lines: Sequence[str]) -> list[DeviceHour]:
    """The device-hours of those lines that are points of `device`."""
    found = filter(None, map(_DEVICE.fullmatch, lines))
    return sorted({(_ESCAPED.sub(r"\1", one[1]), int(one[2]) // HOUR_MS) for one in found})
