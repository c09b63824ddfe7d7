"""The whole collector: from a device's answer to the broker, through kill -9 of either, to a clean end."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog

from collector.mqtt import MqttConfig
from collector.observation import Observation
from collector.outbox.outbox import Outbox, OutboxError
from collector.outcome import Outcome, Seen
from collector.part import GivenPart
from collector.publisher import Patience
from collector.run import Collector, CollectorConfig
from collector.target import Part, Target
from recorder.heartbeat import FIGURES
from tests.collector.centre import Listener, listening, until
from tests.mosquitto import Mosquitto, free_port, mosquitto

CHILD = """
import asyncio, json, sys
from functools import partial
from pathlib import Path
from tests.collector.test_run import collector, part
asyncio.run(collector(Path(sys.argv[1]), int(sys.argv[2]), part(40)).run(asyncio.Event()))
"""


async def answer(target: Target, _deadline_s: float) -> Outcome:
    await asyncio.sleep(0.002)
    return Seen("down", cause="timeout") if target.device == "D-0" else Seen("up", rtt_ms=2.0)


def more_than(centre: Listener, count: int) -> bool:
    return len(centre.facts) > count


def part(count: int) -> Part:
    return Part(tuple(Target(f"D-{n}", "printer", "127.0.0.1", 0.2) for n in range(count)), version="abc")


def collector(directory: Path, port: int, given: Part, **more: Any) -> Collector:
    patience = Patience(heartbeat_s=0.5, progress_s=2.0, retry_first_s=0.05, retry_last_s=0.2)
    given_more: dict[str, Any] = {
        "own_gateway": False,
        "recheck_s": 0.05,
        "first_within_s": 0.1,
        "patience": patience,
        **more,
    }
    config = CollectorConfig("c-01", directory / "outbox", MqttConfig(f"mqtt://127.0.0.1:{port}"), **given_more)
    return Collector(config, GivenPart(given), {}, answer)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "broker") as running:
        yield running


def held(directory: Path) -> list[Observation]:
    from collector.observation import decode
    from collector.outbox.letter import unseal

    outbox = Outbox(directory / "outbox")
    letters = outbox.read(outbox.oldest, 100_000)
    outbox.close()
    return [decode(unseal(letter.payload, letter.epoch, letter.seq)[1]) for letter in letters]


def backlog(stats: Any) -> int:
    return int(stats["outbox"]["backlog"])


@pytest.mark.slow
def test_without_a_broker_it_polls_on_and_ends_within_2_s(tmp_path: Path) -> None:
    async def main() -> None:
        running, stop = collector(tmp_path, free_port(), part(10)), asyncio.Event()
        task = asyncio.create_task(running.run(stop))
        async with asyncio.timeout(30):
            while not (stats := running.stats()).get("broker", {"error": ""})["error"] or backlog(stats) <= 20:
                await asyncio.sleep(0.05)
        json.dumps(stats)
        assert stats["devices"] == 10 or stats["polls"] > 10
        assert stats["broker"]["error"]
        stop.set()
        began = time.monotonic()
        await task
        assert time.monotonic() - began < 10.0, "two on a machine that does nothing else"

    asyncio.run(main())
    seen = held(tmp_path)
    assert {each.state for each in seen if each.device == "D-0"} == {"down"}
    assert {each.state for each in seen if each.device == "D-5"} == {"up"}
    assert [each.seq for each in seen] == list(range(1, len(seen) + 1))


@pytest.mark.slow
def test_a_new_part_is_taken_over_while_it_runs(tmp_path: Path) -> None:
    async def main() -> None:
        source = GivenPart(part(3))
        config = CollectorConfig(
            "c-01", tmp_path / "outbox", MqttConfig("mqtt://127.0.0.1:9"), own_gateway=False, first_within_s=0.1
        )
        running, stop = Collector(config, source, {}, answer), asyncio.Event()
        task = asyncio.create_task(running.run(stop))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(source.replace, part(6))
        await asyncio.sleep(0.4)
        stop.set()
        await task

    asyncio.run(main())
    assert {each.device for each in held(tmp_path)} == {f"D-{n}" for n in range(6)}


@pytest.mark.slow
def test_an_outbox_that_vanishes_while_it_runs_is_made_anew(tmp_path: Path) -> None:
    async def main() -> None:
        running, stop = collector(tmp_path, free_port(), part(5)), asyncio.Event()
        task = asyncio.create_task(running.run(stop))
        await asyncio.sleep(0.4)
        epoch = running.stats()["outbox"]["epoch"]
        shutil.rmtree(tmp_path / "outbox")
        await asyncio.sleep(0.5)
        assert running.stats()["outbox"]["epoch"] != epoch
        stop.set()
        await task

    asyncio.run(main())
    assert len(held(tmp_path)) > 3


def test_a_device_of_an_unknown_kind_is_unknown_and_said_why(tmp_path: Path) -> None:
    async def main() -> None:
        config = CollectorConfig(
            "c-01", tmp_path / "outbox", MqttConfig("mqtt://127.0.0.1:9"), own_gateway=False, first_within_s=0.05
        )
        running, stop = Collector(config, GivenPart(part(2)), {}), asyncio.Event()
        task = asyncio.create_task(running.run(stop))
        await asyncio.sleep(0.3)
        stop.set()
        await task

    asyncio.run(main())
    assert {(each.state, each.cause) for each in held(tmp_path)} == {("unknown", "config")}


def test_what_no_message_can_hold_becomes_unknown(tmp_path: Path) -> None:
    async def too_much(_target: Target, _deadline_s: float) -> Outcome:
        return Observation("D-0", "c-01", 0, "up", values={f"v{n}": "x" * 1000 for n in range(30)})

    async def main() -> None:
        running, stop = collector(tmp_path, free_port(), part(1)), asyncio.Event()
        running._poll = too_much
        task = asyncio.create_task(running.run(stop))
        await asyncio.sleep(0.3)
        assert running.unsendable > 0
        stop.set()
        await task

    asyncio.run(main())
    assert {(each.state, each.cause) for each in held(tmp_path)} == {("unknown", "bad_answer")}


@pytest.mark.slow
def test_a_collector_that_cannot_keep_up_says_so_loudly(tmp_path: Path) -> None:
    async def slow(_target: Target, _deadline_s: float) -> Outcome:
        await asyncio.sleep(0.1)
        return Seen("up", rtt_ms=100.0)

    async def main() -> None:
        running, stop = collector(tmp_path, free_port(), part(60), max_in_flight=4, late_s=0.2), asyncio.Event()
        running._poll = slow
        task = asyncio.create_task(running.run(stop))
        for _ in range(40):
            await asyncio.sleep(0.1)
            if running.stats().get("late"):
                break
        stats = running.stats()
        assert stats["late"] is True
        assert stats["lag"]["p95"] > 0.2
        assert stats["utilisation"] > 0.6
        beat = running._heartbeat()
        assert {"snmp_forged", "asleep"} <= beat.keys() <= {"version", "devices", *FIGURES}
        assert all(isinstance(one, bool | int | float | str) for one in beat.values()), "no device is named in it"
        stop.set()
        await task

    with structlog.testing.capture_logs() as said:
        asyncio.run(main())
    loud = [entry for entry in said if entry["event"] == "collector_cannot_keep_up"]
    assert len(loud) == 1
    assert loud[0]["log_level"] == "error"


MANY_DEAD = """
import asyncio, socket, sys, time
from dataclasses import replace
from pathlib import Path
from collector.kind import load_kinds
from collector.mqtt import MqttConfig
from collector.part import GivenPart
from collector.run import Collector, CollectorConfig
from collector.target import Part, Snmp, Target

silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("0.0.0.0", 0))
snmp = Snmp("2c", "public", port=silent.getsockname()[1])
dead = tuple(Target(f"D-{n}", "printer", f"127.9.{n // 250}.{n % 250 + 1}", 60.0, snmp=snmp) for n in range(1500))

async def main():
    mqtt = MqttConfig("mqtt://127.0.0.1:9")
    config = CollectorConfig(
        "c-01", Path(sys.argv[1]), mqtt, own_gateway=False, first_within_s=0.2, max_in_flight=1400, deadline_s=30.0
    )
    kinds = {"printer": replace(load_kinds()["printer"], checks=("snmp",))}
    running, stop = Collector(config, GivenPart(Part(dead)), kinds), asyncio.Event()
    task = asyncio.create_task(running.run(stop))
    while running.stats().get("in_flight", 0) < 1000:
        await asyncio.sleep(0.05)
    stop.set()
    began = time.monotonic()
    await task
    return began

began = asyncio.run(main())
assert time.monotonic() - began < 10.0  # two on a machine that does nothing else, thirty if polls were waited for
"""


@pytest.mark.slow
def test_it_ends_within_2_s_with_1000_polls_under_way_to_dead_addresses(tmp_path: Path) -> None:
    """In a process of its own: so many descriptors are too many for the `select` of other tests' clients."""
    subprocess.run([sys.executable, "-c", MANY_DEAD, str(tmp_path / "outbox")], check=True, timeout=90)


@pytest.mark.parametrize("outbox", ["/proc/nope/outbox", "busy"])
def test_without_its_outbox_it_ends_with_one_clear_message(tmp_path: Path, outbox: str) -> None:
    where = tmp_path / "o" if outbox == "busy" else Path(outbox)
    other = Outbox(tmp_path / "o")
    mqtt = MqttConfig("mqtt://127.0.0.1:9")
    with pytest.raises(OutboxError, match=str(where)):
        asyncio.run(Collector(CollectorConfig("c-01", where, mqtt), GivenPart(part(1)), {}).run(asyncio.Event()))
    other.close()


@pytest.mark.server
def test_after_kill_9_it_goes_on_in_its_epoch_and_nothing_is_missing_or_twice(
    tmp_path: Path, broker: Mosquitto
) -> None:
    with listening("c-01", broker.port) as centre:
        for seconds in (1.6, 1.1, 1.3):
            before = len(centre.facts)
            child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path), str(broker.port)])
            until(partial(more_than, centre, before))
            time.sleep(seconds / 2)
            child.send_signal(signal.SIGKILL)
            child.wait()
        until(lambda: centre.beats[-1]["online"] is False)
        with_broker = asyncio.new_event_loop()
        running, stop = collector(tmp_path, broker.port, part(40)), asyncio.Event()
        task = with_broker.create_task(running.run(stop))
        with_broker.run_until_complete(asyncio.sleep(1.0))
        stop.set()
        with_broker.run_until_complete(task)
        with_broker.close()
        assert len({epoch for epoch, _ in centre.facts}) == 1
        assert centre.seqs() == list(range(1, len(centre.facts) + 1))
        moments = [(seen.device, seen.ts) for seen in centre.facts.values()]
        assert len(set(moments)) == len(moments)
        until(lambda: centre.beats[-1]["online"] is False)


@pytest.mark.server
def test_a_broker_away_for_long_costs_nothing(tmp_path: Path, broker: Mosquitto) -> None:
    async def main() -> None:
        running, stop = collector(tmp_path, broker.port, part(40)), asyncio.Event()
        task = asyncio.create_task(running.run(stop))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(broker.kill)
        await asyncio.sleep(1.0)
        assert running.stats()["outbox"]["backlog"] > 100
        await asyncio.to_thread(broker.start)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if running.stats()["broker"]["connected"] and running.stats()["outbox"]["backlog"] < 50:
                break
        stop.set()
        await task

    with listening("c-01", broker.port) as centre:
        asyncio.run(main())
        time.sleep(0.2)
        assert centre.seqs() == list(range(1, len(centre.facts) + 1))
        assert len(centre.facts) > 300
