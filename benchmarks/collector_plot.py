"""A row of small line charts over one axis, as SVG that is readable on light and on dark ground."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _BELOW = 250, 170, 62, 64, 46
_GAP: Final = 24
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#24292f}.title{font-size:14px;font-weight:600}.small{font-size:11px;fill:#57606a}"
    ".line{stroke:#0550ae;fill:none;stroke-width:2}.dot{fill:#0550ae}.axis{stroke:#8c959f}.grid{stroke:#d8dee4}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.line{stroke:#79c0ff}.dot{fill:#79c0ff}"
    ".axis{stroke:#6e7681}.grid{stroke:#30363d}}"
)


class Panel(NamedTuple):
    """One chart: what its values are, with their unit, and one value for each place on the axis below."""

    title: str
    values: Sequence[float]


def plot(title: str, below: str, places: Sequence[float], panels: Sequence[Panel]) -> str:
    """The charts side by side; `below` names the axis that they share, which is logarithmic. Values start at zero."""
    step = _LEFT + _WIDTH + _GAP
    width, height = step * len(panels), _TOP + _HEIGHT + _BELOW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(title)}"><title>{escape(title)}</title><style>{_STYLE}</style>',
        f'<text class="title" x="{_GAP}" y="24">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({number * step + _LEFT},{_TOP})">{_panel(panel, below, places)}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel, below: str, places: Sequence[float]) -> str:
    top = _round_up(max(panel.values) or 1.0)
    low, high = math.log10(min(places)), math.log10(max(places))
    across = [(math.log10(place) - low) / (high - low) * (_WIDTH - 24) + 12 for place in places]
    up = [_HEIGHT * (1 - value / top) for value in panel.values]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, up, strict=True))
    parts = [f'<text x="0" y="-12">{escape(panel.title)}</text>']
    for share in (0.0, 0.5, 1.0):
        y = _HEIGHT * (1 - share)
        parts.append(f'<line class="{"grid" if share else "axis"}" x1="0" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="small" x="-8" y="{y + 4:.1f}" text-anchor="end">{top * share:g}</text>')
    for x, place in zip(across, places, strict=True):
        parts.append(f'<text class="small" x="{x:.1f}" y="{_HEIGHT + 18}" text-anchor="middle">{place:,.0f}</text>')
    parts.append(f'<text x="{_WIDTH / 2:.0f}" y="{_HEIGHT + 38}" text-anchor="middle">{escape(below)}</text>')
    parts.append(f'<polyline class="line" points="{points}"/>')
    for x, y, value in zip(across, up, panel.values, strict=True):
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        parts.append(f'<text class="small" x="{x:.1f}" y="{max(y - 8, 8):.1f}" text-anchor="middle">{value:.3g}</text>')
    return "".join(parts)


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten that leaves a little room."""
    power: float = 10 ** math.floor(math.log10(value * 1.1))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= value * 1.1)
