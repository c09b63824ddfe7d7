"""The dead never delay the living: no living device is polled later than 1.2 x its interval, however many die at once.

In virtual time: what a poll waits for is exact, what it costs is nothing: only places in flight can make anyone late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from collector.isolation import Isolation
from collector.observation import Observation
from collector.outcome import Outcome, Quick, Seen
from collector.scheduler import Pacing, Scheduler
from collector.target import Target
from tests.collector import virtual

UP, DOWN = Seen("up", rtt_ms=1.0), Seen("down", cause="timeout")
ANSWER_S = 0.02
PACING = Pacing(max_in_flight=100)


class Town:
    """So many devices at that interval; from `die` on a share of them is silent."""

    def __init__(self, devices: int, interval_s: float, dead: float, pacing: Pacing, quick: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self.targets = [Target(f"D-{n}", "printer", "127.0.0.1", interval_s) for n in range(devices)]
        self.mortal = {f"D-{n}" for n in range(devices) if n % 100 < dead * 100}
        self.dead: set[str] = set()
        self.seen: dict[str, list[Observation]] = {}
        isolation = Isolation(lambda _: asyncio.sleep(0, False), clock=self.loop.time)
        by_callback: Quick | None = self.quick if quick else None
        wall = lambda: int(self.loop.time() * 1000)  # noqa: E731
        self.scheduler = Scheduler("c-01", self.poll, self.emit, wall, isolation, pacing, by_callback)
        self.scheduler.replace(self.targets)

    def emit(self, seen: Observation) -> None:
        self.seen.setdefault(seen.device, []).append(seen)

    def answer(self, asked: Target, deadline_s: float) -> tuple[float, Outcome]:
        return (deadline_s, DOWN) if asked.device in self.dead else (ANSWER_S, UP)

    def quick(self, asked: Target, _now: float, deadline_s: float, done: Callable[[Outcome], None]) -> bool:
        after_s, outcome = self.answer(asked, deadline_s)
        self.loop.call_later(after_s, done, outcome)
        return True

    async def poll(self, asked: Target, deadline_s: float) -> Outcome:
        after_s, outcome = self.answer(asked, deadline_s)
        await asyncio.sleep(after_s)
        return outcome

    def latest(self) -> float:
        """The longest that a living device waited from one poll to the next, in intervals."""
        gaps = [
            (after.ts - before.ts) / 1000 / self.targets[0].interval_s
            for device, seen in self.seen.items()
            if device not in self.mortal
            for before, after in pairwise(seen)
        ]
        return max(gaps)


async def lateness(devices: int, interval_s: float, dead: float, *, quick: bool, pacing: Pacing = PACING) -> float:
    """Of the living, from the deaths (after two rounds) on."""
    town = Town(devices, interval_s, dead, pacing, quick)
    await asyncio.sleep(2 * interval_s)
    town.seen.clear()
    town.dead = set(town.mortal)
    await asyncio.sleep(4 * interval_s)
    late = town.latest()
    assert len(town.seen) == devices
    assert {town.seen[device][-1].state for device in town.mortal} <= {"down"}
    await town.scheduler.close()
    return late


@pytest.mark.parametrize("dead", [0.05, 0.3])
@pytest.mark.parametrize("quick", [True, False], ids=["quick", "tasks"])
def test_no_living_device_is_polled_late_when_many_die_at_the_same_instant(dead: float, quick: bool) -> None:
    assert virtual.run(lateness(1000, 10.0, dead, quick=quick)) <= 1.2


def test_no_living_device_is_polled_late_where_there_are_few_places() -> None:
    few = replace(PACING, max_in_flight=40)
    assert virtual.run(lateness(600, 10.0, 0.3, quick=True, pacing=few)) <= 1.2


def test_without_leaving_their_places_the_dead_would_delay_the_living() -> None:
    stubborn = replace(PACING, max_in_flight=40, patience_s=60.0)
    assert virtual.run(lateness(600, 10.0, 0.3, quick=True, pacing=stubborn)) > 1.2
