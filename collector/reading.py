"""What a device said, made fit to keep: numbers within 64 bits, texts without control characters, all bounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from collector.kind import Form
from collector.observation import MAX_VALUES, Value
from collector.text import MAX_TEXT, clean

__all__ = ["MAX_BYTES", "MAX_TEXT", "READERS", "Raw", "bounded", "clean", "weight"]

Raw = str | bytes | int | float | None

MAX_BYTES: Final = 12 * 1024  # of the 16 KiB of an observation
_MAX_OCTETS: Final = 16
_WORDS: Final = 4  # octets beyond this many that are letters and blanks throughout are words, no bits
_LIMIT: Final = 1 << 64
_DIGITS: Final = re.compile(rb"-?[0-9]{1,20}")
_SAID_BITS: Final = re.compile(rb"(?P<binary>[01]{8}|[01]{16})|(?:0[xX])?(?P<hex>(?:[0-9A-Fa-f]{2}[ :]?){1,16})")


def _integer(raw: Raw) -> Value | None:
    if raw.__class__ is int and -_LIMIT < raw < _LIMIT:  # as it is almost always
        return raw
    if isinstance(raw, bytes):
        digits = raw.strip(b" \0")
        raw = int(digits) if _DIGITS.fullmatch(digits) else None
    if isinstance(raw, float):
        return raw if abs(raw) < 1e18 else None
    return raw if isinstance(raw, int) and -_LIMIT < raw < _LIMIT else None


def _text(raw: Raw) -> Value | None:
    return clean(raw) if isinstance(raw, bytes | str) else None


def _bits(raw: Raw) -> Value | None:
    """Octets as hexadecimal text, at most 16 of them; also of a number or of a text that says them. Words are none:
    read as bits they would be a dozen faults at once.
    """
    if isinstance(raw, int):
        return raw.to_bytes(max(1, (raw.bit_length() + 7) // 8), "big").hex() if 0 <= raw < 1 << 16 else None
    if not isinstance(raw, bytes):
        return None
    octets, text = _octets(raw), raw.strip(b" \0")
    are_words = octets is raw and len(text) > _WORDS and text.isascii() and text.decode().isprintable()
    return None if are_words else octets[:_MAX_OCTETS].hex()


def _octets(raw: bytes) -> bytes:
    """The octets themselves, or those that a text of digits says: `0x4000`, `40 00`, `00`, `0100000000000000`.

    Two octets are octets (C2) but for the text `00`: the bits of that one exclude each other.
    """
    text = raw.strip(b" \0")
    said = _SAID_BITS.fullmatch(text) if len(text) > 2 or text == b"00" else None
    if said is None:
        return raw
    if binary := said["binary"]:
        return int(binary, 2).to_bytes(len(binary) // 8, "big")
    return bytes.fromhex(said["hex"].decode().replace(":", " "))


def _oid(raw: Raw) -> Value | None:
    return raw[:MAX_TEXT] if isinstance(raw, str) else None


READERS: Final[dict[Form, Callable[[Raw], Value | None]]] = {
    "integer": _integer,
    "gauge": _integer,
    "counter32": _integer,
    "counter64": _integer,
    "timeticks": _integer,
    "text": _text,
    "bits": _bits,
    "oid": _oid,
}
"""How an answer of each form is read; None where it is of another type and so is no value."""


def weight(values: Mapping[str, Value]) -> int:
    """About how many bytes the values take in an observation, rather more than less."""
    return sum(map(_weight, values, values.values()))


def _weight(name: str, value: Value) -> int:
    return len(name) + 6 + (2 * len(value.encode()) if isinstance(value, str) else len(repr(value)))


def bounded(values: Mapping[str, Value]) -> dict[str, Value]:
    """The first values: at most 512 and 12 KiB of them, so that an observation stays within 16 KiB."""
    kept: dict[str, Value] = {}
    left = MAX_BYTES
    for name, value in values.items():
        left -= _weight(name, value)
        if left < 0 or len(kept) >= MAX_VALUES:
            break
        kept[name] = value
    return kept
