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


class _Rest(msgspec.Struct, omit_defaults=True, gc=False):
    """What of a message is the same for many devices and for most polls of one."""

    state: State
    conditions: tuple[str, ...] = ()
    interval_s: float | None = None
    loss: float | None = None
    cause: str | None = None


_ENCODE: Final = msgspec.json.Encoder().encode
_LEVEL: Final = re.compile(r"[^\x00-\x1f/+#\x7f]{1,128}")
_PLAIN: Final = frozenset((int, float, str))
_WHOLE: Final = {int}
_MILLISECONDS: Final = tuple(b"%03d" % n for n in range(1000))


def seal(seen: Observation) -> bytes:
    """The payload for the outbox: a device's name, a line feed, the JSON message. Raises `Unsendable`.

    It is `Observation.encode` in a twentieth of its time, for this is done for every poll: what stays from poll to poll
    is written once.
    """
    values, ts, rtt_ms = seen.values, seen.ts, seen.rtt_ms
    try:
        parts = [
            _head(seen.device, seen.collector),
            _second(ts // 1000),
            _MILLISECONDS[ts % 1000],
            _rest(seen.state, seen.conditions, seen.interval_s, seen.loss, seen.cause),
        ]
        if rtt_ms is not None:
            if not isfinite(rtt_ms):
                raise ValueError("not a number")  # JSON would have a null
            parts += b',"rtt_ms":', _ENCODE(rtt_ms)
        if values:
            kinds = set(map(type, values.values()))
            if kinds != _WHOLE:
                _check(kinds, values)
            parts += b',"values":', _ENCODE(values)
        parts.append(b"}")
        octets = b"".join(parts)
        if len(octets) + _ROOM > MAX_BYTES:
            _fit(seen.device, len(octets))
    except (ValueError, TypeError, OverflowError) as error:
        raise Unsendable(str(error)) from error
    return octets


def _check(kinds: set[type], values: Mapping[str, Value]) -> None:
    if not kinds <= _PLAIN:
        raise TypeError("a value that is neither number nor text")
    if float in kinds:
        for value in values.values():
            if isinstance(value, float):
                _number(value)


def _number(value: float | None) -> float | None:
    """Of what is no number JSON would have a null."""
    if value is not None and not isfinite(value):
        raise ValueError("not a number")
    return value


def _fit(device: str, size: int) -> None:
    if size - len(device.encode()) - 1 + _ROOM > MAX_BYTES:
        raise ValueError(f"{size} octets")


@lru_cache(maxsize=65_536)
def _head(device: str, collector: str) -> bytes:
    """Up to the instant."""
    if _LEVEL.fullmatch(device) is None:
        raise ValueError(f"{device[:50]!a} cannot be a level of a topic")
    names = device.encode(), VERSION, _ENCODE(device), _ENCODE(collector)
    return b'%b\n{"v":%d,"device":%b,"collector":%b,"ts":"' % names


@lru_cache(maxsize=8)
def _second(second: int) -> bytes:
    """An instant without its milliseconds, up to the point."""
    return render_instant(second * 1000)[:-4].encode()


@lru_cache(maxsize=4096)
def _rest(
    state: State, conditions: tuple[str, ...], interval_s: float | None, loss: float | None, cause: str | None
) -> bytes:
    """The end of the instant, and what follows it but for numbers that are never the same."""
    return b'Z",' + _ENCODE(_Rest(state, conditions, _number(interval_s), _number(loss), cause))[1:-1]


def unseal(payload: bytes, epoch: str, seq: int) -> tuple[str, bytes]:
    """Device and complete message of a payload that `seal` made."""
    name, _, message = payload.partition(b"\n")
    return name.decode(), b'{"epoch":"%s","seq":%d,%s' % (epoch.encode(), seq, message[1:])
