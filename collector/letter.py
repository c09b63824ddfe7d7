"""What the outbox holds of an observation: its device (the topic needs it) and its message, without epoch and seq."""

from __future__ import annotations

import json
from functools import lru_cache
from math import isfinite
from typing import Final

from collector.observation import MAX_BYTES, Observation, Value, render_instant

# Room for `"epoch":"…36…","seq":…19…,` in a message of at most 16 KiB.
_ROOM: Final = 128
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Unsendable(ValueError):
    """An observation that no message can hold (too large, no number, or text that is not Unicode)."""


def seal(seen: Observation) -> bytes:
    """The payload for the outbox: a device's name, a line feed, the JSON message. Raises `Unsendable`."""
    try:
        message = _message(seen).encode()
        name = _topic_level(seen.device)
    except (ValueError, TypeError) as error:
        raise Unsendable(str(error)) from error
    if len(message) + _ROOM > MAX_BYTES:
        raise Unsendable(f"{len(message)} octets")
    return b"%s\n%s" % (name, message)


def _message(seen: Observation) -> str:
    """What `Observation.encode` gives, in a third of its time: this is done for every poll."""
    moment = f"{_second(seen.ts // 1000)}{seen.ts % 1000:03d}"
    text = f'{{"v":1,{_names(seen.device, seen.collector)},"ts":"{moment}Z","state":"{seen.state}"'
    if seen.conditions:
        text += f',"conditions":{_JSON.encode(list(seen.conditions))}'
    for key, number in (("rtt_ms", seen.rtt_ms), ("loss", seen.loss), ("interval_s", seen.interval_s)):
        if number is not None:
            text += f',"{key}":{_value(number)}'
    if seen.cause is not None:
        text += f',"cause":{_JSON.encode(seen.cause)}'
    if seen.values:
        pairs = [_key(name) + (str(v) if v.__class__ is int else _value(v)) for name, v in seen.values.items()]
        text += f',"values":{{{",".join(pairs)}}}'
    return text + "}"


def _value(value: Value) -> str:
    if value.__class__ is float and isfinite(value):
        return repr(value)
    return _JSON.encode(value)


@lru_cache(maxsize=65_536)
def _key(name: str) -> str:
    return _JSON.encode(name) + ":"


@lru_cache(maxsize=65_536)
def _names(device: str, collector: str) -> str:
    return f'"device":{_JSON.encode(device)},"collector":{_JSON.encode(collector)}'


@lru_cache(maxsize=8)
def _second(second: int) -> str:
    """An instant without its milliseconds, up to the point."""
    return render_instant(second * 1000)[:-4]


@lru_cache(maxsize=65_536)
def _topic_level(device: str) -> bytes:
    if not device or len(device) > 128 or any(ord(c) < 32 or c in "/+#\x7f" for c in device):
        raise Unsendable(f"{device[:50]!a} cannot be a level of a topic")
    return device.encode()


def unseal(payload: bytes, epoch: str, seq: int) -> tuple[str, bytes]:
    """Device and complete message of a payload that `seal` made."""
    name, _, message = payload.partition(b"\n")
    return name.decode(), b'{"epoch":"%s","seq":%d,%s' % (epoch.encode(), seq, message[1:])
