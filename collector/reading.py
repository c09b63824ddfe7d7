"""What a device said, made fit to keep: numbers within 64 bits, texts without control characters, all bounded."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from collector.kind import Form
from collector.observation import MAX_VALUES, Value

Raw = str | bytes | int | float | None

MAX_TEXT: Final = 256
MAX_BYTES: Final = 12 * 1024  # of the 16 KiB of an observation
_MAX_OCTETS: Final = 16
_LIMIT: Final = 1 << 64


def clean(raw: bytes | str) -> str:
    """One line of at most 256 characters: UTF-8, else GB 18030 (GBK), else Latin-1; controls become blanks."""
    text = raw if isinstance(raw, str) else _decoded(raw[: 4 * MAX_TEXT])
    if text.isascii() and text.isprintable():
        return text.strip()[:MAX_TEXT]
    kept = "".join(c if _is_plain(c) else " " for c in text[: 4 * MAX_TEXT])
    return " ".join(kept.split())[:MAX_TEXT]


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        for cut in (len(raw), *range(len(raw) - 1, max(len(raw) - 4, 0), -1)):
            try:
                return raw[:cut].decode(encoding)
            except UnicodeDecodeError:
                if len(raw) < 4 * MAX_TEXT:
                    break
    return raw.decode("latin-1")


def _is_plain(character: str) -> bool:
    """No control, format, private, surrogate or unassigned character (these turn texts round or break encoders)."""
    return unicodedata.category(character)[0] != "C"


def _integer(raw: Raw) -> Value | None:
    if isinstance(raw, bytes):
        digits = raw.strip(b" \0")
        raw = int(digits) if len(digits) <= 20 and digits.isdigit() else None
    if isinstance(raw, float):
        return raw if abs(raw) < 1e18 else None
    return raw if isinstance(raw, int) and -_LIMIT < raw < _LIMIT else None


def _text(raw: Raw) -> Value | None:
    return clean(raw) if isinstance(raw, bytes | str) else None


def _bits(raw: Raw) -> Value | None:
    """Octets as hexadecimal text, at most 16 of them."""
    if isinstance(raw, str):
        raw = raw.encode("latin-1", "ignore")
    return raw[:_MAX_OCTETS].hex() if isinstance(raw, bytes) else None


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
