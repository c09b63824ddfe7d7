"""Hours of the raw points on a metrics server: our own, not the server's continuous queries.

A device-hour is marked when points of it were written, and computed from all of its raw points once it is over; a late
point marks it again. Computing one twice gives the same point twice, so that a crash between repeats harmlessly.

The points come here to be added up: `SELECT *` costs the server a quarter of `count, min, max, sum, last` of each field
(docs/metrics.md), and an instant that was written under two sets of tags is seen to be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, Protocol

import structlog

from store.delivery import Taker, deliver
from store.influx.fault import Rejected
from store.influx.lines import line
from store.influx.query import Result, literal
from store.measurements import DEVICE, HOURLY, NONE, RAW
from store.metrics_queue import Mark, MetricsQueue
from store.rollup import HOUR_MS

SETTLE_MS: Final = 5 * 60_000
DAY_MS: Final = 86_400_000
DEVICES: Final = 200  # of a query
AT_ONCE: Final = 8_000  # device-hours a call: some ten seconds
PARTS: Final = ("n", "min", "max", "sum", "last")
Columns = dict[str, dict[int, float]]
"""Values of each field by their instants."""
_log = structlog.get_logger(__name__)


class Asked(Taker, Protocol):
    """A server that also answers."""

    def ask(self, influxql: str, params: Mapping[str, object] | None = None) -> list[Result]:
        """The series of an answer, times in ms."""


def roll_up(server: Asked, queue: MetricsQueue, now: int, raw_days: float) -> int:
    """Compute the marked hours that are over at `now` (ms), the oldest first, a bounded number; answers how many.

    Hours that begin before the retention of raw points are left as they are: computed from what is left of them, they
    would become less. Raises `StoreError`: what is still marked is computed the next time.
    """
    marks = queue.marks((now - SETTLE_MS) // HOUR_MS, AT_ONCE)
    first = (now - round(raw_days * DAY_MS)) // HOUR_MS + 1
    old = [one for one in marks if one.hour < first]
    if old:
        _log.error("metrics.hours_too_old", hours=len(old), raw_days=raw_days)
        queue.unmark(old, hours_too_old=len(old))
    refused: Rejected | None = None
    for hour, of_hour in groupby(marks[len(old) :], key=attrgetter("hour")):
        due = list(of_hour)
        for start in range(0, len(due), DEVICES):
            refused = _compute(server, queue, hour, due[start : start + DEVICES], now) or refused
    if refused is not None:
        raise refused
    return len(marks) - len(old)


def _compute(server: Asked, queue: MetricsQueue, hour: int, marks: Sequence[Mark], now: int) -> Rejected | None:
    """Some devices' hour; where the server refuses the question fewer at once: what it cannot tell of one, it says."""
    try:
        found = server.ask(_query(hour, [one.device for one in marks]))
    except Rejected as error:
        if len(marks) == 1:
            return error
        half = len(marks) // 2
        first = _compute(server, queue, hour, marks[:half], now)
        return _compute(server, queue, hour, marks[half:], now) or first
    bad = deliver(server, HOURLY, hour_lines(found, hour))
    if bad:
        queue.set_aside(HOURLY, bad, now)
    queue.unmark(marks, hours=len(marks))
    return None


def _query(hour: int, devices: Iterable[str]) -> str:
    start = hour * HOUR_MS
    whose = " OR ".join(f'"device"::tag = {literal(one)}' for one in devices)
    within = f"time >= {start}ms AND time < {start + HOUR_MS}ms AND ({whose})"
    return f'SELECT *::field FROM "{RAW}"."device" WHERE {within} GROUP BY *'  # noqa: S608 - quoted


def hour_lines(found: Iterable[Result], hour: int) -> list[str]:
    """The points of `device_hour` of an hour, out of its raw points: one a device, under the tags that it had last."""
    of_device: dict[str, list[Result]] = {}
    for series in found:
        if series.rows:
            of_device.setdefault(series.tags.get("device", NONE), []).append(series)
    made = []
    for parts in of_device.values():
        parts.sort(key=_end)
        tags = {name: parts[-1].tags.get(name) or NONE for name in DEVICE}
        if text := line("device_hour", tags, _figures(_columns(parts)), hour * HOUR_MS):
            made.append(text)
    return made


def _end(series: Result) -> int:
    return max(int(row[0]) for row in series.rows)


def _columns(parts: Iterable[Result]) -> Columns:
    """All numbers of a device; of one instant under two sets of tags the later set's."""
    columns: Columns = {}
    for part in parts:
        times, *values = zip(*part.rows, strict=True)
        for name, column in zip(part.columns[1:], values, strict=True):
            known = {
                ts: value
                for ts, value in zip(times, column, strict=True)
                if value is not None and not isinstance(value, str | bool)
            }
            if known:
                columns.setdefault(name, {}).update(known)
    return columns


def _figures(columns: Columns) -> dict[str, float]:
    """`F_n, F_min, F_max, F_sum, F_last` of each field F."""
    figures: dict[str, float] = {}
    for name, column in columns.items():
        values = [column[ts] for ts in sorted(column)]
        told = (len(values), min(values), max(values), sum(values), values[-1])
        figures |= {f"{name}_{part}": float(value) for part, value in zip(PARTS, told, strict=True)}
    return figures
