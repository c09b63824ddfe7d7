"""The durable queue before a metrics server: lines on disk until they are written or quarantined (synchronous FULL).

Nothing leaves without being counted: as written, as quarantined, or as lost to the bounds.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

import structlog
from sqlalchemy import Connection, Engine, delete, func, select, true

from store import queue_file
from store.database import open_database, reading, writing
from store.fault import Busy, DiskFull, Unwritable
from store.queue_file import Bad, DeviceHour, Taken, batches, dirty, quarantine
from store.reserve import Reserve

DAY_MS: Final = 86_400_000
ROW_LINES: Final = 2_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait and for how long, and how many quarantined lines are kept for a look."""

    max_age_ms: int = 30 * DAY_MS
    max_bytes: int = 4 << 30
    quarantined: int = 10_000


class Mark(NamedTuple):
    """A device-hour to be rolled up, and how often that was said."""

    hour: int
    device: str
    mark: int


class MetricsQueue:
    """One file. Several threads may use it, and other processes look at it and put into it; one process `own`s it.

    Raises `StoreError` where the file cannot be used; then nothing of the call was kept.
    """

    def __init__(self, path: Path | str, limits: Limits | None = None) -> None:
        self.path, self._limits = Path(path), limits or Limits()
        self.engine: Engine = open_database(f"sqlite:///{path}")
        self._reserve = Reserve(self.path.with_name(self.path.name + ".reserve"))
        self._owner: TextIO | None = None
        queue_file.create(self.engine, str(path))

    def own(self) -> None:
        """Be the one that empties it, until `close`. Raises `Busy` where somebody is already."""
        if self._owner is None:
            self._owner = _locked(self.path)
            self._reserve.fill()

    def put(self, policy: str, lines: Sequence[str], hours: Iterable[DeviceHour], now: int) -> None:
        """Keep lines, and the device-hours that they belong to, for good before returning.

        Beyond the limit of bytes the oldest are lost, and counted.
        """
        if not lines:
            return
        marks = list(set(hours))
        with writing(self.engine) as conn:
            for start in range(0, len(lines), ROW_LINES):
                part = lines[start : start + ROW_LINES]
                queue_file.insert(conn, policy, part, marks, now)
            lost = self._bound_bytes(conn)
        _complain(lost, "queue_bytes")

    def take(self, most: int, *, newest: bool = False) -> Taken | None:
        """The oldest rows of one policy: `most` lines or one row; None where nothing waits.

        With `newest` the newest observations, where there are any: all else is written again when it changes, and its
        last word has to come last. They stay until `done`: who dies between finds them again.
        """
        order = batches.c.id.desc() if newest else batches.c.id.asc()
        which = batches.c.ordered.is_(False) if newest else true()
        with reading(self.engine) as conn:
            policy = conn.scalar(select(batches.c.policy).where(which).order_by(order).limit(1))
            taken: list[Any] = []
            size = 0
            with conn.execute(select(batches).where(which, batches.c.policy == policy).order_by(order)) as rows:
                for row in rows:
                    size += row.n
                    if taken and size > most:
                        break
                    taken.append(row)
        if policy is None:
            return self.take(most) if newest else None
        return queue_file.unpack(policy, taken)

    def done(self, taken: Taken, bad: Sequence[Bad], now: int) -> None:
        """What was taken is written but for `bad`, which is quarantined; all of it at once, on a full disk too."""
        try:
            self._done(taken, bad, now)
        except DiskFull:
            if not self._reserve.release():
                raise
            self._done(taken, bad, now)

    def _done(self, taken: Taken, bad: Sequence[Bad], now: int) -> None:
        bad = [*taken.broken, *bad]
        with writing(self.engine) as conn:
            gone = queue_file.remove(conn, taken.ids)
            queue_file.mark(conn, taken.hours)
            self._quarantine(conn, taken.policy, bad, now)
            queue_file.count(conn, {"written": gone - len(bad)})

    def set_aside(self, policy: str, bad: Sequence[Bad], now: int) -> None:
        """Quarantine lines that never were in the queue."""
        with writing(self.engine) as conn:
            self._quarantine(conn, policy, bad, now)

    def _quarantine(self, conn: Connection, policy: str, bad: Sequence[Bad], now: int) -> None:
        if not bad:
            return
        kept = bad[-self._limits.quarantined :]
        rows = [{"at": now, "policy": policy, "line": one.line, "reason": one.reason} for one in kept]
        conn.execute(quarantine.insert(), rows)
        there = conn.scalar(select(func.count()).select_from(quarantine)) or 0
        beyond = max(0, there - self._limits.quarantined)
        oldest = select(quarantine.c.id).order_by(quarantine.c.id).limit(beyond)
        conn.execute(delete(quarantine).where(quarantine.c.id.in_(oldest)))
        dropped = beyond + len(bad) - len(kept)
        queue_file.count(conn, {"quarantined": len(bad), "quarantine_dropped": dropped})
        _log.error("metrics.quarantined", points=len(bad), reason=bad[-1].reason, dropped=dropped)

    def trim(self, now: int) -> int:
        """Let go of what waits longer than the limit of age, counted as lost; has the reserve again. How many points"""
        with writing(self.engine) as conn:
            lost = queue_file.remove(conn, _before(conn, now - self._limits.max_age_ms))
            queue_file.count(conn, {"lost": lost})
        _complain(lost, "queue_days")
        if self._owner is not None:
            self._reserve.fill()
        return lost

    def _bound_bytes(self, conn: Connection) -> int:
        lost = 0
        while queue_file.figure(conn, "bytes") > self._limits.max_bytes:
            oldest = conn.scalars(select(batches.c.id).order_by(batches.c.id).limit(16)).all()
            if len(oldest) < 2:
                break
            lost += queue_file.remove(conn, oldest[:-1])
        queue_file.count(conn, {"lost": lost})
        return lost

    def marks(self, before: int, most: int) -> list[Mark]:
        """The device-hours to be rolled up that begin before hour `before`, the oldest hour first."""
        wanted = select(dirty).where(dirty.c.hour < before).order_by(dirty.c.hour, dirty.c.device).limit(most)
        with reading(self.engine) as conn:
            return [Mark(row.hour, row.device, row.mark) for row in conn.execute(wanted)]

    def mark(self, hours: Iterable[DeviceHour]) -> None:
        """These device-hours are to be rolled up."""
        with writing(self.engine) as conn:
            queue_file.mark(conn, hours)

    def unmark(self, marks: Sequence[Mark], **counted: int) -> None:
        """These were rolled up as they were marked; one that was marked again since stays."""
        with writing(self.engine) as conn:
            if marks:
                conn.exec_driver_sql("DELETE FROM dirty WHERE hour = ? AND device = ? AND mark = ?", [*marks])
            queue_file.count(conn, counted)

    def unmark_all(self) -> None:
        """None is to be rolled up."""
        with writing(self.engine) as conn:
            conn.execute(delete(dirty))

    def stats(self) -> dict[str, Any]:
        """`points`, `bytes` and `dirty` (device-hours) now; `oldest_ms`, when the oldest point came, None where none;

        `quarantine`: lines kept for a look; and so far `written`, `quarantined`, `quarantine_dropped`, `lost`, …
        """
        with reading(self.engine) as conn:
            counted = {row.name: row.value for row in conn.execute(select(queue_file.figures))}
            so_far = ("points", "bytes", "written", "quarantined", "quarantine_dropped", "lost", "hours_too_old")
            return {name: counted.get(name, 0) for name in so_far} | {
                "oldest_ms": conn.scalar(select(batches.c.at).order_by(batches.c.id).limit(1)),
                "quarantine": conn.scalar(select(func.count()).select_from(quarantine)),
                "dirty": conn.scalar(select(func.count()).select_from(dirty)),
            }

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()
        if self._owner is not None:
            self._owner.close()
            self._owner = None


def _before(conn: Connection, instant: int) -> list[int]:
    """The rows that came before it; they lie in the order in which they came."""
    old = []
    with conn.execute(select(batches.c.id, batches.c.at).order_by(batches.c.id)) as rows:
        for row in rows:
            if row.at >= instant:
                break
            old.append(row.id)
    return old


def is_owned(path: Path) -> bool:
    """Whether a process empties the queue at `path` now."""
    try:
        _locked(path).close()
    except Busy:
        return True
    return False


def _locked(path: Path) -> TextIO:
    lock = path.with_name(path.name + ".lock")
    try:
        file = lock.open("a")
    except OSError as error:
        raise Unwritable(str(lock), error.strerror or str(error)) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise Busy(str(path), "another process of hallwatch empties this queue") from error
    return file


def _complain(lost: int, bound: str) -> None:
    if lost:
        _log.error("metrics.points_lost", lost=lost, beyond=f"metrics.{bound}")
