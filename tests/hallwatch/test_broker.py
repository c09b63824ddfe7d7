"""The embedded broker: ready when it says so, closed to strangers, clear about a port in use."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hallwatch.broker import BrokerFault, EmbeddedBroker
from hallwatch.settings import is_loopback


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def client(port: int, name: str = "", password: str = "") -> tuple[mqtt.Client, queue.Queue[bool]]:
    answers: queue.Queue[bool] = queue.Queue()
    one = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    one.on_connect = lambda _c, _u, _f, code, _p: answers.put(not code.is_failure)
    if name:
        one.username_pw_set(name, password)
    one.connect("127.0.0.1", port)
    one.loop_start()
    return one, answers


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    one = EmbeddedBroker("127.0.0.1", free_port())
    one.start()
    yield one
    one.stop()


def test_it_carries_a_message_as_soon_as_it_has_started(broker: EmbeddedBroker) -> None:
    one, answers = client(broker.port)
    came: queue.Queue[bytes | bytearray] = queue.Queue()
    subscribed = threading.Event()
    one.on_subscribe = lambda *_: subscribed.set()
    one.on_message = lambda _c, _u, message: came.put(message.payload)
    assert answers.get(timeout=30)
    one.subscribe("a/#", 1)
    assert subscribed.wait(30)
    one.publish("a/b", b"hello", 1)
    assert came.get(timeout=30) == b"hello"
    one.disconnect()
    one.loop_stop()


def test_it_stops_and_starts_again_on_the_same_port(broker: EmbeddedBroker) -> None:
    broker.stop()
    assert not broker.running
    broker.start()
    assert broker.running


def test_a_port_in_use_is_one_clear_error(broker: EmbeddedBroker) -> None:
    with pytest.raises(BrokerFault, match=r"embedded broker on 127\.0\.0\.1:\d+: the port is in use"):
        EmbeddedBroker("127.0.0.1", broker.port).start()


def test_beyond_loopback_only_with_a_password_file(tmp_path: Path) -> None:
    with pytest.raises(BrokerFault, match="password file"):
        EmbeddedBroker("0.0.0.0", 1883).start()
    with pytest.raises(BrokerFault, match="no password file"):
        EmbeddedBroker("0.0.0.0", 1883, tmp_path / "none").start()


@pytest.mark.slow
def test_with_a_password_file_a_stranger_is_turned_away(tmp_path: Path) -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    users = tmp_path / "users"
    users.write_text("c-01:" + Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1).hash("right") + "\n")
    broker = EmbeddedBroker("127.0.0.1", free_port(), users)
    broker.start()
    try:
        for name, password, taken in (("c-01", "right", True), ("c-01", "wrong", False), ("", "", False)):
            one, answers = client(broker.port, name, password)
            assert answers.get(timeout=30) is taken, name
            one.disconnect()
            one.loop_stop()
    finally:
        broker.stop()


def test_stopping_what_never_started_is_harmless() -> None:
    EmbeddedBroker("127.0.0.1", 1).stop()


@pytest.mark.parametrize(
    ("host", "mine"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("h", False)],
)
def test_loopback_is_known_by_its_address(host: str, mine: bool) -> None:
    assert is_loopback(host) is mine


def test_a_new_client_gets_no_retained_message_that_only_others_asked_for(broker: EmbeddedBroker) -> None:
    one, answers = client(broker.port)
    came: queue.Queue[str] = queue.Queue()
    subscribed = threading.Event()
    one.on_message = lambda _c, _u, message: came.put(message.topic)
    one.on_subscribe = lambda *_: subscribed.set()
    assert answers.get(timeout=30)
    one.subscribe("secret/+", 1)
    assert subscribed.wait(30)
    one.publish("secret/a", b"1", 1, retain=True)
    assert came.get(timeout=30) == "secret/a"
    other, others_answers = client(broker.port)
    heard: queue.Queue[str] = queue.Queue()
    other.on_message = lambda _c, _u, message: heard.put(message.topic)
    assert others_answers.get(timeout=30)
    other.subscribe("open/+", 1)
    other.publish("open/x", b"2", 1, retain=True)
    assert heard.get(timeout=30) == "open/x"
    for each in (one, other):
        each.disconnect()
        each.loop_stop()
