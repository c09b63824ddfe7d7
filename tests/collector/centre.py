"""The centre's end of the wire for tests: stores what arrives, once, and sends receipts as contracts.md has them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from collector.observation import Observation, Refused, decode


class Listener:
    """Subscribed to everything of one collector; `receipting` decides whether receipts are sent."""

    def __init__(self, collector: str, *, receipting: bool = True) -> None:
        self._collector, self.receipting = collector, receipting
        self._lock = threading.Lock()
        self.facts: dict[tuple[str, int], Observation] = {}
        self._known: dict[str, int] = {}
        self.messages = 0
        self.beats: list[dict[str, Any]] = []
        self.refused: list[tuple[str, bytes, str]] = []
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=f"centre-{id(self)}", clean_session=True)
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(1, 1)

    def _on_connect(self, client: Client, *_rest: Any) -> None:
        client.subscribe(
            [(f"hallwatch/v1/obs/{self._collector}/+", 1), (f"hallwatch/v1/collectors/{self._collector}", 1)]
        )

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        if "/collectors/" in message.topic:
            self.beats.append(json.loads(message.payload))
            return
        try:
            seen = decode(bytes(message.payload), collector=self._collector, device=message.topic.rsplit("/", 1)[1])
        except Refused as refused:  # as the real centre: what is no observation is kept for a look and stops nothing
            self.refused.append((message.topic, bytes(message.payload), str(refused)))
            return
        assert seen.epoch is not None
        assert seen.seq is not None
        with self._lock:
            self.messages += 1
            self.facts[seen.epoch, seen.seq] = seen
        if self.receipting:
            self.receipt(seen.epoch)

    def receipt(self, epoch: str) -> None:
        """Everything up to the first gap."""
        payload = {"v": 1, "epoch": epoch, "seq": self.contiguous(epoch)}
        self.client.publish(f"hallwatch/v1/receipts/{self._collector}", json.dumps(payload), 1, True)

    def contiguous(self, epoch: str) -> int:
        """The last seq before the first gap."""
        seq = self._known.get(epoch, 0)
        while (epoch, seq + 1) in self.facts:
            seq += 1
        self._known[epoch] = seq
        return seq

    def seqs(self) -> list[int]:
        """All seqs stored, sorted."""
        with self._lock:
            return sorted(seq for _, seq in self.facts)


@contextmanager
def listening(collector: str, port: int, *, receipting: bool = True) -> Iterator[Listener]:
    """A centre connected to a plain broker on this machine; it connects again by itself."""
    listener = Listener(collector, receipting=receipting)
    listener.client.connect("127.0.0.1", port)
    listener.client.loop_start()
    try:
        yield listener
    finally:
        listener.client.disconnect()
        listener.client.loop_stop()


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for it. Raises AssertionError when it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.02)
