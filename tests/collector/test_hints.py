"""Hints in the running collector: a trap has its device polled at once, and a flood of them delays nobody's poll."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.hurries import Hurries
from collector.mqtt import MqttConfig
from collector.outcome import Outcome, Seen
from collector.part import GivenPart
from collector.run import Collector, CollectorConfig
from collector.scheduler import Pacing
from collector.target import Part, Snmp, Target
from collector.traps.receiver import TrapConfig
from tests.collector import virtual
from tests.collector.polls import UP, Play, target
from tests.collector.traps.messages import v2c
from tests.mosquitto import free_port

HALL = Snmp("2c", "hall-7")


class Polls:
    """When each device was polled, by the loop's clock."""

    def __init__(self) -> None:
        self.at: dict[str, list[float]] = {}

    async def __call__(self, target: Target, _deadline_s: float) -> Outcome:
        self.at.setdefault(target.device, []).append(asyncio.get_running_loop().time())
        await asyncio.sleep(0)
        return Seen("up", rtt_ms=1.0)


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def running(folder: Path, part: Part, polls: Polls) -> Collector:
    config = CollectorConfig(
        "c-01",
        folder / "outbox",
        MqttConfig(f"mqtt://127.0.0.1:{free_port()}"),
        own_gateway=False,
        recheck_s=0.1,
        first_within_s=0.1,
        traps=TrapConfig("127.0.0.1", 0),
    )
    return Collector(config, GivenPart(part), {}, polls)


def where(collector: Collector) -> tuple[str, int]:
    host, _, port = collector._heartbeat()["traps"].rpartition(":")
    return host, int(port)


def test_a_trap_has_its_device_polled_at_once_and_nobody_else(tmp_path: Path) -> None:
    polls = Polls()
    part = Part(tuple(Target(f"D-{n}", "pc", f"127.0.0.{n}", 3600.0, snmp=HALL) for n in (1, 2)))

    async def main() -> None:
        collector, stop = running(tmp_path, part, polls), asyncio.Event()
        task = asyncio.create_task(collector.run(stop))
        await until(lambda: len(polls.at) == 2)
        await until(lambda: "traps" in collector._heartbeat())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.bind(("127.0.0.1", 0))
            device.sendto(v2c("hall-7"), where(collector))
        sent = asyncio.get_running_loop().time()
        await until(lambda: len(polls.at["D-1"]) == 2)
        assert polls.at["D-1"][1] - sent < 1.0
        assert len(polls.at["D-2"]) == 1
        stats = collector.stats()["traps"]
        assert (stats["taken"], stats["refused"], stats["last"]) == (1, 0, [("D-1", "linkDown")])
        stop.set()
        await task

    asyncio.run(main())


def _flood(to: tuple[str, int], seconds: float) -> None:
    """As many as one process can send, from a stranger and from a device, right and wrong ones."""
    wires = []
    for address in ("127.0.0.1", "127.0.0.99"):
        wires.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        wires[-1].bind((address, 0))
    datagrams = [v2c("hall-7"), v2c("wrong"), b"\x30" * 40]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for wire in wires:
            for datagram in datagrams * 10:
                wire.sendto(datagram, to)
    for wire in wires:
        wire.close()


@pytest.mark.slow
def test_a_flood_of_traps_takes_little_of_the_collector_and_polls_go_on(tmp_path: Path) -> None:
    polls = Polls()
    part = Part(tuple(Target(f"D-{n}", "pc", f"127.0.0.{n}", 1.0, snmp=HALL) for n in range(1, 51)))

    def polled() -> int:
        return sum(map(len, polls.at.values()))

    async def main() -> None:
        collector, stop = running(tmp_path, part, polls), asyncio.Event()
        task = asyncio.create_task(collector.run(stop))
        await until(lambda: "traps" in collector._heartbeat())
        sender = multiprocessing.get_context("spawn").Process(target=_flood, args=(where(collector), 1.5))
        sender.start()
        await until(lambda: collector.stats()["traps"]["refused"] > 100)
        worked, began, before = time.process_time(), time.monotonic(), polled()
        while sender.is_alive():
            await asyncio.sleep(0.05)
        share = (time.process_time() - worked) / (time.monotonic() - began)
        meanwhile = polled() - before
        sender.join()
        stop.set()
        await task
        stats = collector.stats()["traps"]
        assert stats["refused"] > 5_000
        assert stats["refused_for"]["unknown_source"] > 1_000
        assert stats["hurried"] <= 2
        assert share < 0.5
        assert meanwhile > 25  # of fifty devices, each once a second

    asyncio.run(main())


def test_a_hint_that_comes_right_after_a_poll_or_within_one_is_followed_by_another() -> None:
    """What happened may have happened after the device had answered: the next poll in its turn is a minute away."""

    async def main() -> None:
        at: list[float] = []
        loop = asyncio.get_running_loop()

        async def slowly(_: Target) -> Outcome:
            at.append(loop.time())
            await asyncio.sleep(1.0)
            return UP

        scheduler = Play(slowly, Pacing()).scheduler()
        hurries = Hurries(scheduler.hurry, 10.0)
        scheduler.replace([target("P-1", 60.0)])
        for pause_s in (0.5, 1.2):
            before = len(at)
            while len(at) == before:
                await asyncio.sleep(0.1)
            await asyncio.sleep(pause_s)
            assert not hurries.hint("P-1")
            await asyncio.sleep(5.0)
            assert len(at) == before + 2
            assert at[-1] - at[-2] < 4.0
            await asyncio.sleep(10.0)
        hurries.close()
        await scheduler.close()

    virtual.run(main())
