"""The state of a device over time, as a band: pieces in percent of the period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from api.instants import DAY_MS

LEAST: Final = 0.25
"""Percent: so wide at least is what must not be overlooked."""
_NEGLIGIBLE: Final = 0.03
_LOUD: Final = ("down", "unreachable")
_HOUR: Final = 3_600_000
_STEPS: Final = ((2 * _HOUR, _HOUR // 6), (2 * DAY_MS, 3 * _HOUR), (14 * DAY_MS, DAY_MS))


class Stretch(NamedTuple):
    """[start, until) in one state, with what was said (a cause or conditions)."""

    start: int
    until: int
    state: str
    said: tuple[str, ...] = ()


class Piece(NamedTuple):
    """A rectangle of the band: x and width in percent."""

    x: float
    width: float
    stretch: Stretch


class Mark(NamedTuple):
    """A label of the axis at x percent."""

    x: float
    text: str


def pieces(stretches: Iterable[Stretch], start: int, until: int) -> list[Piece]:
    """What to draw of [start, until), what must not be overlooked last; bounded however restless the device was."""
    scale = 100.0 / (until - start)
    quiet: list[Piece] = []
    loud: list[Piece] = []
    for one in stretches:
        begin, end = max(one.start, start), min(one.until, until)
        if begin >= end:
            continue
        x, width = (begin - start) * scale, (end - begin) * scale
        if one.state in _LOUD:
            _add(loud, Piece(x, width, one))
        elif width >= _NEGLIGIBLE:
            quiet.append(Piece(x, width, one))
    return quiet + loud


def _add(loud: list[Piece], piece: Piece) -> None:
    """Append it, as wide as can be seen, unless the one before covers it in the same state."""
    if loud and loud[-1].stretch.state == piece.stretch.state:
        end = loud[-1].x + loud[-1].width
        if piece.x + piece.width <= end:
            return
    loud.append(Piece(min(piece.x, 100 - LEAST), max(piece.width, LEAST), piece.stretch))


def marks(start: int, until: int, zone: ZoneInfo) -> list[Mark]:
    """Minutes, hours or days, on the clock on the hall's wall."""
    step = next((step for longest, step in _STEPS if until - start <= longest), 7 * DAY_MS)
    wall = datetime.fromtimestamp(start / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    form = "%H:%M" if step < DAY_MS else "%m-%d"
    found: list[Mark] = []
    while (at := round(wall.timestamp() * 1000)) < until:
        x = (at - start) * 100.0 / (until - start)
        if 0 <= x <= 96:
            found.append(Mark(x, wall.strftime(form)))
        wall += timedelta(milliseconds=step)
    return found
