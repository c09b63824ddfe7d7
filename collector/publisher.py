"""The publisher: from the outbox to the broker in its own thread, until the centre's receipt (contracts, MQTT)."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from paho.mqtt.client import Client, MQTTMessage

from collector.ear import Ear
from collector.mqtt import Line, MqttConfig, new_client
from collector.observation import render_instant
from collector.outbox.letter import unseal
from collector.outbox.outbox import Outbox
from collector.said import Sayings
from collector.window import Window

log = structlog.get_logger(__name__)

ROOT: Final = "hallwatch/v1"
_BATCH: Final = 200
_GREETING_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: between heartbeats, without a receipt's progress until sending again, between attempts to connect
    (doubling from the first to the last, half of it by chance), for a clean good-bye."""

    heartbeat_s: float = 10.0
    progress_s: float = 30.0
    retry_first_s: float = 0.5
    retry_last_s: float = 15.0
    farewell_s: float = 1.0


class Publisher:
    """One thread, one connection at a time. `numbers` gives what the heartbeat adds (version, devices, lag …); what
    devices say is handed to `said`."""

    def __init__(
        self,
        collector: str,
        outbox: Outbox,
        config: MqttConfig,
        numbers: Callable[[], Mapping[str, object]] = dict,
        patience: Patience = Patience(),
        wall: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        said: Sayings | None = None,
    ) -> None:
        self._collector, self._outbox, self._config = collector, outbox, config
        self._numbers, self._patience, self._wall = numbers, patience, wall
        self._ear = None if said is None else Ear(said)
        self._subscribed = 0  # the number of the subscription to receipts
        self._window = Window()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._line: Line | None = None
        self._unacknowledged: set[int] = set()
        self._granted = False
        self._greeted_s = 0.0
        self._beat_s = float("-inf")
        self._epoch = outbox.epoch
        self._gone = outbox.next - 1
        self.connected = False
        self.published = self.connections = 0
        self.error: str | None = None

    @property
    def receipt(self) -> int:
        """The last receipt of this epoch, 0 before the first."""
        return self._window.receipt

    def start(self) -> None:
        """Begin; never fails for want of a broker."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new in the outbox; from any thread."""
        line = self._line
        if line is not None:
            line.wake()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Say good-bye (`online:false`) and end; what was not sent stays in the outbox."""
        self._stopping.set()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        wait = self._patience.retry_first_s
        while not self._stopping.is_set():
            before = self.connections
            try:
                self._session()
            except (OSError, ValueError) as error:
                self._failed(str(error))
            except Exception:  # the edge: the thread must outlive whatever one connection brings
                log.exception("publisher_failed")
            wait = self._patience.retry_first_s if self.connections > before else wait
            self._stopping.wait(wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            wait = min(wait * 2, self._patience.retry_last_s)

    def _failed(self, error: str) -> None:
        if error != self.error:
            log.warning("broker_unreachable", url=_bare(self._config.url), error=error)
        self.error = error

    def _session(self) -> None:
        """One connection from its beginning to its end."""
        client = new_client(self._config, f"{self._collector}-{self._outbox.epoch[:8]}", self._window.ahead + 10)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.will_set(self._topic("collectors"), self._heartbeat(online=False), 1, True)
        self._unacknowledged.clear()
        self._granted = False
        host, port = self._config.address
        client.connect(host, port, self._config.keepalive_s)
        self._line = line = Line(client)
        try:
            self._converse(client, line)
        finally:
            self.connected, self._line = False, None
            line.close()
            client.disconnect()
            _drop(client)

    def _converse(self, client: Client, line: Line) -> None:
        while not self._stopping.is_set():
            left = self._window.room > 0 and self._window.following < self._outbox.next
            if not line.serve(0.1 if left else 0.5):
                self._failed(self.error or "connection lost")
                return
            if self.connected and not self._turn(client):
                return
        self._say_goodbye(client, line)

    def _turn(self, client: Client) -> bool:
        """What is due while connected; False where the broker no longer acknowledges and a new connection may help."""
        now = time.monotonic()
        if self._outbox.epoch != self._epoch:
            return False  # the will and the client's name bear the epoch: connect anew
        self._window.advance(self._outbox.oldest - 1, now)
        if now - self._beat_s >= self._patience.heartbeat_s:
            self._beat(client, now)
        if self._granted and self._ear is not None:
            self._ear.listen(client)
        if self._granted and now >= self._greeted_s:
            self._send(client, now)
        if self._window.stalled(now, self._patience.progress_s):
            if self._unacknowledged:
                self._failed("no acknowledgement")
                return False
            self._window.rewind(now)
        return True

    def _begin(self, now: float) -> None:
        """From the receipt on; of a log that began while we were running nothing has left yet."""
        if self._outbox.epoch != self._epoch:
            self._epoch, self._gone = self._outbox.epoch, 0
        self._window.begin(self._outbox.oldest - 1, now)

    def _send(self, client: Client, now: float) -> None:
        room = min(self._window.room, _BATCH)
        if room == 0:
            return
        last = self._window.receipt + self._window.ahead
        for letter in self._outbox.read(self._window.following, room):
            if letter.epoch != self._epoch or letter.seq > max(last, self._outbox.oldest + self._window.ahead - 1):
                return
            device, message = unseal(letter.payload, letter.epoch, letter.seq)
            info = client.publish(f"{ROOT}/obs/{self._collector}/{device}", message, 1)
            self._unacknowledged.add(info.mid)
            self._window.sent(letter.seq, now)
            self._gone = max(self._gone, letter.seq)
            self.published += 1

    def _beat(self, client: Client, now: float) -> None:
        self._beat_s = now
        client.publish(self._topic("collectors"), self._heartbeat(online=True), 1, True)

    def _heartbeat(self, *, online: bool) -> bytes:
        outbox = self._outbox
        document: dict[str, object] = {
            "v": 1,
            "online": online,
            "ts": render_instant(self._wall()),
            "epoch": outbox.epoch,
        }
        oldest, following = outbox.oldest, outbox.next
        document |= {"oldest": oldest, "next": following, **self._numbers(), "backlog": max(0, following - oldest)}
        return json.dumps(document, separators=(",", ":")).encode()

    def _topic(self, what: str) -> str:
        return f"{ROOT}/{what}/{self._collector}"

    def _say_goodbye(self, client: Client, line: Line) -> None:
        """Give what is under way a moment, then say that we leave on purpose."""
        if not self.connected:
            return
        self._unacknowledged = {client.publish(self._topic("collectors"), self._heartbeat(online=False), 1, True).mid}
        until = time.monotonic() + self._patience.farewell_s
        while self._unacknowledged and time.monotonic() < until and line.serve(0.05):
            continue
        client.disconnect()
        line.serve(0.05)

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._failed(str(reason))
            return
        now = time.monotonic()
        self.connected, self.error = True, None
        self.connections += 1
        self._begin(now)
        self._subscribed = client.subscribe(self._topic("receipts"), 1)[1] or 0
        if self._ear is not None:
            self._ear.begin()
        self._beat(client, now)
        log.info("broker_connected", url=_bare(self._config.url))

    def _on_subscribe(self, _client: Client, _data: Any, mid: int, reasons: Any, _properties: Any) -> None:
        """The retained receipt follows at once: wait a moment for it rather than send what the centre has."""
        if mid != self._subscribed:
            if any(reason.is_failure for reason in reasons):
                log.error("sayings_refused", collector=self._collector)
            return
        self._granted = True
        self._greeted_s = time.monotonic() + _GREETING_S
        if any(reason.is_failure for reason in reasons):
            self.error = "the broker refuses the subscription to receipts: nothing can leave the outbox"
            log.error("receipts_refused", collector=self._collector)

    def _on_publish(self, _client: Client, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        self._unacknowledged.discard(mid)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if self._ear is not None and self._ear.hear(message):
            return
        receipt = read_receipt(message.payload)
        if receipt is None or receipt[0] != self._epoch or self._epoch != self._outbox.epoch:
            return
        if receipt[1] > max(self._gone, self._outbox.oldest - 1):
            self._outbox.outdated(*receipt)  # nobody can have what has not left: it is about another copy's facts
            return
        self._greeted_s = 0.0
        self._outbox.drop_through(*receipt)
        self._window.advance(self._outbox.oldest - 1, time.monotonic())


def read_receipt(payload: bytes | bytearray) -> tuple[str, int] | None:
    """Epoch and seq of a receipt; None where it is none."""
    if len(payload) > 1024:
        return None
    try:
        document = json.loads(payload)
        version, epoch, seq = document["v"], document["epoch"], document["seq"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if version != 1 or not isinstance(epoch, str) or not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
        return None
    return epoch, seq


def _bare(url: str) -> str:
    """A URL without user and password."""
    return url.split("://", 1)[0] + "://" + url.rsplit("@", 1)[-1].split("://", 1)[-1]


def _drop(client: Client) -> None:
    """Close the socket of a connection that is over."""
    wire = client.socket()
    if wire is not None:
        wire.close()
