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

from collector.kind import Kind, Object
from collector.outcome import Outcome
from collector.poll import Polled, poll_once
from collector.probe import Answer
from collector.quick import Quick
from collector.target import Snmp, Target
from collector.verdict import verdict
from collector.wire import Wire
from reports.blind import ON_BATTERY
from tests.collector.snmp.scripted import agent, free_udp_port
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


def test_O2_a_sleeper_on_loopback_is_asked_once_and_again_after_a_hint() -> None:
    """By `poll_once` and by the callbacks that poll most devices, which leave sleepers to it."""

    async def main() -> list[tuple[str, tuple[str, ...], int]]:
        told: list[tuple[str, tuple[str, ...], int]] = []
        with closing(Wire()) as wire:
            if not wire.pinger.can("127.0.0.1"):
                pytest.skip("needs the right to ICMP")
            async with agent({UPTIME: 7}) as one:
                kind = Kind("printer", sleeps=True, get={"uptime": Object("uptime", UPTIME)})
                target = Target("P-1", "printer", "127.0.0.1", snmp=Snmp(port=one.port))
                quick = Quick({"printer": kind}, wire)
                for life in ("awake", "asleep", "asleep", "asleep", "hinted", "awake"):
                    one.lose = 0 if life == "awake" else 99
                    if life in ("hinted", "awake"):
                        wire.sleep.stir("P-1")
                    one.asked.clear()
                    seen = await _by(quick, target) or await poll_once(target, kind, 0, 0.4, wire=wire)
                    told.append((seen.state, seen.conditions, min(1, len(one.asked))))
            await quick.close()
        return told

    asleep = ("up", ("asleep",))
    assert asyncio.run(main()) == [
        ("up", (), 1),
        (*asleep, 1),
        (*asleep, 1),
        (*asleep, 0),
        (*asleep, 1),
        ("up", (), 1),
    ]


async def _by(quick: Quick, target: Target) -> Outcome | None:
    done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    return await done if quick(target, asyncio.get_running_loop().time(), 0.4, done.set_result) else None


def test_O6_the_word_of_a_ups_on_battery_is_the_one_that_explains_blind_time() -> None:
    said = Answer(True, None, 1.0, None, {"output_source": 5})
    ups = Target("U-1", "ups", "10.0.0.1")
    assert ON_BATTERY in verdict(KINDS["ups"], ups, {"icmp": Answer(True), "snmp": said}).conditions
