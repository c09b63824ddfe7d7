"""One device's SNMP agent as the collector knows it: what it has, which rows its tables hold, one GET a poll."""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from collector.alarm import Alarms
from collector.kind import Kind, Table
from collector.observation import Value
from collector.probe import Steps
from collector.reading import MAX_BYTES, MAX_TEXT, READERS, Raw, bounded, weight
from collector.session import NoAnswer, Session
from collector.target import Target

_CHUNK: Final = 40  # variables a request: their answers fit into a datagram of 1,472 octets
_SYS_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
_LEARN_S: Final = 3600.0
_LEARN_AGAIN_S: Final = 60.0
_LACKS: Final = 2  # so many polls without an object, and it is asked no more until the tables are learned again


class Agent:
    """`open_` makes a session; it raises OSError where the address is none, and so does the first question."""

    __slots__ = (
        *("_chunk", "_due_at", "_failures", "_means", "_missing", "_oids", "_plan", "_rows", "_spare", "_uptime"),
        *(
            "_alarms",
            "_bulky",
            "_fixed",
            "_learned_at",
            "_loop",
            "_open",
            "_settled",
            "kind",
            "retired",
            "session",
            "target",
        ),
    )

    def __init__(self, target: Target, kind: Kind, open_: Callable[[Target], Session], alarms: Alarms) -> None:
        self.target, self.kind = target, kind
        self.session: Session | None = None
        self.retired = False  # nobody will ask again
        self._open, self._alarms, self._loop = open_, alarms, asyncio.get_running_loop()
        self._spare: Session | None = None
        self._fixed: dict[str, Value] = {}  # what the rows hold that does not change from poll to poll
        self._rows: dict[str, dict[str, str]] = {}  # table -> label -> index
        self._missing: dict[str, int] = {}
        self._chunk = _CHUNK
        self._due_at = self._learned_at = -math.inf
        self._settled = False
        self._failures = 0
        self._uptime = -1
        self._replan()

    @property
    def busy(self) -> bool:
        """Is a request in flight?"""
        return self.session is not None and self.session.busy

    def close(self) -> None:
        """Give back the socket; what is known of the device stays."""
        if self.session is not None:
            self.session.close()
            self.session = None

    async def ask(self, until: float, steps: Steps | None = None) -> dict[str, Value]:
        """All values of a poll, at most one request in flight. Raises `NoAnswer`, OSError."""
        try:
            return await self._ask(until, steps)
        finally:
            if self.retired:
                self.close()

    async def _ask(self, until: float, steps: Steps | None) -> dict[str, Value]:
        oids, now = self._oids, self._loop.time()
        if steps is None and len(oids) <= self._chunk:
            got = await self._once(oids, now, until) or await self._halves(oids, until, steps)
            if len(got) != len(oids) or self._missing:
                self._miss(oids, got)
            values = self._read(got)
        else:
            values = await self._round(oids, until, steps)
        self._settled = True
        if now >= self._due_at:
            await self._learn_rows(values, until, steps)
        if self._fixed:
            values.update(self._fixed)
        return bounded(values) if self._bulky else values

    async def _learn_rows(self, values: dict[str, Value], until: float, steps: Steps | None) -> None:
        """Look for the tables' rows anew; where that fails the rows known so far stay."""
        now, known = asyncio.get_running_loop().time(), set(self._oids)
        try:
            await self._learn(until, steps)
            self._learned_at = now
            # a device that has just started may not have filled its tables yet
            self._failures = 0 if all(self._rows.values()) else self._failures + 1
            self._due_at = now + self._pause_s()
            fresh = [oid for oid in self._oids if oid not in known]
            self._settled = False
            values.update(await self._round(fresh, until, steps))
            self._settled = True
        except NoAnswer as error:
            self._failures += 1
            self._due_at = now + self._pause_s()
            if steps is not None:
                steps.note("snmp", "rows of the tables", f"{error.cause}: {error}", now)

    def _pause_s(self) -> float:
        """An hour, some minutes more or less by device; less after failures, doubling."""
        hour = _LEARN_S * (0.9 + (zlib.crc32(self.target.device.encode()) % 200) / 1000)
        return min(hour, _LEARN_AGAIN_S * 2**self._failures) if 0 < self._failures < 8 else hour

    async def _round(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Value]:
        got: dict[str, Raw] = {}
        for start in range(0, len(oids), self._chunk):
            got.update(await self._some(oids[start : start + self._chunk], until, steps))
        if len(got) != len(oids) or self._missing:
            self._miss(oids, got)
        return self._read(got)

    async def _some(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Raw]:
        """The values of these OIDs; a request that was refused as a whole is halved until the culprit stands alone.

        Version 1 refuses all for one object that it lacks; every version may find the answer too big.
        """
        return await self._get(oids, until, steps) or await self._halves(oids, until, steps)

    async def _halves(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Raw]:
        if len(oids) < 2:
            return {}
        half = len(oids) // 2
        got = await self._some(oids[:half], until, steps) | await self._some(oids[half:], until, steps)
        if len(got) == len(oids):
            self._chunk = max(1, min(self._chunk, half))  # nothing was lacking: it was too big
        return got

    async def _get(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Raw]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            got = await self._once(oids, began, until)
        except NoAnswer as error:
            if steps is not None:
                steps.note("snmp", self._asked(oids), f"{error.cause}: {error}", began)
            raise
        if steps is not None:
            steps.note("snmp", self._asked(oids), self._said(oids, got), began)
        return got

    async def _once(self, oids: Sequence[str], began: float, until: float) -> dict[str, Raw]:
        session = self.session
        if session is None or not session.prepared:
            return await self._anew(oids, began, until)
        future = session.begin(oids)
        self._alarms.at((began + until) / 2, self._half_time, (future, session, oids), until)
        try:
            return await future or {}
        except NoAnswer as error:
            if session.snmp.version != "3" or error.cause == "refused":
                raise
        finally:
            if self._spare is not None:
                self._spare.close()
                self._spare = None
        self.close()
        return await self._anew(oids, self._loop.time(), until)

    def _half_time(self, asked: tuple[asyncio.Future[dict[str, Raw]], Session, Sequence[str]], until: float) -> None:
        """A datagram may be lost, so ask again, from another port: a late answer to the first counts as well.

        In version 3 a restarted agent is silent to the old session: give that up, a new one learns the engine anew.
        """
        future, session, oids = asked
        if future.done():
            return
        if session.snmp.version == "3":
            session.expire(future)
            return
        with suppress(OSError):
            self._spare = self._open(self.target)
            self._spare.repeat(oids, session)
        self._alarms.at(until, session.expire, future)

    async def _anew(self, oids: Sequence[str], began: float, until: float) -> dict[str, Raw]:
        """Ask with a session that is new or, in version 3, not prepared.

        An agent that names its engine but is silent to the user's questions could not decrypt them: `auth`.
        """
        session = self.session
        if session is None:
            session = self.session = self._open(self.target)
        if session.snmp.version != "3":
            return await self._once(oids, began, until)
        try:
            return await session.get(oids, until)
        except NoAnswer as error:
            self.close()
            named = session.discovery_s
            if error.cause == "timeout" and named is not None and session.snmp.priv and named * 4 < until - began:
                raise NoAnswer("auth", "names its engine but does not answer this user") from error
            raise

    def _miss(self, oids: Sequence[str], got: Mapping[str, Raw]) -> None:
        """What was not had from the first on is asked no more after the second time, until the rows are learned anew.

        What was there before stays asked; where a row is gone the rows are learned soon.
        """
        for oid in oids:
            if oid in got:
                self._missing.pop(oid, None)
            elif oid in self._missing or not self._settled:
                self._missing[oid] = self._missing.get(oid, 0) + 1
            elif self._is_row(oid):
                self._learn_soon()
        self._replan()

    def _learn_soon(self) -> None:
        self._due_at = min(self._due_at, self._learned_at + _LEARN_AGAIN_S)

    def _is_row(self, oid: str) -> bool:
        return "." in self._plan.get(oid, ("",))[0]

    def _read(self, got: Mapping[str, Raw]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        plan = self._plan
        for oid, raw in got.items():
            if oid not in plan:
                continue  # an answer that nobody asked for
            name, read = plan[oid]
            value = raw if raw.__class__ is int and read is _INTEGER else read(raw)
            if value is not None:
                values[name] = value
        uptime = values.get("uptime")
        if isinstance(uptime, int):
            if uptime < self._uptime:
                self._learn_soon()  # it started anew (or wrapped after 497 days): other rows, perhaps
            self._uptime = uptime
        if self._means:
            self._take_means(values)
        return values

    def _take_means(self, values: dict[str, Value]) -> None:
        for name, rows in self._means.items():
            numbers = [value for row in rows if isinstance(value := values.pop(row, None), int | float)]
            if numbers:
                values[name] = round(sum(numbers) / len(numbers), 3)

    def _replan(self) -> None:
        plan = {entry.oid: (entry.name, READERS[entry.form]) for entry in self.kind.get.values()}
        if not plan:
            plan[_SYS_UPTIME] = ("uptime", _INTEGER)
        self._means: dict[str, list[str]] = {}
        for table in self.kind.tables.values():
            rows = self._rows.get(table.name, {})
            for column in (table.columns[name] for name in table.poll):
                read = READERS[column.form]
                named = {f"{column.oid}.{at}": (f"{table.name}.{n}.{column.name}", read) for n, at in rows.items()}
                plan.update(named)
                if column.name in table.mean:
                    self._means[table.mean[column.name]] = [name for name, _ in named.values()]
        self._plan = plan
        asked = [oid for oid in plan if self._missing.get(oid, 0) < _LACKS]
        self._oids = asked or list(plan)[:1]  # an agent without any of them is still asked
        self._bulky = sum(_most(name, read) for name, read in plan.values()) + weight(self._fixed) > MAX_BYTES

    async def _learn(self, until: float, steps: Steps | None) -> None:
        rows: dict[str, dict[str, str]] = {}
        fixed: dict[str, Value] = {}
        for table in self.kind.tables.values():
            indexes = await self._indexes(table, until, steps)
            kept, more = await self._columns(table, labels(indexes), until, steps)
            rows[table.name] = kept
            fixed.update(more)
        self._rows, self._fixed = rows, fixed
        self._missing = {oid: times for oid, times in self._missing.items() if times < _LACKS}  # try the others again
        self._replan()

    async def _indexes(self, table: Table, until: float, steps: Steps | None) -> list[str]:
        """The rows' indexes, from the first polled column that has any."""
        for column in (table.columns[name] for name in table.poll):
            if self.session is None:
                self.session = self._open(self.target)
            began = self._loop.time()
            # more than the limit may be walked: rows may be left out for what they hold
            found = await self.session.walk(column.oid, 2 * table.limit, until)
            if steps is not None:
                told = ", ".join(f"{oid} = {_shown(raw)}" for oid, raw in found[:64]) or "no rows"
                steps.note("snmp", f"walk {table.name}.*.{column.name} ({column.oid})", told, began)
            beneath = column.oid + "."
            if found:
                return [oid[len(beneath) :] for oid, _ in found if oid.startswith(beneath)]
        return []

    async def _columns(
        self, table: Table, rows: Mapping[str, str], until: float, steps: Steps | None
    ) -> tuple[dict[str, str], dict[str, Value]]:
        """The rows that are watched, and what their unchanging columns hold."""
        told = {*table.only, *table.without}
        names = [name for name in table.columns if name not in table.poll or name in told]
        values: dict[tuple[str, str], Value] = {}
        asked = {f"{table.columns[name].oid}.{at}": (label, name) for label, at in rows.items() for name in names}
        oids = list(asked)
        for start in range(0, len(oids), self._chunk):
            for oid, raw in (await self._some(oids[start : start + self._chunk], until, steps)).items():
                if oid not in asked:
                    continue
                label, name = asked[oid]
                if (value := READERS[table.columns[name].form](raw)) is not None:
                    values[label, name] = value
        kept = dict(list({n: at for n, at in rows.items() if _wanted(table, n, values)}.items())[: table.limit])
        fixed = {
            f"{table.name}.{n}.{name}": v
            for (n, name), v in values.items()
            if n in kept and name not in (*table.poll, *table.only)
        }
        return kept, fixed

    def _asked(self, oids: Iterable[str]) -> str:
        names = ", ".join(f"{self._plan[oid][0] if oid in self._plan else oid}" for oid in oids)
        snmp = self.target.snmp
        return f"GET (v{snmp.version}, port {snmp.port}) {names}" if snmp else names

    def _said(self, oids: Iterable[str], got: Mapping[str, Raw]) -> str:
        return ", ".join(f"{oid} = {_shown(got[oid]) if oid in got else 'no such object'}" for oid in oids)


_INTEGER: Final = READERS["integer"]
_TEXT: Final = READERS["text"]


def _most(name: str, read: object) -> int:
    return len(name) + (6 * MAX_TEXT if read is _TEXT else 40)


def _shown(raw: Raw) -> str:
    return raw.hex(" ") + f" {raw!r}"[:100] if isinstance(raw, bytes) and not raw.isascii() else repr(raw)[:300]


def _wanted(table: Table, label: str, values: Mapping[tuple[str, str], Value]) -> bool:
    """Only rows that hold what is wanted; a column that the agent lacks leaves no row out."""
    for name, choices in table.only.items():
        if values.get((label, name), choices[0]) not in choices:
            return False
    return all(values.get((label, name)) not in choices for name, choices in table.without.items())


def labels(indexes: Iterable[str]) -> dict[str, str]:
    """A short name for each index: its last number, the whole with underscores where that is taken."""
    named: dict[str, str] = {}
    for index in indexes:
        last = index.rpartition(".")[2]
        named[last if last not in named else index.replace(".", "_")] = index
    return named
