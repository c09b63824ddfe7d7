"""What a counter counted, as rates for a chart (C4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple, Protocol

from sla.counters import Reading, Step, steps

UPTIME: Final = "uptime"
"""sysUpTime of the agent, in ticks of 10 ms."""
_WIDEST: Final = float(1 << 64)


class Counter(NamedTuple):
    """A counter of `bits`; a step that took longer than `longest_ms` may hide a whole turn, and is left out."""

    bits: int = 32
    longest_ms: int | None = None


class Rate(NamedTuple):
    """What was counted a second in steps of which the last ended at `ts` (ms): least, mean, greatest."""

    ts: int
    min: float
    mean: float
    max: float


class Readings(Protocol):
    """What is asked of the metrics store."""

    def readings(self, device: str, field: str, start: int, until: int) -> Sequence[tuple[int, float]]:
        """(ts ms, value), in order."""


def rates(
    metrics: Readings, device: str, field: str, counter: Counter, period: tuple[int, int], points: int
) -> list[Rate]:
    """The counter in a `period` (from, until; ms) as the rates of at most `points` parts of it.

    Wraps are unwrapped; where the device began anew there is no step (C4). Raises what the store does.
    """
    start, until = period
    uptimes = {ts: _whole(value) for ts, value in metrics.readings(device, UPTIME, start, until)}
    read = [
        Reading(ts, whole, uptimes.get(ts))
        for ts, value in metrics.readings(device, field, start, until)
        if (whole := _whole(value)) is not None
    ]
    known = [one for one in steps(read, counter.bits) if _certain(one, counter)]
    return list(_parts(known, start, until, max(1, points)))


def _certain(step: Step, counter: Counter) -> bool:
    longest = counter.longest_ms
    return (
        step.amount is not None and step.until > step.start and (longest is None or step.until - step.start <= longest)
    )


def _parts(known: Sequence[Step], start: int, until: int, points: int) -> Iterator[Rate]:
    """Each step by itself if they are few, else those that end in equal parts together."""

    def part_of(step: Step) -> int:
        return step.until if len(known) <= points else (step.until - start) * points // (until - start)

    for _, part in groupby(known, key=part_of):
        some = list(part)
        each = [1000 * (one.amount or 0) / (one.until - one.start) for one in some]
        taken = sum(one.until - one.start for one in some)
        yield Rate(some[-1].until, min(each), 1000 * sum(one.amount or 0 for one in some) / taken, max(each))


def _whole(value: float) -> int | None:
    return int(value) if 0 <= value <= _WIDEST else None
