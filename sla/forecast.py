"""When a supply will be empty: robust regression over its level (P3).

Only what came after the last replacement counts, and 14 days of it at least. A running median of five first takes out
single polls that went astray. Devices that report in steps of 10 % give long runs of one level, so of each run only the
first point is kept (and the last of all): where the level changed is what is known. A straight line is then laid
through these by Theil and Sen: its slope is the median of the slopes of all pairs. The interval is that of the slope by
Kendall's ranks at 90 %, the points taken as independent; the pages a day are taken as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, groupby
from math import ceil, sqrt
from statistics import NormalDist, median, median_high
from typing import Final, Literal, NamedTuple

from sla.instant import DAY, Ms
from sla.supplies import replacements

Against = Literal["time", "pages"]

AT_LEAST: Final = 14 * DAY
MOST_POINTS: Final = 400
CONFIDENCE: Final = 0.9


class Level(NamedTuple):
    """One poll: what is left in percent, and the pages printed so far, unwrapped (C4); None where not known."""

    ts: Ms
    percent: float | None
    pages: int | None = None


class Forecast(NamedTuple):
    """Days from now until it is empty, with an interval; None: never, as it goes. 0: it should be empty already.

    `since` is where the data begin, `points` how many carry the line.
    """

    days: float | None
    low: float | None
    high: float | None
    since: Ms
    points: int


class _Point(NamedTuple):
    ts: Ms
    percent: float
    x: int


class _Slopes(NamedTuple):
    """Percent for each unit of x: the steepest of the interval, the median, the flattest."""

    steep: float
    middle: float
    flat: float


def forecast(levels: Sequence[Level], now: Ms, against: Against = "time") -> Forecast | None:
    """Days to empty from polls in order of time; None where there are less than 14 days of data (P3).

    Against `pages` the level is a line over the pages printed, and the days follow from the pages a day since the
    replacement; polls that do not know their pages are left out, and None is given where nothing was printed.
    """
    stretch = _since_replacement(_smoothed(_known(levels, against)))
    if not stretch or stretch[-1].ts - stretch[0].ts < AT_LEAST:
        return None
    points = _edges(_thinned(stretch))
    first, last = points[0], points[-1]
    x_per_day = (last.x - first.x) * DAY / (last.ts - first.ts)
    if x_per_day <= 0:
        return None
    present = last.x + x_per_day * (now - last.ts) / DAY
    ends = [_empty_at(points, slope) for slope in _theil_sen(points)]
    soon, middle, late = (None if end is None else max(0.0, (end - present) / x_per_day) for end in ends)
    return Forecast(middle, soon, late, stretch[0].ts, len(points))


def _known(levels: Sequence[Level], against: Against) -> list[_Point]:
    return [
        _Point(one.ts, one.percent, x)
        for one in levels
        if one.percent is not None and (x := one.ts if against == "time" else one.pages) is not None
    ]


def _smoothed(points: Sequence[_Point]) -> list[_Point]:
    """The running median of five, of three and one at the ends: a line stays a line, a replacement a step."""
    smoothed = []
    for i, point in enumerate(points):
        reach = min(2, i, len(points) - 1 - i)
        smoothed.append(point._replace(percent=median(p.percent for p in points[i - reach : i + reach + 1])))
    return smoothed


def _since_replacement(points: Sequence[_Point]) -> Sequence[_Point]:
    found = replacements([(one.ts, one.percent) for one in points])
    return [one for one in points if one.ts >= found[-1].ts] if found else points


def _thinned(points: Sequence[_Point]) -> list[_Point]:
    """At most 400: the median of each few neighbours, an odd number of them, so that it is one that was seen."""
    size = -(-len(points) // MOST_POINTS) | 1
    groups = [points[i : i + size] for i in range(0, len(points), size)]
    return [
        group[(len(group) - 1) // 2]._replace(percent=median_high(one.percent for one in group)) for group in groups
    ]


def _edges(points: Sequence[_Point]) -> list[_Point]:
    """The first of each run of one level, and the last of all."""
    first = [next(run) for _, run in groupby(points, lambda one: one.percent)]
    return first if first[-1] is points[-1] else [*first, points[-1]]


def _theil_sen(points: Sequence[_Point]) -> _Slopes:
    """The median of all slopes between two points, with its interval by Kendall's ranks (Sen 1968)."""
    slopes = sorted((b.percent - a.percent) / (b.x - a.x) for a, b in combinations(points, 2) if b.x > a.x)
    n = len(points)
    spread = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    steep = max(0, int((len(slopes) - spread) / 2) - 1)
    flat = min(len(slopes) - 1, ceil((len(slopes) + spread) / 2))
    return _Slopes(slopes[steep], median(slopes), slopes[flat])


def _empty_at(points: Sequence[_Point], slope: float) -> float | None:
    """The x at which the line of this slope, through the middle of the points, comes to 0; None for never."""
    if slope >= 0:
        return None
    return -median(one.percent - slope * one.x for one in points) / slope
