"""The drawing of a ticket's time: its clock in slices (R7) above the device's states, over one axis, in percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from api.band import Piece, Stretch, pieces
from api.instants import DAY_MS
from sla.instant import HOUR, MINUTE
from sla.repair import Repair
from sla.slices import Slice, reached

LONGEST_MS: Final = 31 * DAY_MS
"""So much is drawn at most, the newest; the table has the rest."""
WIDE: Final = 13.0
"""Percent: a bar from this width on bears its word."""
_PAD: Final = 25
_LEAST_PAD_MS: Final = 5 * MINUTE
_LEAST: Final = 0.4
_LABELS: Final = 6
_STEPS: Final = (
    *(n * MINUTE for n in (5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    *(n * DAY_MS for n in (1, 2, 7)),
)


class Window(NamedTuple):
    """The instants at the left and the right edge."""

    start: int
    until: int

    def x(self, at: int) -> float:
        """Percent from the left."""
        return (min(max(at, self.start), self.until) - self.start) * 100.0 / (self.until - self.start)


class Bar(NamedTuple):
    """A slice as drawn: `class_` as R7, or `over` for what was counted beyond the target; `wide`: its word fits."""

    x: float
    width: float
    class_: str
    start: int
    until: int
    wide: bool


class Flag(NamedTuple):
    """An instant that matters: `what` is due, reached, now, restored or cancelled; `side` where its words stand."""

    x: float
    what: str
    at: int
    side: str


class Tick(NamedTuple):
    """A label of the axis."""

    x: float
    text: str


class Drawing(NamedTuple):
    """All that is drawn of one ticket."""

    window: Window
    bars: Sequence[Bar]
    device: Sequence[Piece]
    flags: Sequence[Flag]
    ticks: Sequence[Tick]
    ahead: Bar | None


def window(opened: int, closed: int | None, repair: Repair | None, now: int) -> Window:
    """From before the ticket to after its end, or its due time, or now; at most `LONGEST_MS`."""
    first, last = opened, now if closed is None else closed
    if repair is not None:
        first, last = min(first, repair.start), max(last, repair.until or now)
        if repair.until is None and repair.due is not None:
            last = max(last, min(repair.due, now + LONGEST_MS // 2))
    first = max(first, last - LONGEST_MS)
    pad = max((last - first) // _PAD, _LEAST_PAD_MS)
    return Window(first - pad, last + pad)


def drawing(
    seen: Window, repair: Repair | None, device: Iterable[Stretch], closed: int | None, now: int, zone: ZoneInfo
) -> Drawing:
    """What to draw in a window, with the hours of `zone` at its foot."""
    slices = _split(repair) if repair else []
    found = [one for piece in slices if (one := _bar(seen, *piece))]
    return Drawing(
        seen,
        found,
        pieces(device, seen.start, seen.until),
        flags(seen, repair, closed, now),
        ticks(seen, zone),
        _ahead(seen, repair, now),
    )


def flags(seen: Window, repair: Repair | None, closed: int | None, now: int) -> list[Flag]:
    """The target reached, or due; and now, or the end."""
    found: list[tuple[str, int]] = []
    if repair is not None and repair.target is not None:
        at = reached(repair.slices, repair.target) if repair.breached else repair.due
        if at is not None:
            found.append(("reached" if repair.breached else "due", at))
    end = repair.until if repair is not None else closed
    if end is None:
        found.append(("now", now))
    else:
        found.append(("cancelled" if repair is not None and repair.state == "cancelled" else "restored", end))
    return [Flag(seen.x(at), what, at, _side(seen.x(at))) for what, at in found if seen.start <= at <= seen.until]


def ticks(seen: Window, zone: ZoneInfo) -> list[Tick]:
    """A few hours or days, as the clock on the hall's wall has them; the date at midnight."""
    span = seen.until - seen.start
    step = next((one for one in _STEPS if span <= one * _LABELS), _STEPS[-1])
    wall = datetime.fromtimestamp(seen.start / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[Tick] = []
    while (at := round(wall.timestamp() * 1000)) < seen.until:
        x = (at - seen.start) * 100.0 / span
        if 3 <= x <= 97:
            midnight = wall.hour == wall.minute == 0
            found.append(Tick(x, wall.strftime("%m-%d" if midnight else "%H:%M")))
        wall += timedelta(milliseconds=step)
    return found


def _split(repair: Repair) -> Iterator[tuple[int, int, str]]:
    """The slices, what was counted beyond the target apart."""
    border = None if repair.target is None or not repair.breached else reached(repair.slices, repair.target)
    for start, until, class_ in repair.slices:
        if border is None or class_ != "counted" or until <= border:
            yield start, until, class_
            continue
        if start < border:
            yield start, border, class_
        yield max(start, border), until, "over"


def _bar(seen: Window, start: int, until: int, class_: str) -> Bar | None:
    if until <= seen.start or start >= seen.until:
        return None
    x = seen.x(start)
    width = max(seen.x(until) - x, _LEAST)
    return Bar(min(x, 100 - _LEAST), width, class_, start, until, width >= WIDE)


def _ahead(seen: Window, repair: Repair | None, now: int) -> Bar | None:
    """The time that is left until the due time."""
    if repair is None or repair.until is not None or repair.due is None or repair.due <= now:
        return None
    return _bar(seen, now, repair.due, "ahead")


def _side(x: float) -> str:
    return "after" if x < 55 else "before"


def rows(slices: Sequence[Slice], most: int = 200) -> tuple[Sequence[Slice], int]:
    """The newest slices for the table, and how many were left out."""
    return slices[-most:], max(0, len(slices) - most)
