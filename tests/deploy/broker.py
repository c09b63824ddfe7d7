"""The broker of deploy/: deploy/mosquitto.conf itself with what deploy/prepare makes, and clients that try things."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.mosquitto import Mosquitto, free_port
from tests.proof.process import wait_until

DEPLOY: Final = Path(__file__).parent.parent.parent / "deploy"
SPY: Final = "spy"


def prepare(made: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """deploy/prepare as people run it."""
    command = [sys.executable, str(DEPLOY / "prepare"), "--folder", str(made), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@dataclass
class Deployed(Mosquitto):
    """A broker with deploy/mosquitto.conf; `made` is what prepare made."""

    made: Path = Path()

    def reload(self) -> None:
        """Take changed passwords, access list and certificate."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)

    def password_of(self, user: str) -> str:
        """As prepare wrote it."""
        known = user.removeprefix("hallwatch-")
        file = self.made / "secrets" / f"mqtt-{known}" if known != user else self.made / "users" / user / "password"
        return file.read_text().strip()

    def spied(self) -> None:
        """One user more, who may everything: prepare knows none, and a test must see."""
        acl, passwords = self.made / "broker" / "acl", self.made / "broker" / "passwords"
        word = next(line for line in passwords.read_text().splitlines() if line.startswith("hallwatch-recorder:"))
        for file, text in (
            (acl, f"\nuser {SPY}\ntopic #\ntopic $SYS/#\n"),
            (passwords, f"{SPY}:{word.split(':')[1]}\n"),
        ):
            file.chmod(0o644)
            file.write_text(file.read_text() + text)

    def client(self, user: str, **more: Any) -> Client:
        """A client, connected as `user` with its password."""
        password = self.password_of("hallwatch-recorder" if user == SPY else user)
        client = Client(self, user, password, **more)
        assert client.connect() == "Success"
        return client


@contextmanager
def deployed(folder: Path, *arguments: str, spy: bool = True) -> Iterator[Deployed]:
    """The broker running, with two collectors, a vendor and whatever `arguments` ask prepare for."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "made"
    asked = ["--collector", "c-01", "--collector", "c-02", "--vendor", "v-1", "--name", "127.0.0.1", *arguments]
    done = prepare(made, *asked)
    assert done.returncode == 0, done.stderr
    broker = Deployed(folder, free_port(), made=made, ca=made / "ca" / "ca.pem")
    if spy:
        broker.spied()
    (folder / "mosquitto.conf").write_text(configuration(broker))
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def configuration(broker: Deployed) -> str:
    """deploy/mosquitto.conf with this machine's paths and port, and nothing else changed."""
    text = (DEPLOY / "mosquitto.conf").read_text()
    here = {
        "/mosquitto/made": f"{broker.made}/broker",
        "/mosquitto/data": str(broker.directory),
        "listener 8883": f"listener {broker.port} 127.0.0.1",
    }
    for theirs, ours in here.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    return text + ("user root\n" if os.geteuid() == 0 else "")


@dataclass
class Client:
    """One MQTT client that remembers what it was told."""

    broker: Deployed
    user: str | None
    password: str | None
    client_id: str = "some-client"
    clean: bool = True
    manual_ack: bool = False
    will: tuple[str, bytes] | None = None
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    answer: str | None = None
    gone: int = 0

    def connect(self) -> str:
        """Connect over TLS; what the broker says."""
        self.wire = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            clean_session=self.clean,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=self.manual_ack,
        )
        if self.user is not None:
            self.wire.username_pw_set(self.user, self.password)
        self.wire.tls_set_context(ssl.create_default_context(cafile=str(self.broker.ca)))
        if self.will:
            self.wire.will_set(*self.will, qos=1, retain=True)
        self.wire.on_connect = self._answered
        self.wire.on_message = lambda _c, _d, message: self.heard.append((message.topic, bytes(message.payload)))
        self.wire.on_disconnect = self._lost
        self.wire.connect("127.0.0.1", self.broker.port, 30)
        self.wire.loop_start()
        wait_until("an answer of the broker", lambda: self.answer is not None, 60)
        return self.answer or ""

    def subscribe(self, *topics: str) -> None:
        """Subscribe, and wait for the answer, whatever it is."""
        answers: list[int] = []
        self.wire.on_subscribe = lambda _c, _d, mid, *_: answers.append(mid)
        for topic in topics:
            self.wire.subscribe(topic, 1)
        wait_until("answers to subscriptions", lambda: len(answers) == len(topics), 60)

    def publish(self, topics: Sequence[str], payload: bytes = b"{}", retain: bool = False) -> None:
        """Publish with QoS 1, and wait for the acknowledgements (which a broker gives also for what it refuses)."""
        infos = [self.wire.publish(topic, payload, 1, retain) for topic in topics]
        for info in infos:
            info.wait_for_publish(10)

    def topics(self) -> set[str]:
        """Topics of what was heard, after a moment for what is still on its way."""
        time.sleep(0.3)
        return {topic for topic, _ in self.heard}

    def vanish(self) -> None:
        """Cut the connection without a good-bye: the broker publishes the will."""
        wire = self.wire.socket()
        assert wire is not None
        socket.socket.shutdown(wire, socket.SHUT_RDWR)  # type: ignore[arg-type]  # under the TLS: no farewell of it
        self._end()

    def close(self) -> None:
        """Say good-bye."""
        self.wire.disconnect()
        self._end()

    def _end(self) -> None:
        self.wire.loop_stop()
        self.wire._reset_sockets()

    def _answered(self, _client: paho.Client, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        self.answer = str(reason)

    def _lost(self, *_: object) -> None:
        self.gone += 1
        self.answer = self.answer or "gone"
