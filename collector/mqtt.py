"""How to reach the broker: settings to a paho client (MQTT 3.1.1), and its socket served without `select`."""

from __future__ import annotations

import select
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode


class BadBroker(ValueError):
    """A broker's URL that cannot be used; the text says why, without user or password."""


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """A broker: `mqtt://host[:1883]` or `mqtts://host[:8883]`; secrets are resolved already, `ca` is a PEM file
    (None: the system's). User and password in the URL are used where none are given."""

    url: str = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    client_id: str | None = None
    keepalive_s: int = 15
    connect_timeout_s: float = 5.0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port. Raises `BadBroker`."""
        parts = urlsplit(self.url)
        try:
            port = parts.port
        except ValueError as error:
            raise BadBroker(f"port: {error}") from error
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise BadBroker("url: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT]")
        return parts.hostname, port or (8883 if parts.scheme == "mqtts" else 1883)

    @property
    def encrypted(self) -> bool:
        """Whether the connection is to be TLS."""
        return urlsplit(self.url).scheme == "mqtts"


def new_client(config: MqttConfig, client_id: str, in_flight: int) -> Client:
    """A paho client with clean session, not connected yet; `in_flight` unacknowledged messages at most."""
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=config.client_id or client_id, protocol=MQTTv311, clean_session=True
    )
    parts = urlsplit(config.url)
    username = config.username or parts.username
    if username is not None:
        client.username_pw_set(username, config.password or parts.password)
    if config.encrypted:
        context = ssl.create_default_context(cafile=config.ca)
        client.tls_set_context(context)
    client.connect_timeout = config.connect_timeout_s
    client.max_inflight_messages_set(in_flight)
    return client


class Line:
    """Serves a connected client's socket from one thread. paho's own loops use `select`, which fails for
    descriptors from 1,024 on, and a collector with thousands of sessions has those."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ours, self._wakers = socket.socketpair()
        self._ours.setblocking(False)
        self._wakers.setblocking(False)

    def wake(self) -> None:
        """End a wait; from any thread."""
        try:
            self._wakers.send(b"\0")
        except (BlockingIOError, OSError):
            return

    def serve(self, timeout_s: float) -> bool:
        """Wait for traffic, a wake or the time-out and handle it; False once the connection is gone."""
        wire = self._client.socket()
        if wire is None:
            return False
        waiting = isinstance(wire, ssl.SSLSocket) and wire.pending() > 0
        poll = select.poll()
        poll.register(self._ours, select.POLLIN)
        poll.register(wire, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        ready = dict(poll.poll(0 if waiting else timeout_s * 1000))
        if ready.get(self._ours.fileno()):
            self._ours.recv(4096)
        events = ready.get(wire.fileno(), 0)
        if (events & ~select.POLLOUT or waiting) and self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        if self._client.want_write() and self._client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        return self._client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS

    def close(self) -> None:
        """Let go of the descriptors."""
        self._ours.close()
        self._wakers.close()
