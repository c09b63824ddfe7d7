"""The warnings of a repair clock: when it passes percentages of its target (R6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sla.contract import Contract
from sla.instant import Ms
from sla.repair import Repair
from sla.slices import reached


class Mark(NamedTuple):
    """A percentage of the target, which may exceed 100, and the instant at which the counted time reached it."""

    percent: int
    at: Ms


def marks(repair: Repair, warn: Iterable[int], now: Ms) -> list[Mark]:
    """The marks that a clock has reached by `now`, in order; `repair` as known then or later (R6).

    All of them each time: to send each once, and those passed together as one message, is up to the caller. What late
    facts undo is missing here; what they reveal is there with the instant at which it should have been.
    """
    if repair.target is None:
        return []
    found = ((percent, reached(repair.slices, _needed(repair.target, percent))) for percent in sorted(set(warn)))
    return [Mark(percent, at) for percent, at in found if at is not None and at <= now]


def next_mark(repair: Repair, contract: Contract, now: Ms) -> Mark | None:
    """The mark that a clock, as known at `now`, reaches next if nothing changes (R6).

    None while it is paused or closed, without target, after the last mark, or where its hours never come.
    """
    if repair.target is None or repair.state != "running":
        return None
    left = repair.granted - repair.travel - repair.counted
    for percent in sorted(set(contract.warn)):
        if (needed := _needed(repair.target, percent)) > repair.counted:
            at = contract.clock.deadline(now, left + needed)
            return None if at is None else Mark(percent, at)
    return None


def _needed(target: Ms, percent: int) -> Ms:
    """The counted ms that a mark needs: a part of a millisecond is reached with the whole."""
    return -(-target * percent // 100)
