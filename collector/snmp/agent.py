"""One device's SNMP agent as the collector asks it: one GET a poll; what to ask is learned by `collector.snmp.rows`."""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from collector.kind import Kind
from collector.observation import Value
from collector.probe import Steps
from collector.reading import Raw, bounded
from collector.snmp.asker import Again, Heard
from collector.snmp.rows import learn, unlearned
from collector.snmp.session import NoAnswer, Session
from collector.target import Target

_CHUNK: Final = 40  # variables a request: their answers fit into a datagram of 1,472 octets
_LEARN_S: Final = 3600.0
_LEARN_AGAIN_S: Final = 60.0
_PATIENT: Final = 3  # failures to learn anything, after which what is had is judged
_LACKS: Final = 2  # so many polls without an object, and it is asked no more until the tables are learned again


class Agent:
    """`open_` makes a session; it raises OSError where the address is none, and so does the first question.

    `oids`: what is asked at every poll, another object whenever it changes; `fits`: by one GET, which then says all
    that a verdict needs; `due_at`: when to learn again what there is (the loop's clock).
    """

    __slots__ = (
        *("_chunk", "_failures", "_heard", "_missing", "_uptime", "due_at", "fits", "oids"),
        *("_learned_at", "_loop", "_open", "_settled", "kind", "retired", "rows", "session", "target"),
    )

    def __init__(self, target: Target, kind: Kind, open_: Callable[[Target], Session]) -> None:
        self.target, self.kind = target, kind
        self.session: Session | None = None
        self.retired = False  # nobody will ask again
        self._open, self._loop = open_, asyncio.get_running_loop()
        self.rows = unlearned(kind)
        self._missing: dict[str, int] = {}
        self._chunk = _CHUNK
        self.due_at = self._learned_at = -math.inf
        self._settled = False
        self._failures = 0
        self._heard: Heard = {}  # of rows that are being learned over several polls
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
        oids, now = self.oids, self._loop.time()
        if steps is None and len(oids) <= self._chunk:
            got = await self._once(oids, until) or await self._halves(oids, until, steps)
            if len(got) != len(oids) or self._missing:
                self._miss(oids, got)
            values = self._read(got)
        else:
            values = await self._round(oids, until, steps)
        return await self.rest(values, now, until, steps)

    async def rest(
        self, values: dict[str, Value], now: float, until: float, steps: Steps | None = None
    ) -> dict[str, Value]:
        """What a poll that began `now` does with the answer to its first question: it may be time to learn or watch."""
        self._settled = True
        if now >= self.due_at:
            await self._learn_rows(values, until, steps)
        if (self._is_new() or not self._settled) and self._says_nothing(values):
            raise NoAnswer("unlearned", "slow: what it has is not known yet")
        if self.rows.fixed:
            values.update(self.rows.fixed)
        if self.rows.watch is not None:
            await self._watch(values, until, steps)
        return bounded(values) if self.rows.bulky else values

    def _is_new(self) -> bool:
        """Is it still to be learned what it has?"""
        return self._learned_at == -math.inf and self._failures < _PATIENT

    def _says_nothing(self, names: Iterable[str] = ()) -> bool:
        """Nothing of what stops it, which stands in a row yet to be found? Judged by the rest an outage would end."""
        kind = self.kind
        return bool(kind.indexes and kind.bits) and kind.bits.keys().isdisjoint(names)

    def _refit(self) -> None:
        self.fits = len(self.oids) <= self._chunk and not (self._is_new() and self._says_nothing())

    async def _learn_rows(self, values: dict[str, Value], until: float, steps: Steps | None) -> None:
        """Look for the tables' rows anew; where that fails the rows known so far stay. An agent that is too slow to say
        all within a poll goes on in the next."""
        now, known, heard = asyncio.get_running_loop().time(), set(self.oids), len(self._heard)
        try:
            self.rows = await learn(self.kind, Again(_Asker(self, until, steps), self._heard), self.target.processes)
            self._heard = {}
            self._missing = {oid: times for oid, times in self._missing.items() if times < _LACKS}  # try others again
            self._replan()
            self._learned_at = now
            self._refit()
            # a device that has just started may not have filled its tables yet
            self._failures = 0 if self.rows.plan.whole else self._failures + 1
            self.due_at = now + self._pause_s()
            fresh = [oid for oid in self.oids if oid not in known]
            self._settled = False
            values.update(await self._round(fresh, until, steps))
            self._settled = True
        except NoAnswer as error:
            if len(self._heard) == heard:
                self._heard = {}
                self._failures += 1
                self.due_at = now + self._pause_s()
                self._refit()
            if steps is not None:
                steps.note("snmp", "rows of the tables", error.told, now)

    async def _watch(self, values: dict[str, Value], until: float, steps: Steps | None) -> None:
        """Look at what comes and goes (`Watch`), where that is due; where that fails what was seen last stays."""
        now, watch = self._loop.time(), self.rows.watch
        assert watch is not None
        if watch.due(values, now):
            try:
                await watch.look(values, _Asker(self, until, steps), now)
            except NoAnswer as error:
                if steps is not None:
                    steps.note("snmp", "rows that come and go", error.told, now)
        watch.add(values)

    def _pause_s(self) -> float:
        """An hour, some minutes more or less by device; less after failures, doubling."""
        hour = _LEARN_S * (0.9 + (zlib.crc32(self.target.device.encode()) % 200) / 1000)
        return min(hour, _LEARN_AGAIN_S * 2**self._failures) if 0 < self._failures < 8 else hour

    async def _round(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Value]:
        got: dict[str, Raw] = {}
        for start in range(0, len(oids), self._chunk):
            got.update(await self.some(oids[start : start + self._chunk], until, steps))
        if len(got) != len(oids) or self._missing:
            self._miss(oids, got)
        return self._read(got)

    async def some(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Raw]:
        """The values of those OIDs that the agent has.

        A request that was refused as a whole is halved until the culprit stands alone: version 1
        refuses all for one object that it lacks; every version may find the answer too big.
        """
        return await self._get(oids, until, steps) or await self._halves(oids, until, steps)

    async def _halves(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Raw]:
        if len(oids) < 2 or (self.session is not None and not self.session.refused_all):
            return {}
        half = len(oids) // 2
        got = await self.some(oids[:half], until, steps) | await self.some(oids[half:], until, steps)
        if len(got) == len(oids):
            self._chunk = max(1, min(self._chunk, half))  # nothing was lacking: it was too big
            self._refit()
        return got

    async def _get(self, oids: Sequence[str], until: float, steps: Steps | None) -> dict[str, Raw]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            got = await self._once(oids, until)
        except NoAnswer as error:
            if steps is not None:
                steps.note("snmp", self._asked(oids), error.told, began)
            raise
        if steps is not None:
            steps.note("snmp", self._asked(oids), self._said(oids, got), began)
        return got

    async def _once(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        if self.session is None:
            self.session = self._open(self.target)
        return await self.session.get(oids, until)

    def _miss(self, oids: Sequence[str], got: Mapping[str, Raw]) -> None:
        """What was not had from the first on is asked no more after the second time, until the rows are learned anew.

        What was there before stays asked; where a row is gone the rows are learned soon.
        """
        for oid in oids:
            if oid in got:
                self._missing.pop(oid, None)
            elif oid in self._missing or not self._settled:
                self._missing[oid] = self._missing.get(oid, 0) + 1
            elif self.rows.plan.is_row(oid):
                self._learn_soon()
        self._replan()

    def is_due(self, values: Mapping[str, Value], now: float) -> bool:
        """After the answer to that GET: is anything to be learned or looked at?"""
        return now >= self.due_at or (self.rows.watch is not None and self.rows.watch.due(values, now))

    def missed(self, got: Mapping[str, Raw]) -> None:
        """Note which of `oids` an answer has and which it lacks."""
        oids = self.oids
        if len(got) != len(oids) or (self._missing and any(oid in self._missing for oid in oids)):
            self._miss(oids, got)
        self._settled = True

    def _learn_soon(self) -> None:
        self.due_at = min(self.due_at, self._learned_at + _LEARN_AGAIN_S)

    def _read(self, got: Mapping[str, Raw]) -> dict[str, Value]:
        values = self.rows.plan.read(got)
        self.note_uptime(values)
        return values

    def note_uptime(self, values: Mapping[str, Value]) -> None:
        """Where it fell the device started anew: its rows may be others."""
        uptime = values.get("uptime")
        if isinstance(uptime, int):
            if uptime < self._uptime:
                self._learn_soon()  # or it wrapped after 497 days
            self._uptime = uptime

    def _replan(self) -> None:
        oids = self.rows.plan.oids
        # an agent without any of them is still asked
        self.oids: Sequence[str] = (
            [oid for oid in oids if self._missing.get(oid, 0) < _LACKS] or oids[:1] if self._missing else oids
        )
        self._refit()

    async def walk(self, name: str, oid: str, limit: int, until: float, steps: Steps | None) -> list[tuple[str, Raw]]:
        """At most `limit` instances beneath `oid`. Raises `NoAnswer`, OSError."""
        if self.session is None:
            self.session = self._open(self.target)
        began = self._loop.time()
        try:
            found = await self.session.walk(oid, limit, until)
        except NoAnswer as error:
            if steps is not None:
                steps.note("snmp", f"walk {name} ({oid})", f"{error.told}, after {len(error.rows)} rows", began)
            if error.cause != "bad_answer" or not error.rows:
                raise
            found = list(error.rows)  # an agent that goes round in circles: what it said before that stands
        if steps is not None:
            told = ", ".join(f"{at} = {_shown(raw)}" for at, raw in found[:64]) or "no rows"
            steps.note("snmp", f"walk {name} ({oid})", told, began)
        return found

    def _asked(self, oids: Iterable[str]) -> str:
        names = ", ".join(map(self.rows.plan.name, oids))
        snmp = self.target.snmp
        return f"GET (v{snmp.version}, port {snmp.port}) {names}" if snmp else names

    def _said(self, oids: Iterable[str], got: Mapping[str, Raw]) -> str:
        return ", ".join(f"{oid} = {_shown(got[oid]) if oid in got else 'no such object'}" for oid in oids)


class _Asker:
    """The agent as learning asks it, within the time of one poll."""

    __slots__ = ("_agent", "_steps", "_until")

    def __init__(self, agent: Agent, until: float, steps: Steps | None) -> None:
        self._agent, self._until, self._steps = agent, until, steps

    async def some(self, oids: Sequence[str]) -> dict[str, Raw]:
        return await self._agent.some(oids, self._until, self._steps)

    async def walk(self, name: str, oid: str, limit: int) -> list[tuple[str, Raw]]:
        return await self._agent.walk(name, oid, limit, self._until, self._steps)


def _shown(raw: Raw) -> str:
    return raw.hex(" ") + f" {raw!r}"[:100] if isinstance(raw, bytes) and not raw.isascii() else repr(raw)[:300]
