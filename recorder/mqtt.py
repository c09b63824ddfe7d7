"""How the recorder reaches the broker, and the topics it knows (contracts, MQTT)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

ROOT: Final = "hallwatch/v1"
EVERY_TOPIC: Final = (f"{ROOT}/obs/#", f"{ROOT}/collectors/+")
DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """`url` is mqtt://host:port or mqtts://…; `ca` a file of certificates, none for the system's own.

    `client_id` names the persistent session: keep it, and give each recorder its own. `collectors` are those whose
    observations and heartbeats are taken; empty for all.
    """

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    client_id: str = "hallwatch-recorder"
    keepalive_s: int = 30
    collectors: frozenset[str] = frozenset()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port. Raises ValueError for another scheme or no host."""
        parts = urlsplit(self.url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("mqtt.url: neither mqtt://host:port nor mqtts://host:port")
        return parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe."""
        if not self.collectors:
            return EVERY_TOPIC
        return tuple(
            one for name in sorted(self.collectors) for one in (f"{ROOT}/obs/{name}/#", f"{ROOT}/collectors/{name}")
        )

    def takes(self, topic: str) -> bool:
        """Whether a message under this topic is for us: the session may still bring what was subscribed earlier."""
        return not self.collectors or not self.collectors.isdisjoint(topic.removeprefix(f"{ROOT}/").split("/")[1:2])


def client_of(config: MqttConfig) -> paho.Client:
    """A client with a persistent session that acknowledges only what it is told to; not connected yet."""
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=config.client_id,
        clean_session=False,
        protocol=paho.MQTTv311,
        manual_ack=True,
    )
    if config.username is not None:
        client.username_pw_set(config.username, config.password)
    if urlsplit(config.url).scheme == "mqtts":
        client.tls_set(ca_certs=config.ca)
    client.reconnect_delay_set(1, 5)
    return client


def receipt_topic(collector: str) -> str:
    return f"{ROOT}/receipts/{collector}"


def status_topic(hall: str, device: str) -> str:
    return f"{ROOT}/status/{hall}/{device}"
