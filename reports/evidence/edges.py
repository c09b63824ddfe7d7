"""The observations around both edges of an outage: enough to find the edges again by O3, and a few more (S4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from sla.instant import Ms
from sla.judge import Confirmation
from store import facts, streams
from store.facts import Said
from store.judged import OutageRow

AROUND: Final = 3
"""So many observations before the last good one, and after the recovery, are given besides."""
_FAR: Final = 10


@dataclass(slots=True)
class Observed:
    """The observations of a pack by device, each once."""

    conn: Connection
    now: Ms
    rows: dict[str, dict[tuple[Any, ...], list[Any]]] = field(default_factory=dict)
    _streams: Mapping[int, streams.Stream] | None = None

    def add(self, device: str, some: Iterable[Said]) -> None:
        """Take these."""
        known = self.rows.setdefault(device, {})
        for one in some:
            row = self._row(one)
            known[tuple(map(str, row))] = row

    def document(self) -> dict[str, list[list[Any]]]:
        """By device, in order of time."""
        return {device: sorted(known.values(), key=_order) for device, known in sorted(self.rows.items()) if known}

    def edges(
        self,
        outage: OutageRow,
        rule: Confirmation,
        interval_ms: Ms,
        words: Sequence[Ms],
        claims: Sequence[Ms],
    ) -> list[Said]:
        """Those of an outage of a device. `words`: from when on its next word counts (O5 b); `claims` that it is over,
        after which it was seen down (K6).
        """
        number = outage.device
        first = outage.start if outage.last_ok is None else outage.last_ok
        end = self.now if outage.until is None else outage.until
        far = _FAR * max(interval_ms, 1000)
        some = facts.said(self.conn, number, first - far, min(self.now, end + far) + 1)
        while outage.until is not None and _good(some, end) < rule.recover and end + far <= self.now:
            some, far = facts.said(self.conn, number, first - far, min(self.now, end + 8 * far) + 1), 8 * far
        return list(_chosen(some, outage, first, rule, words, claims))

    def at(self, number: int, instants: Iterable[Ms]) -> Iterator[Said]:
        """Those of a device at some instants."""
        for at in instants:
            yield from facts.said(self.conn, number, at, at + 1)

    def _row(self, one: Said) -> list[Any]:
        said = one.reading
        conditions = said.conditions.split("\n") if said.conditions else []
        epoch = None if one.stream is None else self._epoch(one.stream)
        return [one.ts, said.state, said.interval_ms, conditions, said.collector, epoch, one.seq, said.cause]

    def _epoch(self, stream: int) -> str | None:
        if self._streams is None:
            self._streams = {one.n: one for one in streams.streams_of(self.conn)}
        known = self._streams.get(stream)
        return None if known is None else known.epoch


def _order(row: list[Any]) -> tuple[Any, ...]:
    return row[0], *map(str, row[1:])


def _good(some: Sequence[Said], since: Ms) -> int:
    return len({one.ts for one in some if one.ts >= since and one.reading.state in ("up", "degraded")})


def _chosen(
    some: Sequence[Said],
    outage: OutageRow,
    first: Ms,
    rule: Confirmation,
    words: Sequence[Ms],
    claims: Sequence[Ms],
) -> Iterator[Said]:
    """All around the edges; within the outage what changes, what is not down, and what comes after words and claims."""
    instants = [one.ts for one in some]
    yield from some[max(0, bisect_left(instants, first) - AROUND) : bisect_left(instants, outage.confirmed_at + 1)]
    until = len(some) if outage.until is None else bisect_left(instants, outage.until)
    inside = some[bisect_left(instants, outage.confirmed_at) : until]
    yield from _changes(inside)
    for at in words:
        yield from _next_word(inside, at)
    for at in claims:
        yield from [one for one in inside if one.ts >= at and one.reading.state == "down"][:AROUND]
    yield from _recovery(some[until:], rule)


def _changes(inside: Sequence[Said]) -> Iterator[Said]:
    before: tuple[str, str] | None = None
    for one in inside:
        said = one.reading.state, one.reading.conditions
        if said != before or said[0] in ("up", "degraded"):
            yield one
        before = said


def _next_word(inside: Sequence[Said], at: Ms) -> Iterator[Said]:
    ts = next((one.ts for one in inside if one.ts >= at and one.reading.state != "unknown"), None)
    yield from (one for one in inside if one.ts == ts)


def _recovery(after: Sequence[Said], rule: Confirmation) -> Iterator[Said]:
    """From the recovery on until it is complete, and a few more."""
    left, good = AROUND, 0
    for one in after:
        good += one.reading.state in ("up", "degraded")
        left -= good > rule.recover
        if left < 0:
            return
        yield one
