from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.alarm import Alarms
from collector.icmp import OwnPinger
from collector.wire import Wire

SCRIPT = """
import asyncio, json, sys
from collector.kind import load_kinds
from collector.poll import poll_once
from collector.target import Target
from collector.wire import Wire

async def main():
    wire, kinds = Wire(), load_kinds()
    seen = []
    for address in sys.argv[1:]:
        one = await poll_once(Target(address, "camera", address), kinds["camera"], 0, 1.0, wire=wire)
        seen.append([one.state, one.cause, one.rtt_ms is not None, one.loss])
    two = await poll_once(Target("t", "x", "127.0.0.1", checks=("icmp", "tcp:1")), kinds["camera"], 0, 1.0, wire=wire)
    print(json.dumps({"seen": seen, "both": [two.state, two.cause], "lacking": wire.pinger.lacking}))
    wire.close()

asyncio.run(main())
"""


def elsewhere(*command: str, addresses: tuple[str, ...] = ("127.0.0.1",)) -> tuple[dict[str, object], str]:
    """What the script says when run by `command`, and its log."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, sys.executable, "-c", SCRIPT, *addresses],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    *log, last = done.stdout.strip().split("\n")
    return json.loads(last), "\n".join(log) + done.stderr


@pytest.fixture
def namespace() -> Iterator[str]:
    """A network namespace of our own: loopback, and a wire on which only 10.77.0.1 is there."""
    name = f"hallwatch-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for line in (
            *("link set lo up", "link add name wire type veth peer name far", "addr add 10.77.0.1/24 dev wire"),
            *("link set wire up", "link set far up", "route add 10.99.0.0/16 via 10.77.0.9"),
        ):
            subprocess.run(["ip", "-n", name, *line.split()], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.mark.server
def test_O2_living_and_dead_targets_in_a_network_of_their_own(namespace: str) -> None:
    alive, dead, no_way = "10.77.0.1", "10.77.0.200", "192.0.2.1"
    said, _ = elsewhere("ip", "netns", "exec", namespace, addresses=(alive, dead, no_way, "10.99.1.1", "::1"))
    assert said["seen"] == [
        ["up", None, True, 0.0],
        ["down", "timeout", False, 1.0],
        ["down", "timeout", False, 1.0],
        ["down", "timeout", False, 1.0],
        ["up", None, True, 0.0],
    ]
    assert said["lacking"] is None


@pytest.mark.server
def test_without_the_right_to_ICMP_it_is_said_once_what_to_grant_and_the_check_left_out() -> None:
    # the group of an unprivileged process must not be in net.ipv4.ping_group_range, as is the kernel's default
    lesser = (
        "setpriv",
        "--bounding-set=-all",
        "--inh-caps=-all",
        "--ambient-caps=-all",
        "--reuid=65534",
        "--regid=65534",
    )
    said, log = elsewhere(*lesser, "--clear-groups", "--", addresses=("127.0.0.1", "127.0.0.1"))
    assert said["seen"] == [["unknown", "config", False, None]] * 2  # nothing left to judge by, so never down
    assert said["both"] == ["down", "refused"]  # judged by the port alone
    assert "setcap cap_net_raw+ep" in str(said["lacking"])
    assert "net.ipv4.ping_group_range" in str(said["lacking"])
    assert log.count("ping is left out") == 1


@pytest.mark.server
def test_many_hosts_at_once_over_one_socket_each_gets_its_own_answer() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            until = asyncio.get_running_loop().time() + 5
            addresses = [f"127.0.{n // 200}.{n % 200 + 1}" for n in range(1000)]
            pings = await asyncio.gather(*(wire.pinger.ping(address, until) for address in addresses))
            assert all(ping[:2] == (1, 1) for ping in pings)
            assert sorted(ping.rtt_ms or 0.0 for ping in pings)[500] < 200
            assert isinstance(wire.pinger, OwnPinger)
            assert wire.pinger.waiting == 0

    asyncio.run(main())


@pytest.mark.slow
def test_alarms_ring_in_order_and_not_before_their_time() -> None:
    async def main() -> None:
        alarms, loop, rung = Alarms(), asyncio.get_running_loop(), list[tuple[str, float]]()
        began = loop.time()
        for name, after in (("c", 0.22), ("a", 0.0), ("b", 0.11), ("past", -5.0)):
            alarms.at(began + after, lambda what, extra: rung.append((what, loop.time() - began - extra)), name, after)
        await asyncio.sleep(0.4)
        assert [name for name, _ in rung][-2:] == ["b", "c"]
        assert all(late >= 0.0 for _, late in rung)
        alarms.at(loop.time() + 0.05, lambda *_: rung.clear(), None)
        await asyncio.sleep(0.2)
        assert rung == []
        alarms.at(loop.time() + 0.05, lambda *_: rung.append(("never", 0.0)), None)
        alarms.close()
        await asyncio.sleep(0.15)
        assert rung == []

    asyncio.run(main())
