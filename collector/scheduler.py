"""The scheduler: every device in its turn, never two requests to one, the dead never in the way of the living."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final

import structlog

from collector.clock import clock_of
from collector.isolation import Isolation
from collector.lag import Lag
from collector.lane import Crew, Lane
from collector.observation import Observation, State
from collector.outcome import FAULT, ISOLATED, STUCK, Outcome, Poll, Quick, answered
from collector.schedule import Rhythm, next_slot
from collector.target import Target
from collector.watched import Watched
from collector.wheel import Wheel

log = structlog.get_logger(__name__)

_TICK_S: Final = 0.002
_AT_ONCE: Final = 100  # handed over between two looks at the answers: more would fill the sockets' buffers
_JOINING: Final = 500  # new devices taken in one go, some 3 ms
_FIRST_PER_S: Final = 1000  # polls that also learn what a device has
# The centre takes no observation from further in the future than this (O7): a clock mended by more is followed back.
_FUTURE_MS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Pacing:
    """Limits of the scheduler: requests in flight, the share of them for silent devices, after how many seconds of
    silence a poll leaves its place to the next, how many tasks may go on waiting then, seconds for one poll, within how
    many seconds of the start every device is asked first, how long a poll may outlive its deadline."""

    max_in_flight: int = 1000
    silent_share: float = 0.25
    patience_s: float = 0.25
    most_waiting: int = 4000
    deadline_s: float = 5.0
    first_within_s: float = 10.0
    grace_s: float = 1.0
    rhythm: Rhythm = field(default_factory=Rhythm)


class Scheduler:
    """Runs on one event loop. `emit` takes each observation; `wall` reads the wall clock (ms since 1970); `quick` polls
    those that it can, `poll` the others.

    Turns are kept by the loop's monotonic clock, so that a step of the wall clock moves no poll; the `ts` of one
    device strictly increases, except where the clock was mended backwards by more than five minutes.

    At most `max_in_flight` polls have a place. One that hears nothing for `patience_s` leaves its place in the living's
    lane: without a task it waits on for nothing, with one it goes over to the lane of the silent (which takes no more
    of its own meanwhile). So devices that die, however many at once, do not delay the living.
    """

    def __init__(
        self,
        collector: str,
        poll: Poll,
        emit: Callable[[Observation], None],
        wall: Callable[[], int],
        isolation: Isolation,
        pacing: Pacing = Pacing(),
        quick: Quick | None = None,
    ) -> None:
        self._collector, self._poll, self._emit, self._wall, self._quick = collector, poll, emit, wall, quick
        self._isolation, self._pacing, self._rhythm = isolation, pacing, pacing.rhythm
        self._loop = asyncio.get_running_loop()
        self._clock = clock_of(self._loop)
        self._devices: dict[str, Watched] = {}
        self._joining: Iterator[Target] = iter(())
        self._wheel: Wheel[Watched] = Wheel()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = math.inf
        self._slow: set[Watched] = set()  # of those in flight, all that have waited for an answer for long
        self._begun: deque[tuple[float, Watched]] = deque()
        silent = max(1, int(pacing.max_in_flight * pacing.silent_share))
        self.living: Lane[Watched] = Lane(max(1, pacing.max_in_flight - silent), self._start)
        self.silent: Lane[Watched] = Lane(silent, self._start)
        self._crew: Crew[tuple[Watched, Outcome | None]] = Crew(self._serve)
        self.lag, self.silent_lag = Lag(), Lag()
        self.polls = self.ended = self.quick_polls = self.faults = self.stuck = self.skipped = 0
        self._fault_said = float("-inf")
        self.busy_s = 0.0
        self._measured = (self._clock(), 0.0)

    def __len__(self) -> int:
        return len(self._devices)

    def replace(self, targets: Iterable[Target]) -> None:
        """Watch exactly these from now on; those that did not change keep their turn and their history.

        Of many new ones some hundred are taken at once, the others as the loop finds time."""
        wanted = {target.device: target for target in targets}
        for device in self._devices.keys() - wanted.keys():
            self._devices.pop(device).removed = True
        self._first_within_s = max(self._pacing.first_within_s, len(wanted) / _FIRST_PER_S)
        self._joining = iter(wanted.values())
        self._join(self._joining)
        log.info("devices_watched", devices=len(wanted))

    def _join(self, joining: Iterator[Target]) -> None:
        if joining is not self._joining:
            return  # another inventory has come meanwhile
        taken = list(islice(joining, _JOINING))
        for target in taken:
            watched = self._devices.get(target.device)
            if watched is None:
                self._devices[target.device] = watched = Watched(target)
                self._first(watched)
            elif watched.target != target:
                watched.target = target
                watched.silent = False
                if not watched.in_flight:
                    self._first(watched)
        if len(taken) == _JOINING:
            self._loop.call_soon(self._join, joining)

    def hurry(self, device: str) -> bool:
        """Ask this device now; False where that is being done or was done just now, so that nothing was planned."""
        watched, now = self._devices.get(device), self._clock()
        if watched is None:
            return True
        if watched.in_flight or now - watched.started <= self._pacing.rhythm.recheck_s / 2:
            return False
        self._plan(watched, now)
        return True

    def _first(self, watched: Watched) -> None:
        within = min(watched.target.interval_s, self._first_within_s)
        self._plan(watched, self._clock() + watched.place * within)

    def _plan(self, watched: Watched, due: float) -> None:
        watched.due = due
        watched.slot = self._wheel.put(due, watched)
        if due < self._wakes_at - _TICK_S:
            self._wind()

    def _wind(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        when = self._wheel.next_at
        if self._begun and (self.living.waiting or self.silent.waiting):
            given_up = self._begun[0][0] + self._pacing.patience_s
            when = given_up if when is None else min(when, given_up)
        self._wakes_at = math.inf
        if when is not None:
            self._wakes_at = max(when, self._clock() + _TICK_S)
            self._timer = self._loop.call_at(self._wakes_at, self._tick)

    def _tick(self) -> None:
        """Hand over every device whose turn has come; an entry that was replanned since is stale."""
        now = self._clock()
        self._timer, self._wakes_at = None, math.inf
        self._leave_places(now - self._pacing.patience_s)
        handed = 0
        while handed < _AT_ONCE and (due := self._wheel.take(now)) is not None:
            slot, turns = due
            for watched in turns:
                if watched.slot == slot and not watched.removed and not watched.in_flight:
                    watched.in_flight = True
                    handed += 1
                    (self.silent if watched.silent else self.living).add(watched)
        self._wind()

    def _leave_places(self, before: float) -> None:
        """Polls begun `before` that have no answer yet must not keep the living waiting."""
        begun = self._begun
        while begun and begun[0][0] <= before:
            started, watched = begun.popleft()
            if watched.lane is None or watched.started != started:
                continue
            lane = watched.lane
            self._slow.add(watched)
            if watched.quick:
                watched.lane = None
            elif lane is self.living and self.silent.busy < self._pacing.most_waiting:
                watched.lane = self.silent
                self.silent.busy += 1
            else:
                continue
            lane.free()

    def _start(self, watched: Watched) -> bool:
        """A lane has a place for it; False: it needs none."""
        if watched.removed:
            return False
        started = self._clock()
        if watched.silent:
            watched.lane = self.silent
            self.silent_lag.note(started - watched.due)
        else:
            watched.lane = self.living
            self.lag.note(started - watched.due)
        watched.asked, watched.started = watched.target, started
        before, now = watched.ts, self._wall()
        watched.ts = now if now > before or before - now > _FUTURE_MS else before + 1
        watched.turn += 1
        self._begun.append((started, watched))
        self.polls += 1
        watched.quick = self._quick is not None and self._try(self._quick, watched)
        if not watched.quick:
            self._crew.add((watched, None))
        return True

    def _try(self, quick: Quick, watched: Watched) -> bool:
        target = watched.target
        deadline_s, interval_s = self._pacing.deadline_s, target.interval_s
        within = deadline_s if deadline_s < interval_s else interval_s
        try:
            if quick(target, watched.started, within, partial(self._heard, watched, watched.turn)):
                self.quick_polls += 1
                return True
        except Exception:  # noqa: BLE001 - the edge: one device's fault must not stop the others
            self._note_fault(target)
        return False

    def _heard(self, watched: Watched, turn: int, outcome: Outcome) -> None:
        """The outcome of a quick poll."""
        if turn != watched.turn or not watched.quick:
            return  # it was taken for stuck
        watched.quick, now = False, self._clock()
        if outcome.state == "up" and outcome.cause is None and not outcome.conditions:
            watched.silent = False
            self._isolation.heard(watched.asked.address, now)
        elif not self._is_alive(watched, outcome, now):
            silent = self._isolation.seen(watched.asked.address, watched.started)
            if silent is None:
                self._crew.add((watched, outcome))
                return
            outcome = ISOLATED if silent else outcome
        self._end(watched, outcome, now)

    async def _serve(self, polled: tuple[Watched, Outcome | None]) -> None:
        """One poll, or, where a quick one found silence, the question whether it is us."""
        watched, outcome = polled
        watched.worker, watched.overdue = asyncio.current_task(), False
        outcome = await self._ask(watched, outcome)
        watched.worker = None
        self._end(watched, outcome, self._clock())

    def _end(self, watched: Watched, outcome: Outcome, now: float) -> None:
        self.busy_s += now - watched.started
        self.ended += 1
        watched.in_flight = False
        if self._slow:
            self._slow.discard(watched)
        lane, watched.lane = watched.lane, None
        try:
            if not watched.removed:
                self._finish(watched, outcome, now)
        finally:
            if lane is not None:
                lane.free()

    async def _ask(self, watched: Watched, outcome: Outcome | None) -> Outcome:
        """One poll and, where the device stayed silent, the question whether it is us (isolation)."""
        target = watched.asked
        try:
            if outcome is None:
                outcome = await self._poll(target, self._deadline(target))
            if not self._is_alive(watched, outcome, self._clock()) and await self._isolation.cut_off(
                target.address, watched.started
            ):
                return ISOLATED
            return outcome
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not watched.overdue or task is None or task.uncancel() > 0:
                raise
            self.stuck += 1
            return STUCK
        except Exception:  # noqa: BLE001 - the edge: one device's fault must not stop the others
            self._note_fault(target)
            return FAULT

    def _is_alive(self, watched: Watched, outcome: Outcome, now: float) -> bool:
        """Whether it is not us: the device answered or refused, or nothing can be said (`unknown`)."""
        state, cause = outcome.state, outcome.cause
        if state == "up" or answered(outcome):
            watched.silent = False
            # a check that was waited for in vain came after the one that was answered
            waited = cause is not None or "asleep" in outcome.conditions
            self._isolation.heard(watched.asked.address, watched.started if waited else now)
        elif state != "unknown":
            watched.silent = True
            if cause != "refused":
                return False
            self._isolation.heard(watched.asked.address, now)  # that came from somewhere: it is not us
        return True

    def _note_fault(self, target: Target) -> None:
        """A trace takes long to render: one a minute is enough."""
        self.faults += 1
        if self._clock() - self._fault_said >= 60.0:
            self._fault_said = self._clock()
            log.exception("poll_failed", device=target.device, faults=self.faults)

    def _deadline(self, target: Target) -> float:
        return min(self._pacing.deadline_s, target.interval_s)

    def _finish(self, watched: Watched, outcome: Outcome, now: float) -> None:
        target, started = watched.asked, watched.started
        if watched.target is not target and watched.target != target:
            watched.silent = False
            self._first(watched)  # what the old address or checks said is nothing about the new ones
            return
        state, seconds = outcome.state, target.interval_s
        wanted = next_slot(watched.place, seconds, started + seconds / 2)
        if state == "down" or watched.pace.downs or wanted <= now:
            seconds = self._again(watched, state, now)
        else:
            self._plan(watched, wanted)
        self._emit(
            Observation(
                target.device,
                self._collector,
                watched.ts,
                state,
                outcome.conditions,
                seconds,
                outcome.rtt_ms,
                outcome.loss,
                outcome.cause,
                outcome.values,
            )
        )

    def _again(self, watched: Watched, state: State, now: float) -> float:
        """Plan the next poll of a device that is or was down, or that missed its turn; after how many seconds."""
        target, started = watched.asked, watched.started
        seconds, on_grid = watched.pace.after(state, started, target.interval_s, self._rhythm)
        if state == "down" and watched.pace.downs == 1 and target.parent is not None:
            self.hurry(target.parent)
        if not on_grid:
            self._plan(watched, max(now, started + seconds))
            return seconds
        wanted = next_slot(watched.place, seconds, started + seconds / 2)
        if wanted <= now:
            slot = next_slot(watched.place, seconds, now)
            self.skipped += round((slot - wanted) / seconds)
            wanted = slot
        self._plan(watched, wanted)
        return seconds

    def look_for_stuck(self) -> None:
        """Call once a second: a poll that outlived its deadline is ended, its device is `unknown`."""
        now = self._clock()
        self._leave_places(now - self._pacing.patience_s)
        for watched in list(self._slow):
            late = now - watched.started - self._deadline(watched.target)
            if late <= self._pacing.grace_s + self._isolation.patience_s or watched.overdue:
                continue
            if watched.quick:
                self.stuck += 1
                watched.quick = False
                self._end(watched, STUCK, now)
            elif watched.worker is not None:
                watched.overdue = True
                watched.worker.cancel()

    def utilisation(self) -> float:
        """The share of the places in flight that was in use since the last call, 0 to 1."""
        now, busy = self._clock(), self.busy_s + sum(self._clock() - each.started for each in self._slow)
        passed, worked = now - self._measured[0], busy - self._measured[1]
        self._measured = (now, busy)
        return min(1.0, max(0.0, worked / (passed * self._pacing.max_in_flight))) if passed > 0 else 0.0

    def stats(self) -> dict[str, Any]:
        """Figures for doctor and metrics: counts since the start, lag of the last minutes in seconds."""
        return {
            "polls": self.polls,
            "quick_polls": self.quick_polls,
            "faults": self.faults,
            "stuck": self.stuck,
            "skipped": self.skipped,
            "in_flight": self.polls - self.ended,
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
        self._joining = iter(())
        self._wheel.clear()
        self._devices.clear()
        for watched in self._slow.union(watched for _, watched in self._begun):
            watched.quick = False
        self.living.close()
        self.silent.close()
        await self._crew.close()
