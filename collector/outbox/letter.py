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


class _Head(msgspec.Struct, omit_defaults=True, gc=False):
    """What of a message stays the same from poll to poll, as a rule."""

    v: int
    device: str
    collector: str
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
    ts = seen.ts
    try:
        octets = b"".join(
            (
                _head(
                    seen.device,
                    seen.collector,
                    seen.state,
                    seen.conditions,
                    seen.interval_s,
                    seen.loss,
                    seen.cause,
                ),
                _second(ts // 1000),
                _MILLISECONDS[ts % 1000],
                _rest(seen.rtt_ms, seen.values),
            )
        )
        if len(octets) + _ROOM > MAX_BYTES:
            _fit(seen.device, len(octets))
    except (ValueError, TypeError, OverflowError) as error:
        raise Unsendable(str(error)) from error
    return octets


@lru_cache(maxsize=65_536)
def _head(
    device: str,
    collector: str,
    state: State,
    conditions: tuple[str, ...],
    interval_s: float | None,
    loss: float | None,
    cause: str | None,
) -> bytes:
    """Up to the instant."""
    if _LEVEL.fullmatch(device) is None:
        raise ValueError(f"{device[:50]!a} cannot be a level of a topic")
    for number in (interval_s, loss):
        if number is not None:
            _check(number)
    head = _ENCODE(_Head(VERSION, device, collector, state, conditions, interval_s, loss, cause))
    return b'%b\n%b,"ts":"' % (device.encode(), head[:-1])


@lru_cache(maxsize=8)
def _second(second: int) -> bytes:
    """An instant without its milliseconds, up to the point."""
    return render_instant(second * 1000)[:-4].encode()


def _rest(rtt_ms: float | None, values: Mapping[str, Value]) -> bytes:
    """The end of the instant, and what is never the same."""
    kinds = set(map(type, values.values()))
    if kinds != _WHOLE:
        _check_all(kinds, values)
    if rtt_ms is None:
        return b'Z","values":%b}' % _ENCODE(values) if values else b'Z"}'
    _check(rtt_ms)
    if not values:
        return b'Z","rtt_ms":%b}' % _ENCODE(rtt_ms)
    return b'Z","rtt_ms":%b,"values":%b}' % (_ENCODE(rtt_ms), _ENCODE(values))


def _check_all(kinds: set[type], values: Mapping[str, Value]) -> None:
    if not kinds <= _PLAIN:
        raise TypeError("a value that is neither number nor text")
    if float in kinds:
        for value in values.values():
            if isinstance(value, float):
                _check(value)


def _check(value: float) -> None:
    """Of what is no number JSON would have a null."""
    if not isfinite(value):
        raise ValueError("not a number")


def _fit(device: str, size: int) -> None:
    if size - len(device.encode()) - 1 + _ROOM > MAX_BYTES:
        raise ValueError(f"{size} octets")


def unseal(payload: bytes, epoch: str, seq: int) -> tuple[str, bytes]:
    """Device and complete message of a payload that `seal` made."""
    name, _, message = payload.partition(b"\n")
    return name.decode(), b'{"epoch":"%s","seq":%d,%s' % (epoch.encode(), seq, message[1:])
