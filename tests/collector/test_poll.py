from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from collector.kind import load_kinds
from collector.observation import decode
from collector.poll import Polled, poll_once, shares
from collector.probe import Answer, probe_of
from collector.target import Snmp, Target, targets_of
from collector.verdict import verdict
from collector.wire import Wire, wire_of_loop
from tests.collector.snmp.scripted import agent, free_udp_port
from tests.collector.snmp.test_probe import ERRORS, PRINTER, UPTIME

KINDS = load_kinds()
T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def printer(port: int, *checks: str, **more: Any) -> Target:
    return Target("P-1", "printer", "127.0.0.1", snmp=Snmp(port=port), checks=checks or ("snmp",), **more)


async def poll(wire: Wire, target: Target, within: float = 2.0, explain: bool = False) -> Polled:
    return await poll_once(target, KINDS[target.kind], 1_700_000_000_123, within, wire=wire, explain=explain)


def test_a_poll_gives_an_observation_that_the_centre_reads() -> None:
    async def main() -> Polled:
        with closing(Wire()) as wire:
            async with agent({**PRINTER, ERRORS: b"\x20"}) as one:
                return await poll(wire, printer(one.port))

    seen = run(main())
    observation = seen.observed("c-01", 60.0)
    assert (observation.state, observation.conditions, observation.ts) == ("degraded", ("lowToner",), 1_700_000_000_123)
    assert decode(observation.encode(), collector="c-01", device="P-1") == observation
    assert (seen.steps, seen.why) == ((), ())
    assert seen.rtt_ms is not None
    assert seen.loss is None


def test_poll_shows_every_request_every_answer_and_how_the_verdict_came_about() -> None:
    async def main() -> Polled:
        with closing(Wire()) as wire:
            async with agent({**PRINTER, ERRORS: b"\x42\x80"}) as one:
                return await poll(wire, printer(one.port, "snmp", "tcp:1"), explain=True)

    seen = run(main())
    text = "\n".join(f"{step.check} {step.request} -> {step.answer}" for step in seen.steps)
    assert "GET (v2c" in text
    assert f"{ERRORS} = 42 80" in text
    assert "no such object" in text  # the console
    assert "walk supply.*.capacity" in text
    assert "tcp:1 connect to 127.0.0.1 port 1 -> refused" in text
    assert "public" not in text
    assert [step.at_ms for step in seen.steps] == sorted(step.at_ms for step in seen.steps)
    assert all(step.took_ms is not None for step in seen.steps)
    assert "inputTrayMissing: stops the device" in seen.why
    assert "offline: degraded" in seen.why
    assert seen.why[-1] == "state: down"
    assert seen.state == "down"


def test_O2_a_target_with_a_fault_is_unknown_and_nobody_is_asked() -> None:
    async def main() -> Polled:
        with closing(Wire()) as wire:
            (target,) = targets_of(
                {
                    "devices": [
                        {"id": "P-1", "kind": "printer", "address": "127.0.0.1", "snmp": {"community": "env:NO_SUCH"}}
                    ]
                }
            ).targets
            return await poll(wire, target, explain=True)

    seen = run(main())
    assert (seen.state, seen.cause, seen.steps) == ("unknown", "config", ())
    assert "NO_SUCH is not set" in seen.why[0]


def test_the_deadline_holds_for_all_checks_together() -> None:
    async def main() -> tuple[Polled, float]:
        with closing(Wire()) as wire:
            async with agent({}, lose=99) as one:
                began = time.monotonic()
                return await poll(wire, printer(one.port, "snmp", "http:1/", "tcp:1"), 0.5), time.monotonic() - began

    seen, took = run(main())
    assert (seen.state, seen.cause) == ("down", "refused")  # port 1 is closed: a machine is there
    assert took < 2.5


def test_checks_share_the_time_that_is_left() -> None:
    weights = [share for _, _, share, _ in shares(("icmp", "snmp", "tcp:8080"))]
    assert weights == [1 / 5, 3 / 4, 1.0]
    with pytest.raises(KeyError):
        probe_of("finger:79")


def test_a_device_that_drops_pings_is_waited_for_only_at_first() -> None:
    async def main() -> list[float]:
        with closing(Wire()) as wire:
            wire.deaf["P-1"] = 3
            async with agent(PRINTER) as one:
                target = printer(one.port, "icmp", "snmp")
                if not wire.pinger.can(target.address):
                    pytest.skip("needs the right to ICMP")
                assert (await poll(wire, target)).state == "up"
                assert "P-1" not in wire.deaf  # it answered after all
                return []

    assert run(main()) == []


@pytest.mark.slow
def test_a_poll_that_is_given_up_leaves_nothing_behind(recwarn: pytest.WarningsRecorder) -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            async with agent({UPTIME: 1}, delay=0.2) as one:
                target = Target("R", "router", "127.0.0.1", snmp=Snmp(port=one.port), checks=("snmp",))
                task = asyncio.create_task(poll(wire, target))
                await asyncio.sleep(0.05)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                one.delay = 0
                assert (await poll(wire, target)).state == "up"
                await asyncio.sleep(0.3)
                assert (await poll(wire, target)).state == "up"

    run(main())
    gc.collect()
    assert not recwarn.list


def test_each_loop_has_a_wire_of_its_own() -> None:
    async def main() -> Wire:
        assert wire_of_loop() is wire_of_loop()
        wire = wire_of_loop()
        wire.close()
        return wire

    assert run(main()) is not run(main())


def test_a_changed_address_or_community_opens_a_new_session_a_changed_serial_does_not() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            kind = KINDS["printer"]
            first = wire.agent(printer(free_udp_port()), kind)
            assert wire.agent(first.target, kind) is first
            assert wire.agent(printer(first.target.snmp.port, serial="S"), kind) is first  # type: ignore[union-attr]
            assert wire.agent(printer(free_udp_port()), kind) is not first

    run(main())


def test_O2_every_combination_of_answers_has_a_verdict() -> None:
    outcomes = [
        None,
        Answer(True, None, 1.0, 0.0),
        *(Answer(False, cause) for cause in ("timeout", "refused", "auth", "no_such_object", "bad_answer", "config")),
    ]
    for kind in KINDS.values():
        for icmp in outcomes[:3]:
            for snmp in outcomes:
                for tcp in outcomes[:4]:
                    asked = {"icmp": icmp, "snmp": snmp, "tcp:80": tcp}
                    answers = {check: answer for check, answer in asked.items() if answer is not None}
                    seen = verdict(kind, Target("D", kind.name, "10.0.0.1"), answers)
                    lives = any(answer.ok for answer in answers.values())
                    assert not (lives and seen.state == "down" and not seen.conditions)
                    assert seen.state != "down" or answers


@pytest.mark.server
def test_a_poll_costs_little(tmp_path: Path) -> None:
    """Polls a second against an agent in another process; the figure of the benchmark is `benchmarks/`' matter."""
    server = (
        "import asyncio,sys\n"
        "from tests.collector.snmp.scripted import agent\n"
        "async def main():\n"
        "    async with agent({'1.3.6.1.2.1.1.3.0': 1}) as one:\n"
        "        print(one.port, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", server], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    )
    assert process.stdout is not None
    with process, process.stdout:
        port = int(process.stdout.readline())

        async def main() -> float:
            with closing(Wire()) as wire:
                target = Target("R", "router", "127.0.0.1", snmp=Snmp(port=port), checks=("snmp",))
                began = time.process_time()
                for _ in range(1000):
                    assert (await poll(wire, target)).state == "up"
                return time.process_time() - began

        try:
            assert run(main()) < 1.0  # s of CPU time per 1,000; about 0.1 on a quiet machine
        finally:
            process.kill()
