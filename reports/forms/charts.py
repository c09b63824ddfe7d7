"""A chart's geometry, once for every form that draws: where marks, ticks and limit lie between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from reports.book import Book, Chart, Kind, Translate
from reports.forms.cells import hours, number, shown
from reports.forms.texts import clean, shortened

MOST: Final = {"bars": 40, "line": 400}
"""Marks that one chart shows."""
_TICKS: Final = 5
_LABEL: Final = 40
_TIMES: Final = (60, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400)
"""Steps of an axis of seconds."""
Style = Literal["bars", "dots", "line"]


class Mark(NamedTuple):
    """`at` is 0..1 along the axis, None for a gap; `value` is what it says in words."""

    label: str
    value: str
    at: float | None


class Tick(NamedTuple):
    """A line across, and what stands beside it."""

    label: str
    at: float


class Drawn(NamedTuple):
    """A chart as it is drawn. Bars begin at 0; where an axis does not, there are dots instead, which promise nothing.

    `base` is where bars begin.
    """

    title: str
    style: Style
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    limit: Tick | None
    base: float
    left_out: int


def charts(book: Book, translate: Translate) -> list[Drawn]:
    """Those of a book that have something to show."""
    return [drawn(one, book, translate) for one in book.charts if any(v is not None for _, v in one.points)]


def drawn(chart: Chart, book: Book, translate: Translate) -> Drawn:
    """One chart with at least one number."""
    points = chart.points[: MOST[chart.form]]
    values = [value for _, value in points if value is not None]
    values += [] if chart.limit is None else [chart.limit]
    style = _style(chart, values)
    axis = _axis(values, chart.kind, zero=style == "bars")
    low, whole = axis[0], axis[-1] - axis[0]

    def said(value: float | None) -> str:
        return shown(value, chart.kind, book.zone, translate)

    def at(value: float) -> float:
        return min(1.0, max(0.0, (value - low) / whole))

    return Drawn(
        clean(chart.title),
        style,
        tuple(Mark(shortened(clean(n), _LABEL), said(v), None if v is None else at(v)) for n, v in points),
        tuple(Tick(_short(value, chart.kind, axis[1] - low), at(value)) for value in axis),
        None if chart.limit is None else Tick(said(chart.limit), at(chart.limit)),
        at(0.0),
        len(chart.points) - len(points),
    )


def _style(chart: Chart, values: Sequence[float]) -> Style:
    if chart.form == "line":
        return "line"
    return "dots" if chart.kind in {"ratio", "points"} and min(values) > max(values) / 2 else "bars"


def _axis(values: Sequence[float], kind: Kind, *, zero: bool) -> list[float]:
    """Even steps of round numbers that hold all values; a ratio ends at 1."""
    low, high = (min(0.0, *values), max(0.0, *values)) if zero else (min(values), max(values))
    most = 1.0 if kind == "ratio" and high <= 1 else 100.0 if kind == "points" and high <= 100 else None
    high = high if most is None or zero else most
    step = _step((high - low) or abs(high) or 1.0, kind)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [n * step for n in range(first, max(last, first + 1) + 1)]


def _step(room: float, kind: Kind) -> float:
    rough = room / _TICKS
    if kind == "seconds" and rough <= _TIMES[-1]:
        return float(next(step for step in _TIMES if step >= rough))
    unit = 86_400.0 if kind == "seconds" else 1.0
    power = 10.0 ** math.floor(math.log10(rough / unit))
    found = unit * next(n * power for n in (1, 2, 5, 10) if n * power >= rough / unit * 0.999)
    return max(found, 1.0) if kind == "count" else found


def _short(value: float, kind: Kind, step: float) -> str:
    """A tick's words: no more places than the steps need."""
    if kind == "ratio":
        places = max(0, -math.floor(math.log10(step * 100) + 1e-9))
        return f"{value * 100:.{places}f}%"
    exact = Decimal(f"{value:.6f}")
    return hours(exact).removesuffix(":00") if kind == "seconds" else number(exact)
