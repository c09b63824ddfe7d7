"""Messages in: a persistent MQTT session whose messages wait for the writer and are acknowledged after the commit."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import paho.mqtt.client as paho
import structlog
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.observation import MAX_BYTES
from recorder.mqtt import EVERY_TOPIC, MqttConfig, client_of

ENOUGH: Final = 20
LINGER_S: Final = 0.05
WAITING_LIMIT: Final = 5_000  # times 16 KiB: beyond it the broker keeps the rest
_log = structlog.get_logger(__name__)


class Message(NamedTuple):
    """One message as it came at `at` (ms); at most one byte more than an observation may have is kept of it."""

    topic: str
    payload: bytes
    at: int
    retained: bool = False
    mid: int = 0
    session: int = 0  # which connection it came on: an acknowledgement on another would be of something else


class Intake:
    """The recorder's side of the broker. Connects in the background and again with backoff (1 to 30 s)."""

    def __init__(self, config: MqttConfig, clock: Callable[[], int]) -> None:
        self._config = config
        self._clock = clock
        self._waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._client = client_of(config)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._answered
        self._client.on_message = self._came
        self.session = 0
        self.subscribed = False
        self.trouble: str | None = "not connected yet"

    @property
    def backlog(self) -> int:
        """How many messages wait for the writer."""
        return self._waiting.qsize()

    def start(self) -> None:
        """Begin to connect. Raises ValueError for a URL that names no broker."""
        host, port = self._config.address
        self._client.connect_async(host, port, self._config.keepalive_s)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave; the session stays, so that the broker keeps what comes meanwhile."""
        self._stopping.set()
        self._client.disconnect()
        self._client.loop_stop()
        self.subscribed = False

    def take(self, limit: int, timeout: float) -> list[Message]:
        """What waits, at most `limit`; waits up to `timeout` s for the first, and a moment for company.

        A transaction costs as much as twenty messages in it. More than twenty are never waited for: a broker may hand
        over no more before the first are acknowledged.
        """
        taken: list[Message] = []
        try:
            taken.append(self._waiting.get(timeout=timeout))
            until = time.monotonic() + LINGER_S
            while len(taken) < ENOUGH and (left := until - time.monotonic()) > 0:
                taken.append(self._waiting.get(timeout=left))
            while len(taken) < limit:
                taken.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return taken

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that it may forget these; those of an older connection it sends again by itself."""
        session = self.session
        for message in messages:
            if message.session == session and message.mid:
                self._client.ack(message.mid, 1)

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send a retained message, QoS 1; False without a connection: nothing is kept for later."""
        return self.subscribed and self._client.publish(topic, payload, qos=1, retain=True).rc == paho.MQTT_ERR_SUCCESS

    def _connected(
        self, client: paho.Client, _user: object, _flags: object, code: ReasonCode, _props: Properties | None
    ) -> None:
        if code.is_failure:
            self.trouble = f"the broker refuses: {code}"
            _log.error("recorder.refused_by_broker", url=self._config.url, reason=str(code))
            return
        self.session += 1
        client.subscribe([(topic, 1) for topic in self._config.topics])
        if self._config.collectors:  # the session may be of a time when it took all
            client.unsubscribe(list(EVERY_TOPIC))

    def _answered(
        self, _client: paho.Client, _user: object, _mid: int, codes: list[ReasonCode], _props: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        self.subscribed = not refused
        self.trouble = f"the broker refuses the subscription: {refused[0]}" if refused else None
        if refused:
            _log.error("recorder.subscription_refused", reasons=refused)
        else:
            _log.info("recorder.subscribed", url=self._config.url)

    def _disconnected(
        self, _client: paho.Client, _user: object, _flags: object, code: ReasonCode, _props: Properties | None
    ) -> None:
        self.subscribed = False
        if not self._stopping.is_set() and self.trouble is None:  # else what is known already says why
            self.trouble = f"connection lost: {code}"
            _log.warning("recorder.disconnected", url=self._config.url, reason=str(code))

    def _came(self, client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        topic = _topic(message)
        if not self._config.takes(topic):  # another recorder's; without its receipt the collector keeps it
            client.ack(message.mid, message.qos)
            return
        while self._waiting.qsize() >= WAITING_LIMIT and not self._stopping.is_set():
            time.sleep(0.01)  # the socket fills and the broker waits
        payload = bytes(message.payload[: MAX_BYTES + 1])
        self._waiting.put(Message(topic, payload, self._clock(), message.retain, message.mid, self.session))


def _topic(message: paho.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""
