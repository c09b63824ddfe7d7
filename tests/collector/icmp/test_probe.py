from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from collector.alarm import Alarms
from collector.icmp.asked import Ping, Told
from collector.icmp.own import OwnPinger
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


def elsewhere(
    *command: str, addresses: tuple[str, ...] = ("127.0.0.1",), script: str = SCRIPT
) -> tuple[dict[str, Any], str]:
    """What the script says when run by `command`, and its log."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, sys.executable, "-c", script, *addresses],
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
    if os.geteuid() != 0:
        pytest.skip("makes a network namespace")
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
    pings, log = elsewhere(*lesser, "--clear-groups", "--", script=ERRORS)
    assert [way[0][:2] for way in pings.values()] == [[0, 0], [0, 0]]  # nor is there a right to it by icmplib
    assert log.count("setcap cap_net_raw+ep") == 2


ERRORS = """
import asyncio, json, sys
from collector.icmp.probe import open_pinger

async def main():
    found = {}
    for platform in ("linux", "elsewhere"):
        pinger = open_pinger(platform)
        until = asyncio.get_running_loop().time() + 0.3
        print([pinger.can(address) for address in sys.argv[1:]])
        pings = await asyncio.gather(*(pinger.ping(address, until) for address in sys.argv[1:]))
        found[pinger.way] = pings
        pinger.close()
    print(json.dumps(found))

asyncio.run(main())
"""


ROUTER = """
link add name out type veth peer name back netns ROUTER
addr add 10.78.0.1/24 dev out
addr add fd78::1/64 dev out nodad
link set out up
netns exec ROUTER ip addr add 10.78.0.2/24 dev back
netns exec ROUTER ip addr add fd78::2/64 dev back nodad
netns exec ROUTER ip link set back up
netns exec ROUTER sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0
netns exec ROUTER ip route add unreachable 10.78.1.0/24
netns exec ROUTER ip -6 route add unreachable fd78:1::/64
route add 10.78.1.0/24 via 10.78.0.2
-6 route add fd78:1::/64 via fd78::2
"""


@pytest.fixture
def router(namespace: str) -> Iterator[str]:
    """Another namespace, by which two networks cannot be reached."""
    name = f"{namespace}-router"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for line in ROUTER.strip().replace("ROUTER", name).split("\n"):
            inside = () if line.startswith("netns") else ("-n", namespace)
            subprocess.run(["ip", *inside, *line.split()], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.mark.server
def test_many_hosts_at_once_over_one_socket_each_gets_its_own_answer() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            until = asyncio.get_running_loop().time() + 5
            addresses = [f"127.0.{n // 200}.{n % 200 + 1}" for n in range(1000)]
            time.sleep(0.05)  # a busy loop does not lengthen a round trip
            pings = await asyncio.gather(*(wire.pinger.ping(address, until) for address in addresses))
            assert all(ping[:2] == (1, 1) for ping in pings)
            assert sorted(ping.rtt_ms or 0.0 for ping in pings)[500] < 0.5
            assert isinstance(wire.pinger, OwnPinger)
            assert wire.pinger.waiting == 0
            assert not any(asdict(wire.pinger.strays["ipv4"]).values())  # no request of ours is heard as an answer

    asyncio.run(main())


@pytest.mark.server
def test_who_asks_anew_from_within_an_answer_does_not_sink_ever_deeper() -> None:
    async def main() -> None:
        pinger, loop = OwnPinger(), asyncio.get_running_loop()
        assert pinger.can("127.0.0.1")
        over, left = asyncio.Event(), 5000

        def again(_: Ping) -> None:
            nonlocal left
            left -= 1
            if left > 0:
                pinger.ask(Told(again), "127.0.0.1", loop.time(), loop.time() + 5)
            else:
                over.set()

        for _ in range(200):
            pinger.ask(Told(again), "127.0.0.1", loop.time(), loop.time() + 5)
        await asyncio.wait_for(over.wait(), 10)
        pinger.close()

    asyncio.run(main())


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="forges datagrams")
def test_answers_that_nobody_asked_for_are_counted_and_an_answer_after_the_end_is_late() -> None:
    """Replies are forged by another raw socket on loopback, from addresses that are really asked."""

    async def main() -> None:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)) as forger:
            pinger = OwnPinger()
            assert pinger.can("127.0.0.1")
            forger.bind(("127.9.9.9", 0))
            ident = pinger.ident(False)
            head = struct.pack("!BBHHH", 0, 0, 0, ident, 1) + bytes(56)
            total = sum(struct.unpack("!32H", head))
            checksum = 0xFFFF - (total & 0xFFFF) - (total >> 16)
            for _ in range(3):
                forger.sendto(head[:2] + checksum.to_bytes(2, "big") + head[4:], ("127.0.0.1", 0))
            ping = await pinger.ping("127.0.0.1", asyncio.get_running_loop().time() + 1)
            assert ping[:2] == (1, 1)
            assert pinger.strays["ipv4"].foreign == pinger.counts()["foreign"] == 3
            pinger.close()

    asyncio.run(main())


@pytest.mark.server
@pytest.mark.usefixtures("router")
def test_what_a_router_says_is_told_of_its_own_request_only_by_raw_and_by_ping_sockets(namespace: str) -> None:
    inside = ("ip", "netns", "exec", namespace)
    for way, group in (("raw socket", "1 0"), ("ping socket", "0 0")):
        subprocess.run([*inside, "sysctl", "-q", f"net.ipv4.ping_group_range={group}"], check=True)
        addresses = ("10.78.0.1", "fd78::1", "10.78.1.1", "fd78:1::1")
        said, _ = elsewhere(*inside, addresses=addresses, script=ERRORS)
        assert [ping[:2] for ping in said[way]] == [[1, 1], [1, 1], [3, 0], [3, 0]]
        assert [ping[3] for ping in said[way]] == [
            *(None, None, "host unreachable, says 10.78.0.2", "no route, says fd78::2")
        ]
        assert [ping[:2] for ping in said["icmplib"]] == [[1, 1], [1, 1], [3, 0], [3, 0]]


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
