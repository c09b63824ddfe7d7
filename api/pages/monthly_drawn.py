"""A report's charts as drawn on a page: places in percent, so that they fit any width (no script, no inline style)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor, log10
from typing import Final, NamedTuple

from reports.book import Chart

MOST: Final = 40
"""So many bars at most; the table has all."""
_FULL: Final = {"ratio": 1.0, "points": 100.0}
_ROOM: Final = 1.15


class Dot(NamedTuple):
    """One value: `x` along, `y` up, both in percent, None for a gap."""

    label: str
    value: float | None
    x: float
    y: float | None


class Drawn(NamedTuple):
    """A chart with its axis [low, high]; `limit` in percent of it; `left_out` values that are not drawn."""

    chart: Chart
    low: float
    high: float
    dots: Sequence[Dot]
    pairs: Sequence[tuple[Dot, Dot]]
    limit: float | None
    left_out: int


def drawn(chart: Chart) -> Drawn:
    """Where everything goes. The axis of ratios and points ends at all; it begins at 0 unless all is far from that."""
    shown = chart.points[-MOST:] if chart.form == "line" else chart.points[:MOST]
    known = [value for _, value in shown if value is not None]
    low, high = _axis(chart, [*known, *([] if chart.limit is None else [chart.limit])])
    places = len(shown)
    dots = [
        Dot(label, value, (n + 0.5) * 100 / places, None if value is None else _share(value, low, high))
        for n, (label, value) in enumerate(shown)
    ]
    pairs = [(one, two) for one, two in pairwise(dots) if one.y is not None and two.y is not None]
    limit = None if chart.limit is None else _share(chart.limit, low, high)
    return Drawn(chart, low, high, dots, pairs, limit, len(chart.points) - places)


def _axis(chart: Chart, values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return 0.0, _FULL.get(chart.kind, 1.0)
    high = max(_FULL.get(chart.kind, 0.0), *values) or 1.0
    gap = high - min(values)
    if gap > 0.5 * high:
        return min(0.0, *values), high
    return high - _nice(max(gap * _ROOM, high / 1000)), high


def _nice(length: float) -> float:
    """The next 1, 2 or 5 with as many noughts as it takes."""
    base = 10.0 ** floor(log10(length))
    return next(step * base for step in (1, 2, 5, 10) if step * base >= length * 0.9999)


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) * 100 / (high - low), 0.0), 100.0)
