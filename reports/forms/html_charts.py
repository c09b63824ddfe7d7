"""Charts as HTML with small drawings (SVG): labels stay text, positions are attributes, colours are `book.css`'s."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from reports.availability import N_
from reports.book import Book, Translate
from reports.forms.charts import Drawn, Mark, Tick
from reports.forms.charts import charts as all_of

LIMIT: Final = N_("Limit: {value}")
LEFT_OUT: Final = N_("{count} more in the tables")
_WIDE, _HIGH = 600, 160
_MOST_LABELS: Final = 12


def charts(book: Book, translate: Translate) -> Markup:
    """All charts of a book, or nothing."""
    drawn = Markup("\n").join(_figure(one, translate) for one in all_of(book, translate))
    return Markup('<div class="book-charts">{}</div>').format(drawn) if drawn else Markup("")


def _figure(chart: Drawn, translate: Translate) -> Markup:
    notes = [translate(LIMIT).format(value=chart.limit.label)] if chart.limit else []
    notes += [translate(LEFT_OUT).format(count=chart.left_out)] if chart.left_out else []
    legend = Markup("").join(
        Markup("<span{}>{}</span>").format(Markup(' class="book-limit"') if chart.limit and not n else "", one)
        for n, one in enumerate(notes)
    )
    drawing = _line(chart) if chart.style == "line" else _bars(chart)
    return Markup('<figure class="book-chart"><figcaption>{}{}</figcaption>{}</figure>').format(
        chart.title, legend, drawing
    )


def _bars(chart: Drawn) -> Markup:
    rows = Markup("").join(
        Markup('<li><span class="book-label">{}</span>{}<b>{}</b></li>').format(one.label, _bar(chart, one), one.value)
        for one in chart.marks
    )
    return Markup('<ol class="book-bars">{}<li aria-hidden="true"><span></span>{}<b></b></li></ol>').format(
        rows, _axis(chart.ticks)
    )


def _bar(chart: Drawn, mark: Mark) -> Markup:
    lines = [_across(one, "grid") for one in chart.ticks]
    if mark.at is not None and chart.style == "bars":
        left, right = sorted((chart.base, mark.at))
        lines.append(
            Markup('<rect class="mark" x="{:.2%}" y="20%" width="{:.2%}" height="60%" rx="2"/>').format(
                left, max(right - left, 0.003)
            )
        )
    elif mark.at is not None:
        lines.append(Markup('<circle class="mark" cx="{:.2%}" cy="50%" r="5"/>').format(mark.at))
    if chart.limit:
        lines.append(_across(chart.limit, "limit"))
    return Markup('<svg aria-hidden="true">{}</svg>').format(Markup("").join(lines))


def _across(tick: Tick, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{:.2%}" x2="{:.2%}" y1="0" y2="100%"/>').format(kind, tick.at, tick.at)


def _axis(ticks: tuple[Tick, ...]) -> Markup:
    texts = Markup("").join(
        Markup('<text x="{:.2%}" y="12" class="{}">{}</text>').format(
            one.at, "first" if n == 0 else "last" if n == len(ticks) - 1 else "", one.label
        )
        for n, one in enumerate(ticks)
    )
    return Markup('<svg class="axis">{}</svg>').format(texts)


def _line(chart: Drawn) -> Markup:
    """Runs of numbers as lines, one alone as a dot; the words of all marks for those who do not see."""
    told = "; ".join(f"{one.label}: {one.value}" for one in chart.marks)
    parts = [
        Markup('<line class="grid" x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(_WIDE, _y(one.at), _y(one.at))
        for one in chart.ticks
    ]
    if chart.limit:
        at = _y(chart.limit.at)
        parts.append(Markup('<line class="limit" x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(_WIDE, at, at))
    for run in runs(chart.marks):
        drawn = " ".join(f"{_x(n, chart):.1f},{_y(at):.1f}" for n, at in run)
        parts.append(Markup('<polyline class="mark" points="{}"/>').format(drawn))
        parts += [
            Markup('<circle class="mark" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(_x(n, chart), _y(at))
            for n, at in (run if len(chart.marks) <= 60 else run[:: max(1, len(run) - 1)])
        ]
    ticks = Markup("").join(
        Markup('<text x="-8" y="{:.1f}" class="side">{}</text>').format(_y(one.at) + 4, one.label)
        for one in chart.ticks
    )
    return Markup('<svg class="book-line" viewBox="-70 -8 690 200" role="img" aria-label="{}">{}{}{}</svg>').format(
        told, Markup("").join(parts), ticks, _labels(chart)
    )


def runs(marks: tuple[Mark, ...]) -> list[list[tuple[int, float]]]:
    """The numbers without gaps between them, each with its place."""
    found: list[list[tuple[int, float]]] = [[]]
    for n, one in enumerate(marks):
        if one.at is None:
            found.append([])
        else:
            found[-1].append((n, one.at))
    return [run for run in found if run]


def _labels(chart: Drawn) -> Markup:
    every = -(-len(chart.marks) // _MOST_LABELS)
    return Markup("").join(
        Markup('<text x="{:.1f}" y="{}"{}>{}</text>').format(
            _x(n, chart), _HIGH + 20, Markup(' class="minor"') if n // every % 3 else "", one.label
        )
        for n, one in enumerate(chart.marks)
        if n % every == 0
    )


def _x(n: int, chart: Drawn) -> float:
    return (n + 0.5) * _WIDE / len(chart.marks)


def _y(at: float) -> float:
    return (1 - at) * _HIGH
