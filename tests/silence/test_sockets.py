"""The table against real sockets of loopback: agents, silent ports, refused ports, nonsense (O2)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from collector.kind import Kind
from collector.poll import Polled, poll_once
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.scripted import agent, free_udp_port
from tests.silence.test_collector import KINDS, expected
from tests.snmpd import snmpd

UPTIME: Final = "1.3.6.1.2.1.1.3.0"
SNMP: Final = ("yes", "timeout", "refused", "bad", "nothing", "none")
APPLICATION: Final = ("yes", "refused", "none")
OF_KIND: Final = {"plain": "pc", "kiosk": "kiosk", "sleeps": "printer"}
DEADLINE_S: Final = 0.8


@asynccontextmanager
async def world() -> AsyncIterator[Mapping[str, int | None]]:
    """A port for each answer of SNMP and of the application."""
    served = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute, socket.socket() as taken:
        mute.bind(("127.0.0.1", 0))
        taken.bind(("127.0.0.1", 0))  # and never listens
        nonsense = agent({UPTIME: 1}, forge=lambda _: [b"HTTP/1.0 400\r\n"])
        async with agent({UPTIME: 7}) as good, nonsense as bad, agent({}) as empty:
            yield {
                "snmp yes": good.port,
                "snmp timeout": mute.getsockname()[1],
                "snmp refused": free_udp_port(),
                "snmp bad": bad.port,
                "snmp nothing": empty.port,
                "application yes": served.sockets[0].getsockname()[1],
                "application refused": taken.getsockname()[1],
            }
    served.close()
    await served.wait_closed()


async def asked(wire: Wire, one: Mapping[str, str], ports: Mapping[str, int | None], number: int) -> Polled:
    checks = ["icmp"] * (one["ping"] == "yes") + ["snmp"] * (one["snmp"] != "none")
    if one["application"] != "none":
        checks.append(f"tcp:{ports['application ' + one['application']]}")
    port = ports.get("snmp " + one["snmp"])
    snmp = Snmp(port=port) if port else None
    kind = KINDS[OF_KIND[one["kind"]]]
    if kind.name == "printer":
        kind = Kind("printer", sleeps=True)
    target = Target(f"D-{number}", kind.name, "127.0.0.1", snmp=snmp, checks=tuple(checks))
    return await poll_once(target, kind, 0, DEADLINE_S, wire=wire)


def test_O2_real_sockets_say_what_the_table_says() -> None:
    async def main() -> list[tuple[dict[str, str], object, object]]:
        with closing(Wire()) as wire:
            pings = ("yes", "none") if wire.pinger.can("127.0.0.1") else ("none",)
            names = ("ping", "snmp", "application", "kind")
            every = [
                {**dict(zip(names, one, strict=True)), "isolated": "no"}
                for one in product(pings, SNMP, APPLICATION, OF_KIND)
                if one[:3] != ("none", "none", "none")
            ]
            async with world() as ports:
                seen = await asyncio.gather(*(asked(wire, one, ports, n) for n, one in enumerate(every)))
            told = [(one.state, one.cause, one.conditions) for one in seen]
            return [(one, got, expected(one)) for one, got in zip(every, told, strict=True) if got != expected(one)]

    assert asyncio.run(main()) == []


@pytest.mark.server
def test_O2_a_real_agent_that_refuses_the_key_is_unknown_and_never_down(tmp_path: Path) -> None:
    """net-snmp's snmpd: wrong user, wrong authentication key, wrong privacy key; then the right ones."""
    keys = {"auth": "sha256", "auth_key": "sealer-pass-1", "priv": "aes", "priv_key": "sealer-pass-2"}
    wrong = [
        {"user": "stranger"},
        {"user": "signer", "auth": "sha", "auth_key": "another-pass-1"},
        {"user": "sealer", **keys, "priv_key": "another-pass-2"},
    ]

    async def main(port: int) -> list[tuple[str, str | None]]:
        with closing(Wire()) as wire:
            users = [Snmp("3", port=port, **one) for one in [*wrong, {"user": "sealer", **keys}]]
            targets = [Target(f"R-{n}", "pc", "127.0.0.1", snmp=user, checks=("snmp",)) for n, user in enumerate(users)]
            polls = (poll_once(one, KINDS["pc"], 0, 1.5, wire=wire) for one in targets)
            return [(one.state, one.cause) for one in await asyncio.gather(*polls)]

    with snmpd(tmp_path) as server:
        assert asyncio.run(main(server.port)) == [("unknown", "auth")] * 3 + [("up", None)]
