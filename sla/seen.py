"""What the rules need of an observation (O1), and which of several at one instant counts (O7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from sla.instant import Ms

State = Literal["up", "degraded", "down", "unknown"]

RANK: Final[dict[str, int]] = {"up": 0, "degraded": 1, "down": 2, "unknown": 3}


class Seen(NamedTuple):
    """One poll of one device at `ts`; `interval_ms` says when the next is due (0: not said)."""

    ts: Ms
    state: State
    interval_ms: Ms
    conditions: tuple[str, ...] = ()


def precedence(one: Seen) -> tuple[int, tuple[str, ...], Ms]:
    """Of several at one instant the least counts: up, degraded, down, unknown; then the conditions' text (O7)."""
    return RANK[one.state], one.conditions, one.interval_ms


def distinct(seen: Iterable[Seen]) -> list[Seen]:
    """Observations of one device in any order, repeated or not, as one for each instant, sorted by it (O7)."""
    chosen: dict[Ms, Seen] = {}
    for one in seen:
        other = chosen.setdefault(one.ts, one)
        if other is not one and precedence(one) < precedence(other):
            chosen[one.ts] = one
    return sorted(chosen.values())
