"""One subject in a process of its own: `python -m benchmarks.collector_subject JSON` prints what it found as JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import structlog

from benchmarks.collector_bare import LOOPS, Count, Loop
from benchmarks.collector_scene import OIDS, PORT, SUBJECT_CPU, Scene, Speed, addresses, cpu_of
from collector.kind import Kind, load_kinds
from collector.lag import Lag
from collector.mqtt import MqttConfig
from collector.part import GivenPart
from collector.run import Collector, CollectorConfig
from collector.target import Part, Snmp, Target

_WARM_S: Final = 5.0
_PATIENCE_S: Final = 60.0
_LEARNED: Final = 3  # polls
_FULL_S: Final = 3.0
_SETTLE_S: Final = 12.0  # until the dead are known to be dead


def kind(folder: Path) -> Kind:
    """A kind with 14 values of its own."""
    lines = ["kind: bench", "interval: 1s", "checks: [icmp, snmp]", "get:"]
    lines += [f"  value_{n}: {{oid: {oid}, as: counter32}}" for n, oid in enumerate(OIDS)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.yaml").write_text("\n".join(lines) + "\n")
    return load_kinds(folder)["bench"]


def resident_mb() -> float:
    """The most memory this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Window:
    """What a stretch of time cost this process, and how busy the answering one was."""

    def __init__(self, responder: int, asked: int) -> None:
        self._responder, self._asked = responder, asked
        self._began, self._cpu, self._busy = time.perf_counter(), time.process_time(), cpu_of(responder)

    def close(self, asked: int) -> Speed:
        """So many devices have been asked by now, in all."""
        took, used = time.perf_counter() - self._began, time.process_time() - self._cpu
        done, busy = asked - self._asked, cpu_of(self._responder) - self._busy
        return Speed(done / took, used / done * 1000 if done else float("nan"), resident_mb(), busy / took)


async def bare(hosts: list[str], seconds: float, loop: Loop, responder: int) -> Speed:
    """A loop that keeps nothing, once it has asked everybody twice, or for some seconds."""
    count = Count()
    running, until = asyncio.ensure_future(loop(hosts, count)), time.perf_counter() + _WARM_S
    while count.asked < 2 * len(hosts) and time.perf_counter() < until and not running.done():
        await asyncio.sleep(0.05)
    window = Window(responder, count.asked)
    await asyncio.sleep(seconds)
    speed = window.close(count.asked)
    count.over = True
    await running
    return speed


class Run:
    """A collector over so many devices, each due every `interval_s`; observations go to an outbox with its sync."""

    def __init__(self, hosts: list[str], folder: Path, responder: int, interval_s: float = 1.0) -> None:
        self._responder = responder
        self.targets = tuple(
            Target(f"B-{n:05d}", "bench", host, interval_s, snmp=Snmp(port=PORT)) for n, host in enumerate(hosts)
        )
        config = CollectorConfig(
            *("c-bench", folder / "outbox", MqttConfig("mqtt://127.0.0.1:9")),
            own_gateway=False,
            first_within_s=1.0,
            max_bytes=1 << 28,
        )
        self.collector = Collector(config, GivenPart(Part(self.targets)), {"bench": kind(folder / "kinds")})
        self._stop, self._clock = asyncio.Event(), asyncio.get_running_loop().time
        self._running = asyncio.create_task(self.collector.run(self._stop))

    async def learned(self, polls: int = _LEARNED) -> None:
        """Until the living are polled as always: first they are learned, then their answers' shape is."""
        until = self._clock() + _PATIENCE_S
        living = sum(target.address.startswith("127.") for target in self.targets)
        while self.polls < living * polls and self._clock() < until:
            await asyncio.sleep(0.05)

    def slow_down(self, interval_s: float) -> None:
        """From now on each device is due so often, as if the inventory said so."""
        assert self.collector._scheduler is not None
        self.collector._scheduler.replace([replace(target, interval_s=interval_s) for target in self.targets])

    @property
    def polls(self) -> int:
        """Done so far."""
        stats = self.collector.stats()
        return int(stats["polls"]) if stats else 0

    async def speed(self, seconds: float) -> Speed:
        """Of so many seconds from now."""
        window = Window(self._responder, self.polls)
        await asyncio.sleep(seconds)
        speed = window.close(self.polls)
        stats = self.collector.stats()
        if stats["faults"] or stats["outbox"]["lost"]:
            sys.stderr.write(f"not clean: {json.dumps(stats)}\n")
        return speed

    def forget_lag(self) -> None:
        """The start is over."""
        assert self.collector._scheduler is not None
        self.collector._scheduler.lag = Lag()

    def worst_lag_s(self) -> float:
        """Of the living since then."""
        return float(self.collector.stats()["lag"]["worst"])

    async def close(self) -> None:
        """Good-bye."""
        self._stop.set()
        await self._running


async def whole(hosts: list[str], seconds: float, folder: Path, responder: int) -> Speed:
    """A collector that has more to ask than it can."""
    run = Run(hosts, folder, responder)
    await run.learned()
    speed = await run.speed(seconds)
    await run.close()
    return speed


async def late(hosts: list[str], seconds: float, folder: Path, responder: int, interval_s: float) -> Speed:
    """A collector that has time enough; how late do the living come, while the dead are asked as well?"""
    run = Run(hosts, folder, responder, interval_s)
    await run.learned(1)
    await asyncio.sleep(_SETTLE_S)
    return await _measured(run, seconds, interval_s)


async def slow(hosts: list[str], seconds: float, folder: Path, responder: int, interval_s: float) -> Speed:
    """First as fast as it can; then the same at a long interval."""
    run = Run(hosts, folder, responder)
    await run.learned()
    full = await run.speed(_FULL_S)
    run.slow_down(interval_s)
    await asyncio.sleep(interval_s / 2 + 4.0)  # nobody is asked twice within half an interval
    return (await _measured(run, seconds, interval_s))._replace(full_rate=full.rate, full_cpu=full.cpu)


async def _measured(run: Run, seconds: float, interval_s: float) -> Speed:
    run.forget_lag()
    speed = await run.speed(seconds)
    worst = run.worst_lag_s() / interval_s
    await run.close()
    return speed._replace(late=worst)


def main() -> None:
    """What the arguments, one JSON object, ask for."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.sched_setaffinity(0, {SUBJECT_CPU})
    gc.set_threshold(20_000, 20, 50)  # as the collector has it, so that nobody has an advantage
    scene, seconds, responder = Scene(*given["scene"]), float(given["seconds"]), int(given["responder"])
    hosts = addresses(given["devices"], scene.dead)
    with tempfile.TemporaryDirectory(prefix="hallwatch-bench-") as folder:
        if given["subject"] == "collector":
            speed = asyncio.run(whole(hosts, seconds, Path(folder), responder))
        elif given["subject"] in ("late", "slow"):
            subject = late if given["subject"] == "late" else slow
            speed = asyncio.run(subject(hosts, seconds, Path(folder), responder, given["interval_s"]))
        else:
            speed = asyncio.run(bare(hosts, seconds, LOOPS[given["subject"]], responder))
    print(json.dumps(speed._asdict()))


if __name__ == "__main__":
    main()
