"""A scheduler over devices that a test plays, with everything it said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from collector.isolation import Isolation
from collector.observation import Observation
from collector.outcome import Outcome, Seen
from collector.schedule import Rhythm
from collector.scheduler import Pacing, Scheduler
from collector.target import Target

UP, DOWN = Seen("up", rtt_ms=1.0), Seen("down", cause="timeout")
QUICK = Pacing(
    max_in_flight=40,
    deadline_s=0.2,
    first_within_s=0.05,
    grace_s=0.1,
    rhythm=Rhythm(recheck_s=0.02, early_s=0.1, early_for_s=60),
)


def target(device: str, interval_s: float = 0.1, parent: str | None = None, address: str = "127.0.0.1") -> Target:
    return Target(device, "printer", address, interval_s, parent)


async def silent_references(_reference: str) -> bool:
    return False


@dataclass
class Play:
    """`answers` plays the devices; `seen` is what came out; `overlaps` names devices asked twice at a time."""

    answers: Callable[[Target], Awaitable[Outcome]]
    pacing: Pacing = QUICK
    wall: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    isolation: Isolation | None = None
    seen: list[Observation] = field(default_factory=list)
    asking: set[str] = field(default_factory=set)
    overlaps: set[str] = field(default_factory=set)
    most: int = 0

    def scheduler(self) -> Scheduler:
        isolation = self.isolation or Isolation(silent_references, clock=asyncio.get_running_loop().time)
        return Scheduler("c-01", self._poll, self.seen.append, self.wall, isolation, self.pacing)

    async def _poll(self, asked: Target, _deadline_s: float) -> Outcome:
        if asked.device in self.asking:
            self.overlaps.add(asked.device)
        self.asking.add(asked.device)
        self.most = max(self.most, len(self.asking))
        try:
            return await self.answers(asked)
        finally:
            self.asking.discard(asked.device)

    async def more(self, count: int) -> None:
        """Wait for so many more observations."""
        wanted = len(self.seen) + count
        while len(self.seen) < wanted:
            await asyncio.sleep(0.005)

    def of(self, device: str) -> list[Observation]:
        return [seen for seen in self.seen if seen.device == device]


async def up(_target: Target) -> Outcome:
    await asyncio.sleep(0.001)
    return UP
