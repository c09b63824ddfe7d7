"""What each stage of a usual poll costs: `python -m benchmarks.collector_stages [--devices 10000]`, in one process.

Microseconds of CPU a device, the least of several runs, each over all devices in turn, so that caches are as cold as in
a real collector. Ping and GET go to the benchmark's own agents; the other stages need nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from benchmarks.collector_scene import OIDS, PORT, SCENES, SUBJECT_CPU, addresses, stage
from benchmarks.collector_subject import kind
from collector.icmp.asked import Told
from collector.icmp.probe import open_pinger
from collector.isolation import Isolation
from collector.kind import Kind
from collector.observation import Observation
from collector.outbox.letter import seal
from collector.outbox.outbox import Limits, Outbox
from collector.outcome import Outcome, Seen
from collector.probe import Answer
from collector.reading import READERS
from collector.scheduler import Scheduler
from collector.snmp.session_udp import UdpSession
from collector.target import Snmp, Target
from collector.verdict import verdict
from collector.wire import Wire

_RUNS: Final = 5
_BATCH: Final = 200
_VALUES: Final = {f"value_{n}": 0x123456 + n for n in range(14)}


def least(work: Callable[[], None], devices: int) -> float:
    """Microseconds a device."""
    found = []
    for _ in range(_RUNS):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found) / devices * 1e6


def pure(hosts: Sequence[str], of: Kind) -> dict[str, float]:
    """The stages that only compute."""
    targets = [Target(f"B-{n:05d}", "bench", host, snmp=Snmp()) for n, host in enumerate(hosts)]
    answers = [
        {"icmp": Answer(True, None, 0.1, 0.0), "snmp": Answer(True, None, 0.3, None, dict(_VALUES))} for _ in hosts
    ]
    raws = [tuple(_VALUES.values()) for _ in hosts]
    seen = [
        Observation(t.device, "c-1", 1_800_000_000_123, "up", (), 60.0, 0.1, 0.0, None, dict(_VALUES)) for t in targets
    ]
    read = READERS["integer"]

    def values() -> None:
        for raw in raws:
            {name: read(one) for name, one in zip(_VALUES, raw, strict=True)}

    def verdicts() -> None:
        for target, answer in zip(targets, answers, strict=True):
            verdict(of, target, answer)

    def observations() -> None:
        for one in seen:
            Observation(one.device, "c-1", one.ts, "up", (), 60.0, 0.1, 0.0, None, one.values)

    def sealed() -> None:
        for one in seen:
            seal(one)

    works = {"values read anew": values, "verdict anew": verdicts, "Observation": observations, "seal": sealed}
    return {name: least(work, len(hosts)) for name, work in works.items()}


def outbox(hosts: Sequence[str], folder: Path) -> dict[str, float]:
    """Framing, one write and one sync a batch."""
    box = Outbox(folder / "outbox", Limits(max_bytes=1 << 30))
    payloads = [
        seal(Observation(f"B-{n:05d}", "c-1", 1_800_000_000_123, "up", values=_VALUES)) for n in range(len(hosts))
    ]

    def append() -> None:
        for at in range(0, len(payloads), _BATCH):
            box.append(payloads[at : at + _BATCH], time.time())

    found = least(append, len(hosts))
    box.close()
    return {f"outbox, {_BATCH} a sync": found}


async def scheduler(hosts: Sequence[str]) -> float:
    """Turn, place, outcome, next turn: each device asked once by a poll that costs nothing."""
    loop = asyncio.get_running_loop()
    told: Outcome = Seen("up", rtt_ms=1.0)
    waiting: list[Callable[[Outcome], None]] = []
    count = 0

    def quick(_target: Target, _now: float, _deadline_s: float, done: Callable[[Outcome], None]) -> bool:
        waiting.append(done)
        if len(waiting) == 1:
            loop.call_soon(answer)
        return True

    def answer() -> None:
        nonlocal count
        asked, waiting[:] = waiting[:], []
        for done in asked:
            count += 1
            done(told)

    async def poll(_target: Target, _deadline_s: float) -> Outcome:
        return told

    isolation = Isolation(lambda _: asyncio.sleep(0, False), clock=loop.time)
    whole = Scheduler("c-1", poll, lambda _: None, lambda: time.time_ns() // 1_000_000, isolation, quick=quick)
    whole.replace(Target(f"B-{n:05d}", "bench", host, 1.0) for n, host in enumerate(hosts))
    while count < len(hosts):
        await asyncio.sleep(0.1)
    before, cpu = count, time.process_time()
    await asyncio.sleep(3.0)
    found = (time.process_time() - cpu) / (count - before) * 1e6
    await whole.close()
    return found


async def questions(hosts: Sequence[str]) -> dict[str, float]:
    """Ping and GET by callbacks, a batch at a time."""
    wire = Wire()
    pinger = open_pinger()
    sessions = [wire.engine.open(Target("B", "bench", host, snmp=Snmp(port=PORT))) for host in hosts]
    loop = asyncio.get_running_loop()

    async def each(ask: Callable[[int, Callable[[Any], None]], None]) -> None:
        for at in range(0, len(hosts), _BATCH):
            left, all_there = len(range(at, min(at + _BATCH, len(hosts)))), asyncio.Event()

            def done(_: Any, there: asyncio.Event = all_there) -> None:
                nonlocal left
                left -= 1
                if not left:
                    there.set()

            for n in range(at, min(at + _BATCH, len(hosts))):
                ask(n, done)
            await all_there.wait()

    def get(n: int, done: Callable[[Any], None]) -> None:
        session = sessions[n]
        assert isinstance(session, UdpSession)
        session.ask(session.request(OIDS), loop.time(), loop.time() + 5.0, done)

    found = {"GET and decoding": await _cpu(lambda: each(get), len(hosts))}
    if pinger.can(hosts[0]):
        ping = await _cpu(
            lambda: each(lambda n, done: pinger.ask(Told(done), hosts[n], loop.time(), loop.time() + 5.0)), len(hosts)
        )
        found["ping"] = ping
    pinger.close()
    wire.close()
    return found


async def _cpu(work: Callable[[], Coroutine[None, None, None]], devices: int) -> float:
    found = []
    for _ in range(_RUNS):
        began = time.process_time()
        await work()
        found.append(time.process_time() - began)
    return min(found) / devices * 1e6


def main() -> None:
    """A line a stage."""
    parser = argparse.ArgumentParser(description="CPU of each stage of a poll.")
    parser.add_argument("--devices", type=int, default=10_000)
    devices = parser.parse_args().devices
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    hosts = addresses(devices)
    with stage(SCENES[0], devices), tempfile.TemporaryDirectory(prefix="hallwatch-bench-") as folder:
        os.sched_setaffinity(0, {SUBJECT_CPU})
        found = {**pure(hosts, kind(Path(folder) / "kinds")), **outbox(hosts, Path(folder))}
        found["scheduler"] = asyncio.run(scheduler(hosts))
        found.update(asyncio.run(questions(hosts)))
    for name, us in found.items():
        print(f"{name:24} {us:6.2f} us")
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
