"""The loop that writes the live figures: each at its time, by the clock; what was missed is not made up for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import structlog

from hallwatch.figures import Figure, Figures, Stopping
from reports.live.point import LivePoint
from sla.instant import MINUTE, Ms
from store.fault import StoreError
from store.influx.lines import line
from store.measurements import BY_NAME

EVERY_S: Final = 1.0
RETRY_MS: Final = 10 * MINUTE
"""What fails is tried again after so long, or at its next time where that is sooner."""
AT_ONCE: Final = 1_000
LONGEST_REST_S: Final = 5.0
LONGEST_MS: Final = 30 * MINUTE
"""However long a figure takes, it is made again after so long: dashboards look for one of the last 70 minutes."""
FAILING: Final = "failing/"
"""Marks of the figures that fail, with the reason, for who looks from outside (`hallwatch doctor`)."""
log = structlog.get_logger(__name__)


class Lines(Protocol):
    """Takes lines under a retention policy, for good before returning."""

    def write_lines(self, policy: str, lines: Sequence[str]) -> None:
        """Raises `StoreError`."""


@dataclass(slots=True)
class Live:
    """Some figures on one thread. One that fails is tried again later, and stops no other."""

    figures: Figures
    table: Sequence[Figure]
    sink: Lines
    _done: dict[str, int] = field(default_factory=dict)
    _again: dict[str, Ms] = field(default_factory=dict)
    _failing: dict[str, str] = field(default_factory=dict)
    _points: int = 0

    def run(self, stop: threading.Event, clock: Callable[[], Ms]) -> None:
        """Work until `stop`; `clock` gives ms since 1970."""
        self.figures = replace(self.figures, stop=stop)
        self._mark(dict.fromkeys((one.name for one in self.table), ""))
        while not stop.is_set():
            try:
                self.step(clock())
            except Stopping:
                return
            stop.wait(EVERY_S)

    def stats(self) -> Mapping[str, Any]:
        """How many points were written, and what fails with the reason, by figure."""
        return {"points": self._points, "failing": dict(self._failing)}

    def step(self, now: Ms) -> None:
        """Make what is due at `now` (ms), as of the minute that has begun. Raises `Stopping`."""
        for one in self.table:
            slot = now // one.every_ms
            if self._done.get(one.name) == slot or 0 < self._again.get(one.name, now) - now <= LONGEST_MS:
                continue
            began = time.monotonic()
            if self._try(one, now):
                self._done[one.name] = slot
                self._again[one.name] = now + min(LONGEST_MS, round((time.monotonic() - began) * 1000 / one.share))

    def _try(self, one: Figure, now: Ms) -> bool:
        try:
            self._write(one, now // MINUTE * MINUTE)
        except Stopping:
            raise
        except Exception as error:
            news = self._failing.get(one.name) != str(error)
            self._failing[one.name] = str(error)
            self._again[one.name] = now + min(one.every_ms, RETRY_MS)
            log.error("figures.not_written", figure=one.name, reason=str(error), exc_info=news)
            if news:
                self._mark({one.name: f"{type(error).__name__}: {error}"})
            return False
        if self._failing.pop(one.name, None) is not None:
            log.info("figures.written_again", figure=one.name)
            self._mark({one.name: ""})
        return True

    def _mark(self, said: Mapping[str, str]) -> None:
        with suppress(StoreError, OSError):  # a disk that is full: the log says so
            self.figures.told.mark(FAILING, said)

    def _write(self, one: Figure, now: Ms) -> None:
        floor, began = self.figures.floor(now), time.monotonic()
        for batch in one.make(self.figures, now):
            by_policy: dict[str, list[str]] = {}
            for point in batch.points:
                said = line_of(point)
                if said is not None and point.ts >= floor:
                    by_policy.setdefault(BY_NAME[point.measurement].policy, []).append(said)
            for policy, lines in by_policy.items():
                for start in range(0, len(lines), AT_ONCE):
                    self.figures.going_on()
                    self.sink.write_lines(policy, lines[start : start + AT_ONCE])
                self._points += len(lines)
            batch.done()
            if one.gentle:
                self.figures.stop.wait(min(LONGEST_REST_S, 3 * (time.monotonic() - began)))
                began = time.monotonic()


def line_of(point: LivePoint) -> str | None:
    """A point in line protocol; None where it says nothing."""
    return line(point.measurement, point.tags, point.fields, point.ts)
