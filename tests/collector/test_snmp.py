from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest

from collector.engine import Third
from collector.kind import Kind, load_kinds
from collector.observation import Value, decode
from collector.poll import Polled, poll_once
from collector.probe import Answer, Settings
from collector.session import NoAnswer
from collector.snmp import probe
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.scripted import GET, GETBULK, agent, free_udp_port
from tests.snmpd import COMMUNITY, Snmpd, snmpd

KINDS = load_kinds()
UPTIME = "1.3.6.1.2.1.1.3.0"
ERRORS = "1.3.6.1.2.1.25.3.5.1.2.1"
STATUS = "1.3.6.1.2.1.25.3.2.1.5.1"
SUPPLY = "1.3.6.1.2.1.43.11.1.1"
INPUT = "1.3.6.1.2.1.43.8.2.1"
PRINTER: Mapping[str, Any] = {
    UPTIME: 5000,
    STATUS: 2,
    "1.3.6.1.2.1.25.3.5.1.1.1": 3,
    ERRORS: b"\0",
    "1.3.6.1.2.1.43.10.2.1.4.1.1": 10231,
    "1.3.6.1.2.1.43.5.1.1.17.1": b"PHB1",
    **{f"{SUPPLY}.{c}.1.1": v for c, v in ((4, 3), (5, 3), (6, "黑色墨粉".encode("gbk")), (7, 19), (8, 100), (9, 80))},
    **{f"{SUPPLY}.{c}.1.2": v for c, v in ((4, 4), (5, 4), (6, b"Waste\0"), (7, 19), (8, -2), (9, -3))},
    **{f"{INPUT}.{c}.1.1": v for c, v in ((2, 3), (9, 250), (10, -3), (11, 0))},
    **{f"{INPUT}.{c}.1.2": v for c, v in ((2, 5), (9, 1), (10, 0), (11, 0))},
}

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def target(port: int, kind: str = "printer", **more: Any) -> Target:
    return Target("D-1", kind, "127.0.0.1", snmp=Snmp(port=port, **more), checks=("snmp",))


async def ask(wire: Wire, one: Target, kind: Kind | None = None, within: float = 2.0) -> Answer:
    until = asyncio.get_running_loop().time() + within
    answer = await probe(one, Settings("snmp", kind or KINDS[one.kind], wire), until)
    assert answer is not None
    return answer


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_printer_says_all_that_its_kind_asks(version: str) -> None:
    async def main() -> Answer:
        with closing(Wire()) as wire:
            async with agent(PRINTER) as one:
                first = await ask(wire, target(one.port, version=version))
                one.asked.clear()
                second = await ask(wire, target(one.port, version=version))
                third = await ask(wire, target(one.port, version=version))
                assert [kind for kind, _ in one.asked][-1] == GET
                assert first.values == second.values == third.values
                return first

    answer = run(main())
    assert answer.ok
    assert answer.values["pages"] == 10231
    assert answer.values["supply.1.description"] == "黑色墨粉"
    assert {name: value for name, value in answer.values.items() if name.startswith("supply.2")} == {
        "supply.2.class": 4,
        "supply.2.type": 4,
        "supply.2.description": "Waste",
        "supply.2.unit": 19,
        "supply.2.capacity": -2,
        "supply.2.level": -3,
    }
    assert "console" not in answer.values


def test_C2_a_tray_for_feeding_by_hand_is_no_tray() -> None:
    async def main() -> Answer:
        with closing(Wire()) as wire:
            async with agent(PRINTER) as one:
                return await ask(wire, target(one.port))

    assert {name.split(".")[1] for name in run(main()).values if name.startswith("input.")} == {"1"}


def test_a_poll_in_the_steady_state_is_one_GET_and_never_two_are_in_flight() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent(PRINTER, delay=0.01) as one:
                for _ in range(3):
                    await ask(wire, target(one.port))
                one.asked.clear()
                await ask(wire, target(one.port))
                assert len(one.asked) == 1
                assert one.crowd == 1

    run(main())


@pytest.mark.parametrize("blames_first", [False, True])
def test_version_1_objects_that_are_lacking_are_left_out_and_then_asked_no_more(blames_first: bool) -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            objects: dict[str, Any] = {UPTIME: 1, ERRORS: b"\x40", f"{SUPPLY}.9.1.1": 5}
            async with agent(objects, blames_first=blames_first) as one:
                for _ in range(3):
                    answer = await ask(wire, target(one.port, version="1"))
                    assert answer.values == {"uptime": 1, "errors": "40", "supply.1.level": 5}
                one.asked.clear()
                await ask(wire, target(one.port, version="1"))
                assert one.asked == [(GET, [UPTIME, ERRORS, f"{SUPPLY}.9.1.1"])]

    run(main())


def test_what_a_device_once_had_stays_asked_through_an_absence() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent(PRINTER) as one:
                await ask(wire, target(one.port))
                one.objects.pop(ERRORS)
                for _ in range(4):
                    assert "errors" not in (await ask(wire, target(one.port))).values
                one.objects[ERRORS] = b"\x40"
                assert (await ask(wire, target(one.port))).values["errors"] == "40"

    run(main())


def test_an_answer_too_big_is_split_and_the_size_remembered() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent(PRINTER, most=4) as one:
                full = (await ask(wire, target(one.port))).values
                assert full["supply.2.level"] == -3
                await ask(wire, target(one.port))
                one.asked.clear()
                assert (await ask(wire, target(one.port))).values == full
                assert max(len(oids) for _, oids in one.asked) <= 4

    run(main())


@pytest.mark.slow
def test_a_slow_answer_within_the_deadline_is_an_answer() -> None:
    async def main() -> Answer:
        with closing(Wire()) as wire:
            async with agent({UPTIME: 7}, delay=0.5) as one:
                return await ask(wire, target(one.port, "router"), within=0.9)

    answer = run(main())
    assert answer.ok
    assert answer.rtt_ms is not None
    assert answer.rtt_ms >= 500


def test_a_lost_datagram_is_asked_again_within_the_deadline() -> None:
    async def main() -> Answer:
        with closing(Wire()) as wire:
            async with agent({UPTIME: 7}, lose=1) as one:
                return await ask(wire, target(one.port, "router"), within=0.6)

    assert run(main()).values == {"uptime": 7}


def test_causes_timeout_refused_and_no_such_object() -> None:
    async def main() -> list[str | None]:
        with closing(Wire()) as wire:
            async with agent({}) as one:
                lacking = [(await ask(wire, target(one.port))).cause for _ in range(4)]
                one.asked.clear()
                lacking.append((await ask(wire, target(one.port))).cause)
                assert one.asked  # an agent without any object is asked all the same
            async with agent({}, lose=99) as one:
                silent = (await ask(wire, target(one.port), within=0.2)).cause
            closed = (await ask(wire, target(free_udp_port()), within=1)).cause
            return [*lacking, silent, closed]

    assert run(main()) == ["no_such_object"] * 5 + ["timeout", "refused"]


@pytest.mark.slow
@pytest.mark.parametrize("junk", [b"x", b"\x30\xf0", b"\x30\x82\xff\xff", b"HTTP/1.1 200 OK\r\n", b"\x30" * 2000])
def test_what_is_no_SNMP_is_a_bad_answer_and_a_right_one_after_it_counts(junk: bytes) -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent({UPTIME: 1}, forge=lambda _: [junk]) as one:
                assert (await ask(wire, target(one.port, "router"), within=0.3)).cause == "bad_answer"
            async with agent({UPTIME: 1}, forge=lambda right: [junk, right]) as one:
                assert (await ask(wire, target(one.port, "router"), within=1)).values == {"uptime": 1}

    run(main())


@pytest.mark.slow
def test_answers_bent_at_random_never_raise_nor_stop_the_next_one() -> None:
    rng = Random(7)

    def bent(right: bytes) -> list[bytes]:
        wrong = bytearray(right)
        for _ in range(rng.randint(1, 4)):
            wrong[rng.randrange(len(wrong))] = rng.randrange(256)
        return [bytes(wrong[: rng.choice((len(wrong), rng.randrange(1, len(wrong))))]), right]

    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent(PRINTER, forge=bent) as one:
                for n in range(150):
                    wire.keep({f"P-{n}"})  # a new agent each time: walks and GETs
                    wanted = Target(f"P-{n}", "printer", "127.0.0.1", snmp=Snmp(port=one.port), checks=("snmp",))
                    seen = await poll_once(wanted, KINDS["printer"], 0, 0.2, wire=wire)
                    decode(seen.observed("c", 60).encode())
                one.forge = None
                assert (await ask(wire, target(one.port))).values["pages"] == 10231

    run(main())


@pytest.mark.slow
def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent({UPTIME: 1}, delay=0.3) as one:
                assert (await ask(wire, target(one.port, "router"), within=0.1)).cause == "timeout"
                one.delay, one.objects = 0.0, {UPTIME: 2}
                assert (await ask(wire, target(one.port, "router"), within=1)).values == {"uptime": 2}
                await asyncio.sleep(0.3)
                one.objects = {UPTIME: 3}
                assert (await ask(wire, target(one.port, "router"), within=1)).values == {"uptime": 3}

    run(main())


def test_values_of_wrong_types_are_left_out() -> None:
    async def main() -> Mapping[str, Value]:
        with closing(Wire()) as wire:
            async with agent({**PRINTER, ERRORS: 64, STATUS: b"down", f"{SUPPLY}.6.1.1": 5}) as one:
                return (await ask(wire, target(one.port))).values

    values = run(main())
    assert not {"device_status", "supply.1.description"} & set(values)
    assert values["supply.1.level"] == 80


def test_rows_are_bounded_and_a_table_without_end_is_given_up() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            many = {f"1.3.6.1.2.1.2.2.1.{column}.{n}": 1 for column in (7, 8) for n in range(1, 400)}
            async with agent({UPTIME: 1, **many}) as one:
                values = (await ask(wire, target(one.port, "switch"))).values
                assert len({name.split(".")[1] for name in values if name.startswith("if.")}) == 64
                assert len([1 for kind, _ in one.asked if kind == GETBULK]) <= 8

    run(main())


def test_rows_are_learned_anew_after_a_restart_and_when_one_vanishes() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent(PRINTER) as one:
                wanted = target(one.port)
                await ask(wire, wanted)
                known = wire.agent(wanted, KINDS["printer"])
                for column in range(4, 10):
                    one.objects[f"{SUPPLY}.{column}.1.3"] = 1
                known._learned_at -= 100
                one.objects[UPTIME] = 20  # it fell
                await ask(wire, wanted)
                assert "supply.3.level" in (await ask(wire, wanted)).values
                for column in range(4, 10):
                    del one.objects[f"{SUPPLY}.{column}.1.1"]
                known._learned_at -= 100
                await ask(wire, wanted)
                assert not [n for n in (await ask(wire, wanted)).values if n.startswith("supply.1.")]

    run(main())


def test_the_load_of_a_PC_is_the_mean_of_its_processors_learned_even_if_they_come_late() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent({UPTIME: 1}) as one:
                wanted = target(one.port, "pc")
                assert "cpu_load" not in (await ask(wire, wanted)).values
                for n, load in ((196608, 10), (196609, 25)):
                    one.objects[f"1.3.6.1.2.1.25.3.3.1.2.{n}"] = load
                known = wire.agent(wanted, KINDS["pc"])
                assert known._due_at < asyncio.get_running_loop().time() + 200
                known._due_at = 0
                assert (await ask(wire, wanted)).values["cpu_load"] == 17.5
                assert (await ask(wire, wanted)).values == {"uptime": 1, "cpu_load": 17.5}

    run(main())


def test_without_credentials_the_check_is_left_out() -> None:
    async def main() -> Answer | None:
        with closing(Wire()) as wire:
            return await probe(Target("D", "pc", "127.0.0.1"), Settings("snmp", KINDS["pc"], wire), 1e9)

    assert run(main()) is None


def test_an_address_that_no_socket_takes_is_a_wrong_configuration() -> None:
    async def main() -> str | None:
        with closing(Wire()) as wire:
            return (await ask(wire, Target("D", "pc", "fe80::1%nowhere", snmp=Snmp()))).cause

    assert run(main()) == "config"


# ---- net-snmp


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
