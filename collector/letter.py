"""What the outbox holds of an observation: its device (the topic needs it) and its message, without epoch and seq."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from collector.observation import MAX_BYTES, Observation

# Room for `"epoch":"…36…","seq":…19…,` in a message of at most 16 KiB.
_ROOM: Final = 128


class Unsendable(ValueError):
    """An observation that no message can hold (too large, or text that is not Unicode)."""


def seal(seen: Observation) -> bytes:
    """The payload for the outbox: a device's name, a line feed, the JSON message. Raises `Unsendable`."""
    try:
        message = seen.encode()
        name = _topic_level(seen.device)
    except ValueError as error:
        raise Unsendable(str(error)) from error
    if len(message) + _ROOM > MAX_BYTES:
        raise Unsendable(f"{len(message)} octets")
    return b"%s\n%s" % (name, message)


@lru_cache(maxsize=65_536)
def _topic_level(device: str) -> bytes:
    if not device or len(device) > 128 or any(ord(c) < 32 or c in "/+#\x7f" for c in device):
        raise Unsendable(f"{device[:50]!a} cannot be a level of a topic")
    return device.encode()


def unseal(payload: bytes, epoch: str, seq: int) -> tuple[str, bytes]:
    """Device and complete message of a payload that `seal` made."""
    name, _, message = payload.partition(b"\n")
    return name.decode(), b'{"epoch":"%s","seq":%d,%s' % (epoch.encode(), seq, message[1:])
