"""The simulated city at work: its agent and its doors, until somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from collector.kind import load_kinds
from simulator.agent import Agent, PortTaken
from simulator.city import City
from simulator.door import Doors
from simulator.model import BadModel, Models
from simulator.scenario import Scenario
from simulator.unit import Unit

__all__ = ["BadModel", "PortTaken", "SimulatedClock", "serve", "units_of"]

STEP_S = 0.05


class SimulatedClock:
    """Simulated ms: `start` at the real instant `started` (ms), `speed` simulated seconds to the real one.

    It goes by the monotonic clock, so that a step of the machine's clock moves no fault.
    """

    def __init__(self, start: int, speed: float = 1.0, started: int | None = None) -> None:
        now = time.time_ns() // 1_000_000
        self.start = start
        self.speed = speed
        self.started = now if started is None else started
        self._ahead = now - self.started - time.monotonic_ns() / 1e6

    def __call__(self) -> int:
        """The simulated instant now."""
        return self.start + int((self._ahead + time.monotonic_ns() / 1e6) * self.speed)

    def real(self, simulated: int) -> int:
        """The real instant (ms) of a simulated one, for comparing the truth with what was seen."""
        return self.started + round((simulated - self.start) / self.speed)


def units_of(city: City, scenario: Scenario, models: Models | None = None) -> list[Unit]:
    """The devices of a city, ready to answer. Raises `BadModel`."""
    known = models or Models(load_kinds())
    return [Unit(device, known.layout(device.kind, device.model), scenario) for device in city.devices]


async def serve(
    city: City,
    scenario: Scenario,
    port: int,
    speed: float,
    stop: asyncio.Event,
    on_ready: Callable[[], None] | None = None,
    clock: SimulatedClock | None = None,
) -> None:
    """Answer for `city` on `port` until `stop`; `on_ready` is called once everything listens.

    `clock` (by default one that starts now, at `speed`) ties the story to real time; with the same `started` a
    simulator that was killed goes on where the story is by then. Raises `PortTaken`, `BadModel`.
    """
    now = clock or SimulatedClock(scenario.start, speed)
    agent, doors = Agent(units_of(city, scenario), now), Doors(city.devices, scenario)
    try:
        agent.open(port)
        await doors.open(now())
        if on_ready is not None:
            on_ready()
        while not stop.is_set():
            await doors.turn(now)
            wait = min(STEP_S, max(0.001, (doors.next_turn - now()) / 1000 / now.speed))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
    finally:
        agent.close()
        await doors.close()
