"""How many devices a collector asks a second on one core: all of it, beside a bare gufo-snmp loop in the same run.

`python -m benchmarks.collector [--devices 5000] [--rounds 3] [--seconds 4]` prints, as medians of the rounds, devices/s
and CPU seconds per 1,000 devices of
- bare: gufo-snmp alone, sessions open, a GET of 14 values, nothing kept;
- collector: the same GET and a ping by scheduler, probes and verdict, each observation in the outbox with its sync;
and the memory of a collector with so many devices. The agents answer from another process on another core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import structlog
from gufo.snmp.aio import SnmpSession

from collector.kind import Kind, load_kinds
from collector.mqtt import MqttConfig
from collector.part import GivenPart
from collector.run import Collector, CollectorConfig
from collector.target import Part, Snmp, Target

OIDS = tuple(f"1.3.6.1.2.1.43.10.2.1.4.1.{n}" for n in range(1, 15))
IN_FLIGHT = 750


class Speed(NamedTuple):
    """Devices asked a second, and the CPU seconds that 1,000 of them took."""

    rate: float
    cpu: float


def addresses(count: int) -> list[str]:
    """So many of 127.0.0.0/8."""
    return [f"127.{1 + n // 62_500}.{n // 250 % 250}.{1 + n % 250}" for n in range(count)]


@contextmanager
def agents(port: int) -> Iterator[None]:
    """The answering process, on the last core."""
    command = [sys.executable, "-m", "benchmarks.responder", str(port), str((os.cpu_count() or 1) - 1)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.terminate()


def kind(folder: Path) -> Kind:
    """A kind with 14 values of its own."""
    lines = ["kind: bench", "interval: 1s", "checks: [icmp, snmp]", "get:"]
    lines += [f"  value_{n}: {{oid: {oid}, as: counter32}}" for n, oid in enumerate(OIDS)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.yaml").write_text("\n".join(lines) + "\n")
    return load_kinds(folder)["bench"]


async def bare(hosts: list[str], port: int, seconds: float) -> Speed:
    """gufo-snmp and nothing else: so many at a time in turn, sessions kept open."""
    sessions = [SnmpSession(addr=host, port=port, community="public", timeout=5.0) for host in hosts]
    for session in sessions:
        await session.__aenter__()
    asked, turn = 0, iter(range(1 << 40))
    until = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal asked
        while time.perf_counter() < until:
            await sessions[next(turn) % len(sessions)].get_many(OIDS)
            asked += 1

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(min(IN_FLIGHT, len(sessions)))))
    speed = Speed(asked / (time.perf_counter() - began), (time.process_time() - cpu) / asked * 1000)
    for session in sessions:
        await session.__aexit__(None, None, None)
    return speed


async def whole(hosts: list[str], port: int, seconds: float, folder: Path) -> Speed:
    """A collector that has more to ask than it can, after a first round that opens the sessions."""
    targets = tuple(Target(f"B-{n:05d}", "bench", host, 1.0, snmp=Snmp(port=port)) for n, host in enumerate(hosts))
    config = CollectorConfig(
        "c-bench", folder / "outbox", MqttConfig("mqtt://127.0.0.1:9"), own_gateway=False, first_within_s=1.0
    )
    kinds = {"bench": kind(folder / "kinds")}
    collector, stop = Collector(config, GivenPart(Part(targets)), kinds), asyncio.Event()
    running = asyncio.create_task(collector.run(stop))
    while not collector.stats() or collector.stats()["polls"] < len(hosts) * 1.5:
        await asyncio.sleep(0.05)
    before, began, cpu = collector.stats()["outbox"]["next"], time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    stats = collector.stats()
    stored = stats["outbox"]["next"] - before
    speed = Speed(stored / (time.perf_counter() - began), (time.process_time() - cpu) / stored * 1000)
    if stats["silent"] or stats["faults"] or stats["outbox"]["lost"]:
        sys.stderr.write(f"not clean: {json.dumps(stats)}\n")
    stop.set()
    await running
    return speed


def resident_mb() -> float:
    """The most memory this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print one line a subject and the ratio."""
    parser = argparse.ArgumentParser(description="Speed and memory of the whole collector beside bare gufo-snmp.")
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--port", type=int, default=16161)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.sched_setaffinity(0, {0})
    figures = measure(given.devices, given.rounds, given.seconds, given.port)
    print(render(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


def measure(devices: int, rounds: int, seconds: float, port: int) -> dict[str, float]:
    """Both in turn, so that a busy machine is busy for both."""
    hosts = addresses(devices)
    bares: list[Speed] = []
    wholes: list[Speed] = []
    start = resident_mb()
    with agents(port), tempfile.TemporaryDirectory(prefix="hallwatch-bench-") as folder:
        for number in range(rounds):
            wholes.append(asyncio.run(whole(hosts, port, seconds, Path(folder) / str(number))))
            if number == 0:
                memory = resident_mb()
            bares.append(asyncio.run(bare(hosts, port, seconds)))
    rates = [statistics.median(speed.rate for speed in speeds) for speeds in (bares, wholes)]
    cpus = [statistics.median(speed.cpu for speed in speeds) for speeds in (bares, wholes)]
    return {
        "devices": devices,
        "bare_rate": rates[0],
        "bare_cpu": cpus[0],
        "rate": rates[1],
        "cpu": cpus[1],
        "ratio_rate": rates[1] / rates[0],
        "ratio_cpu": cpus[1] / cpus[0],
        "memory_start_mb": start,
        "memory_mb": memory,
    }


def render(figures: dict[str, float]) -> str:
    """For people."""
    return (
        f"bare gufo-snmp  {figures['bare_rate']:8.0f} devices/s  {figures['bare_cpu']:.3f} CPU s per 1,000\n"
        f"collector       {figures['rate']:8.0f} devices/s  {figures['cpu']:.3f} CPU s per 1,000\n"
        f"ratio           {figures['ratio_rate']:8.2f}            {figures['ratio_cpu']:.2f}\n"
        f"memory with {figures['devices']:.0f} devices: {figures['memory_mb']:.0f} MB "
        f"({figures['memory_start_mb']:.0f} MB before)"
    )


if __name__ == "__main__":
    main()
