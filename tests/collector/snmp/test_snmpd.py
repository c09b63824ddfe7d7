"""The probe `snmp` against net-snmp's agent, by every version and every library that asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.poll import Polled, poll_once
from collector.snmp.engine import Third
from collector.snmp.session import NoAnswer
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.snmp.test_probe import ERRORS, INPUT, KINDS, STATUS, SUPPLY, ask, run, target
from tests.snmpd import COMMUNITY, Snmpd, snmpd


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    objects = {
        ERRORS: "@",
        STATUS: 5,
        "1.3.6.1.2.1.25.3.5.1.1.1": 3,
        "1.3.6.1.2.1.43.10.2.1.4.1.1": 77,
        **{f"{SUPPLY}.{c}.1.1": v for c, v in ((4, 3), (5, 3), (6, "Black Toner"), (7, 19), (8, 100), (9, -3))},
        **{f"{INPUT}.{c}.1.1": v for c, v in ((2, 3), (9, 250), (10, 0), (11, 9))},
    }
    with snmpd(tmp_path_factory.mktemp("snmpd"), objects) as one:
        yield one


USERS: dict[str, dict[str, Any]] = {
    "noAuth": {"user": "nobody"},
    "authNoPriv": {"user": "signer", "auth": "sha", "auth_key": "signer-pass-1"},
    "authPriv": {
        "user": "sealer",
        "auth": "sha256",
        "auth_key": "sealer-pass-1",
        "priv": "aes",
        "priv_key": "sealer-pass-2",
    },
}
WRONG: dict[str, dict[str, Any]] = {
    "no such user": {**USERS["authNoPriv"], "user": "stranger"},
    "wrong key": {**USERS["authNoPriv"], "auth_key": "signer-pass-2"},
    "wrong hash": {**USERS["authNoPriv"], "auth": "md5"},
    "wrong privacy key": {**USERS["authPriv"], "priv_key": "sealer-pass-3"},
    "level too low": {"user": "sealer"},
}


def access(name: str) -> dict[str, Any]:
    if name in ("1", "2c"):
        return {"version": name, "community": COMMUNITY}
    return {"version": "3", "community": "", **USERS[name]}


async def polled(one: Target, within: float = 2.0, by: Third = "auto") -> Polled:
    with closing(Wire(third=by)) as wire:
        return await poll_once(one, KINDS[one.kind], 0, within, wire=wire)


@pytest.mark.server
@pytest.mark.parametrize(
    ("way", "by"),
    [
        *((way, "auto") for way in ("1", "2c", "noAuth", "authNoPriv", "authPriv")),
        *((way, "pysnmp") for way in ("noAuth", "authNoPriv", "authPriv")),
    ],
)
def test_snmpd_as_a_printer_by_every_version(real: Snmpd, way: str, by: Third) -> None:
    seen = run(polled(target(real.port, **access(way)), by=by))
    assert (seen.state, seen.conditions) == ("down", ("noPaper",))
    assert {
        name: seen.values[name]
        for name in seen.values
        if name not in ("uptime", "serial", "console") and "identity." not in name
    } == {
        "errors": "40",
        "device_status": 5,
        "printer_status": 3,
        "pages": 77,
        "supply.1.class": 3,
        "supply.1.type": 3,
        "supply.1.description": "Black Toner",
        "supply.1.unit": 19,
        "supply.1.capacity": 100,
        "supply.1.level": -3,
        "input.1.type": 3,
        "input.1.capacity": 250,
        "input.1.level": 0,
        "input.1.status": 9,
    }


@pytest.mark.server
@pytest.mark.parametrize("way", ["1", "2c", "authPriv"])
def test_snmpd_as_a_PC_and_as_a_switch(real: Snmpd, way: str) -> None:
    wanted = replace(target(real.port, "pc", **access(way)), processes=("SNMPD", "no such program"))
    pc = run(polled(wanted)).values
    # (snmpd knows its processors' load only after a minute)
    assert isinstance(pc["memory_kb"], int)
    assert (pc["model_file"], isinstance(pc["load_1"], float)) == ("linux", True)
    assert [pc[f"process.{name}.running"] for name in ("SNMPD", "no_such_program")] == [1, 0]
    assert not [name for name in pc if name.startswith("cpu.")]
    switch = run(polled(target(real.port, "switch", **access(way)))).values
    assert "if.1.oper" not in switch  # the loopback is no port
    columns = {name.split(".")[2] for name in switch if name.startswith("if.")}
    # version 1 has no 64 bit counters
    assert {"oper", "in_octets_32" if way == "1" else "in_octets"} <= columns
    assert len({"in_octets", "in_octets_32"} & columns) == 1


@pytest.mark.server
@pytest.mark.parametrize("by", ["auto", "pysnmp"])
@pytest.mark.parametrize("wrong", list(WRONG))
def test_O2_wrong_credentials_are_unknown_with_cause_auth(real: Snmpd, wrong: str, by: Third) -> None:
    seen = run(polled(target(real.port, version="3", **WRONG[wrong]), 1.0, by))
    assert (seen.state, seen.conditions, seen.cause) == ("unknown", (), "auth")


@pytest.mark.server
def test_a_wrong_community_is_silence(real: Snmpd) -> None:
    assert run(polled(target(real.port, community="wrong"), 0.3)).cause == "timeout"


@pytest.mark.server
@pytest.mark.parametrize("by", ["auto", "pysnmp"])
def test_version_3_goes_on_after_the_agent_was_started_anew(tmp_path: Path, by: Third) -> None:
    async def main(one: Snmpd) -> list[str]:
        with closing(Wire(third=by)) as wire:
            states: list[str] = []
            wanted = target(one.port, "router", **access("authPriv"))
            for _ in range(2):
                states.append((await poll_once(wanted, KINDS["router"], 0, 2.0, wire=wire)).state)
            await asyncio.to_thread(one.restart)
            for _ in range(2):
                states.append((await poll_once(wanted, KINDS["router"], 0, 2.0, wire=wire)).state)
            await asyncio.to_thread(one.stop)
            states.append((await poll_once(wanted, KINDS["router"], 0, 1.0, wire=wire)).state)
            await asyncio.to_thread(one.start)
            states.append((await poll_once(wanted, KINDS["router"], 0, 2.0, wire=wire)).state)
            return states

    with snmpd(tmp_path) as one:
        assert run(main(one)) == ["up", "up", "up", "up", "down", "up"]


@pytest.mark.server
def test_sessions_that_cost_files_are_bounded_and_the_oldest_give_way(real: Snmpd) -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            wire.most = 3
            snmp = Snmp(port=real.port, **access("noAuth"))
            targets = [Target(f"D-{n}", "router", "127.0.0.1", snmp=snmp, checks=("snmp",)) for n in range(8)]
            for each in (*targets, *targets):
                assert (await ask(wire, each)).ok
            agents = [wire.agent(each, KINDS["router"]) for each in targets]
            assert sum(each.session is not None for each in agents) <= 4
            wire.keep({"D-7"})
            assert agents[0].session is None

    run(main())


@pytest.mark.server
def test_a_session_asks_and_walks_by_itself(real: Snmpd) -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            for way in ("1", "2c", "authPriv"):
                session = wire.engine.open(target(real.port, **access(way)))
                until = asyncio.get_running_loop().time() + 2
                assert (await session.get([ERRORS], until)) == {ERRORS: b"@"}
                assert (await session.get(["1.3.6.1.4.1.99999.1.0"], until)) == {}
                rows = await session.walk("1.3.6.1.2.1.1", 5, until)
                assert len(rows) == 5
                assert await session.walk("1.3.6.1.9", 5, until) == []
                session.close()
                session.close()
            late = wire.engine.open(target(real.port, community="x"))
            with pytest.raises(NoAnswer, match="timeout"):
                await late.get([ERRORS], asyncio.get_running_loop().time() + 0.1)
            late.close()

    run(main())
