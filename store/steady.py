"""What was seen of one device over a long time, without the observations that change nothing (T6).

A device that is polled every minute says the same 43,200 times a month. Of a run of equal readings, none of them later
than three intervals after the one before (O6), the first and the last tell all that the classes of A1 depend on; the
first is then said to be due as late as the last comes, so that nothing between them counts as blind. What lies within
an outage and is not `down` stays, for it may be the word that ends being unreachable (O5 b).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from sla.instant import DAY, Ms
from sla.judge import Outage
from sla.seen import Seen, State, distinct
from sla.timeline import BLIND_AFTER
from store.facts import newest_day, next_day, template
from store.packing import unpack_columns
from store.readings import look_up
from store.schema import observations, segments

I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]
Said = tuple[State, Ms, tuple[str, ...]]

BACK_MS: Final = 31 * DAY
"""How far a word before or after a period is looked for."""
_NEAR_MS: Final = DAY // 8


@dataclass(slots=True)
class Words:
    """What readings say, each looked up once; for one report, or for as long as you like."""

    known: dict[int, Said] = field(default_factory=dict)

    def of(self, conn: Connection, readings: I64) -> list[Said]:
        """State, interval and conditions of each."""
        wanted = [int(n) for n in readings]
        if missing := set(wanted) - self.known.keys():
            self.known.update((n, template(one)) for n, one in look_up(conn, missing).items())
        return [self.known[n] for n in wanted]


class Rows(NamedTuple):
    """Observations of one device in order: instants in ms, and numbers of readings."""

    ts: I64
    reading: I64

    def part(self, which: slice | Flags | I64) -> Rows:
        """Some of them."""
        return Rows(self.ts[which], self.reading[which])


class Runs(NamedTuple):
    """Runs of one reading in rows: where each begins, how long it is, what it says."""

    heads: I64
    lengths: I64
    said: list[Said]

    @classmethod
    def of(cls, conn: Connection, rows: Rows, words: Words) -> Runs:
        """The runs of some rows."""
        changes = np.flatnonzero(np.diff(rows.reading)) + 1
        heads = np.concatenate(([0], changes)) if len(rows.ts) else changes
        lengths = np.diff(np.append(heads, len(rows.ts)))
        return cls(heads, lengths, words.of(conn, rows.reading[heads]))

    def spread(self, values: Sequence[int]) -> I64:
        """A value of each run, for each row."""
        return np.repeat(np.array(values, np.int64), self.lengths)


class Stretch(NamedTuple):
    """Of which device, by its row number, and which of its time: [start, until) in ms."""

    device: int
    start: Ms
    until: Ms


def steady(
    conn: Connection, stretch: Stretch, now: Ms, outages: Sequence[Outage], interval_ms: Ms, words: Words
) -> list[Seen]:
    """Observations that give the same classes (A1) of [start, until) as all of them do: distinct and sorted.

    They begin with the last `up` or `degraded` before `start` and end with the first word at or after `until` that is
    not `unknown`, where there is one within 31 days and by `now`. `outages` are the device's, `interval_ms` is the
    configured one.
    """
    rows = _around(conn, stretch, now + 1, words)
    return distinct(thinned(rows, Runs.of(conn, rows, words), outages, interval_ms))


def thinned(rows: Rows, runs: Runs, outages: Sequence[Outage], interval_ms: Ms) -> list[Seen]:
    """The rows that matter, as `Seen` in order."""
    if not len(rows.ts):
        return []
    limit = runs.spread([BLIND_AFTER * max(one[1], interval_ms) for one in runs.said])
    kept = np.flatnonzero(~_idle(rows, runs, limit, outages))
    after = np.append(kept[1:], kept[-1])
    due = np.where(after - kept > 1, -((rows.ts[kept] - rows.ts[after]) // BLIND_AFTER), 0)
    whose = np.searchsorted(runs.heads, kept, side="right") - 1
    return [
        Seen(ts, state, max(interval, later), conditions)
        for ts, later, (state, interval, conditions) in zip(
            rows.ts[kept].tolist(), due.tolist(), (runs.said[n] for n in whose.tolist()), strict=True
        )
    ]


def _idle(rows: Rows, runs: Runs, limit: I64, outages: Sequence[Outage]) -> Flags:
    """Which rows say what the ones before and after say, in time, and are no edge of anything."""
    idle = np.zeros(len(rows.ts), np.bool_)
    gap = np.diff(rows.ts)
    joined = (np.diff(rows.reading) == 0) & (gap <= limit[:-1])
    twin = np.zeros(len(rows.ts), np.bool_)
    twin[1:] = gap == 0
    twin[:-1] |= gap == 0
    idle[1:-1] = joined[:-1] & joined[1:] & ~(twin[:-2] | twin[1:-1] | twin[2:])
    down = runs.spread([one[0] == "down" for one in runs.said]).astype(np.bool_)
    for outage in outages:
        first = int(np.searchsorted(rows.ts, outage.start))
        last = len(rows.ts) if outage.until is None else int(np.searchsorted(rows.ts, outage.until))
        idle[first:last] &= down[first:last]
        idle[first : first + 1] = False
        idle[last : last + 1] = False
    return idle


def _around(conn: Connection, stretch: Stretch, end: Ms, words: Words) -> Rows:
    """The rows of a stretch with the words before and after it; a few hours around it nearly always have them."""
    low, high = min(stretch.start - _NEAR_MS, end), min(stretch.until + _NEAR_MS, end)
    near = rows_of(conn, stretch._replace(start=low, until=high))
    first, last = (int(np.searchsorted(near.ts, at)) for at in (stretch.start, stretch.until))
    before, after = _last_ok(conn, near.part(slice(None, first)), words), _first_word(conn, near, last, words)
    parts = [] if before is not None else _earlier(conn, stretch._replace(until=low), words)
    parts.append(near.part(slice(before, after)))
    if after is None and high < end:
        parts += _later(conn, stretch._replace(start=high), end, words)
    return Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _last_ok(conn: Connection, rows: Rows, words: Words) -> int | None:
    """Where the last row that is up or degraded stands."""
    runs = Runs.of(conn, rows, words)
    for n in reversed(range(len(runs.said))):
        if runs.said[n][0] in ("up", "degraded"):
            return int(runs.heads[n] + runs.lengths[n]) - 1
    return None


def _first_word(conn: Connection, rows: Rows, since: int, words: Words) -> int | None:
    """The place behind the first row from `since` on that is not unknown."""
    runs = Runs.of(conn, rows.part(slice(since, None)), words)
    for n, one in enumerate(runs.said):
        if one[0] != "unknown":
            return since + int(runs.heads[n]) + 1
    return None


def _earlier(conn: Connection, stretch: Stretch, words: Words) -> list[Rows]:
    """The rows before `until` from the last that is up or degraded on, a day at a time; 31 days back at most."""
    oldest = stretch.start - BACK_MS
    parts: list[Rows] = []
    end = stretch.until
    while (day := newest_day(conn, stretch.device, end)) is not None and (day + 1) * DAY > oldest:
        rows = rows_of(conn, stretch._replace(start=max(day * DAY, oldest), until=end))
        found = _last_ok(conn, rows, words)
        parts.append(rows.part(slice(found, None)))
        if found is not None:
            break
        end = day * DAY
    return parts[::-1]


def _later(conn: Connection, stretch: Stretch, end: Ms, words: Words) -> list[Rows]:
    """The rows from `start` through the first that is not unknown, a day at a time; 31 days at most."""
    newest = min(stretch.until + BACK_MS, end)
    parts: list[Rows] = []
    at = stretch.start
    while (day := next_day(conn, stretch.device, at)) is not None and day * DAY < newest:
        rows = rows_of(conn, stretch._replace(start=max(at, day * DAY), until=min((day + 1) * DAY, newest)))
        found = _first_word(conn, rows, 0, words)
        parts.append(rows.part(slice(found)))
        if found is not None:
            break
        at = (day + 1) * DAY
    return parts


def rows_of(conn: Connection, stretch: Stretch) -> Rows:
    """What is stored of [start, until), raw and folded, each once, in order of instant and reading."""
    raw, folded = _raw(conn, stretch), _folded(conn, stretch)
    if not len(raw.ts) or not len(folded.ts):
        return folded if len(folded.ts) else raw
    both = Rows(*(np.concatenate(column) for column in zip(folded, raw, strict=True)))
    if folded.ts[-1] < raw.ts[0]:
        return both
    merged = both.part(np.lexsort((both.reading, both.ts)).astype(np.int64))
    again = (np.diff(merged.ts) == 0) & (np.diff(merged.reading) == 0)
    return merged.part(np.concatenate(([True], ~again)))


def _raw(conn: Connection, stretch: Stretch) -> Rows:
    query = select(observations.c.ts, observations.c.reading).where(
        observations.c.device == stretch.device, observations.c.ts >= stretch.start, observations.c.ts < stretch.until
    )
    rows = conn.execute(query.order_by(observations.c.ts, observations.c.reading)).all()
    flat = np.fromiter(chain.from_iterable(rows), np.int64, 2 * len(rows))  # np.array of rows takes 25 times as long
    return Rows(flat[::2], flat[1::2])


def _folded(conn: Connection, stretch: Stretch) -> Rows:
    within = segments.c.day.between(stretch.start // DAY, (stretch.until - 1) // DAY)
    query = select(segments.c.packed).where(segments.c.device == stretch.device, within).order_by(segments.c.day)
    days = [unpack_columns(packed) for packed in conn.scalars(query)]
    if not days:
        return Rows(np.zeros(0, np.int64), np.zeros(0, np.int64))
    every = Rows(*(np.concatenate(column) for column in zip(*days, strict=True)))
    first, last = (int(np.searchsorted(every.ts, at)) for at in (stretch.start, stretch.until))
    return every.part(slice(first, last))
