"""The layers of very many devices at once, from runs of equal observations: what `sla.columns.collect` makes of each.

For the usual device only, as `doubtful` says: of the others `collect` is asked (A1, O3, O5, O6, O10).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from sla.clock import Clock
from sla.clock_arrays import I64
from sla.columns import EVER, Flags, Pieces
from sla.edges import Numbers
from sla.instant import Ms
from sla.opening import grace_end
from sla.parents import EARLIER
from sla.seen import RANK
from sla.spans import Class
from sla.timeline import BLIND_AFTER

_BITS: Final = 43
_UP, _DEGRADED, _DOWN, _UNKNOWN = (RANK[state] for state in ("up", "degraded", "down", "unknown"))


class Runs(NamedTuple):
    """Runs of devices numbered from 0, in order of device and instant: observations of one state, the first at `head`.

    No two of them are more than three intervals apart. `hold` is the interval after which the last one holds no more
    where the next is late (O6), `charged` whether down time that says this counts as the vendor's (C5).
    """

    device: I64
    head: I64
    last: I64
    state: Numbers
    hold: I64
    charged: Flags

    def part(self, which: Flags) -> Runs:
        """Some of them."""
        device, head, last, state, hold, charged = self
        return Runs(device[which], head[which], last[which], state[which], hold[which], charged[which])


class Faults(NamedTuple):
    """O3 outages in order of device and instant: `until` EVER while one lasts, `last_ok` -EVER for none (O5 a).

    `grace` is until when the hall owns it (O10): its start for not at all, EVER for ever.
    """

    device: I64
    start: I64
    until: I64
    last_ok: I64
    grace: I64


def doubtful(runs: Runs, faults: Faults, devices: int, now: Ms) -> Flags:
    """Which devices are not for this module.

    Those whose outages do not begin and end with a run, or have anything up within, and those seen after `now`.
    """
    found = np.zeros(devices, np.bool_)
    found[runs.device[runs.last > now]] = True
    inside, whose = _inside(runs, faults)
    found[runs.device[inside & (runs.state < _DOWN)]] = True
    if not len(faults.start):
        return found
    found[runs.device[inside & (runs.last >= faults.until[whose])]] = True
    low = _low(runs, faults)
    after = np.searchsorted(_key(faults.device, faults.start, low), _key(runs.device, runs.head, low), side="right")
    after = after[(next_ := after < len(faults.start))]
    over = (faults.device[after] == runs.device[next_]) & (runs.last[next_] >= faults.start[after])
    found[runs.device[next_][over]] = True
    downs = runs.part(runs.state == _DOWN)
    begun = np.isin(_key(faults.device, faults.start, low), _key(downs.device, downs.head, low))
    found[faults.device[~begun & (faults.start <= now)]] = True
    return found


def laid(runs: Runs, faults: Faults, now: Ms) -> tuple[dict[Class, Pieces], Flags]:
    """The layers `up`, `degraded`, `down` and `unmonitored`, and of each piece of `down` whether it is charged."""
    inside, whose = _inside(runs, faults)
    down, charged = _down(runs, faults, inside & (runs.state == _DOWN), whose, now)
    return {**_held(runs, inside, now), "down": down}, charged


def _low(runs: Runs, faults: Faults) -> Ms:
    return int(min(runs.head.min(initial=EVER), faults.start.min(initial=EVER)))


def _key(device: I64, at: I64, low: Ms) -> I64:
    """Device and instant as one number; what lies beyond 278 years is that far away."""
    return (device << _BITS) + np.clip(at - low, 0, (1 << _BITS) - 1)


def _inside(runs: Runs, faults: Faults) -> tuple[Flags, I64]:
    """Whether a run begins within an outage, and within which."""
    if not len(faults.start):
        return np.zeros(len(runs.head), np.bool_), np.zeros(len(runs.head), np.int64)
    low = _low(runs, faults)
    place = np.searchsorted(_key(faults.device, faults.start, low), _key(runs.device, runs.head, low), side="right")
    whose = np.maximum(place - 1, 0)
    inside = (place > 0) & (faults.device[whose] == runs.device) & (runs.head < faults.until[whose])
    return inside, whose


def _held(runs: Runs, inside: Flags, now: Ms) -> dict[Class, Pieces]:
    """What each run holds until the next, or blind time begins (O3, O6)."""
    then = np.full(len(runs.head), now)
    follows = np.flatnonzero(runs.device[1:] == runs.device[:-1])
    then[follows] = runs.head[follows + 1]
    blind = then - runs.last > BLIND_AFTER * runs.hold
    end = np.where(blind, runs.last + runs.hold, then)
    shown = _shown(runs, inside)
    found: dict[Class, Pieces] = {
        "up": _pieces(runs.device, runs.head, end, shown == _UP),
        "degraded": _pieces(runs.device, runs.head, end, shown == _DEGRADED),
    }
    unseen = _pieces(runs.device, runs.head, end, shown == _UNKNOWN)
    late = _pieces(runs.device, end, then, blind)
    both = Pieces(*(np.concatenate(column) for column in zip(unseen, late, strict=True)))
    found["unmonitored"] = Pieces(*(column[np.argsort(both.device, kind="stable")] for column in both))
    return found


def _shown(runs: Runs, inside: Flags) -> Numbers:
    """What counts while a run holds; a `down` that confirms nothing is what was last up or degraded before it (O3)."""
    if not len(runs.head):
        return runs.state
    stray = ~inside & (runs.state == _DOWN)
    place = np.maximum.accumulate(np.where(~inside & (runs.state < _DOWN), np.arange(len(runs.head)), -1))
    known = (place >= 0) & (runs.device[place] == runs.device)
    before = np.where(known, runs.state[place], _UNKNOWN)
    return np.where(stray, before, runs.state).astype(np.int8)


def _down(runs: Runs, faults: Faults, which: Flags, whose: I64, now: Ms) -> tuple[Pieces, Flags]:
    """Outages cut where the conditions change, and where O10's grace ends (C1)."""
    mine, its = runs.part(which), whose[which]
    end = np.minimum(faults.until[its], now)
    same = its[1:] == its[:-1]
    end[:-1][same] = mine.head[1:][same]
    grace = faults.grace[its]
    early = _pieces(mine.device, mine.head, np.minimum(end, grace), np.ones(len(end), np.bool_))
    begin = np.maximum(mine.head, grace)
    late, charged = _pieces(mine.device, begin, end, begin < end), mine.charged[begin < end]
    both = Pieces(*(np.concatenate(column) for column in zip(early, late, strict=True)))
    flags = np.append(np.zeros(len(early.device), np.bool_), charged)
    order = np.argsort(both.device, kind="stable")
    return Pieces(*(column[order] for column in both)), flags[order]


def _pieces(device: I64, start: I64, until: I64, which: Flags) -> Pieces:
    some = which & (start < until)
    return Pieces(device[some], start[some], until[some])


class Above(NamedTuple):
    """The ancestors' outages: `faults.device` numbers the ancestors, each with its polling interval (ms)."""

    faults: Faults
    interval_ms: I64


def unreachable(runs: Runs, faults: Faults, above: Above, ancestors: Sequence[I64], now: Ms) -> Pieces:
    """What ancestors' outages explain of their descendants' (O5).

    `ancestors` are the number of each device's parent, then of each one's parent's parent and so on, -1 for none.
    """
    parts = [Pieces(*np.zeros((3, 0), np.int64))]
    for nth in ancestors:
        own, theirs = _pairs(faults, above.faults, nth, now)
        parts.append(_explained(runs, faults, above, own, theirs, now))
    every = Pieces(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return Pieces(*(column[np.argsort(every.device, kind="stable")] for column in every))


def _pairs(faults: Faults, above: Faults, nth: I64, now: Ms) -> tuple[I64, I64]:
    """Which outage overlaps which one of its device's ancestor."""
    own = np.flatnonzero(nth[faults.device] >= 0)
    if not len(own) or not len(above.start):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    whose, start = nth[faults.device[own]], faults.start[own]
    until = np.minimum(faults.until[own], now)
    low = int(min(start.min(), above.start.min()))
    keys = _key(above.device, above.start, low)
    first = np.maximum(np.searchsorted(keys, _key(whose, start, low)) - 1, 0)
    behind = np.maximum(np.searchsorted(keys, _key(whose, np.maximum(until, low), low)), first)
    counts = behind - first
    theirs = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    mine = np.repeat(own, counts)
    ends = np.minimum(above.until[theirs], now)
    some = (above.device[theirs] == nth[faults.device[mine]]) & (ends > faults.start[mine])
    some &= above.start[theirs] < np.minimum(faults.until[mine], now)
    return mine[some], theirs[some]


def _explained(runs: Runs, faults: Faults, above: Above, own: I64, theirs: I64, now: Ms) -> Pieces:
    up = above.faults
    start, begun = faults.start[own], up.start[theirs]
    near = begun - EARLIER * above.interval_ms[up.device[theirs]] <= start
    noticed = near & (start < begun) & (start > up.last_ok[theirs])
    first = np.where(noticed, start, np.maximum(start, begun))
    until, recovery = np.minimum(faults.until[own], now), np.minimum(up.until[theirs], now)
    word = _first_word(runs, faults.device[own], recovery, now)
    end = np.where(recovery < until, np.minimum(until, word), until)
    return _pieces(faults.device[own], first, end, first < end)


def _first_word(runs: Runs, device: I64, recovery: I64, now: Ms) -> I64:
    """How long a child stays unreachable after its ancestor's recovery: until it says anything (O5 b)."""
    said = runs.part((runs.state != _UNKNOWN) & (runs.head <= now))
    if not len(said.head):
        return np.full(len(recovery), now)
    low = int(min(said.head.min(), recovery.min(initial=EVER)))
    place = np.searchsorted(_key(said.device, said.last, low), _key(device, recovery, low))
    which = np.minimum(place, len(said.head) - 1)
    spoke = (place < len(said.head)) & (said.device[which] == device)
    down = said.state[which] == _DOWN
    return np.where(spoke, np.where(down, recovery, said.head[which]), now)


def graces(clocks: Sequence[Clock], clock: I64, start: I64, grace_ms: I64) -> I64:
    """Until when the hall owns outages that began at `start`, by the number of each one's clock (O10): see Faults."""
    found = start.copy()
    for n, one in enumerate(clocks):
        mine = np.flatnonzero(clock == n)
        if len(mine):
            found[mine] = _grace(one, start[mine], grace_ms[mine])
    return found


def _grace(clock: Clock, at: I64, grace_ms: I64) -> I64:
    table = clock.table(int(at.min()), int(at.max()))
    starts, untils = (np.array(column, np.int64) for column in (table.starts, table.untils))
    place = np.searchsorted(starts, at, side="right")
    opened = (place > 0) & (at < np.append(untils, -EVER)[place - 1])
    found = np.where(opened, at, np.append(starts, EVER)[place] + grace_ms)
    for n in np.flatnonzero(~opened & (place == len(starts))).tolist():
        end = grace_end(int(at[n]), clock, int(grace_ms[n]))
        found[n] = EVER if end is None else end
    return found
