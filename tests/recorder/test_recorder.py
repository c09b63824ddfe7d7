"""The recorder against real brokers: nothing lost, nothing doubled, whatever dies and comes back."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallwatch.broker import EmbeddedBroker
from recorder.intake import Message
from recorder.mqtt import MqttConfig
from recorder.recorder import Recorder
from store import judged
from store.database import reading, writing
from store.embedded_metrics import EmbeddedMetrics
from tests.mosquitto import mosquitto as secure_mosquitto
from tests.recorder.brokers import BareCollector, free_port, mosquitto, process, recorder_on, recording, until
from tests.recorder.centre import MINUTE, T0, Centre, heartbeat

COUNT = 40


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def collector(port: int) -> Iterator[list[BareCollector]]:
    made: list[BareCollector] = []
    yield made
    for one in made:
        one.close()


def facts(here: Centre) -> list[Message]:
    return [one for i in range(COUNT // 4) for one in here.run("P-0001", "uddu", start=4 * i)]


def all_is_there_once(here: Centre) -> None:
    assert here.stored() == COUNT
    with reading(here.engine) as conn:
        assert judged.counted(conn)["stored"] == COUNT
    assert [row[:2] for row in here.outages()] == [(4 * i + 1, 4 * i + 3) for i in range(COUNT // 4)]


def test_facts_cross_the_embedded_broker_and_are_receipted(
    here: Centre, port: int, collector: list[BareCollector]
) -> None:
    broker = EmbeddedBroker("127.0.0.1", port)
    broker.start()
    recorder = recorder_on(here.engine, port)
    with recording(recorder):
        until(lambda: recorder.stats()["subscribed"])
        collector.append(BareCollector(port))
        collector[0].send_until_receipt(facts(here))
        all_is_there_once(here)
    collector.pop().close()
    broker.stop()


@pytest.mark.slow
def test_a_broker_that_is_away_is_waited_for(here: Centre, port: int) -> None:
    recorder = recorder_on(here.engine, port)
    with recording(recorder):
        until(lambda: recorder.stats()["trouble"])
        broker = EmbeddedBroker("127.0.0.1", port)
        broker.start()
        until(lambda: recorder.stats()["subscribed"])
        assert recorder.stats()["trouble"] is None
        broker.stop()
        until(lambda: not recorder.stats()["subscribed"])
        broker.start()
        until(lambda: recorder.stats()["subscribed"])
    broker.stop()


@pytest.mark.server
@pytest.mark.parametrize(
    "point",
    ["taken", "metrics-written", "before-commit:2", "after-commit", "after-ack", "after-receipt:2"],
)
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(
    here: Centre, port: int, collector: list[BareCollector], tmp_path: Path, point: str
) -> None:
    came = facts(here)
    with mosquitto(tmp_path / "broker", port):
        collector.append(BareCollector(port))
        with process(here.url, tmp_path / "metrics.db", port, point) as doomed:
            until(lambda: _fed(collector[0], came, doomed), 40)
            assert doomed.returncode == -9
        with process(here.url, tmp_path / "metrics.db", port):
            collector[0].send_until_receipt(came, 40)
        all_is_there_once(here)
    metrics = EmbeddedMetrics(tmp_path / "metrics.db")
    points = metrics.series("P-0001", "state", T0, T0 + COUNT * MINUTE, COUNT)
    assert len(points) == COUNT
    metrics.close()


def _fed(collector: BareCollector, came: list[Message], doomed: subprocess.Popen[bytes]) -> bool:
    if doomed.poll() is None:
        collector.send(came)
    return doomed.poll() is not None


@pytest.mark.server
def test_a_locked_database_is_said_and_nothing_is_acknowledged(
    here: Centre, port: int, collector: list[BareCollector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.BUSY_S", 0.1)
    came = facts(here)
    with mosquitto(tmp_path / "broker", port):
        recorder = recorder_on(here.engine, port)
        with recording(recorder):
            until(lambda: recorder.stats()["subscribed"])
            collector.append(BareCollector(port))
            with writing(here.engine):
                collector[0].send(came)
                until(lambda: recorder.stats()["trouble"])
                assert collector[0].receipt == 0
            collector[0].send_until_receipt(came)
            until(lambda: recorder.stats()["trouble"] is None)
        all_is_there_once(here)


@pytest.mark.server
def test_what_came_while_the_recorder_was_away_waits_in_its_session(
    here: Centre, port: int, collector: list[BareCollector], tmp_path: Path
) -> None:
    came = facts(here)
    with mosquitto(tmp_path / "broker", port):
        collector.append(BareCollector(port))
        first = recorder_on(here.engine, port)
        with recording(first):
            until(lambda: first.stats()["subscribed"])
        collector[0].send(came)
        with recording(recorder_on(here.engine, port)):
            until(lambda: collector[0].receipt == COUNT)
        all_is_there_once(here)


@pytest.mark.server
def test_a_message_that_breaks_the_recorder_is_set_apart_and_stops_nothing(
    here: Centre, port: int, collector: list[BareCollector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recorder import batch
    from recorder.incoming import sort

    def fragile(message: Message) -> object:
        if b"poison" in message.payload:
            raise ZeroDivisionError
        return sort(message)

    monkeypatch.setattr(batch, "sort", fragile)
    came = facts(here)
    poison = came[0]._replace(topic="hallwatch/v1/obs/c-02/P-0001", payload=b"poison")
    with mosquitto(tmp_path / "broker", port), recording(recorder_on(here.engine, port)) as recorder:
        until(lambda: recorder.stats()["subscribed"])
        collector.append(BareCollector(port))
        collector[0].send([came[0], poison, *came[1:]])
        until(lambda: collector[0].receipt == COUNT)
        assert recorder.stats()["counters"]["refused.fault"] == 1
    all_is_there_once(here)


def test_a_url_that_names_no_broker_is_an_error(here: Centre) -> None:
    recorder = Recorder(here.engine, None, MqttConfig("http://h"))
    with pytest.raises(ValueError, match=r"mqtt\.url"):
        recorder.run(threading.Event())


def test_a_heartbeat_is_heard_over_the_wire(here: Centre, port: int, collector: list[BareCollector]) -> None:
    broker = EmbeddedBroker("127.0.0.1", port)
    broker.start()
    recorder = recorder_on(here.engine, port)
    with recording(recorder):
        until(lambda: recorder.stats()["subscribed"])
        collector.append(BareCollector(port))
        collector[0].send([heartbeat(T0)])
        until(lambda: recorder.stats()["skewed"] == ["c-01"])
    collector.pop().close()
    broker.stop()


@pytest.mark.server
def test_it_reaches_a_broker_with_tls_and_a_password_and_says_why_not(here: Centre, tmp_path: Path) -> None:
    with secure_mosquitto(tmp_path / "secure", secure=True) as broker:
        good = MqttConfig(broker.url, broker.username, broker.password, str(broker.ca))
        with recording(Recorder(here.engine, None, good)) as recorder:
            until(lambda: recorder.stats()["subscribed"])
        wrong = MqttConfig(broker.url, broker.username, "wrong", str(broker.ca))
        with recording(Recorder(here.engine, None, wrong)) as recorder:
            until(lambda: "refuses" in str(recorder.stats()["trouble"]))
        assert "wrong" not in repr(wrong)


@pytest.mark.server
def test_a_broker_killed_with_all_it_held_loses_nothing(
    here: Centre, collector: list[BareCollector], tmp_path: Path
) -> None:
    came = facts(here)
    with secure_mosquitto(tmp_path / "plain") as broker:
        with recording(recorder_on(here.engine, broker.port)) as recorder:
            until(lambda: recorder.stats()["subscribed"])
            collector.append(BareCollector(broker.port))
            collector[0].send(came[: COUNT // 2])
            broker.kill()
            until(lambda: not recorder.stats()["subscribed"])
            broker.start()
            until(lambda: recorder.stats()["subscribed"], 40)
            collector[0].send_until_receipt(came, 40)
        all_is_there_once(here)


@pytest.mark.server
def test_what_its_session_still_brings_of_another_recorders_collector_is_left_to_that_one(
    here: Centre, collector: list[BareCollector], tmp_path: Path, port: int
) -> None:
    theirs = facts(here)
    ours = [one._replace(topic="hallwatch/v1/obs/c-02/P-0001", payload=b"{}") for one in theirs[:1]]
    with mosquitto(tmp_path / "broker", port):
        collector.append(BareCollector(port))
        with recording(recorder_on(here.engine, port)) as recorder:
            until(lambda: recorder.stats()["subscribed"])
        collector[0].send(theirs[:2])  # waits in the session that heard everybody
        narrow = recorder_on(here.engine, port, collectors=frozenset({"c-02"}))
        with recording(narrow):
            until(lambda: narrow.stats()["subscribed"])
            collector[0].send([theirs[2], *ours])
            until(lambda: any(one.startswith("refused") for one in narrow.stats()["counters"]))
        with recording(recorder_on(here.engine, port)) as recorder:
            until(lambda: recorder.stats()["subscribed"])
            assert collector[0].receipt == here.stored() == 0
            collector[0].send_until_receipt(theirs)
    all_is_there_once(here)
