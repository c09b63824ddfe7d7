"""What the collectors saw of the truth, poll by poll, as arrays: at which instant, what, and when it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.proof.year_city import DAY, INTERVAL, Place, S, Thing
from tests.proof.year_truth import Span, Truth

I64 = NDArray[np.int64]
NEVER: Final = 1 << 61
FAST: Final = 30 * S
_ASKED_AGAIN: Final = (5 * S, *(n * FAST for n in range(1, 11)))


class Word(NamedTuple):
    """What one poll says beside its instant."""

    state: str
    conditions: tuple[str, ...] = ()
    interval: int = INTERVAL


class Words:
    """Each word once, by number; 0 is plain `up`."""

    def __init__(self) -> None:
        self.known: list[Word] = [Word("up")]

    def number(self, word: Word) -> int:
        """The number of a word."""
        if word not in self.known:
            self.known.append(word)
        return self.known.index(word)


@dataclass
class Polls:
    """One device's polls in order: instants, words, arrivals (ms; NEVER for what was lost)."""

    ts: I64
    word: I64
    arrives: I64

    def part(self, which: Any) -> Polls:
        """Some of them."""
        return Polls(self.ts[which], self.word[which], self.arrives[which])

    def known(self, now: int) -> Polls:
        """What had arrived by then, of what was seen by then."""
        return self.part((self.arrives <= now) & (self.ts <= now))


def polls(where: Place, told: Truth, words: Words) -> dict[str, Polls]:
    """All polls of all devices of the year."""
    asked = _asked_by_children(where, told)
    things = sorted(where.things.items())
    return {id: _polls(where, told, words, one, n, asked.get(id, [])) for n, (id, one) in enumerate(things)}


def _asked_by_children(where: Place, told: Truth) -> dict[str, list[int]]:
    """A child that is found down has its parent asked as well (O4), so soon that the child was first."""
    found: dict[str, list[int]] = {}
    for n, (id, one) in enumerate(sorted(where.things.items())):
        if one.kind == "switch":
            continue
        for hall, (since, until) in _halls(where, id):
            for span in told.outages(gateway(hall)):
                first = _grid(n, max(span.start, since), min(span.until, until))[:1]
                found.setdefault(gateway(hall), []).extend(int(at) + 2 * S for at in first)
    return found


def gateway(hall: str) -> str:
    """The switch of a hall."""
    return f"SW-{hall[2:]}"


def _halls(where: Place, id: str) -> list[tuple[str, tuple[int, int]]]:
    """Where a device stood when; nowhere while the inventory did not know it."""
    ends = [change.at for change in where.changes[1:]] + [NEVER]
    return [
        (change.things[id].hall, (change.at, end))
        for change, end in zip(where.changes, ends, strict=True)
        if id in change.things
    ]


def _grid(n: int, start: int, until: int) -> I64:
    """The regular polls of device number `n`."""
    phase = (n * 137 % 900) * S
    first = start + (phase - start) % INTERVAL
    return np.arange(first, max(first, until), INTERVAL, dtype=np.int64)


def _polls(where: Place, told: Truth, words: Words, one: Thing, n: int, asked: Sequence[int]) -> Polls:
    stood = _halls(where, one.id)
    parts = [_grid(n, max(since, told.began), min(until, told.until)) for _, (since, until) in stood]
    own = told.spans[one.id]
    above: list[Span] = []
    if one.kind != "switch":
        for hall, (since, until) in stood:
            above += [span for span in told.outages(gateway(hall)) if since <= span.start < until]
    extra = [at for span in own for at in _edges(span)] + [at for span in above for at in _confirming(n, span)]
    extra = [at for at in [*extra, *asked] if any(since <= at < until for _, (since, until) in stood)]
    ts = np.unique(np.concatenate([*parts, np.array(extra, np.int64)]))
    return _heard(told, one, ts, _said(words, ts, own, above))


def _edges(span: Span) -> list[int]:
    """When it is polled beside the regular polls."""
    if span.state == "degraded" or not span.exact:
        return []
    again = [span.start + late for late in _ASKED_AGAIN if span.start + late < span.until]
    return [span.start, *(again if span.state == "down" else []), span.until]


def _confirming(n: int, span: Span) -> list[int]:
    """The child is asked again after its first silence."""
    return [int(at) + 5 * S for at in _grid(n, span.start, span.until)[:1] if at + 5 * S < span.until]


def _said(words: Words, ts: I64, own: Sequence[Span], above: Sequence[Span]) -> I64:
    said = np.zeros(len(ts), np.int64)
    silent = words.number(Word("down"))
    for span in own:
        low, high = np.searchsorted(ts, [span.start, span.until])
        said[low:high] = words.number(Word(span.state, span.conditions))
        if span.state == "down" and span.exact:
            fast = int(np.searchsorted(ts, span.start + 300 * S))
            said[low : min(fast, high)] = words.number(Word("down", span.conditions, FAST))
    for span in above:
        low, high = np.searchsorted(ts, [span.start, span.until])
        said[low:high] = silent
    return said


def _heard(told: Truth, one: Thing, ts: I64, said: I64) -> Polls:
    """With arrivals, less what was never polled."""
    arrives = ts.copy()
    for gap in told.gaps(one):
        low, high = np.searchsorted(ts, [gap.start, gap.until])
        arrives[low:high] = NEVER if gap.comes is None else np.maximum(arrives[low:high], gap.comes)
    return Polls(ts, said, arrives)


def busy_days(one: Polls, deeds: Sequence[int]) -> set[int]:
    """The UTC days on which a device is looked at hour by hour: something was seen, came late, or was said of it."""
    odd = (one.word != 0) | (one.arrives != one.ts)
    days = set((one.ts[odd] // DAY).tolist()) | set((one.arrives[odd & (one.arrives < NEVER)] // DAY).tolist())
    days |= {at // DAY for at in deeds}
    return {day + n for day in days for n in (0, 1)}
