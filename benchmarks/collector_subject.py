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

_WARM_S: Final = 1.0
_PATIENCE_S: Final = 60.0


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
    """A loop that keeps nothing, after a second in which it opens what it needs."""
    count, now = Count(), time.perf_counter()
    running = asyncio.ensure_future(loop(hosts, count, now + _WARM_S + seconds))
    await asyncio.sleep(_WARM_S)
    while not count.asked and not running.done():
        await asyncio.sleep(0.05)
    window = Window(responder, count.asked)
    await asyncio.sleep(max(0.5, now + _WARM_S + seconds - time.perf_counter()))
    speed = window.close(count.asked)
    await running
    return speed


class Run:
    """A collector over so many devices, each due every `interval_s`; observations go to an outbox with its sync."""

    def __init__(self, hosts: list[str], interval_s: float, spread_s: float, folder: Path, responder: int) -> None:
        self._responder = responder
        self.targets = tuple(
            Target(f"B-{n:05d}", "bench", host, interval_s, snmp=Snmp(port=PORT)) for n, host in enumerate(hosts)
        )
        config = CollectorConfig(
            *("c-bench", folder / "outbox", MqttConfig("mqtt://127.0.0.1:9")),
            own_gateway=False,
            first_within_s=spread_s,
            max_bytes=1 << 28,
        )
        self.collector = Collector(config, GivenPart(Part(self.targets)), {"bench": kind(folder / "kinds")})
        self._stop, self._clock = asyncio.Event(), asyncio.get_running_loop().time
        self._running = asyncio.create_task(self.collector.run(self._stop))

    async def learned(self, share: float) -> None:
        """Until so many polls a device are done, on the average."""
        until = self._clock() + _PATIENCE_S
        while self.polls < len(self.targets) * share and self._clock() < until:
            await asyncio.sleep(0.05)

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
    """A collector that has more to ask than it can, after a first round that learns the devices."""
    run = Run(hosts, 1.0, 1.0, folder, responder)
    await run.learned(1.2)
    speed = await run.speed(seconds)
    await run.close()
    return speed


async def lateness(
    hosts: list[str], interval_s: float, seconds: float, folder: Path, responder: int, spread_s: float = 2.0
) -> Speed:
    """A collector with time enough; how late do the living come, while the dead are asked as well?"""
    run = Run(hosts, interval_s, spread_s, folder, responder)
    await run.learned(1.0)
    await asyncio.sleep(min(5.0, interval_s / 2))
    run.forget_lag()
    speed = await run.speed(seconds)
    late = run.worst_lag_s() / interval_s
    await run.close()
    return speed._replace(late=late)


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
        elif given["subject"] == "lateness":
            more = (given["interval_s"], seconds, Path(folder), responder, given.get("spread_s", 2.0))
            speed = asyncio.run(lateness(hosts, *more))
        else:
            speed = asyncio.run(bare(hosts, seconds, LOOPS[given["subject"]], responder))
    print(json.dumps(speed._asdict()))


if __name__ == "__main__":
    main()
