"""Counters that wrap, devices that restart: no step is negative, none is made up (C4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from sla.instant import MINUTE, Ms

UPTIME_WRAP: Final = 1 << 32
"""sysUpTime counts hundredths of a second in 32 bits: 497 days."""

_TICK: Final = 10
_SLACK: Final = 5 * MINUTE
_DRIFT: Final = 1000
"""How far an agent's clock may be off between two readings: 5 min, and a thousandth of the time between."""


class Reading(NamedTuple):
    """A counter at `ts`, with the device's sysUpTime in ticks of 10 ms where it was asked."""

    ts: Ms
    value: int
    uptime: int | None = None


class Step(NamedTuple):
    """What was counted in [start, until); None where a restart hides it."""

    start: Ms
    until: Ms
    amount: int | None
    restarted: bool


def steps(readings: Sequence[Reading], bits: int = 32) -> list[Step]:
    """The step between each reading and the next, in order of time; the counter wraps at 2^bits (C4)."""
    return [_step(before, after, 1 << bits) for before, after in pairwise(readings)]


def _step(before: Reading, after: Reading, wrap: int) -> Step:
    forward = (after.value - before.value) % wrap
    goes_on = after.value >= before.value or forward < wrap // 2
    restarted = _restarted(before, after, goes_on) or not goes_on
    return Step(before.ts, after.ts, None if restarted else forward, restarted)


def _restarted(before: Reading, after: Reading, goes_on: bool) -> bool:
    """Whether the device began anew between two readings, judged by its uptime."""
    if before.uptime is None or after.uptime is None:
        return False
    expected = before.uptime * _TICK + after.ts - before.ts
    slack = _SLACK + abs(after.ts - before.ts) // _DRIFT
    if after.uptime * _TICK >= expected - slack and after.uptime >= before.uptime:
        return False
    missing = expected - after.uptime * _TICK - UPTIME_WRAP * _TICK
    return not (goes_on and abs(missing) <= slack)
