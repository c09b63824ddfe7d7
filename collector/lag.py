"""How late polls start: a histogram of the last one to two minutes, cheap enough for each poll."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

_BOUNDS: Final = tuple(0.001 * 1.25**n for n in range(72))


class Lags(NamedTuple):
    """Seconds between planned and real start: median, 95 %, worst; of so many polls."""

    polls: int
    p50: float
    p95: float
    worst: float


class Lag:
    """Counts by size; `turn` forgets what is older than two turns."""

    def __init__(self) -> None:
        self._now = [0] * (len(_BOUNDS) + 1)
        self._before = [0] * (len(_BOUNDS) + 1)
        self._longest = self._longest_before = 0.0

    def note(self, seconds: float) -> None:
        """One poll began so late."""
        self._now[bisect_left(_BOUNDS, seconds)] += 1
        self._longest = max(self._longest, seconds)

    def turn(self) -> None:
        """Call once a minute."""
        self._before, self._now = self._now, [0] * len(self._now)
        self._longest, self._longest_before = 0.0, self._longest

    def read(self) -> Lags:
        """The figures; a quantile is the upper bound of its bucket (at most 25 % too large)."""
        counts = [a + b for a, b in zip(self._now, self._before, strict=True)]
        worst = max(self._longest, self._longest_before)
        total = sum(counts)
        return Lags(total, self._quantile(counts, total, 0.5), self._quantile(counts, total, 0.95), worst)

    def _quantile(self, counts: list[int], total: int, share: float) -> float:
        seen = 0
        for bucket, count in enumerate(counts):
            seen += count
            if count and seen >= share * total:
                return min(max(self._longest, self._longest_before), _BOUNDS[min(bucket, len(_BOUNDS) - 1)])
        return 0.0
