"""A quick poll says what `poll_once` says, of whatever a device answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.kind import Kind, load_kinds
from collector.outcome import Outcome
from collector.poll import Polled, poll_once
from collector.quick import Quick
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.snmp import scripted

KIND = """
kind: thing
sleeps: {sleeps}
checks: [icmp, snmp]
get:
  uptime: {{oid: 1.3.6.1.2.1.1.3.0, as: timeticks}}
  serial: {{oid: 1.3.6.1.4.1.1.1.0, as: text}}
  level: {{oid: 1.3.6.1.4.1.1.2.0, as: integer}}
  full: {{oid: 1.3.6.1.4.1.1.3.0, as: integer}}
  errors: {{oid: 1.3.6.1.4.1.1.4.0, as: bits}}
  note: {{oid: 1.3.6.1.4.1.1.5.0, as: text}}
tables:
  tray:
    oid: 1.3.6.1.4.1.1.9.1
    columns: {{status: 2, name: {{oid: 1.3.6.1.4.1.1.9.1.3, as: text}}}}
    poll: [status]
bits:
  errors: {{0: lowPaper, 1: noPaper, 4: doorOpen}}
rules:
  - {{condition: lowToner, value: level, of: full, below: 0.1}}
  - {{condition: trayOut, value: tray.*.status, one_of: [3]}}
conditions:
  lowPaper: {{stops: false, owner: hall}}
  noPaper: {{stops: true, owner: hall}}
  doorOpen: {{stops: true, owner: hall}}
  lowToner: {{stops: false, owner: vendor}}
  trayOut: {{stops: true, owner: hall}}
"""
UPTIME, SERIAL, LEVEL, FULL, ERRORS, NOTE = (
    *("1.3.6.1.2.1.1.3.0", "1.3.6.1.4.1.1.1.0", "1.3.6.1.4.1.1.2.0"),
    *("1.3.6.1.4.1.1.3.0", "1.3.6.1.4.1.1.4.0", "1.3.6.1.4.1.1.5.0"),
)
TRAYS = {f"1.3.6.1.4.1.1.9.1.{column}.{row}": 1 if column == 2 else b"tray" for column in (2, 3) for row in (1, 2)}
WHOLE: dict[str, scripted.Value] = {UPTIME: 1, SERIAL: b"S-1", LEVEL: 50, FULL: 100, ERRORS: b"\0", NOTE: b"x", **TRAYS}

changes = st.dictionaries(
    st.sampled_from([*WHOLE]), st.none() | st.integers(-3, 300) | st.sampled_from([b"", b"S-1", b"\x80", b"\x40\x01"])
)
steps = st.tuples(changes, st.sampled_from(["answers"] * 6 + ["silent", "wrong"]))


@cache
def kind(sleeps: bool = False) -> Kind:
    with TemporaryDirectory() as folder:
        (Path(folder) / "thing.yaml").write_text(KIND.format(sleeps=str(sleeps).lower()))
        return load_kinds(Path(folder))["thing"]


async def quickly(quick: Quick, target: Target, of: Kind, deadline_s: float) -> tuple[Outcome, bool]:
    """The outcome, and whether it came without `poll_once`."""
    told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    if quick(target, asyncio.get_running_loop().time(), deadline_s, told.set_result):
        return await told, True
    return await poll_once(target, of, 0, deadline_s, wire=quick.wire), False


def plain(outcome: Outcome) -> tuple[Any, ...]:
    assert isinstance(outcome, Polled)
    told = msgspec.structs.replace(outcome, rtt_ms=None if outcome.rtt_ms is None else 1.0)
    return msgspec.structs.astuple(told)


async def both(plays: Sequence[tuple[Mapping[str, Any], str]], of: Kind, version: str = "2c", **more: Any) -> int:
    """Play these changes one after another to both; how many polls were quick."""
    one, other = Wire(), Wire()
    quick, count = Quick({"thing": of}, other), 0
    async with scripted.agent(WHOLE) as agent:
        target = Target("T-1", "thing", "127.0.0.1", serial="S-1", snmp=Snmp(version, port=agent.port), **more)
        for change, how in plays:
            deadline_s = 0.16 if how != "answers" else 2.0
            agent.objects.update(change)
            agent.objects = {oid: value for oid, value in agent.objects.items() if value is not None}
            agent.forge = {"silent": lambda _: [], "wrong": lambda message: [message[:-2]]}.get(how)
            expected = await poll_once(target, of, 0, deadline_s, wire=one)
            found, was_quick = await quickly(quick, target, of, deadline_s)
            assert plain(found) == plain(expected)
            count += was_quick
    await quick.close()
    one.close()
    other.close()
    return count


@settings(max_examples=15, deadline=None)
@given(plays=st.lists(steps, max_size=6), sleeps=st.booleans(), version=st.sampled_from(["1", "2c"]))
def test_a_quick_poll_says_what_the_long_way_says(
    plays: list[tuple[dict[str, Any], str]], sleeps: bool, version: str
) -> None:
    asyncio.run(both([({}, "answers"), *plays, ({}, "answers")], kind(sleeps), version))


def test_the_usual_poll_is_quick() -> None:
    plays = [({UPTIME: n, LEVEL: 100 - n}, "answers") for n in range(0, 100, 10)]
    assert asyncio.run(both(plays, kind())) == 9


@pytest.mark.parametrize("checks", [("icmp",), ("snmp",), ("snmp", "icmp"), ("icmp", "tcp:9"), ("icmp", "snmp")])
def test_any_checks_are_asked_alike(checks: tuple[str, ...]) -> None:
    asyncio.run(both([({}, "answers"), ({NOTE: b"y"}, "answers"), ({}, "silent")], kind(), checks=checks))


def test_a_device_that_restarts_learns_its_rows_anew_by_both_ways() -> None:
    plays: list[tuple[dict[str, Any], str]] = [
        ({UPTIME: 500}, "answers"),
        ({UPTIME: 600}, "answers"),
        ({UPTIME: 3, LEVEL: None}, "answers"),
    ]
    asyncio.run(both([*plays, ({}, "answers"), ({LEVEL: 7}, "answers")], kind()))


def test_an_agent_that_left_the_inventory_while_it_was_learned_gives_back_what_it_holds() -> None:
    async def main() -> None:
        wire = Wire()
        quick = Quick({"thing": kind()}, wire)
        async with scripted.agent(WHOLE) as agent:
            target = Target("T-1", "thing", "127.0.0.1", snmp=Snmp(port=agent.port), checks=("snmp",))
            await poll_once(target, kind(), 0, 2.0, wire=wire)
            told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            known = wire.agent(target, kind())
            assert quick(target, asyncio.get_running_loop().time(), 2.0, told.set_result)
            known.due_at = 0.0  # there is something to learn as soon as it has answered
            while not quick._rests:
                await asyncio.sleep(0)
            wire.keep(())
            await told
            await asyncio.sleep(0)
            assert known.session is None
            assert [shared._peers for shared in wire.engine._sockets.values()] == [{}]
        await quick.close()
        wire.close()

    asyncio.run(main())


@pytest.mark.parametrize("checks", [("icmp",), ("snmp",), ("icmp", "snmp")])
@pytest.mark.parametrize("version", ["2c", "3"])
def test_O2_what_our_own_system_keeps_back_is_unknown_and_never_down(checks: tuple[str, ...], version: str) -> None:
    """No address of a device but all of a network's (EACCES): nothing was asked, so nothing can be said."""

    async def main() -> None:
        wire = Wire()
        quick = Quick({"thing": kind()}, wire)
        snmp = Snmp(version, user="u" if version == "3" else None)
        target = Target("T-1", "thing", "127.255.255.255", snmp=snmp, checks=checks)
        for _ in range(2):
            outcome, _ = await quickly(quick, target, kind(), 1.0)
            assert (outcome.state, outcome.cause, outcome.loss) == ("unknown", "config", None)
        await quick.close()
        wire.close()

    asyncio.run(main())


def test_O2_an_agent_that_has_nothing_left_but_its_name_says_nothing_by_both_ways() -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "thing.yaml").write_text(f"kind: thing\nget:\n  level: {{oid: {LEVEL}, as: integer}}\n")
        plain_kind = load_kinds(Path(folder))["thing"]
    plays: list[tuple[dict[str, Any], str]] = [({"1.3.6.1.2.1.1.5.0": b"its name"}, "answers")]
    plays += [({LEVEL: value}, "answers") for value in (5, 6, b"broken", b"broken too", 7)]
    assert asyncio.run(both(plays, plain_kind)) > 3
