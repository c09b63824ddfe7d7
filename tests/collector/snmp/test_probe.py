from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import closing
from random import Random
from typing import Any, TypeVar

import pytest

from collector.kind import Kind, load_kinds
from collector.observation import Value, decode
from collector.poll import poll_once
from collector.probe import Answer, Settings
from collector.snmp.probe import probe
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.snmp.scripted import GET, GETBULK, agent, free_udp_port

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


def test_objects_that_are_all_lacking_are_asked_once_and_not_taken_for_a_refusal() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent({UPTIME: 1}) as one:
                session = wire.engine.open(target(one.port))
                until = asyncio.get_running_loop().time() + 1
                assert (await session.get([ERRORS, STATUS], until), session.refused_all) == ({}, False)
                one.most = 1
                assert (await session.get([UPTIME, STATUS], until), session.refused_all) == ({}, True)

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
                for n in range(60):
                    wire.keep({f"P-{n}"})  # a new agent each time: walks and GETs
                    wanted = Target(f"P-{n}", "printer", "127.0.0.1", snmp=Snmp(port=one.port), checks=("snmp",))
                    seen = await poll_once(wanted, KINDS["printer"], 0, 0.2, wire=wire)
                    decode(seen.observed("c", 60).encode())
                one.forge = None
                assert (await ask(wire, target(one.port))).values["pages"] == 10231

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
                assert known.due_at < asyncio.get_running_loop().time() + 200
                known.due_at = 0
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
