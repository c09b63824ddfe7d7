"""What the outbox holds of an observation: its device (the topic needs it) and its message, without epoch and seq."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Final

import msgspec

from collector.observation import MAX_BYTES, VERSION, Observation, State, Value, render_instant

# Room for `"epoch":"…36…","seq":…19…,` in a message of at most 16 KiB.
_ROOM: Final = 128


class Unsendable(ValueError):
    """An observation that no message can hold (too large, no number, or text that is not Unicode)."""


class _Message(msgspec.Struct, omit_defaults=True, gc=False):
    """What `Observation.encode` gives, in a tenth of its time: this is done for every poll."""

    v: int
    device: str
    collector: str
    ts: str
    state: State
    conditions: tuple[str, ...] = ()
    rtt_ms: float | None = None
    loss: float | None = None
    interval_s: float | None = None
    cause: str | None = None
    values: Mapping[str, Value] | None = None


_ENCODE: Final = msgspec.json.Encoder().encode
_LEVEL: Final = re.compile(r"[^\x00-\x1f/+#\x7f]{1,128}")
_PLAIN: Final = frozenset((int, float, str))


def seal(seen: Observation) -> bytes:
    """The payload for the outbox: a device's name, a line feed, the JSON message. Raises `Unsendable`."""
    message = _Message(
        VERSION,
        seen.device,
        seen.collector,
        f"{_second(seen.ts // 1000)}{seen.ts % 1000:03d}Z",
        seen.state,
        seen.conditions,
        seen.rtt_ms,
        seen.loss,
        seen.interval_s,
        seen.cause,
        seen.values or None,
    )
    try:
        if _LEVEL.fullmatch(seen.device) is None:
            raise ValueError(f"{seen.device[:50]!a} cannot be a level of a topic")
        octets = b"%s\n%s" % (seen.device.encode(), _ENCODE(message))
        # of what is no number msgspec makes null
        if b"null" in octets or len(octets) + _ROOM > MAX_BYTES:
            _check(seen, len(octets))
        if not _PLAIN.issuperset(map(type, seen.values.values())):
            raise TypeError("a value that is neither number nor text")
    except (ValueError, TypeError, OverflowError) as error:
        raise Unsendable(str(error)) from error
    return octets


def _check(seen: Observation, size: int) -> None:
    numbers = [seen.rtt_ms, seen.loss, seen.interval_s, *seen.values.values()]
    if any(isinstance(number, float) and not isfinite(number) for number in numbers):
        raise ValueError("not a number")
    if size - len(seen.device.encode()) - 1 + _ROOM > MAX_BYTES:
        raise ValueError(f"{size} octets")


@lru_cache(maxsize=8)
def _second(second: int) -> str:
    """An instant without its milliseconds, up to the point."""
    return render_instant(second * 1000)[:-4]


def unseal(payload: bytes, epoch: str, seq: int) -> tuple[str, bytes]:
    """Device and complete message of a payload that `seal` made."""
    name, _, message = payload.partition(b"\n")
    return name.decode(), b'{"epoch":"%s","seq":%d,%s' % (epoch.encode(), seq, message[1:])
