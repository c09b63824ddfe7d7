"""A collector in a network namespace whose only cable is pulled: O2 with real pings and a real routing table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.observation import decode
from collector.outbox.letter import unseal
from collector.outbox.outbox import Outbox

pytestmark = [pytest.mark.server, pytest.mark.skipif(os.geteuid() != 0, reason="makes a network namespace")]

CHILD = """
import asyncio, subprocess, sys
from pathlib import Path
from collector.kind import load_kinds
from collector.mqtt import MqttConfig
from collector.part import GivenPart
from collector.run import Collector, CollectorConfig
from collector.target import Part, Target

async def main():
    targets = tuple(Target(f"D-{n}", "router", f"10.77.0.{n}", 1.0, checks=("icmp",)) for n in (2, 3, 99))
    broker = MqttConfig("mqtt://127.0.0.1:9")
    config = CollectorConfig("c-01", Path(sys.argv[1]), broker, first_within_s=0.5, recheck_s=0.3)
    stop = asyncio.Event()
    task = asyncio.create_task(Collector(config, GivenPart(Part(targets)), load_kinds()).run(stop))
    await asyncio.sleep(2.5)
    subprocess.run(["ip", "link", "set", sys.argv[2], "down"], check=True)
    await asyncio.sleep(3.5)
    subprocess.run(["ip", "link", "set", sys.argv[2], "up"], check=True)
    await asyncio.sleep(3.5)
    stop.set()
    await task

asyncio.run(main())
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def cable() -> Iterator[tuple[str, str]]:
    """A namespace and its end of the cable; at the other end a gateway and two devices, all of them this machine."""
    name, here, there = f"hw{os.getpid()}", f"hwa{os.getpid()}", f"hwb{os.getpid()}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not make a network namespace")
    try:
        ip("link", "add", here, "type", "veth", "peer", "name", there)
        ip("link", "set", there, "netns", name)
        for last in (1, 2, 3):
            ip("addr", "add", f"10.77.0.{last}/24", "dev", here)
        ip("link", "set", here, "up")
        for words in (
            ["addr", "add", "10.77.0.10/24", "dev", there],
            ["link", "set", there, "up"],
            ["link", "set", "lo", "up"],
            ["route", "add", "default", "via", "10.77.0.1"],
        ):
            ip("netns", "exec", name, "ip", *words)
        yield name, there
    finally:
        subprocess.run(["ip", "link", "del", here], check=False, capture_output=True)
        ip("netns", "del", name)


def test_O2_with_the_cable_pulled_living_devices_are_unknown_and_never_down(
    tmp_path: Path, cable: tuple[str, str]
) -> None:
    name, there = cable
    inside = ["ip", "netns", "exec", name, sys.executable, "-c", CHILD, str(tmp_path / "outbox"), there]
    subprocess.run(inside, check=True, timeout=60, cwd=Path(__file__).parents[2])
    seen: dict[str, list[str]] = {}
    outbox = Outbox(tmp_path / "outbox")
    for letter in outbox.read(1, 1000):
        told = decode(unseal(letter.payload, letter.epoch, letter.seq)[1])
        seen.setdefault(told.device, []).append(told.state)
    outbox.close()
    for device in ("D-2", "D-3"):
        assert set(seen[device]) == {"up", "unknown"}
        assert (seen[device][0], seen[device][-1]) == ("up", "up")
    assert seen["D-99"][0] == "down"
    assert "unknown" in seen["D-99"]
