"""A running clock as a bar: how much is counted of how much, and when it goes on, for the browser to draw (R5)."""

from __future__ import annotations

from itertools import islice
from typing import Final, NamedTuple

from api.board import Entry
from api.context import Translate
from api.durations import spoken
from api.words import N_
from sla.instant import DAY, Ms
from sla.ticket import derive

_AHEAD_MS: Final = 4 * DAY
_RUNS: Final = 6
_SOON: Final = 75
WORDS: Final = {
    "left": N_("{time} left"),
    "over": N_("{time} over"),
    "counted": N_("{time} counted"),
    "none": N_("no clock"),
    "closed": N_("outside repair hours"),
    "travel": N_("travel time"),
}


class Bar(NamedTuple):
    """`tone` is calm, soon, late, paused or none; `percent` of the target, at most 100; `runs` as `start,until;…`.

    `counted` and `target` in ms at `now`; `more` says why it stands still, or how it goes on; `reasons` of a pause.
    """

    tone: str
    percent: float
    words: str
    counted: Ms = 0
    target: Ms | None = None
    due: Ms | None = None
    runs: str = ""
    more: str = ""
    reasons: tuple[str, ...] = ()
    over: bool = False


def bar(entry: Entry, now: Ms, _: Translate) -> Bar:
    """The bar of an open ticket at `now`."""
    clock = entry.repair(now)
    if clock is None:
        return Bar("none", 0, _(WORDS["none"]))
    target = clock.target
    words = _spoken(clock.counted, target, _)
    percent = 0 if not target else min(100.0, clock.counted * 100 / target)
    if clock.state == "paused":
        reasons = tuple(sorted(derive(entry.case.events).paused))
        return Bar("paused", percent, words, clock.counted, target, reasons=reasons, over=clock.breached)
    tone = "late" if clock.breached else "soon" if percent >= _SOON else "calm"
    left = clock.granted - clock.travel
    first = clock.contract.clock.deadline(now, left)
    if first is None:
        return Bar(tone, percent, words, clock.counted, target, clock.due, more=_(WORDS["closed"]))
    openings = clock.contract.clock.open_intervals(first, first + _AHEAD_MS)
    runs = ";".join(f"{start},{until}" for start, until in islice(openings, _RUNS))
    still = not clock.contract.clock.is_open(now)
    more = _(WORDS["closed"]) if still else _(WORDS["travel"]) if left else ""
    return Bar(tone, percent, words, clock.counted, target, clock.due, runs, more, over=clock.breached)


def _spoken(counted: Ms, target: Ms | None, _: Translate) -> str:
    if target is None:
        return _(WORDS["counted"]).replace("{time}", spoken(counted, _))
    word, ms = ("over", counted - target) if counted > target else ("left", target - counted)
    return _(WORDS[word]).replace("{time}", spoken(ms, _))
