"""MQTT against real brokers: success is the PUBACK, order is kept per topic, a broken line loses nothing."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from alerts.channels import MqttChannel
from alerts.delivery import Delivery
from alerts.loop import Alerts, now_ms
from alerts.settings import AlertSettings, MqttConfig
from hallwatch.broker import EmbeddedBroker
from store.database import reading
from store.notices import enqueue
from store.schema import notices
from tests.alerts.site import PRINTER, Site
from tests.alerts.smtp import free_port


@pytest.fixture(scope="module")
def broker() -> Iterator[int]:
    made = EmbeddedBroker("127.0.0.1", free_port())
    made.start()
    yield made.port
    made.stop()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    (tmp_path / "m.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    server = subprocess.Popen([program, "-c", str(tmp_path / "m.conf")], stderr=subprocess.DEVNULL)
    until(lambda: answers(port))
    yield port
    server.terminate()
    server.wait()


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def listening(port: int, topic: str) -> Iterator[list[tuple[str, str]]]:
    """Every message below a topic as (topic, body), in the order in which they come."""
    heard: list[tuple[str, str]] = []
    ready = threading.Event()

    def subscribe(client: paho.Client) -> None:
        client.subscribe(topic, qos=1)

    client = paho.Client(CallbackAPIVersion.VERSION2, f"listener-{secrets.token_hex(6)}", protocol=paho.MQTTv311)
    client.on_connect = lambda client, _data, _flags, _reason, _properties: subscribe(client)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _c, _d, message: heard.append((message.topic, message.payload.decode()))
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.wait(10)
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def delivering(site: Site, port: int, name: str = "alerts-test") -> Iterator[Delivery]:
    made = Delivery(site.engine, "mqtt", MqttChannel(MqttConfig(f"mqtt://127.0.0.1:{port}", client_id=name)))
    until(made.channel.ready)
    try:
        yield made
    finally:
        made.channel.close()


def put(site: Site, key: str, topic: str, body: str, *, retain: bool = False) -> None:
    with site.write() as conn:
        enqueue(conn, key, "mqtt", topic, body, now_ms(), retain=retain)


def states(site: Site) -> dict[str, int]:
    with reading(site.engine) as conn:
        query = select(notices.c.state, func.count()).group_by(notices.c.state)
        return {state: n for state, n in conn.execute(query)}  # noqa: C416


@pytest.mark.slow
def test_an_alert_is_sent_when_the_broker_has_acknowledged_it(site: Site, broker: int) -> None:
    put(site, "1", "t1/alerts/v-1", "hello")
    with listening(broker, "t1/#") as heard, delivering(site, broker) as delivery:
        assert delivery.step(now_ms) == 1
        assert states(site) == {"sent": 1}
        until(lambda: heard == [("t1/alerts/v-1", "hello")])
        assert delivery.step(now_ms) == 0


def test_a_newer_status_takes_the_place_of_an_older_one(site: Site, broker: int) -> None:
    for n in range(3):
        put(site, f"s{n}", "t2/status/P-1", str(n), retain=True)
    with delivering(site, broker) as delivery:
        assert delivery.step(now_ms) == 1
    with listening(broker, "t2/#") as heard:
        until(lambda: ("t2/status/P-1", "2") in heard)
    assert states(site) == {"replaced": 2, "sent": 1}


def test_an_empty_status_clears_what_the_broker_held(site: Site, broker: int) -> None:
    with delivering(site, broker) as delivery:
        for key, topic, body in (("1", "h-01", "up"), ("2", "h-02", "up"), ("3", "h-01", "")):
            put(site, key, f"t7/{topic}/P-1", body, retain=True)
            assert delivery.step(now_ms) == 1
    until(lambda: held(broker, "t7/#") == [("t7/h-02/P-1", "up")])  # amqtt acknowledges first and clears afterwards


def held(port: int, topic: str) -> list[tuple[str, str]]:
    """What a new subscriber is told at once."""
    with listening(port, topic) as heard:
        time.sleep(0.2)
        return [one for one in heard if one[0].split("/")[0] == topic.split("/", maxsplit=1)[0]]


def test_nothing_is_tried_while_the_broker_is_away(site: Site) -> None:
    put(site, "1", "t3/x", "hello")
    delivery = Delivery(site.engine, "mqtt", MqttChannel(MqttConfig(f"mqtt://127.0.0.1:{free_port()}")))
    assert delivery.step(now_ms) == 0
    delivery.channel.close()
    with reading(site.engine) as conn:
        assert conn.scalar(select(notices.c.attempts)) == 0


def two_workers(site: Site, port: int) -> None:
    """Send 300 rows by two workers; each row goes out by one of them, at the first attempt."""
    with site.write() as conn:
        for n in range(300):
            enqueue(conn, f"k{n}", "mqtt", f"t4/{n}", str(n), now_ms())
    with delivering(site, port, "a") as one, delivering(site, port, "b") as two:
        stop = threading.Event()
        workers = [threading.Thread(target=each.run, args=(stop, now_ms), daemon=True) for each in (one, two)]
        for worker in workers:
            worker.start()
        try:
            until(lambda: states(site) == {"sent": 300})
        finally:
            stop.set()
            for worker in workers:
                worker.join(10)
    with reading(site.engine) as conn:
        assert set(conn.scalars(select(notices.c.attempts))) == {1}


def test_two_workers_on_one_outbox_claim_each_row_once(site: Site, broker: int) -> None:
    two_workers(site, broker)


@pytest.mark.server
def test_two_workers_on_one_outbox_send_each_row_once(site: Site, mosquitto: int) -> None:
    with listening(mosquitto, "t4/#") as heard:
        two_workers(site, mosquitto)
        until(lambda: len(heard) >= 300)
    assert sorted(heard) == sorted(set(heard))


@pytest.mark.slow
def test_a_broker_that_goes_away_and_comes_back_gets_everything(site: Site) -> None:
    port = free_port()
    first = EmbeddedBroker("127.0.0.1", port)
    first.start()
    stop = threading.Event()
    delivery = Delivery(site.engine, "mqtt", MqttChannel(MqttConfig(f"mqtt://127.0.0.1:{port}", client_id="back")))
    worker = threading.Thread(target=delivery.run, args=(stop, now_ms), daemon=True)
    worker.start()
    put(site, "1", "t5/a", "1")
    until(lambda: states(site) == {"sent": 1})
    first.stop()
    put(site, "2", "t5/a", "2")
    second = EmbeddedBroker("127.0.0.1", port)
    second.start()
    until(lambda: states(site) == {"sent": 2}, 30)
    stop.set()
    worker.join()
    second.stop()


@pytest.mark.slow
def test_the_whole_component_tells_the_vendor_of_a_fault(site: Site, broker: int) -> None:
    settings = AlertSettings(
        mqtt=MqttConfig(f"mqtt://127.0.0.1:{broker}", client_id="whole"), ticket_after_ms=0, every_s=0.1
    )
    stop = threading.Event()
    alerts = Alerts(site.engine, settings, {"printer": PRINTER})
    site.outage("P-1", 0)
    with listening(broker, "hallwatch/v1/alerts/+") as heard:
        thread = threading.Thread(target=alerts.run, args=(stop,), daemon=True)
        thread.start()
        until(lambda: heard)
        stop.set()
        thread.join()
    assert json.loads(heard[0][1])["ticket"] == "T-000001"


@pytest.mark.server
def test_thousands_of_status_rows_flow_through_mosquitto(site: Site, mosquitto: int) -> None:
    with site.write() as conn:
        for n in range(3000):
            enqueue(conn, f"k{n}", "mqtt", f"t6/{n}", "x" * 200, now_ms(), retain=True)
    with delivering(site, mosquitto) as delivery:
        start = time.monotonic()
        while delivery.step(now_ms):
            pass
        took = time.monotonic() - start
    assert states(site) == {"sent": 3000}
    print(f"{3000 / took:.0f} status rows/s")
    assert took < 10
