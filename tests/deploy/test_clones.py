"""Two gateways that were cloned share a user, and so a place at the broker: they are found out, and lose nothing."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from collector.mqtt import MqttConfig
from collector.observation import Observation
from collector.outbox.letter import seal
from collector.outbox.outbox import Outbox
from collector.publisher import Publisher
from recorder.mqtt import MqttConfig as RecorderMqtt
from recorder.recorder import Recorder
from store.database import migrate, open_database
from tests.deploy.broker import deployed
from tests.deploy.flood import PATIENT
from tests.proof.process import wait_until


@pytest.mark.server
@pytest.mark.slow
def test_clones_take_turns_and_are_reported_and_all_they_have_arrives(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/centre.db")
    migrate(engine)
    with deployed(tmp_path / "broker", spy=False) as broker:
        url, password = broker.url, broker.password_of("hallwatch-recorder")
        recorder = Recorder(engine, None, RecorderMqtt(url, "hallwatch-recorder", password, str(broker.ca)))
        stop, outboxes, publishers = threading.Event(), [], []
        thread = threading.Thread(target=recorder.run, args=(stop,))
        thread.start()
        now = time.time_ns() // 1_000_000
        for folder in ("one", "two"):
            outbox = Outbox(tmp_path / folder)
            outbox.append([seal(Observation(f"P-{folder}", "c-01", now - n, "up")) for n in range(200)], now / 1000)
            config = MqttConfig(url, "c-01", broker.password_of("c-01"), broker.ca)
            publishers.append(Publisher("c-01", outbox, config, patience=PATIENT))
            outboxes.append(outbox)
        for one in publishers:
            one.start()
        try:
            wait_until("the report", lambda: recorder.stats()["cloned"] == ["c-01"], 60)
            wait_until("both outboxes", lambda: all(one.oldest > 200 for one in outboxes), 60)
        finally:
            for one in publishers:
                one.stop()
            stop.set()
            thread.join()
            for outbox in outboxes:
                outbox.close()
    engine.dispose()
