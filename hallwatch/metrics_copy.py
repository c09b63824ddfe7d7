"""The history of the embedded metrics store to a server: a device at a time, so that it can be killed and go on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import delete, select

from store import rollup
from store.database import reading, writing
from store.delivery import deliver
from store.embedded_history import DAY_MS, EmbeddedHistory
from store.influx.lines import carried, device_line, device_tags, line
from store.influx.server import Server
from store.measurements import HOURLY, RAW
from store.metrics import Sample, Tags
from store.metrics_queue import MetricsQueue
from store.queue_file import Bad, copied
from store.rollup import HOUR_MS, Hour, Rolled
from store.upsert import insert_or_replace

RAW_LINES: Final = 5_000
HOUR_LINES: Final = 1_000
Item = TypeVar("Item")
Figures = Counter[str]
"""`values`, `hours`: written; `values_old`, `hours_old`: beyond the retention; `quarantined`; `unknown` devices."""


@dataclass(slots=True)
class Copy:
    """What is copied from `since` (ms) on. `tags` are those that the inventory has now; a device without is unknown.

    `job` names source and destination: under it the queue's file remembers which devices are over there.
    """

    history: EmbeddedHistory
    server: Server
    queue: MetricsQueue
    tags: Mapping[str, Tags]
    job: str
    days: tuple[int, int]
    since: int = 0
    figures: Figures = field(default_factory=Counter)

    def run(self, now: int, told: Callable[[int, int], None]) -> Figures:
        """Copy what is not over there yet; `told` how many devices are, of how many. Raises `StoreError`: go on later.

        Once all are, the job is forgotten: the next run would begin again, and give the same.
        """
        devices, done = self.history.devices(), self._done()
        for text in done.values():
            self.figures.update(json.loads(text))
        for count, (device, n) in enumerate(devices.items()):
            told(count, len(devices))
            if device not in done:
                self._note(device, self._device(device, n, now))
        told(len(devices), len(devices))
        with writing(self.queue.engine) as conn:
            conn.execute(delete(copied).where(copied.c.job == self.job))
        return self.figures

    def _done(self) -> dict[str, str]:
        with reading(self.queue.engine) as conn:
            rows = conn.execute(select(copied.c.device, copied.c.figures).where(copied.c.job == self.job))
            return {row.device: row.figures for row in rows}

    def _note(self, device: str, figures: Figures) -> None:
        self.figures.update(figures)
        row = {"job": self.job, "device": device, "figures": json.dumps(figures)}
        with writing(self.queue.engine) as conn:
            conn.execute(insert_or_replace(conn, copied, "job", "device"), row)

    def _device(self, device: str, n: int, now: int) -> Figures:
        """Single values first, then hours: those of values that are here are computed again over there, for later
        values may have come there."""
        found: Figures = Counter(devices=1, unknown=int(device not in self.tags))
        tags = self.tags.get(device, Tags())
        own: Rolled = {}
        begin = self.since // HOUR_MS * HOUR_MS  # no hour is half there
        samples = (Sample(device, ts, values, tags) for ts, values in self.history.raw(n, begin))
        for part in _parts(samples, RAW_LINES):
            own = rollup.merge(own, rollup.roll((one.ts, one.values) for one in part))
            young = [one for one in part if one.ts > now - self.days[0] * DAY_MS]
            found["values_old"] += len(part) - len(young)
            lines = [text for one in young if (text := device_line(one)) is not None]
            found += self._deliver(RAW, lines, now, "values")
        found += self._hours(device, tags, n, own, now)
        return found

    def _hours(self, device: str, tags: Tags, n: int, own: Rolled, now: int) -> Figures:
        found: Figures = Counter()
        rolled: set[int] = set()
        for day in self.history.rolled(n, self.since):
            rolled |= _numbers(day)
            together = rollup.merge(day, _only(own, _numbers(day)))
            found += self._write_hours(device, tags, together, now)
        alone = _numbers(own) - rolled
        found += self._write_hours(device, tags, _only(own, alone), now)
        here = [one for one in alone if one * HOUR_MS > now - self.days[0] * DAY_MS]
        self.queue.mark((carried(device), one) for one in here)
        return found

    def _write_hours(self, device: str, tags: Tags, hours: Rolled, now: int) -> Figures:
        found: Figures = Counter()
        young = {one for one in _numbers(hours) if one * HOUR_MS > now - self.days[1] * DAY_MS}
        found["hours_old"] = len(_numbers(hours)) - len(young)
        for part in _parts(sorted(young), HOUR_LINES):
            lines = [
                text
                for hour in part
                if (text := line("device_hour", device_tags(device, tags), _fields(hours, hour), hour * HOUR_MS))
            ]
            found += self._deliver(HOURLY, lines, now, "hours")
        return found

    def _deliver(self, policy: str, lines: Sequence[str], now: int, name: str) -> Figures:
        bad = deliver(self.server, policy, lines)
        refused = [one for one in bad if not _old(one)]
        if refused:
            self.queue.set_aside(policy, refused, now)
        old = len(bad) - len(refused)
        return Counter({name: len(lines) - len(bad), f"{name}_old": old, "quarantined": len(refused)})


def _old(one: Bad) -> bool:
    return "retention" in one.reason


def _numbers(hours: Rolled) -> set[int]:
    return {hour for of_field in hours.values() for hour in of_field}


def _only(hours: Rolled, wanted: set[int]) -> Rolled:
    return {name: {key: one for key, one in of_field.items() if key in wanted} for name, of_field in hours.items()}


def _fields(hours: Rolled, hour: int) -> dict[str, float]:
    return {
        key: value
        for name, of_field in hours.items()
        if hour in of_field
        for key, value in _named(name, of_field[hour])
    }


def _named(name: str, one: Hour) -> Iterator[tuple[str, float]]:
    for part in ("n", "min", "max", "sum", "last"):
        yield f"{name}_{part}", float(getattr(one, part))


def _parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
