"""What a device was, moment by moment: observations that hold, outages, blind time (O3, O6)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from sla.instant import Ms
from sla.judge import Outage
from sla.seen import Seen

BLIND_AFTER: Final = 3
"""An observation that is followed by none for more than this many intervals holds for one of them (O6)."""

Shown = Literal["up", "degraded", "down", "unmonitored"]

_Said = tuple[Shown, tuple[str, ...]]
_UNSEEN: Final[_Said] = ("unmonitored", ())


class Held(NamedTuple):
    """[start, until) in one state, with what was said while it held (nothing while unmonitored)."""

    start: Ms
    until: Ms
    state: Shown
    conditions: tuple[str, ...]


def timeline(
    seen: Sequence[Seen], outages: Sequence[Outage], configured_ms: Ms, now: Ms, end: Ms | None = None
) -> list[Held]:
    """Cut [first observation, now) by state; neighbours differ. Before the first there is nothing, hence unmonitored.

    `seen` is distinct and sorted, `outages` what `judge` made of them, `configured_ms` the device's own interval.
    Observations after `now` have not been. With `end` (after `now`) what holds at `now` is drawn on to there.
    """
    visible = seen[: bisect_right(seen, now, key=itemgetter(0))]
    if not visible:
        return []
    turns: list[tuple[Ms, _Said]] = []
    last: _Said | None = None
    untils = [one.ts for one in visible[1:]] + [now]
    for (ts, _, said_ms, _), until, said in zip(visible, untils, _said(visible, outages), strict=True):
        if said != last:
            turns.append((ts, said))
            last = said
        interval = said_ms if said_ms > configured_ms else configured_ms
        if until - ts > BLIND_AFTER * interval:
            turns.append((ts + interval, _UNSEEN))
            last = _UNSEEN
    return _pieces(turns, now if end is None else end)


def blind_at(seen: Sequence[Seen], configured_ms: Ms, now: Ms) -> Ms | None:
    """The first instant at which the last observation by `now` holds no more unless one follows; None without one."""
    last = bisect_right(seen, now, key=itemgetter(0))
    if not last:
        return None
    return seen[last - 1].ts + BLIND_AFTER * max(seen[last - 1].interval_ms, configured_ms) + 1


def _said(seen: Sequence[Seen], outages: Sequence[Outage]) -> Iterator[_Said]:
    """What counts while each observation holds."""
    good, bad = _UNSEEN, _UNSEEN
    edges = iter([edge for outage in outages for edge in outage[:2] if edge is not None])
    edge, inside = next(edges, None), False
    for ts, state, _, conditions in seen:
        while edge is not None and ts >= edge:
            edge, inside = next(edges, None), not inside
        if state == "unknown":
            yield _UNSEEN
        elif inside:
            bad = ("down", conditions) if state == "down" else ("down", bad[1])
            yield bad
        else:
            if state != "down":
                good = (state, conditions)
            yield good


def _pieces(turns: Sequence[tuple[Ms, _Said]], end: Ms) -> list[Held]:
    pieces: list[Held] = []
    for (start, said), (until, _) in pairwise([*turns, (end, _UNSEEN)]):
        if until <= start:
            continue
        if pieces and pieces[-1][2:] == said:
            pieces[-1] = pieces[-1]._replace(until=until)
        else:
            pieces.append(Held(start, until, *said))
    return pieces
