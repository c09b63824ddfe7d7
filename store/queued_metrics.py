"""A metrics server with a durable queue before it: writing costs one local commit, wherever the server is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import structlog

from store.delivery import deliver
from store.fault import StoreError
from store.hour_rollup import roll_up
from store.influx.fault import Away, Denied
from store.influx.lines import carried, device_line
from store.influx.metrics import InfluxMetrics
from store.influx.server import Server
from store.measurements import RAW
from store.metrics import Hour, Measured, Point, Reading
from store.metrics_queue import Limits, MetricsQueue
from store.queue_file import DeviceHour
from store.rollup import HOUR_MS

AT_ONCE: Final = 5_000  # lines of a request
BEHIND: Final = 1_000  # lines taken at once: there may be many more
LINGER_S: Final = 0.5  # so that what comes within it goes together
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
RETRY_MOST_S: Final = 300.0  # whatever a server asks for
TRIM_MS: Final = 60_000
PATIENCE_MS: Final = 10_000
_log = structlog.get_logger(__name__)


class QueuedMetrics:
    """A `Metrics` on a server that `connect` reaches, who is asked again whenever it was away. `clock` gives ms.

    One process a queue file `own`s it and writes; the others read. `raw_days`: the retention of raw points there.
    """

    def __init__(
        self,
        path: Path | str,
        connect: Callable[[], Server],
        clock: Callable[[], int],
        limits: Limits | None = None,
        raw_days: float = 90,
    ) -> None:
        self._path, self._connect, self._clock = path, connect, clock
        self._limits, self._raw_days = limits, raw_days
        self._lock = threading.Lock()  # of the queue; held for no longer than a file takes
        self._connecting = threading.Lock()
        self._reader: Server | None = None
        self._writer: Server | None = None  # of the thread that runs
        self._queue: MetricsQueue | None = None
        self._size, self._newest, self._trimmed = AT_ONCE, False, 0
        self._missed: tuple[int, Away] | None = None
        self.trouble: str | None = None

    @property
    def queue(self) -> MetricsQueue:
        """The queue. Raises `StoreError` where its file cannot be used."""
        with self._lock:
            if self._queue is None:
                self._queue = MetricsQueue(self._path, self._limits)
            return self._queue

    @property
    def server(self) -> Server:
        """The server, for reading. Raises `StoreError` where it cannot be reached; at once where it just could not."""
        with self._connecting:
            if self._reader is None:
                self._refuse()
                try:
                    self._reader = self._connect()
                except Away as error:
                    self._missed = self._clock(), error
                    raise
            return self._reader

    def _refuse(self) -> None:
        """Raises `Away` for some seconds after it was: whoever opens pages waits for a server once."""
        missed = self._missed
        if missed is not None and 0 <= self._clock() - missed[0] < PATIENCE_MS:
            raise Away(missed[1].where, missed[1].reason)

    def own(self) -> None:
        """Be the process that writes. Raises `Busy` where another is, `StoreError` where the file cannot be used."""
        self.queue.own()

    def write(self, samples: Sequence[Measured]) -> None:
        """Keep a batch in the queue for good before returning. Raises `StoreError`."""
        lines: list[str] = []
        hours: set[DeviceHour] = set()
        for one in samples:
            line = device_line(one)
            if line is not None:
                lines.append(line)
                hours.add((carried(one.device), one.ts // HOUR_MS))
        self._put(RAW, lines, hours)

    def write_lines(self, policy: str, lines: Sequence[str]) -> None:
        """The same for points of other measurements, as `store.influx.lines.line` makes them."""
        self._put(policy, lines, ())

    def _put(self, policy: str, lines: Sequence[str], hours: Iterable[DeviceHour]) -> None:
        if lines:
            self.queue.put(policy, lines, hours, self._clock())

    def run(self, stop: threading.Event) -> None:
        """Bring what waits to the server until `stop`. Raises `StoreError` only at once: the file is another's."""
        self.own()
        failures = 0
        while not stop.is_set():
            try:
                pause = 0.0 if self.step() >= BEHIND else LINGER_S
                failures = 0
            except Exception as error:  # noqa: BLE001  # the edge of the loop: nothing may end it
                pause = self._complain(error, failures)
                failures += 1
            stop.wait(pause)

    def step(self) -> int:
        """Write a part of what waits, the oldest and the newest in turns while there is much; how many lines.

        Raises what went wrong: nothing left the queue then.
        """
        self._trim()
        self._newest = not self._newest
        taken = self.queue.take(self._size, newest=self._newest)
        if taken is None:
            self._is_well()
            return 0
        try:
            self._writer = self._writer or self._connect()
            bad = deliver(self._writer, taken.policy, taken.lines)
        except Away:
            self._size = max(1, self._size // 4)  # what is too much for the server, or what it breaks on, goes alone
            raise
        self.queue.done(taken, bad, self._clock())
        self._size = min(AT_ONCE, self._size * 2)
        self._is_well()
        return len(taken.lines)

    def _trim(self) -> None:
        now = self._clock()
        if not 0 <= now - self._trimmed < TRIM_MS:
            self.queue.trim(now)
            self._trimmed = now

    def _is_well(self) -> None:
        if self.trouble is not None:
            _log.info("metrics.written_again")
            self.trouble = None

    def _complain(self, error: Exception, failures: int) -> float:
        """Say it, and how long to wait: the server's own word, within reason, or longer from time to time."""
        told = str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
        if told != self.trouble:
            _log.error("metrics.cannot_be_written", error=told, exc_info=not isinstance(error, StoreError | OSError))
        self.trouble = told
        self._hang_up()
        longest = RETRY_S[-1] if isinstance(error, Denied) else RETRY_S[min(failures, len(RETRY_S) - 1)]
        asked = error.retry_after_s if isinstance(error, Away) else None
        return longest if asked is None else min(max(asked, RETRY_S[0]), RETRY_MOST_S)

    def _hang_up(self) -> None:
        """Ask anew who is there: it may come back as another version."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def fields(self, device: str) -> list[str]:
        """The names of a device's fields, sorted; none for an unknown device."""
        with self._reading() as metrics:
            return metrics.fields(device)

    def series(self, device: str, field: str, start: int, until: int, points: int) -> list[Point]:
        """One field in [start, until), ms, as at most `points` points in order."""
        with self._reading() as metrics:
            return metrics.series(device, field, start, until, points)

    def hours(self, device: str, field: str, start: int, until: int) -> list[Hour]:
        """The hours that begin in [start, until), ms, in order."""
        with self._reading() as metrics:
            return metrics.hours(device, field, start, until)

    def readings(self, device: str, field: str, start: int, until: int) -> list[Reading]:
        """The single values in [start, until), ms, in order; where they are gone the last of each hour."""
        with self._reading() as metrics:
            return metrics.readings(device, field, start, until)

    @contextmanager
    def _reading(self) -> Iterator[InfluxMetrics]:
        self._refuse()
        server = self.server
        try:
            yield InfluxMetrics(server)
            self._missed = None
        except Away as error:
            self._missed = self._clock(), error
            raise

    def maintain(self, now: int) -> None:
        """Roll up the hours that are over and not rolled up yet, a bounded number. Raises `StoreError`."""
        if self.server.reads:
            roll_up(self.server, self.queue, now, self._raw_days)
        else:  # nobody will ever compute them
            self.queue.unmark(self.queue.marks(now // HOUR_MS, BEHIND))

    def stats(self) -> dict[str, Any]:
        """`MetricsQueue.stats`, and the present `trouble`, None where there is none."""
        return self.queue.stats() | {"trouble": self.trouble}

    def close(self) -> None:
        """Let go of the file and of the server."""
        self._hang_up()
        with self._lock:
            held: list[MetricsQueue | Server | None] = [self._queue, self._reader]
            self._queue = self._reader = None
        for one in held:
            if one is not None:
                one.close()
