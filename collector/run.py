"""The collector: inventory, scheduler, outbox and publisher, tied together."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from collector.hints import Hints
from collector.isolation import Isolation, Reach, default_gateway, is_loopback
from collector.kind import Kind, kind_of
from collector.mqtt import MqttConfig
from collector.observation import Observation
from collector.outbox.commit import GroupCommit
from collector.outbox.letter import Unsendable, seal
from collector.outbox.outbox import Limits, Outbox
from collector.outcome import Outcome, Poll, Seen
from collector.part import PartSource
from collector.poll import poll_once
from collector.publisher import Patience, Publisher
from collector.quick import Quick
from collector.reach import reach_by
from collector.resolve import Names
from collector.said import speaks_itself
from collector.schedule import Rhythm
from collector.scheduler import Pacing, Scheduler
from collector.snmp.engine import Third
from collector.target import Part, Target
from collector.traps.receiver import TrapConfig
from collector.wire import Wire

TOLD: Final = ("late", "doubled", "foreign", "forged", "damaged", "refused")
"""What a heartbeat tells of what came in by SNMP and ICMP."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CollectorConfig:
    """One collector's settings. `references` are addresses (pinged) or `tcp://HOST:PORT`; `late_s` is the lag of the
    95th of 100 polls from which it is said that the collector cannot keep up; `max_sessions` keeps fewer SNMP sessions
    open than there may be files."""

    id: str
    outbox: Path
    mqtt: MqttConfig
    max_in_flight: int = 1000
    max_sessions: int | None = None
    references: tuple[str, ...] = ()
    own_gateway: bool = True
    max_age_days: float = 7.0
    max_bytes: int = 1 << 30
    recheck_s: float = 3.0
    confirm: int = 2
    deadline_s: float = 5.0
    first_within_s: float = 10.0
    late_s: float = 5.0
    version: str = ""
    snmp_engine: Third = "auto"
    traps: TrapConfig | None = None
    patience: Patience = field(default_factory=Patience)

    @property
    def pacing(self) -> Pacing:
        """The scheduler's share of these."""
        rhythm = Rhythm(recheck_s=self.recheck_s, confirm=self.confirm)
        return Pacing(
            max_in_flight=self.max_in_flight,
            # each may hold an open file, and whoever bounds the sessions is short of those
            most_waiting=self.max_in_flight * 4 if self.max_sessions is None else self.max_in_flight // 4,
            deadline_s=self.deadline_s,
            first_within_s=self.first_within_s,
            rhythm=rhythm,
        )


class Collector:
    """Runs until told to stop; a device's, the broker's or the disk's fault never ends it.

    `poll` asks one device within so many seconds (default: the probes of its kind); `reach` asks a reference (default:
    ping and TCP).
    """

    def __init__(
        self,
        config: CollectorConfig,
        source: PartSource,
        kinds: Mapping[str, Kind],
        poll: Poll | None = None,
        reach: Reach | None = None,
    ) -> None:
        self.config = config
        self._source, self._kinds, self._poll, self._reach = Names(source), kinds, poll, reach
        self._steady = time.time() - time.monotonic()
        self._scheduler: Scheduler | None = None
        self._outbox: Outbox | None = None
        self._commit: GroupCommit | None = None
        self._publisher: Publisher | None = None
        self._isolation: Isolation | None = None
        self._wire: Wire | None = None
        self._hints: Hints | None = None
        self._quick: Quick | None = None
        self._numbers: dict[str, Any] = {"version": config.version, "devices": 0}
        self._part_version = ""
        self._part_faults: tuple[str, ...] = ()
        self._late_said_s = float("-inf")
        self.unsendable = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Everything, until `stop`; then a good-bye within 2 s. Raises `OutboxError` without an outbox."""
        _collect_rarely()
        limits = Limits(self.config.max_bytes, self.config.max_age_days * 86_400, _segment_bytes(self.config.max_bytes))
        self._outbox = await asyncio.to_thread(Outbox, self.config.outbox, limits)
        try:
            async with self._working(self._outbox) as tasks:
                await _first_of(stop, tasks)
        finally:
            await asyncio.to_thread(self._outbox.close)

    @asynccontextmanager
    async def _working(self, outbox: Outbox) -> AsyncIterator[list[asyncio.Task[None]]]:
        self._wire = wire = Wire(self.config.max_sessions, self.config.snmp_engine)
        config, said = self.config, wire.said
        publisher = Publisher(config.id, outbox, config.mqtt, self._heartbeat, config.patience, said=said)
        self._hints = hints = Hints(config.traps, config.id, said, self.hurry)
        commit = GroupCommit(outbox, self._clock, publisher.wake)
        self._isolation = isolation = self._new_isolation(self._reach or reach_by(wire.pinger))
        self._quick = quick = Quick(self._kinds, wire) if self._poll is None else None
        poll = self._poll or poll_by(self._kinds, wire)
        scheduler = Scheduler(self.config.id, poll, self._emit, _wall_ms, isolation, self.config.pacing, quick)
        self._publisher, self._commit, self._scheduler = publisher, commit, scheduler
        works = (commit.run(), self._follow(scheduler), self._keep_house(), _prove(isolation))
        tasks = [asyncio.create_task(work) for work in works]
        publisher.start()
        try:
            yield tasks
        finally:
            await scheduler.close()
            if quick is not None:
                await quick.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            hints.close()
            wire.close()
            await asyncio.to_thread(publisher.stop, 1.5)

    def _clock(self) -> float:
        """Seconds since 1970 that never step: the wall clock of the start plus what has passed."""
        return self._steady + time.monotonic()

    def _new_isolation(self, reach: Reach) -> Isolation:
        found = [gateway] if self.config.own_gateway and (gateway := default_gateway()) else []
        host, port = self.config.mqtt.address
        if not _is_here(host):
            found.append(f"tcp://{host}:{port}")
        return Isolation(reach, self.config.references, found, clock=asyncio.get_running_loop().time)

    def _emit(self, seen: Observation) -> None:
        assert self._commit is not None
        try:
            self._commit.put(seal(seen))
        except ValueError as error:
            self.unsendable += 1
            log.error("observation_unsendable", device=seen.device, error=str(error)[:200])
            with suppress(Unsendable):
                bare = Observation(
                    seen.device, seen.collector, seen.ts, "unknown", interval_s=seen.interval_s, cause="bad_answer"
                )
                self._commit.put(seal(bare))

    async def _follow(self, scheduler: Scheduler) -> None:
        """Take over the inventory, now and whenever it changes."""
        while True:
            try:
                async for part in self._source.parts():
                    self._take(part, scheduler)
            except Exception:  # the edge: a part that cannot be used leaves the one before
                log.exception("inventory_not_taken")
            await asyncio.sleep(10.0)

    def _take(self, part: Part, scheduler: Scheduler) -> None:
        scheduler.replace(target for target in part.targets if not speaks_itself(target))
        assert self._isolation is not None
        assert self._wire is not None
        devices = {target.device for target in part.targets}
        self._wire.keep(devices)
        if self._quick is not None:
            self._quick.keep(devices)
        gc.freeze()  # the inventory stays: nobody shall look through it for garbage again and again
        if self._hints is not None:
            self._hints.follow(part.targets, self._kinds)
        self._isolation.gateways(_gateway_addresses(part))
        self._part_version, self._part_faults = part.version, part.faults
        for fault in part.faults[:10]:
            log.error("inventory_fault", fault=fault)

    async def _keep_house(self) -> None:
        """Once a second: stuck polls, old segments, the numbers that others read."""
        second = 0
        while True:
            await asyncio.sleep(1.0)
            second += 1
            try:
                await self._second(second)
            except Exception:  # the edge of a loop
                log.exception("housekeeping_failed")

    async def _second(self, second: int) -> None:
        scheduler, outbox = self._scheduler, self._outbox
        assert scheduler is not None
        assert outbox is not None
        scheduler.look_for_stuck()
        self._measure(scheduler, outbox)
        if second % 60 == 0:
            scheduler.lag.turn()
            scheduler.silent_lag.turn()
        if second % 10 == 0:
            if self._hints is not None:
                self._hints.tend()
            await asyncio.to_thread(outbox.expire, self._clock())

    def _measure(self, scheduler: Scheduler, outbox: Outbox) -> None:
        commit = self._commit
        assert commit is not None
        lag = scheduler.lag.read()
        late = lag.p95 > self.config.late_s or scheduler.living.waiting > scheduler.living.limit
        self._numbers = {
            "version": self.config.version,
            "devices": len(scheduler),
            "lag_s": round(lag.p95, 3),
            "utilisation": round(scheduler.utilisation(), 3),
            "late": late,
            "lost": commit.lost,
            "dropped": outbox.dropped,
            "damaged": outbox.damaged,
            "shared_engines": 0 if self._wire is None else len(self._wire.engine.ids.shared()),
            **self._means(),
        }
        now = time.monotonic()
        if late and now - self._late_said_s >= 60.0:
            self._late_said_s = now
            log.error("collector_cannot_keep_up", waiting=scheduler.living.waiting, **lag._asdict(), **self._numbers)

    def _means(self) -> dict[str, Any]:
        """By what it asks and hears, for the centre's doctor."""
        if self._wire is None or self._hints is None:
            return {}
        return {
            "snmp3": self._wire.engine.said["3"],
            "ping": self._wire.pinger.lacking or self._wire.pinger.way,
            "unresolved": self._source.unresolved,
            "asleep": self._wire.sleep.stats(time.monotonic())["asleep"],
            **{f"snmp_{name}": n for name, n in self._wire.engine.counts.read().items() if name in TOLD},
            **{f"icmp_{name}": n for name, n in self._wire.pinger.counts().items() if name in TOLD},
            "isolated": self._isolation is not None and self._isolation.since is not None,
            **self._hints.brief(),
        }

    def hurry(self, device: str) -> bool:
        """A hint (a trap, a job) that the device has something to say: it is asked now, also where it slept. False
        where it is being asked, or was just now."""
        if self._scheduler is None or self._wire is None:
            return True
        self._wire.sleep.stir(device)
        return self._scheduler.hurry(device)

    def _heartbeat(self) -> dict[str, Any]:
        return self._numbers

    def stats(self) -> dict[str, Any]:
        """Figures for doctor and metrics; seconds, counts and octets. Empty before the start."""
        scheduler, outbox, commit, publisher = self._scheduler, self._outbox, self._commit, self._publisher
        if scheduler is None or outbox is None or commit is None or publisher is None:
            return {}
        return {
            **self._numbers,
            **scheduler.stats(),
            "outbox": {
                "epoch": outbox.epoch,
                "oldest": outbox.oldest,
                "next": outbox.next,
                "octets": outbox.octets,
                "backlog": outbox.next - outbox.oldest,
                "damaged": outbox.damaged,
                "dropped": outbox.dropped,
                "failures": outbox.failures,
                "waiting": commit.waiting,
                "lost": commit.lost,
                "failing": commit.failing,
            },
            "broker": {
                "connected": publisher.connected,
                "connections": publisher.connections,
                "published": publisher.published,
                "receipt": publisher.receipt,
                "error": publisher.error,
            },
            "snmp": {} if self._wire is None else self._wire.engine.stats(),
            "icmp": {} if self._wire is None else self._wire.pinger.counts(),
            "isolated": self._isolation is not None and self._isolation.since is not None,
            "inventory": {"version": self._part_version, "faults": list(self._part_faults)},
            "unsendable": self.unsendable,
            "names": self._source.stats(),
            **({} if self._hints is None else self._hints.stats()),
            "sleep": {} if self._wire is None else self._wire.sleep.stats(time.monotonic()),
            **({} if self._wire is None else self._wire.stats()),
        }


def poll_by(kinds: Mapping[str, Kind], wire: Wire) -> Poll:
    """Poll a device by the probes of its kind; one of a kind that is not known here is `unknown`."""

    async def poll(target: Target, deadline_s: float) -> Outcome:
        kind = kind_of(kinds, target.kind, target.model)
        if kind is None:
            return Seen("unknown", (), "config")
        return await poll_once(target, kind, 0, deadline_s, wire=wire)

    return poll


def _collect_rarely() -> None:
    """Every poll makes hundreds of short-lived objects and no cycles: by default a fifth of the time goes into looking
    for some (measured with benchmarks/collector.py)."""
    wanted = (20_000, 20, 50)
    gc.set_threshold(*map(max, gc.get_threshold(), wanted))


async def _prove(isolation: Isolation) -> None:
    while True:
        try:
            await isolation.prove()
        except Exception:  # the edge of a loop
            log.exception("references_not_asked")
        await asyncio.sleep(60.0)


async def _first_of(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Wait for `stop`; a part of the collector that ends before is a fault and is raised."""
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()
            raise RuntimeError("a part of the collector ended by itself")
    finally:
        stopped.cancel()


def _segment_bytes(max_bytes: int) -> int:
    return max(4096, min(4 << 20, max_bytes // 8))


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _is_here(host: str) -> bool:
    return is_loopback(host) or host == socket.gethostname()


def _gateway_addresses(part: Part) -> Iterable[str]:
    addresses = {target.device: target.address for target in part.targets}
    return [*(addresses[gateway] for gateway in part.gateways if gateway in addresses), *part.references]
