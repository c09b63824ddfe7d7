"""How late the living are asked when many devices die at the same instant, and whether anyone is called dead falsely.

`python -m benchmarks.collector_deaths [--devices 10000] [--interval 10] [--dead 0.3]` (root: it makes a network of its
own, in which the mortal lose their route). Prints, from the deaths on, the waits of the
living from poll to poll as shares of the interval (p50, p99, worst), their polls that were not `up`, and the dead.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Final

import structlog

from benchmarks.collector_scene import PORT, SCENES, SUBJECT_CPU, living, own_network, stage
from benchmarks.collector_subject import kind
from collector.mqtt import MqttConfig
from collector.observation import Observation
from collector.part import GivenPart
from collector.run import Collector, CollectorConfig
from collector.target import Part, Snmp, Target

_ALIVE: Final = "local 10.99.0.0/16 dev lo"
"""The route of the mortal; without it they are behind the dead wire of `own_network`."""


def address(number: int, mortal: bool) -> str:
    """Of a living agent, or of one that is to die."""
    return f"10.99.{number // 250}.{1 + number % 250}" if mortal else living(number)


def route(what: str) -> None:
    """`add` the route of the mortal, or `del` it."""
    subprocess.run(["ip", "route", what, *_ALIVE.split()], check=True)


class Watch:
    """Every observation since the deaths: when, and what it said."""

    def __init__(self, collector: Collector) -> None:
        self.seen: dict[str, list[tuple[int, str]]] = defaultdict(list)
        emit = collector._emit

        def noted(seen: Observation) -> None:
            self.seen[seen.device].append((seen.ts, seen.state))
            emit(seen)

        assert collector._scheduler is not None
        collector._scheduler._emit = noted

    def told(self, interval_s: float, mortal: set[str]) -> str:
        """For people."""
        living = [seen for device, seen in self.seen.items() if device not in mortal]
        waits = sorted((b[0] - a[0]) / 1000 / interval_s for seen in living for a, b in pairwise(seen))
        falsely = sum(state != "up" for seen in living for _, state in seen)
        downs = sum(state == "down" for device in mortal for _, state in self.seen[device])
        return (
            f"living {len(living)}: polls {sum(map(len, living))}, not up {falsely}; waits in intervals: p50 "
            f"{waits[len(waits) // 2]:.3f} p99 {waits[len(waits) * 99 // 100]:.3f} worst {waits[-1]:.3f}; "
            f"dead {len(mortal)}: seen down {downs} times"
        )


async def play(devices: int, interval_s: float, dead: float, folder: Path) -> str:
    """Learn, two rounds, the deaths, four rounds."""
    doomed = [n % 100 < dead * 100 for n in range(devices)]
    targets = [
        Target(f"B-{n:05d}", "bench", address(n, mortal), interval_s, snmp=Snmp(port=PORT))
        for n, mortal in enumerate(doomed)
    ]
    config = CollectorConfig(
        "c-bench", folder / "outbox", MqttConfig("mqtt://127.0.0.1:9"), own_gateway=False, max_bytes=1 << 28
    )
    collector = Collector(config, GivenPart(Part(tuple(targets))), {"bench": kind(folder / "kinds")})
    stop = asyncio.Event()
    running = asyncio.create_task(collector.run(stop))
    while collector.stats().get("polls", 0) < 2 * devices:
        await asyncio.sleep(0.1)
    await asyncio.sleep(interval_s)
    watch, began = Watch(collector), (time.perf_counter(), time.process_time(), collector.stats()["polls"])
    await asyncio.to_thread(route, "del")
    await asyncio.sleep(4 * interval_s)
    stats = collector.stats()
    took, used, polls = time.perf_counter() - began[0], time.process_time() - began[1], stats["polls"] - began[2]
    stop.set()
    await running
    return (
        f"{watch.told(interval_s, {target.device for target, doom in zip(targets, doomed, strict=True) if doom})}\n"
        f"{polls / took:.0f} polls/s, {used / polls * 1000:.3f} CPU s per 1,000, {used / took:.2f} of a core; "
        f"turns skipped {stats['skipped']}, load of the machine {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """One line of figures."""
    parser = argparse.ArgumentParser(description="Lateness of the living when others die.")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--interval", type=float, default=10.0)
    parser.add_argument("--dead", type=float, default=0.3)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    if not own_network():
        sys.exit("this needs root")
    route("add")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with stage(SCENES[0], given.devices), tempfile.TemporaryDirectory(prefix="hallwatch-bench-") as folder:
        os.sched_setaffinity(0, {SUBJECT_CPU})
        print(asyncio.run(play(given.devices, given.interval, given.dead, Path(folder))))


if __name__ == "__main__":
    main()
