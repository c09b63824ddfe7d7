"""From a device's word at a real broker to the collector's next observation of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from collector.kind import Kind, Said
from collector.mqtt import MqttConfig
from collector.part import GivenPart
from collector.publisher import Patience
from collector.run import Collector, CollectorConfig
from collector.target import Part, Target
from hallwatch.broker import EmbeddedBroker
from tests.collector.centre import Listener, listening
from tests.mosquitto import free_port, mosquitto

QUEUE = Kind("queue", checks=("tcp:9", "mqtt"), mqtt=Said("mqtt", {"waiting": "queue.waiting"}))
PART = Part(
    (
        *(Target(f"Q-{n}", "queue", "127.0.0.1", 60.0) for n in range(150)),
        Target("K-1", "queue", "127.0.0.1", 60.0, checks=("mqtt",)),
    )
)


@contextmanager
def broker(which: str, folder: Path) -> Iterator[int]:
    if which == "mosquitto":
        with mosquitto(folder) as running:
            yield running.port
        return
    port = free_port()
    embedded = EmbeddedBroker("127.0.0.1", port, None)
    embedded.start()
    try:
        yield port
    finally:
        embedded.stop()


def observed(centre: Listener, device: str) -> list[Any]:
    return [seen for seen in list(centre.facts.values()) if seen.device == device]


async def until(condition: Any, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.server
@pytest.mark.parametrize("which", ["mosquitto", "embedded"])
def test_what_a_device_says_is_in_its_next_observation_which_comes_at_once(tmp_path: Path, which: str) -> None:
    async def main(port: int, centre: Listener) -> None:
        patience = Patience(heartbeat_s=1.0, retry_first_s=0.05, retry_last_s=0.2)
        config = CollectorConfig(
            "c-01",
            tmp_path / "outbox",
            MqttConfig(f"mqtt://127.0.0.1:{port}"),
            own_gateway=False,
            recheck_s=0.1,
            first_within_s=0.3,
            patience=patience,
        )
        running, stop = Collector(config, GivenPart(PART), {"queue": QUEUE}), asyncio.Event()
        task = asyncio.create_task(running.run(stop))
        try:
            await until(lambda: len({seen.device for seen in list(centre.facts.values())}) == 150)
            assert observed(centre, "Q-7")[-1].values == {}
            said = {"v": 1, "queue": {"waiting": 12}}
            device.publish("hallwatch/v1/said/Q-7", json.dumps(said), 1)
            device.publish("hallwatch/v1/said/unknown", json.dumps(said), 1)
            device.publish("hallwatch/v1/said/K-1", json.dumps(said), 1)
            await until(lambda: any(seen.values == {"waiting": 12} for seen in observed(centre, "Q-7")))
            assert running.stats()["said"]["heard"] == 1
            assert running.stats()["said"]["devices"] == 150
            assert observed(centre, "K-1") == []  # it observes itself
        finally:
            stop.set()
            await task

    device = Client(CallbackAPIVersion.VERSION2, client_id="speaker-Q-7")
    with broker(which, tmp_path / "broker") as port, listening("c-01", port) as centre:
        device.connect("127.0.0.1", port)
        device.loop_start()
        try:
            asyncio.run(main(port, centre))
        finally:
            device.disconnect()
            device.loop_stop()
