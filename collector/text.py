"""What a device says in words, in whatever letters it was built with: UTF-8, GBK, UTF-16, hexadecimal, with NULs."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_TEXT: Final = 256
_MAX_OCTETS: Final = 4 * MAX_TEXT
_MARKS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_PAIR: Final = re.compile(rb"[\xa1-\xfe][\xa1-\xfe]")
_STRANGE: Final = re.compile(r"[\0-\x7f\u0250-\u07ff]*[\u0250-\u07ff][\0-\x7f\u0250-\u07ff]*")
"""Letters from Greek to Arabic alone: more often a word of GBK that happens to be UTF-8 as well."""
_HEX: Final = re.compile(r"0[xX](?:[0-9A-Fa-f]{2}){4,512}|(?:[0-9A-Fa-f]{2}[ :]){3,512}[0-9A-Fa-f]{2}[ :]?")


def clean(raw: bytes | str) -> str:
    """One line of at most 256 characters; controls become blanks.

    UTF-8, UTF-16 (by its mark, or where every other octet is NUL), GB 2312, Latin-1 where octets beyond ASCII stand
    alone, GB 18030 (GBK), else Latin-1. Text that is itself octets in hexadecimal (`0x4272…`, or at least four pairs
    apart) is read as those, where they are words.
    """
    text = raw if isinstance(raw, str) else _decoded(raw[:_MAX_OCTETS])
    if _HEX.fullmatch(text):
        text = _said_in_hex(text)
    if text.isascii() and text.isprintable():
        return text.strip()[:MAX_TEXT]
    kept = "".join(c if _is_plain(c) else " " for c in text[: 4 * MAX_TEXT])
    return " ".join(kept.split())[:MAX_TEXT]


def _said_in_hex(text: str) -> str:
    """The words behind the digits; the digits themselves where they are none (a serial number, an address)."""
    inner = _decoded(bytes.fromhex(text.lower().removeprefix("0x").replace(":", " "))).rstrip("\0")
    return inner if inner.isprintable() and sum(map(str.isalpha, inner)) * 2 > len(inner) else text


def _decoded(raw: bytes) -> str:
    if b"\0" in raw or raw[:2] in _MARKS:
        wide = _wide(raw)
        if wide is not None:
            return wide
        raw = raw.rstrip(b"\0")
    text = _strictly(raw, "utf-8")
    if text is not None and not _STRANGE.fullmatch(text):
        return text
    chinese = ("gb2312",) if text is not None else ("gb2312", "gb18030")
    for encoding in chinese if _PAIR.search(raw) else ():
        if (words := _strictly(raw, encoding)) is not None:
            return words
    return raw.decode("latin-1") if text is None else text


def _wide(raw: bytes) -> str | None:
    """UTF-16 by its mark or by NULs in every other octet; None where it is none."""
    even = raw[: len(raw) & ~1]
    if raw[:2] in _MARKS:
        return even[2:].decode(_MARKS[raw[:2]], "replace").rstrip("\0")
    first, second = even[::2].rstrip(b"\0"), even[1::2].rstrip(b"\0")
    if len(second) >= 2 and not first:
        return even.decode("utf-16-be", "replace").rstrip("\0")
    if len(first) >= 2 and not second:
        return even.decode("utf-16-le", "replace").rstrip("\0")
    return None


def _strictly(raw: bytes, encoding: str) -> str | None:
    """The text, without the last character where that was cut (a device's columns are narrow); None: no such text."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        cut = raw[: error.start]
        if len(raw) - error.start > 3 or cut.isascii() or error.reason[:10] not in ("unexpected", "incomplete"):
            return None
        return cut.decode(encoding)


def _is_plain(character: str) -> bool:
    """No control, format, private, surrogate or unassigned character (these turn texts round or break encoders)."""
    return unicodedata.category(character)[0] != "C"
