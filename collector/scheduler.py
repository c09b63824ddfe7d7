"""The scheduler: every device in its turn, never two requests to one, the dead never in the way of the living."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from collector.isolation import Isolation
from collector.lag import Lag
from collector.lane import Lane
from collector.observation import Observation, State, Value
from collector.schedule import Due, Pace, Rhythm, fraction, next_slot
from collector.target import Target

log = structlog.get_logger(__name__)

_TICK_S: Final = 0.002
# The centre takes no observation from further in the future than this (O7): a clock mended by more is followed back.
_FUTURE_MS: Final = 300_000


class Outcome(Protocol):
    """What a poll says of a device; `Verdict` of the probes and `Observation` both are one."""

    @property
    def state(self) -> State: ...
    @property
    def conditions(self) -> tuple[str, ...]: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def rtt_ms(self) -> float | None: ...
    @property
    def loss(self) -> float | None: ...
    @property
    def values(self) -> Mapping[str, Value]: ...


Poll = Callable[[Target, float], Awaitable[Outcome]]
"""Asks one device, within so many seconds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An outcome that no probe made: `unknown`, with the reason."""

    state: State = "unknown"
    conditions: tuple[str, ...] = ()
    cause: str | None = None
    rtt_ms: float | None = None
    loss: float | None = None

    @property
    def values(self) -> Mapping[str, Value]:
        """Nothing was measured."""
        return {}


class Watched:
    """One device as the scheduler knows it."""

    __slots__ = (
        "due",
        "in_flight",
        "overdue",
        "pace",
        "place",
        "removed",
        "silent",
        "started",
        "target",
        "ts",
        "worker",
    )

    def __init__(self, target: Target) -> None:
        self.target = target
        self.place = fraction(target.device)
        self.pace = Pace()
        self.due = 0.0
        self.started = float("-inf")
        self.ts = 0
        self.in_flight = self.overdue = self.removed = self.silent = False
        self.worker: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class Pacing:
    """Limits of the scheduler: requests in flight, the share of them for silent devices, seconds for one poll, within
    how many seconds of the start every device is asked first, how long a poll may outlive its deadline."""

    max_in_flight: int = 1000
    silent_share: float = 0.25
    deadline_s: float = 5.0
    first_within_s: float = 10.0
    grace_s: float = 1.0
    rhythm: Rhythm = field(default_factory=Rhythm)


class Scheduler:
    """Runs on one event loop. `emit` takes each observation; `wall` reads the wall clock (ms since 1970).

    Turns are kept by the loop's monotonic clock, so that a step of the wall clock moves no poll; the `ts` of one
    device strictly increases, except where the clock was mended backwards by more than five minutes.
    """

    def __init__(
        self,
        collector: str,
        poll: Poll,
        emit: Callable[[Observation], None],
        wall: Callable[[], int],
        isolation: Isolation,
        pacing: Pacing = Pacing(),
    ) -> None:
        self._collector, self._poll, self._emit, self._wall = collector, poll, emit, wall
        self._isolation, self._pacing = isolation, pacing
        self._loop = asyncio.get_running_loop()
        self._devices: dict[str, Watched] = {}
        self._turns: list[tuple[float, int, Watched]] = []
        self._order = 0
        self._timer: asyncio.TimerHandle | None = None
        self._in_flight: set[Watched] = set()
        silent = max(1, int(pacing.max_in_flight * pacing.silent_share))
        self.living: Lane[Watched] = Lane(max(1, pacing.max_in_flight - silent), self._serve)
        self.silent: Lane[Watched] = Lane(silent, self._serve)
        self.lag, self.silent_lag = Lag(), Lag()
        self.polls = self.faults = self.stuck = self.skipped = 0
        self._fault_said = float("-inf")
        self.busy_s = 0.0
        self._measured = (self._loop.time(), 0.0)

    def __len__(self) -> int:
        return len(self._devices)

    def replace(self, targets: Iterable[Target]) -> None:
        """Watch exactly these from now on; those that did not change keep their turn and their history."""
        wanted = {target.device: target for target in targets}
        for device in self._devices.keys() - wanted.keys():
            self._devices.pop(device).removed = True
        for device, target in wanted.items():
            watched = self._devices.get(device)
            if watched is None:
                self._devices[device] = watched = Watched(target)
                self._first(watched)
            elif watched.target != target:
                watched.target = target
                watched.silent = False
                if not watched.in_flight:
                    self._first(watched)
        addresses = [target.address for target in wanted.values()]
        log.info("devices_watched", devices=len(addresses))

    def hurry(self, device: str) -> None:
        """Ask this device now, unless that is being done or was done just now."""
        watched = self._devices.get(device)
        now = self._loop.time()
        if watched and not watched.in_flight and now - watched.started > self._pacing.rhythm.recheck_s / 2:
            self._plan(watched, now)

    def _first(self, watched: Watched) -> None:
        within = min(watched.target.interval_s, self._pacing.first_within_s)
        self._plan(watched, self._loop.time() + watched.place * within)

    def _plan(self, watched: Watched, due: float) -> None:
        watched.due = due
        self._order += 1
        heapq.heappush(self._turns, (due, self._order, watched))
        if self._timer is None or due < self._timer.when() - _TICK_S:
            self._wind()

    def _wind(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._turns:
            when = max(self._turns[0][0], self._loop.time() + _TICK_S)
            self._timer = self._loop.call_at(when, self._tick)

    def _tick(self) -> None:
        """Hand over every device whose turn has come; an entry that was replanned since is stale."""
        now = self._loop.time()
        self._timer = None
        while self._turns and self._turns[0][0] <= now:
            due, _, watched = heapq.heappop(self._turns)
            if due == watched.due and not watched.removed and not watched.in_flight:
                watched.in_flight = True
                (self.silent if watched.silent else self.living).add(watched)
        self._wind()

    async def _serve(self, watched: Watched) -> None:
        if watched.removed:
            return
        started, target = self._loop.time(), watched.target
        watched.worker = asyncio.current_task()
        self._begin(watched, started)
        outcome = await self._ask(watched)
        self._in_flight.discard(watched)
        self.busy_s += self._loop.time() - started
        watched.in_flight = False
        if not watched.removed:
            self._finish(watched, target, started, outcome)

    def _begin(self, watched: Watched, started: float) -> None:
        (self.silent_lag if watched.silent else self.lag).note(started - watched.due)
        watched.started = started
        watched.ts = self._stamp(watched.ts)
        watched.overdue = False
        self._in_flight.add(watched)
        self.polls += 1

    def _stamp(self, before: int) -> int:
        now = self._wall()
        return now if now > before or before - now > _FUTURE_MS else before + 1

    async def _ask(self, watched: Watched) -> Outcome:
        """One poll and, where the device stayed silent, the question whether it is us (isolation)."""
        target = watched.target
        try:
            outcome = await self._poll(target, self._deadline(target))
            if answered(outcome):
                watched.silent = False
                self._isolation.heard(target.address, self._loop.time())
            elif outcome.state != "unknown":
                watched.silent = True
                if outcome.cause == "refused":  # that came from somewhere: it is not us
                    self._isolation.heard(target.address, self._loop.time())
                elif await self._isolation.cut_off(target.address, watched.started):
                    return Seen("unknown", ("isolated",), "isolated")
            return outcome
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not watched.overdue or task is None or task.uncancel() > 0:
                raise
            self.stuck += 1
            return Seen("unknown", (), "stuck")
        except Exception:  # noqa: BLE001 - the edge: one device's fault must not stop the others
            self._note_fault(target)
            return Seen("unknown", (), "fault")

    def _note_fault(self, target: Target) -> None:
        """A trace takes long to render: one a minute is enough."""
        self.faults += 1
        if self._loop.time() - self._fault_said >= 60.0:
            self._fault_said = self._loop.time()
            log.exception("poll_failed", device=target.device, faults=self.faults)

    def _deadline(self, target: Target) -> float:
        return min(self._pacing.deadline_s, target.interval_s)

    def _finish(self, watched: Watched, target: Target, started: float, outcome: Outcome) -> None:
        if watched.target != target:
            watched.silent = False
            self._first(watched)  # what the old address or checks said is nothing about the new ones
            return
        due = watched.pace.after(outcome.state, started, target.interval_s, self._pacing.rhythm)
        if outcome.state == "down" and watched.pace.downs == 1 and target.parent is not None:
            self.hurry(target.parent)
        self._again(watched, started, due)
        self._emit(
            Observation(
                target.device,
                self._collector,
                watched.ts,
                outcome.state,
                tuple(outcome.conditions),
                due.seconds,
                outcome.rtt_ms,
                outcome.loss,
                outcome.cause,
                outcome.values,
            )
        )

    def _again(self, watched: Watched, started: float, due: Due) -> None:
        now = self._loop.time()
        if not due.on_grid:
            self._plan(watched, max(now, started + due.seconds))
            return
        wanted = next_slot(watched.place, due.seconds, started + due.seconds / 2)
        slot = wanted if wanted > now else next_slot(watched.place, due.seconds, now)
        self.skipped += round((slot - wanted) / due.seconds)
        self._plan(watched, slot)

    def look_for_stuck(self) -> None:
        """Call once a second: a poll that outlived its deadline is ended, its device is `unknown`."""
        now = self._loop.time()
        for watched in list(self._in_flight):
            late = now - watched.started - self._deadline(watched.target)
            if (
                late > self._pacing.grace_s + self._isolation.patience_s
                and watched.worker is not None
                and not watched.overdue
            ):
                watched.overdue = True
                watched.worker.cancel()

    def utilisation(self) -> float:
        """The share of the places in flight that was in use since the last call, 0 to 1."""
        now, busy = self._loop.time(), self.busy_s + sum(self._loop.time() - each.started for each in self._in_flight)
        passed, worked = now - self._measured[0], busy - self._measured[1]
        self._measured = (now, busy)
        return min(1.0, max(0.0, worked / (passed * self._pacing.max_in_flight))) if passed > 0 else 0.0

    def stats(self) -> dict[str, Any]:
        """Figures for doctor and metrics: counts since the start, lag of the last minutes in seconds."""
        return {
            "polls": self.polls,
            "faults": self.faults,
            "stuck": self.stuck,
            "skipped": self.skipped,
            "in_flight": len(self._in_flight),
            "waiting": self.living.waiting,
            "silent": sum(watched.silent for watched in self._devices.values()),
            "silent_waiting": self.silent.waiting,
            "lag": self.lag.read()._asdict(),
            "silent_lag": self.silent_lag.read()._asdict(),
        }

    async def close(self) -> None:
        """Ask nobody any more; polls in flight are given up."""
        if self._timer is not None:
            self._timer.cancel()
        self._turns.clear()
        self._devices.clear()
        await asyncio.gather(self.living.close(), self.silent.close())


def answered(outcome: Outcome) -> bool:
    """Whether the device itself showed any sign of life."""
    return (
        outcome.state in ("up", "degraded") or outcome.rtt_ms is not None or bool(outcome.values or outcome.conditions)
    )
