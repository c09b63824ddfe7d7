"""Every second of a device's month as a cell of an array, painted from the polls by the rules read aloud (O3-A6).

`tests.sla.walking` walks seconds one by one, which a year of a city is too long for; that both say the same of pieces
of this very year is looked at as well (`tests.proof.year_walks`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sla.owners import Policy
from tests.proof.year_city import CALENDARS, INTERVAL, S
from tests.proof.year_polls import Polls, Word
from tests.sla.walking.classes import Moment, whose
from tests.sla.walking.counted import Count, mark
from tests.sla.walking.hours import shows_open, spans_on

CLASSES: Final = (
    "not_in_service", "closed", "maintenance", "excluded", "unmonitored", "unreachable", "down", "degraded", "up",
)  # fmt: skip
_CODE: Final = {name: n for n, name in enumerate(CLASSES)}
_LONG_AGO: Final = -(1 << 61)
Cells = NDArray[np.uint8]
Flags = NDArray[np.bool_]


class Bad(NamedTuple):
    """An O3 outage: its first second, the first after it (None: it lasts), the last good word before it."""

    start: int
    until: int | None
    last_ok: int | None


@dataclass(frozen=True)
class Painted:
    """A device as it is known at `now`: polls in order, its parents', hours, and what people took out of the count."""

    polls: Polls
    words: Sequence[Word]
    above: Sequence[Polls]
    hours: str
    now: int
    policy: Policy
    grace: int
    since: int | None = None
    until: int | None = None
    maintenance: Sequence[tuple[int, int]] = field(default_factory=tuple)
    excluded: Sequence[tuple[int, int]] = field(default_factory=tuple)

    @cached_property
    def outages(self) -> list[Bad]:
        """Its own."""
        return outages(self.polls, self.words)

    @cached_property
    def over(self) -> list[Bad]:
        """Its parents'."""
        return [bad for above in self.above for bad in outages(above, self.words)]


class Shown(NamedTuple):
    """Cells from `begin` on: classes as they show, as they are beneath, and whether down counts as the vendor's."""

    begin: int
    shown: Cells
    beneath: Cells
    vendors: Flags


def outages(polls: Polls, words: Sequence[Word]) -> list[Bad]:
    """O3 with two to confirm and one to recover: a run of at least two `down`, up to the next good word."""
    unknown = np.array([word.state == "unknown" for word in words])
    is_down = np.array([word.state == "down" for word in words])
    told = ~unknown[polls.word]
    ts, down = polls.ts[told], is_down[polls.word[told]]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], down, [False])).astype(np.int8)))
    found = []
    for first, after in edges.reshape(-1, 2).tolist():
        if after - first >= 2:
            until = int(ts[after]) if after < len(ts) else None
            found.append(Bad(int(ts[first]), until, int(ts[first - 1]) if first else None))
    return found


def paint(one: Painted, start: int, until: int) -> tuple[Shown, list[Bad]]:
    """All seconds of [start, until), and as many more as the outages that touch it need (A6)."""
    every = one.outages
    mine = [bad for bad in every if bad.start < until and (bad.until is None or bad.until > start)]
    begin = min([start, *(bad.start for bad in mine)])
    end = max([until, *(one.now if bad.until is None else bad.until for bad in mine)])
    beneath, vendors = _beneath(one, every, begin, end)
    shown = beneath.copy()
    for excluded in one.excluded:
        _put(shown, begin, *excluded, _CODE["excluded"])
    for planned in one.maintenance:
        _put(shown, begin, *planned, _CODE["maintenance"])
    shown[~opened(one.hours, begin, end)] = _CODE["closed"]
    for cells in (shown, beneath):
        _put(cells, begin, _LONG_AGO, one.since if one.since is not None else _LONG_AGO, 0)
        _put(cells, begin, one.until if one.until is not None else end, end, 0)
    return Shown(begin, shown, beneath, vendors), mine


def _put(cells: NDArray[Any], begin: int, start: int, until: int, value: Any) -> None:
    low, high = max(0, (start - begin) // S), max(0, (until - begin) // S)
    cells[low:high] = value


def _beneath(one: Painted, every: Sequence[Bad], begin: int, end: int) -> tuple[Cells, Flags]:
    """The classes as if nobody closed, planned or corrected anything; whose down time counts as the vendor's."""
    length = (end - begin) // S
    cells = np.full(length, _CODE["unmonitored"], np.uint8)
    vendors = np.zeros(length, np.bool_)
    ts, low = one.polls.ts, int(np.searchsorted(one.polls.ts, begin, side="right")) - 1
    high = int(np.searchsorted(ts, min(end, one.now)))
    _hold(one, cells, begin, max(low, 0), high)
    hall = ~opened(one.hours, begin, end)
    for bad in every:
        until = one.now if bad.until is None else bad.until
        if until > begin and bad.start < end:
            _outage(one, bad, until, begin, cells, vendors, hall)
    _blind(one, cells, begin, max(low, 0), high)
    return cells, vendors


def _hold(one: Painted, cells: Cells, begin: int, low: int, high: int) -> None:
    """Each word until the next; a `down` that is no outage belongs to the good word before it."""
    good = "unmonitored"
    for i in range(low - 1, -1, -1):
        if (state := one.words[one.polls.word[i]].state) in ("up", "degraded"):
            good = state
            break
    at = np.append(one.polls.ts[low : high + 1], one.now)[: high - low + 1]
    codes = []
    for word in one.polls.word[low:high].tolist():
        state = one.words[word].state
        good = state if state in ("up", "degraded") else good
        codes.append(_CODE["unmonitored" if state == "unknown" else good])
    if codes:
        edges = np.clip((np.minimum(at, one.now) - begin) // S, 0, len(cells))
        cells[edges[0] : edges[-1]] = np.repeat(np.array(codes, np.uint8), np.diff(edges))


def _blind(one: Painted, cells: Cells, begin: int, low: int, high: int) -> None:
    """O6: where the next word is too late, and while one could not judge."""
    ts = np.append(one.polls.ts[low : high + 1], one.now)[: high - low + 1]
    for i in np.flatnonzero(np.diff(ts) > 3 * INTERVAL).tolist():
        interval = max(one.words[one.polls.word[low + i]].interval, INTERVAL)
        if ts[i + 1] - ts[i] > 3 * interval:
            _put(cells, begin, int(ts[i]) + interval, int(ts[i + 1]), _CODE["unmonitored"])
    for n in np.flatnonzero(one.polls.word[low:high]).tolist():
        if one.words[one.polls.word[low + n]].state == "unknown":
            _put(cells, begin, int(ts[n]), int(ts[n + 1]), _CODE["unmonitored"])


def _outage(one: Painted, bad: Bad, until: int, begin: int, cells: Cells, vendors: Flags, hall: Flags) -> None:
    """Down, with the owner of each stretch; unreachable where a parent explains it."""
    low, high = np.searchsorted(one.polls.ts, [bad.start, until]).tolist()
    _put(cells, begin, bad.start, until, _CODE["down"])
    edges = [i for i in range(low, high) if one.words[one.polls.word[i]].state == "down"]
    for i, after in zip(edges, [*edges[1:], None], strict=True):
        _, owner = whose(one.words[one.polls.word[i]].conditions, one.policy, down=True)
        at = int(one.polls.ts[i])
        counts = mark(Moment("down", None, owner), "contract", one.policy) == "bad"
        _put(vendors, begin, at, until if after is None else int(one.polls.ts[after]), counts)
    graced = _grace(one, bad, until, hall, begin)
    _put(vendors, begin, bad.start, graced, value=False)
    for over in one.over:
        if (span := explained(one, bad, until, over)) is not None:
            _put(cells, begin, *span, _CODE["unreachable"])


def _grace(one: Painted, bad: Bad, until: int, hall: Flags, begin: int) -> int:
    """O10: of what began in closed hours the hall has the time until a quarter of an hour after opening."""
    first = (bad.start - begin) // S
    last = max(first, (until - begin) // S)
    closed = ~opened(one.hours, bad.start, until) if first < 0 else hall[first:last]
    if not len(closed) or not closed[0]:
        return bad.start
    openings = np.flatnonzero(~closed)
    return until if not len(openings) else min(until, bad.start + int(openings[0]) * S + one.grace)


def explained(one: Painted, own: Bad, until: int, over: Bad) -> tuple[int, int] | None:
    """O5 with both its edges."""
    end = one.now if over.until is None else over.until
    if not (own.start < end and over.start < until):
        return None
    noticed_first = over.start - 2 * INTERVAL <= own.start < over.start
    noticed_first = noticed_first and (over.last_ok is None or own.start > over.last_ok)
    start = own.start if noticed_first else max(own.start, over.start)
    if end >= until:
        return start, until
    for i in range(int(np.searchsorted(one.polls.ts, end)), len(one.polls.ts)):
        state = one.words[one.polls.word[i]].state
        if state != "unknown":
            return start, end if state == "down" else min(until, int(one.polls.ts[i]))
    return start, until


@lru_cache(maxsize=2048)
def _open_minutes(hours: str, start: int, until: int) -> Flags:
    """Minute by minute, by what a clock on the wall shows (T3)."""
    document = CALENDARS[hours]
    beginning, zone = spans_on(document), ZoneInfo(document["zone"])
    wall = datetime.fromtimestamp(start // S, zone).replace(tzinfo=None)
    count = (until - start) // (60 * S)
    return np.array([shows_open(beginning, wall + timedelta(minutes=n)) for n in range(count)])


def opened(hours: str, start: int, until: int) -> Flags:
    """Whether the hall is open, second by second; Shanghai never puts its clocks back."""
    day = 86_400 * S
    low, high = start // day * day, -(-until // day) * day
    days = [_open_minutes(hours, at, at + day) for at in range(low, high, day)]
    cells = np.repeat(np.concatenate(days), 60) if days else np.zeros(0, np.bool_)
    return cells[(start - low) // S : (until - low) // S]


def count(one: Painted, start: int, until: int, profile: str) -> Count:
    """A2-A6 of one month under one profile."""
    return counts(one, start, until, (profile,))[profile]


def counts(one: Painted, start: int, until: int, profiles: Sequence[str]) -> dict[str, Count]:
    """The same under several profiles."""
    painted, mine = paint(one, start, until)
    within = slice((start - painted.begin) // S, (until - painted.begin) // S)
    ms = dict(zip(CLASSES, (np.bincount(painted.shown[within], minlength=9) * S).tolist(), strict=True))
    raw_good, raw_bad = _good_bad(painted.beneath, painted.vendors, "raw")
    raws = int(raw_good[within].sum()) * S, int(raw_bad[within].sum()) * S
    found = {}
    for profile in profiles:
        cells = painted.beneath if profile == "raw" else painted.shown
        good, bad = _good_bad(cells, painted.vendors, profile)
        begun, ended = _outages(one, painted, mine, bad, (start, until))
        sums = int(good[within].sum()) * S, int(bad[within].sum()) * S
        found[profile] = Count(ms, *sums, *raws, begun, len(ended), sum(ended))
    return found


def _good_bad(cells: Cells, vendors: Flags, profile: str) -> tuple[Flags, Flags]:
    """A2."""
    good = (cells == _CODE["up"]) | (cells == _CODE["degraded"])
    down = cells == _CODE["down"]
    return (good, down & vendors) if profile == "contract" else (good, down | (cells == _CODE["unreachable"]))


def _outages(
    one: Painted, painted: Shown, mine: Sequence[Bad], bad: Flags, period: tuple[int, int]
) -> tuple[int, list[int]]:
    """A6: those whose first bad second is in the period; the bad ms of those whose last one is."""
    begun, ended = 0, []
    for outage in mine:
        until = one.now if outage.until is None else outage.until
        low = (outage.start - painted.begin) // S
        places = np.flatnonzero(bad[low : (until - painted.begin) // S]) + low
        if not len(places):
            continue
        first, last = (painted.begin + int(places[n]) * S for n in (0, -1))
        begun += period[0] <= first < period[1]
        if period[0] <= last < period[1] and outage.until is not None:
            ended.append(len(places) * S)
    return begun, ended
