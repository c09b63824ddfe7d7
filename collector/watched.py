"""One device as the scheduler knows it."""

from __future__ import annotations

import asyncio

from collector.lane import Lane
from collector.schedule import Pace, fraction
from collector.target import Target


class Watched:
    """`slot`: of its next turn; `lane`: where it takes a place now; `quick`: is it asked without a task? `asked`: the
    target as it was then."""

    __slots__ = (
        *("asked", "due", "in_flight", "lane", "overdue", "pace", "place", "quick", "removed"),
        *("silent", "slot", "started", "target", "ts", "turn", "worker"),
    )

    def __init__(self, target: Target) -> None:
        self.target = self.asked = target
        self.place = fraction(target.device)
        self.pace = Pace()
        self.due = 0.0
        self.started = float("-inf")
        self.ts = self.turn = 0
        self.slot = -1
        self.in_flight = self.overdue = self.quick = self.removed = self.silent = False
        self.lane: Lane[Watched] | None = None
        self.worker: asyncio.Task[None] | None = None
