"""Real brokers on loopback, a bare collector that publishes and resends, and the recorder as a process."""

from __future__ import annotations

import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from recorder.intake import Message
from recorder.mqtt import MqttConfig
from recorder.recorder import Recorder
from tests.recorder.centre import POLICIES

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], object], within_s: float = 60) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def mosquitto(directory: Path, port: int, *lines: str) -> Iterator[None]:
    """A Mosquitto on `port` for anonymous clients; further lines of configuration."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "mosquitto.conf"
    file.write_text("\n".join([f"listener {port} 127.0.0.1", "allow_anonymous true", *lines]) + "\n")
    with subprocess.Popen([MOSQUITTO, "-c", str(file)], stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: _listens(port))
            yield
        finally:
            process.terminate()


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """A recorder that works on a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=recorder.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        stop.set()
        thread.join(20)


@contextmanager
def process(database: str, metrics: Path, port: int, kill_at: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """The recorder as a process of its own, which may be told where to die."""
    command = [sys.executable, "-m", "tests.recorder.subject", database, str(metrics), f"mqtt://127.0.0.1:{port}"]
    with subprocess.Popen(command, env={**os.environ, "HALLWATCH_KILL_AT": kill_at}) as started:
        try:
            yield started
        finally:
            started.kill()


class BareCollector:
    """Publishes messages, hears receipts, resends what is beyond them."""

    def __init__(self, port: int, name: str = "c-01") -> None:
        self.receipts: queue.Queue[int] = queue.Queue()
        self.receipt = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.on_connect = lambda client, *_: client.subscribe(f"hallwatch/v1/receipts/{name}", 1)
        self._client.on_message = self._heard
        self._client.max_inflight_messages_set(1000)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(self, messages: Sequence[Message]) -> None:
        """Publish in order; returns when the broker has them."""
        sent = [self._client.publish(one.topic, one.payload, qos=1) for one in messages]
        for one in sent:
            one.wait_for_publish(20)

    def send_until_receipt(self, messages: Sequence[Message], within_s: float = 60) -> None:
        """Publish what is beyond the receipt, again and again, until the receipt reaches the last."""
        end = time.monotonic() + within_s
        while self.receipt < len(messages):
            assert time.monotonic() < end, f"receipt {self.receipt}"
            self.send(messages[self.receipt :])
            patience = time.monotonic() + 2
            while self.receipt < len(messages) and time.monotonic() < patience:
                time.sleep(0.02)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _heard(self, _client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        self.receipt = json.loads(message.payload)["seq"]


def recorder_on(engine: object, port: int, **more: object) -> Recorder:
    return Recorder(engine, None, MqttConfig(f"mqtt://127.0.0.1:{port}", **more), policies=POLICIES)  # type: ignore[arg-type]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
