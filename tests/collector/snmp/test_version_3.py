"""Version 3 against net-snmp: every way to sign and to seal, boots and time, an engine id that several bear."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from collector.snmp.engine_ids import EngineIds
from collector.snmp.session import NoAnswer
from collector.snmp.session_gufo import AUTHS, PRIVS
from collector.target import AUTHS as NAMED_AUTHS
from collector.target import PRIVS as NAMED_PRIVS
from collector.target import Snmp, Target
from collector.traps.notification_v3 import AUTH, message, report, request_id, secured
from collector.traps.usm import Keys
from collector.wire import Wire
from tests.snmpd import Snmpd, snmpd

pytestmark = pytest.mark.server
UPTIME = "1.3.6.1.2.1.1.3.0"
NET_SNMP = {
    "md5": "MD5",
    "sha": "SHA",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "des": "DES",
    "aes": "AES",
    "aes128": "AES",
    "aes192": "AES-192",
    "aes256": "AES-256",
}
WAYS = [(auth, priv) for auth, priv in product(NAMED_AUTHS, (None, *NAMED_PRIVS))]


def _users() -> str:
    lines = []
    for auth, priv in WAYS:
        sealed = f' {NET_SNMP[priv]} "sealed-pass-2"' if priv else ""
        lines.append(f'createUser {auth}-{priv} {NET_SNMP[auth]} "signed-pass-1"{sealed}')
        lines.append(f"rouser {auth}-{priv} {'priv' if priv else 'auth'}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with snmpd(tmp_path_factory.mktemp("v3"), users=_users()) as one:
        yield one


def target(port: int, auth: str, priv: str | None, host: str = "127.0.0.1", key: str = "signed-pass-1") -> Target:
    sealed = "sealed-pass-2" if priv else None
    return Target("D", "router", host, snmp=Snmp("3", "", port, f"{auth}-{priv}", auth, key, priv, sealed))


def test_every_way_to_sign_and_to_seal_is_understood_by_net_snmp(agent: Snmpd) -> None:
    assert (set(AUTHS), set(PRIVS)) == (set(NAMED_AUTHS), set(NAMED_PRIVS))

    async def main() -> list[str]:
        failed = []
        with closing(Wire()) as wire:
            for auth, priv in WAYS:
                session = wire.engine.open(target(agent.port, auth, priv))
                try:
                    if UPTIME not in await session.get([UPTIME], asyncio.get_running_loop().time() + 1):
                        failed.append(f"{auth}-{priv}: no value")
                except NoAnswer as error:
                    failed.append(f"{auth}-{priv}: {error.cause}")
                session.close()
        return failed

    assert asyncio.run(main()) == []


def test_an_engine_id_that_two_addresses_bear_is_said(agent: Snmpd) -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            until = asyncio.get_running_loop().time() + 2
            ids = wire.engine.ids
            with capture_logs() as said:
                for device, host in (("A", 1), ("A", 1), ("A", 2), ("B", 2), ("B", 2)):
                    assert not ids.shared()  # the same device, also elsewhere, or another name of the same address
                    one = replace(target(agent.port, "sha", "aes", f"127.0.0.{host}"), device=device)
                    await wire.engine.open(one).get([UPTIME], until)
                assert not said
                await wire.engine.open(replace(one, device="C", address="127.0.0.1")).get([UPTIME], until)
            assert said[0]["event"] == "engine_id_of_several_agents"
            assert list(wire.stats()["snmp"]["shared_engine_ids"].values()) == [["A", "B", "C"]]
            wire.keep({"A", "B"})
            assert not ids.shared()

    asyncio.run(main())


def test_a_hundred_clones_are_a_few_lines_of_the_log_and_a_device_that_comes_back_is_none() -> None:
    ids = EngineIds()
    with capture_logs() as said:
        for n in range(100):
            ids.note(f"D-{n:02}", b"clone", f"127.0.0.{n}")
        for n in range(50):
            ids.note(f"D-{n:02}", b"its own", f"127.0.0.{n}")
            ids.note(f"D-{n:02}", b"clone", f"127.0.0.{n}")
    assert [one["number"] for one in said] == [2, 4, 8, 16, 32, 64]
    assert len(ids.shared()[b"clone".hex()]) == 100


def test_a_clock_that_ran_away_is_taken_over_again(tmp_path: Path, agent: Snmpd) -> None:
    """RFC 3414, 3.2: outside 150 s an agent reports notInTimeWindow; ours of it is renewed before it is that old."""

    async def main() -> None:
        with closing(Wire()) as wire:
            session = wire.engine.open(target(agent.port, "sha", "aes"))
            clock = asyncio.get_running_loop().time
            assert UPTIME in await session.get([UPTIME], clock() + 1)
            session._heard_at -= 1000  # type: ignore[attr-defined]
            assert UPTIME in await session.get([UPTIME], clock() + 1)
            assert len(await session.walk("1.3.6.1.2.1.1", 5, clock() + 1)) == 5
            session.close()
            with pytest.raises(NoAnswer) as found:
                await wire.engine.open(target(agent.port, "sha", "aes", key="wrong-pass-1")).get([UPTIME], clock() + 1)
            assert (found.value.cause, "pass" in str(found.value)) == ("auth", False)

    asyncio.run(main())


# with its request id, no non-repeaters, and repetitions: a mere 0xa5 also stands in every 100th id or signature
BULK = re.compile(rb"\x04\x00\xa5.\x02.{2,6}\x02\x01\x00\x02\x01", re.DOTALL)


class Deaf(asyncio.DatagramProtocol):
    """Stands before snmpd and does not hear GETBULK."""

    def __init__(self, port: int) -> None:
        self.port, self.bulks = port, 0
        self.transport: Any = None
        self.asker: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if addr[1] == self.port:
            self.transport.sendto(data, self.asker)
        elif BULK.search(data):
            self.bulks += 1
        else:
            self.asker = addr
            self.transport.sendto(data, ("127.0.0.1", self.port))


def test_an_agent_that_chokes_on_GETBULK_is_walked_by_GETNEXT(agent: Snmpd) -> None:
    async def main() -> None:
        loop, deaf = asyncio.get_running_loop(), Deaf(agent.port)
        transport, _ = await loop.create_datagram_endpoint(lambda: deaf, ("127.0.0.1", 0))
        with closing(Wire()) as wire:
            session = wire.engine.open(target(transport.get_extra_info("sockname")[1], "md5", None))
            for _ in range(2):
                rows = await session.walk("1.3.6.1.2.1.1.9.1.2", 100, loop.time() + 1)
                assert len(rows) > 3
                assert deaf.bulks == 1
            assert await session.walk("1.3.6.1.2.1.1.9.1.2", 2, loop.time() + 1) == rows[:2]
            session.close()
        transport.close()
        await asyncio.sleep(0)

    asyncio.run(main())


class Liar(Deaf):
    """Stands before snmpd and says first, unsigned, that the agent does not know such a user, engine or key."""

    lies = 0

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if addr[1] == self.port:
            self.transport.sendto(data, self.asker)
            return
        self.asker, head = addr, secured(data)
        if head.flags & AUTH and self.lies < 5:
            self.lies += 1
            told = report(head.engine, request_id(data[head.data_at :]), (1, 3, 6, 1, 6, 3, 15, 1, 1, self.lies, 0), 1)
            nobody = Keys(None, b"", None, b"")
            lie = message(head.id, 0, head.engine, head.boots + 7, head.time, head.user, nobody, told)
            self.transport.sendto(lie, addr)
        self.transport.sendto(data, ("127.0.0.1", self.port))


def test_an_unsigned_report_does_not_end_a_request_to_an_agent_that_has_answered_before(agent: Snmpd) -> None:
    """RFC 3414 has some reports unsigned, so whoever sees a request can write one; none is believed at once."""

    async def main() -> None:
        loop, liar = asyncio.get_running_loop(), Liar(agent.port)
        transport, _ = await loop.create_datagram_endpoint(lambda: liar, ("127.0.0.1", 0))
        with closing(Wire()) as wire:
            session = wire.engine.open(target(transport.get_extra_info("sockname")[1], "md5", None))
            liar.lies = 5
            assert UPTIME in await session.get([UPTIME], loop.time() + 2)
            liar.lies = 0
            began = loop.time()
            for _ in range(5):
                assert UPTIME in await session.get([UPTIME], loop.time() + 2)
            assert loop.time() - began < 1
            assert liar.lies == 5
            session.close()
        transport.close()
        await asyncio.sleep(0)

    asyncio.run(main())
