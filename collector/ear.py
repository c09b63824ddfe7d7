"""The collector's ear at the broker: subscriptions to what its devices say, over the publisher's connection."""

from __future__ import annotations

from typing import Final

import structlog
from paho.mqtt.client import Client, MQTTMessage

from collector.said import Sayings

log = structlog.get_logger(__name__)

TOPIC: Final = "hallwatch/v1/said/"
_AT_ONCE: Final = 100  # topics of one packet


class Ear:
    """For the thread that serves the connection. Each device has its own subscription: what others say is not sent."""

    def __init__(self, said: Sayings) -> None:
        self._said = said
        self._listened: frozenset[str] = frozenset()

    def begin(self) -> None:
        """A new connection, to which nothing is subscribed yet."""
        self._listened = frozenset()

    def listen(self, client: Client) -> None:
        """Subscribe what is wanted and is not subscribed, and the other way round."""
        wanted = self._said.devices
        if wanted is self._listened:
            return
        for devices in _some(wanted - self._listened):
            client.subscribe([(TOPIC + device, 1) for device in devices])
        for devices in _some(self._listened - wanted):
            client.unsubscribe([TOPIC + device for device in devices])
        self._listened = wanted

    def hear(self, message: MQTTMessage) -> bool:
        """Take a message where it is a device's; whether it was."""
        topic = message.topic
        if not topic.startswith(TOPIC):
            return False
        try:
            self._said.hear(topic.removeprefix(TOPIC), bytes(message.payload), retained=message.retain)
        except Exception:  # the edge: the connection outlives whatever one message holds
            log.exception("saying_not_taken")
        return True


def _some(devices: frozenset[str]) -> list[list[str]]:
    ordered = sorted(devices)
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
