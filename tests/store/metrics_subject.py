"""A process that measures into a queue and brings it to a server, and dies where it is told to.

`python -m tests.store.metrics_subject DIRECTORY URL POINT:TIMES BATCHES`: writes BATCHES batches that were not written
yet, then empties the queue. POINT is where it is killed: `enqueued`, `answered` (by the server; the row is still
there), `splitting` (a refusal is being searched), `rolled` (hours written, marks still there), or `never`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from store.influx.address import Address
from store.influx.fault import Rejected
from store.influx.server import Server, connect
from store.metrics import Sample, Tags
from store.queued_metrics import QueuedMetrics

EACH = 20
HOUR = 3_600_000


class Death:
    """Counts how often a point is reached."""

    def __init__(self, where: str) -> None:
        self.point, _, times = where.partition(":")
        self.left = int(times or 1)

    def reached(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Mortal(Server):
    """A server whose user may die right after its answer."""

    def __init__(self, server: Server, death: Death) -> None:
        super().__init__(server.kind, server.version, server.wire)
        self._death = death

    def write(self, policy: str, lines: Sequence[str]) -> None:
        try:
            super().write(policy, lines)
        except Rejected:
            self._death.reached("splitting")
            raise
        self._death.reached("rolled" if policy == "hourly" else "answered")


def batch(number: int, first: int) -> list[Sample]:
    """Of the minute `number` after `first` (ms): the values of 20 devices; the fourth has a field in conflict."""
    more = {"conflict": 1.0}
    return [
        Sample(
            f"P-{n:02}",
            first + number * 60_000 + n,
            {"level": float(number), "state": 2.0} | (more if n == 4 else {}),
            Tags("h-01", kind="printer"),
        )
        for n in range(EACH)
    ]


def main(directory: Path, url: str, where: str, batches: int, first: int) -> None:
    """Work, and perhaps die."""
    death = Death(where)
    now = first + 12 * HOUR
    metrics = QueuedMetrics(directory / "q.db", lambda: Mortal(connect(Address.of(url), 5), death), lambda: now)
    metrics.own()
    progress = directory / "progress"
    done = int(progress.read_text()) if progress.exists() else 0
    for number in range(done, batches):
        metrics.write(batch(number, first))
        death.reached("enqueued")
        progress.write_text(str(number + 1))
    while metrics.step():
        pass
    metrics.maintain(now)
    metrics.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
