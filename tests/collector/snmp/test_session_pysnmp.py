"""The session by pysnmp: what is asked, walked, refused and broken (test_snmpd.py has what all sessions do)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.alarm import Alarms
from collector.snmp.engine import Engine
from collector.snmp.session import NoAnswer
from collector.snmp.session_pysnmp import PysnmpSession
from collector.target import Snmp, Target
from tests.snmpd import COMMUNITY, Snmpd, snmpd

UPTIME, DESCR = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with snmpd(tmp_path_factory.mktemp("snmpd")) as one:
        yield one


def asking(snmp: Snmp, work: Callable[[PysnmpSession, float], Any], within: float = 1.0) -> Any:
    async def main() -> Any:
        alarms = Alarms()
        session = PysnmpSession("127.0.0.1", snmp, alarms)
        try:
            return await work(session, asyncio.get_running_loop().time() + within)
        finally:
            session.close()
            alarms.close()
            await asyncio.sleep(0)

    return asyncio.run(main())


@pytest.mark.server
@pytest.mark.parametrize("version", ["1", "2c"])
def test_versions_1_and_2c_are_asked_and_walked_too(real: Snmpd, version: str) -> None:
    async def work(session: PysnmpSession, until: float) -> None:
        got = await session.get([UPTIME, DESCR, "1.3.6.1.2.1.1.2.0"], until)
        assert isinstance(got[UPTIME], int)
        assert got[DESCR] == b"hall"
        assert got["1.3.6.1.2.1.1.2.0"] == "1.3.6.1.4.1.8072.3.2.10"
        lacking = await session.get([DESCR, "1.3.6.1.2.1.99.0"], until)
        assert lacking == ({} if version == "1" else {DESCR: b"hall"})
        assert [oid for oid, _ in await session.walk("1.3.6.1.2.1.1", 3, until)] == [
            f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 3)
        ]
        assert await session.walk("1.3.6.1.4.1.99999", 3, until) == []

    asking(Snmp(version, COMMUNITY, real.port), work)


def test_a_closed_port_is_refused_and_a_silent_one_a_timeout() -> None:
    async def work(session: PysnmpSession, until: float) -> None:
        with pytest.raises(NoAnswer) as silent:
            await session.get([UPTIME], until)
        assert silent.value.cause == wanted
        assert not session.busy

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port, wanted = deaf.getsockname()[1], "timeout"
        asking(Snmp("2c", COMMUNITY, port), work, 0.2)
    wanted = "refused"
    asking(Snmp("2c", COMMUNITY, port), work, 0.2)


@pytest.mark.server
def test_an_agent_that_answered_before_and_died_is_a_timeout_and_no_wrong_key(tmp_path: Path) -> None:
    async def work(session: PysnmpSession, _until: float) -> None:
        loop = asyncio.get_running_loop()
        assert await session.get([UPTIME], loop.time() + 5)
        agent.stop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", agent.port))
            for _ in range(2):
                with pytest.raises(NoAnswer) as dead:
                    await session.get([UPTIME], loop.time() + 0.3)
                assert dead.value.cause == "timeout"

    with snmpd(tmp_path) as agent:
        user = Snmp("3", "", agent.port, "sealer", "sha256", "sealer-pass-1", "aes", "sealer-pass-2")
        asking(user, work)


def test_octets_that_are_no_answer_are_a_bad_answer_and_raise_nothing() -> None:
    async def work(session: PysnmpSession, until: float) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(agent, lambda: agent.sendto(b"\x30\x05\x02\x01\x01\xff\xff", agent.recvfrom(9000)[1]))
        with pytest.raises(NoAnswer) as broken:
            await session.get([UPTIME], until)
        assert broken.value.cause in ("bad_answer", "timeout")
        loop.remove_reader(agent)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.setblocking(False)
        asking(Snmp("2c", COMMUNITY, agent.getsockname()[1]), work, 0.2)


def test_the_settings_choose_what_asks_by_version_3_and_it_is_said() -> None:
    async def main() -> None:
        alarms = Alarms()
        target = Target("D", "pc", "127.0.0.1", snmp=Snmp("3", "", 9, "nobody"))
        forced, usual = Engine(alarms, "pysnmp"), Engine(alarms)
        assert forced.said["3"].startswith("pysnmp 7")
        assert usual.said["3"].startswith("gufo-snmp")
        session = forced.open(target)
        assert isinstance(session, PysnmpSession)
        session.close()
        alarms.close()

    asyncio.run(main())
