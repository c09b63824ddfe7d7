"""What a message is: an observation, a heartbeat, or refused with a reason (contracts, MQTT)."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from collector.observation import Observation, Refused, read
from recorder.heartbeat import Heartbeat, read_heartbeat
from recorder.intake import Message
from recorder.mqtt import ROOT

_OBSERVATION: Final = f"{ROOT}/obs/"
_HEARTBEAT: Final = f"{ROOT}/collectors/"
_IDENTITY: Final = re.compile(
    rb'"epoch"\s{0,9}:\s{0,9}"([ -!#-\[\]-~]{1,128})"\s{0,9},\s{0,9}"seq"\s{0,9}:\s{0,9}(\d{1,18})\s{0,9}[,}]'
)


class Identity(NamedTuple):
    """Which entry of which outbox a fact is (contracts, MQTT)."""

    collector: str
    epoch: str
    seq: int


class Fact(NamedTuple):
    """An observation as it came at `at` (ms); `plain`: its payload is strict JSON of the known fields."""

    seen: Observation
    payload: bytes
    at: int
    plain: bool = False

    @property
    def text(self) -> str:
        """Its message as every reader of JSON takes it, whatever else came in it (NaN, 1e999, lone surrogates)."""
        return (self.payload if self.plain else self.seen.encode()).decode()

    @property
    def identity(self) -> Identity | None:
        seen = self.seen
        return None if seen.epoch is None or seen.seq is None else Identity(seen.collector, seen.epoch, seen.seq)


class Beat(NamedTuple):
    """A heartbeat as it came at `at` (ms); a `retained` one says nothing about now."""

    heartbeat: Heartbeat
    at: int
    retained: bool


class Refusal(NamedTuple):
    """A message that is neither; its identity where it can be read all the same, so that the receipt passes it."""

    message: Message
    reason: str
    detail: str
    identity: Identity | None = None


def sort(message: Message) -> Fact | Beat | Refusal:
    """Say what a message is; never raises for what it holds."""
    if message.topic.startswith(_OBSERVATION):
        return _observation(message)
    try:
        collector = message.topic.removeprefix(_HEARTBEAT)
        return Beat(read_heartbeat(message.payload, collector), message.at, message.retained)
    except Refused as refused:
        return Refusal(message, f"heartbeat.{refused.reason}", refused.detail)


def _observation(message: Message) -> Fact | Refusal:
    collector, _, device = message.topic.removeprefix(_OBSERVATION).partition("/")
    if not collector or not device or "/" in device:
        return Refusal(message, "topic", "not obs/collector/device")
    try:
        seen, plain = read(message.payload, collector, device)
        return Fact(seen, message.payload, message.at, plain)
    except Refused as refused:
        return Refusal(message, refused.reason, refused.detail, identity_of(collector, message.payload))


def collector_of(topic: str) -> str:
    """The collector in whose name an observation came; empty under another topic."""
    return topic.removeprefix(_OBSERVATION).partition("/")[0] if topic.startswith(_OBSERVATION) else ""


def device_of(topic: str) -> str:
    """The device of which an observation is; empty under another topic."""
    return topic.removeprefix(_OBSERVATION).partition("/")[2] if topic.startswith(_OBSERVATION) else ""


def identity_of(collector: str, payload: bytes) -> Identity | None:
    """The identity of a refused message, None where it does not show beyond doubt.

    A wrong one would make the centre take the true bearer of the number for a repeat: it is read from a whole document
    or from `"epoch":"…","seq":n` side by side with what follows, as our collectors write them. Where it cannot be
    read the number stays a gap until the collector no longer holds it.
    """
    try:
        document = json.loads(payload.decode())
        epoch, seq = document.get("epoch"), document.get("seq")
    except (ValueError, RecursionError, AttributeError):
        return _written(collector, payload) if collector else None
    if collector and isinstance(epoch, str) and epoch.isprintable() and 0 < len(epoch) <= 128 and type(seq) is int:
        return Identity(collector, epoch, seq) if 1 <= seq < 1 << 63 else None
    return None


def _written(collector: str, payload: bytes) -> Identity | None:
    found = _IDENTITY.findall(payload)
    if len(found) != 1 or int(found[0][1]) < 1:
        return None
    return Identity(collector, found[0][0].decode(), int(found[0][1]))
