"""What a device was, moment by moment: observations that hold, outages, blind time (O3, O6)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from sla.instant import Ms
from sla.judge import Outage
from sla.seen import Seen

BLIND_AFTER: Final = 3
"""An observation that is followed by none for more than this many intervals holds for one of them (O6)."""

Shown = Literal["up", "degraded", "down", "unmonitored"]


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
    pieces: list[Held] = []
    visible = seen[: bisect_right(seen, now, key=itemgetter(0))]
    for i, (one, (state, conditions)) in enumerate(zip(visible, _said(visible, outages), strict=True)):
        following = i + 1 < len(visible)
        until = visible[i + 1].ts if following else now
        blind = until - one.ts > BLIND_AFTER * (interval := max(one.interval_ms, configured_ms))
        if not following and end is not None:
            until = end
        _add(pieces, one.ts, one.ts + interval if blind else until, state, conditions)
        if blind:
            _add(pieces, one.ts + interval, until, "unmonitored", ())
    return pieces


def blind_at(seen: Sequence[Seen], configured_ms: Ms, now: Ms) -> Ms | None:
    """The first instant at which the last observation by `now` holds no more unless one follows; None without one."""
    last = bisect_right(seen, now, key=itemgetter(0))
    if not last:
        return None
    return seen[last - 1].ts + BLIND_AFTER * max(seen[last - 1].interval_ms, configured_ms) + 1


def _said(seen: Sequence[Seen], outages: Sequence[Outage]) -> list[tuple[Shown, tuple[str, ...]]]:
    """What counts while each observation holds."""
    said: list[tuple[Shown, tuple[str, ...]]] = []
    unseen: tuple[Shown, tuple[str, ...]] = ("unmonitored", ())
    good, bad = unseen, unseen
    at = max(0, bisect_left(outages, seen[0].ts, key=itemgetter(0)) - 1) if seen else 0
    for ts, state, _, conditions in seen:
        while at < len(outages) and _over(outages[at], ts):
            at += 1
        inside = at < len(outages) and outages[at].start <= ts
        if state == "unknown":
            said.append(unseen)
        elif inside:
            bad = ("down", conditions) if state == "down" else ("down", bad[1])
            said.append(bad)
        else:
            good = good if state == "down" else (state, conditions)
            said.append(good)
    return said


def _over(outage: Outage, ts: Ms) -> bool:
    return outage.until is not None and outage.until <= ts


def _add(pieces: list[Held], start: Ms, until: Ms, state: Shown, conditions: tuple[str, ...]) -> None:
    if until <= start:
        return
    if pieces and pieces[-1][1:] == (start, state, conditions):
        pieces[-1] = Held(pieces[-1].start, until, state, conditions)
    else:
        pieces.append(Held(start, until, state, conditions))
