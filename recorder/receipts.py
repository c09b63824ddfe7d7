"""Telling collectors what they may drop (contracts, MQTT: receipt n)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable

from recorder.mqtt import receipt_topic
from store.streams import Stream


class Receipts:
    """Publishes receipts, after the commit only. `publish` answers whether there was a connection to publish on."""

    def __init__(self, publish: Callable[[str, bytes], bool]) -> None:
        self._publish = publish
        self._told: dict[str, tuple[str, int]] = {}

    def tell(self, streams: Iterable[Stream], again: Collection[str] = ()) -> None:
        """Publish each stream's receipt, retained, if it moved or its collector is one of `again`."""
        for stream in streams:
            said = stream.epoch, stream.receipt
            if self._told.get(stream.collector) == said and stream.collector not in again:
                continue
            document = {"v": 1, "epoch": stream.epoch, "seq": stream.receipt}
            payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            if self._publish(receipt_topic(stream.collector), payload):
                self._told[stream.collector] = said
