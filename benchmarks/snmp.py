"""What asking by SNMP costs: our one socket, a socket of ours for each device, and bare gufo-snmp, in the same run.

`python -m benchmarks.snmp [--devices 2000] [--rounds 5] [--seconds 2] [--json FILE]` prints, as medians of rounds in
turn, GETs of 14 values a second and microseconds of processor time for each, kernel included. The agents answer from
another process on another core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gufo.snmp.aio import SnmpSession

from benchmarks.collector_scene import OIDS, PORT, SCENES, SUBJECT_CPU, own_network, stage
from collector.snmp.counts import Counts
from collector.snmp.session_udp import UdpSession
from collector.snmp.socket import SnmpSocket, resolve
from collector.snmp.udp_asker import Answered
from collector.target import Snmp

IN_FLIGHT: Final = 500


class Turns:
    """Asks devices in turn until the time is over, so many at once; `asked` is how many answered."""

    def __init__(self, seconds: float) -> None:
        self.until = asyncio.get_running_loop().time() + seconds
        self.asked = 0

    def over(self) -> bool:
        """Is the time over?"""
        return asyncio.get_running_loop().time() >= self.until


async def by_callback(sessions: list[UdpSession], turns: Turns) -> None:
    """As the collector asks in the usual case."""
    request, clock = sessions[0].request(OIDS), asyncio.get_running_loop().time
    each, done = len(sessions) // IN_FLIGHT, asyncio.Event()
    left = IN_FLIGHT

    def start(lane: int, at: int = 0) -> None:
        def heard(answered: Answered) -> None:
            nonlocal at, left
            assert type(answered) is tuple, answered
            turns.asked += 1
            at = (at + 1) % each
            now = clock()
            if now < turns.until:
                sessions[lane * each + at].ask(request, now, now + 5.0, heard)
                return
            left -= 1
            if not left:
                done.set()

        now = clock()
        sessions[lane * each].ask(request, now, now + 5.0, heard)

    for lane in range(IN_FLIGHT):
        start(lane)
    await done.wait()


async def in_lanes(sessions: list[Any], turns: Turns, get: Callable[[Any], Awaitable[object]]) -> None:
    """By coroutines."""

    async def lane(own: list[Any]) -> None:
        while not turns.over():
            for one in own:
                assert await get(one)
                turns.asked += 1

    await asyncio.gather(*(lane(sessions[n::IN_FLIGHT]) for n in range(IN_FLIGHT)))


@contextmanager
def ours(hosts: list[str], port: int, *, shared: bool) -> Iterator[list[UdpSession]]:
    """Sessions over one socket, or each over its own."""
    counts, snmp = Counts(), Snmp(port=port)
    family = resolve(hosts[0], port)[0]
    sockets = [SnmpSocket(family, counts) for _ in range(1 if shared else len(hosts))]
    try:
        yield [UdpSession(resolve(host, port)[1], snmp, sockets[n % len(sockets)]) for n, host in enumerate(hosts)]
    finally:
        for one in sockets:
            one.close()


async def measure(subject: str, hosts: list[str], port: int, seconds: float) -> tuple[float, float]:
    """GETs a second, and microseconds of processor time for each."""
    clock = asyncio.get_running_loop().time
    if subject == "gufo":
        found: list[Any] = [SnmpSession(addr=host, port=port, community="public", timeout=5.0) for host in hosts]
        for one in found:
            await one.__aenter__()
        spent = await _timed(seconds, lambda turns: in_lanes(found, turns, lambda one: one.get_many(OIDS)))
        for one in found:
            await one.__aexit__(None, None, None)
        return spent
    with ours(hosts, port, shared="each" not in subject) as sessions:
        if subject.endswith("callback"):
            return await _timed(seconds, lambda turns: by_callback(sessions, turns))
        return await _timed(seconds, lambda turns: in_lanes(sessions, turns, lambda one: one.get(OIDS, clock() + 5.0)))


async def _timed(seconds: float, work: Callable[[Turns], Awaitable[None]]) -> tuple[float, float]:
    await work(Turns(0.3))  # what is built once is built
    turns = Turns(seconds)
    began, used = time.perf_counter(), time.process_time()
    await work(turns)
    took = time.perf_counter() - began
    return turns.asked / took, (time.process_time() - used) / turns.asked * 1e6


SUBJECTS: Final = ("own socket, callback", "own socket, coroutine", "own socket each, coroutine", "gufo")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in SUBJECTS}
    own_network()
    os.sched_setaffinity(0, {SUBJECT_CPU})
    with stage(SCENES[0], given.devices) as scene:
        for _ in range(given.rounds):
            for name in SUBJECTS:
                found[name].append(asyncio.run(measure(name, scene.hosts, PORT, given.seconds)))
    figures = {
        name: {
            "gets_per_second": round(statistics.median(rate for rate, _ in each)),
            "cpu_us_each": round(statistics.median(cpu for _, cpu in each), 1),
        }
        for name, each in found.items()
    }
    text = json.dumps({"devices": given.devices, "values": len(OIDS), **figures}, indent=2)
    print(text)
    if given.json is not None:
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
