"""MQTT: a batch is published at once and then waited for; a broker's PUBACK is success (contracts, MQTT)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion

from alerts.channels.channel import Failure, Outcome, Sent
from alerts.settings import MqttConfig
from store.attempts import Limit
from store.lanes import Lane, within
from store.notices import Notice, Rows

ANSWER_S: Final = 20.0
_log = structlog.get_logger(__name__)


class MqttChannel:
    """Sends the outbox rows of channel `mqtt`: target a topic, QoS 1, retained where the row says so."""

    batch = 500
    limit = Limit("mqtt")

    def __init__(self, config: MqttConfig) -> None:
        self._config = config
        self._connected = threading.Event()
        self._client: paho.Client | None = None

    @property
    def rows(self) -> Rows:
        """All of the channel."""
        return within(Lane("mqtt"))

    def ready(self) -> bool:
        """Whether the broker has taken us in; begins to connect where nobody did. Raises `BadUrl`."""
        if self._client is None:
            self._client = self._begin()
        return self._connected.is_set()

    def close(self) -> None:
        """Say goodbye and end paho's thread."""
        client, self._client = self._client, None
        self._connected.clear()
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """Publish all, then wait for each PUBACK, at most 20 s for the lot."""
        client = self._client
        if client is None:
            yield from ((notice, Failure("not connected to the broker")) for notice in notices)
            return
        published = [(notice, _publish(client, notice)) for notice in notices]
        deadline = time.monotonic() + ANSWER_S
        lost = False
        for notice, info in published:
            failure = _wait(info, deadline, self._connected)
            lost = lost or failure is not None
            yield notice, failure or Sent("PUBACK")
        if lost:  # what paho still holds back must not come out later, behind newer ones
            self.close()

    def _begin(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=self._config.client_id, clean_session=True, protocol=paho.MQTTv311
        )
        if self._config.username is not None:
            client.username_pw_set(self._config.username, self._config.password)
        if urlsplit(self._config.url).scheme == "mqtts":
            client.tls_set(ca_certs=self._config.ca)
        client.max_inflight_messages_set(self.batch)
        client.reconnect_delay_set(1, 5)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.connect_async(*self._config.address, keepalive=self._config.keepalive_s)
        client.loop_start()
        return client

    def _on_connect(self, client: paho.Client, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            _log.warning("alerts.mqtt_refused", reason=str(reason))
        elif client is self._client or self._client is None:
            self._connected.set()

    def _on_disconnect(
        self, client: paho.Client, _data: object, _flags: object, reason: Any, _properties: object
    ) -> None:
        if client is self._client:
            self._connected.clear()
            _log.info("alerts.mqtt_gone", reason=str(reason))


def _publish(client: paho.Client, notice: Notice) -> paho.MQTTMessageInfo | Failure:
    try:
        return client.publish(notice.target, notice.body.encode(), qos=1, retain=notice.retain)
    except (ValueError, UnicodeError) as error:
        return Failure(f"cannot be published: {error}"[:200], refused=True)


def _wait(info: paho.MQTTMessageInfo | Failure, deadline: float, connected: threading.Event) -> Failure | None:
    if isinstance(info, Failure):
        return info
    try:
        while not info.is_published():
            left = deadline - time.monotonic()
            if left <= 0:
                return Failure("the broker did not acknowledge in time")
            if not connected.is_set():
                return Failure("the connection to the broker broke")
            info.wait_for_publish(min(left, 0.5))
    except (ValueError, RuntimeError) as error:
        return Failure(f"not published: {error}"[:200])
    return None
