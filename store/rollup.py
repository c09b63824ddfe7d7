"""A device's day of samples as hours: number, least, greatest, sum and last of each field."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

HOUR_MS: Final = 3_600_000


class Hour(NamedTuple):
    """One field in one hour; `hour` is hours since 1970, `last` the value at `last_ts` (ms)."""

    hour: int
    n: int
    min: float
    max: float
    sum: float
    last_ts: int
    last: float

    @property
    def mean(self) -> float:
        return self.sum / self.n


Rolled = dict[str, dict[int, Hour]]
"""By field, then by hour."""


def roll(samples: Iterable[tuple[int, Mapping[str, float]]]) -> Rolled:
    """Hours of samples (ts in ms, values), in any order."""
    rolled: Rolled = {}
    for ts, values in samples:
        hour = ts // HOUR_MS
        for name, value in values.items():
            hours = rolled.setdefault(name, {})
            before = hours.get(hour)
            one = Hour(hour, 1, value, value, value, ts, value)
            hours[hour] = one if before is None else join(before, one)
    return rolled


def merge(first: Rolled, second: Rolled) -> Rolled:
    """Both together; hours that are in both are joined."""
    merged = {name: dict(hours) for name, hours in first.items()}
    for name, hours in second.items():
        kept = merged.setdefault(name, {})
        for key, hour in hours.items():
            kept[key] = join(kept[key], hour) if key in kept else hour
    return merged


def join(first: Hour, second: Hour) -> Hour:
    """Two parts of one hour, of different samples."""
    newest = max(first, second, key=lambda part: part.last_ts)
    return Hour(
        first.hour,
        first.n + second.n,
        min(first.min, second.min),
        max(first.max, second.max),
        first.sum + second.sum,
        newest.last_ts,
        newest.last,
    )


def pack(rolled: Rolled) -> bytes:
    """As bytes: a column of each figure of each field, deflated."""
    document = {}
    for name, hours in sorted(rolled.items()):
        columns = zip(*(_lean(hours[hour]) for hour in sorted(hours)), strict=True)
        document[name] = [list(column) for column in columns]
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)


def unpack(packed: bytes) -> Rolled:
    """What `pack` was given; sums to 9 digits."""
    document = json.loads(zlib.decompress(packed))
    return {name: {row[0]: _fat(row) for row in zip(*columns, strict=True)} for name, columns in document.items()}


def _lean(hour: Hour) -> tuple[float, ...]:
    """Whole numbers without a point, so that they are short; the instant counts from the hour's start."""
    offset = hour.last_ts - hour.hour * HOUR_MS
    figures = (_short(value) for value in (hour.min, hour.max, float(f"{hour.sum:.9g}"), hour.last))
    return hour.hour, hour.n, *figures, offset


def _fat(row: tuple[float, ...]) -> Hour:
    hour, n, low, high, total, last, offset = row
    return Hour(
        int(hour), int(n), float(low), float(high), float(total), int(hour) * HOUR_MS + int(offset), float(last)
    )


def _short(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value
