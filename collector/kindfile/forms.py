"""How a kind file has an answer read: its form, then its `read` map, else its `scale`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from collector.kind import Column, Form, Object
from collector.observation import Value
from collector.reading import READERS, Raw

Reader = Callable[[Raw], Value | None]

_MOST_OCTETS: Final = 64


def mac(raw: Raw) -> Value | None:
    """Six octets as `00:11:22:aa:bb:cc`; six zeros are no address."""
    octets = _octets(raw)
    return octets.hex(":") if octets is not None and len(octets) == 6 and any(octets) else None


def hexed(raw: Raw) -> Value | None:
    """Octets as hexadecimal text, at most 64 of them."""
    octets = _octets(raw)
    return None if octets is None else octets[:_MOST_OCTETS].hex()


def date(raw: Raw) -> Value | None:
    """DateAndTime (RFC 2579) of 8 or 11 octets as RFC 3339 (`2026-11-22T16:00:05+08:00`, without zone where none was
    said); what is no date is none."""
    octets = _octets(raw)
    if octets is None or len(octets) not in (8, 11):
        return None
    year, (month, day, hour, minute, second) = int.from_bytes(octets[:2], "big"), octets[2:7]
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        return None
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    if len(octets) == 8:
        return text
    sign, hours, minutes = octets[8], octets[9], octets[10]
    return f"{text}{chr(sign)}{hours:02}:{minutes:02}" if sign in b"+-" and hours < 15 and minutes < 60 else None


def _octets(raw: Raw) -> bytes | None:
    if isinstance(raw, str):
        return raw.encode("latin-1", "ignore")
    return raw if isinstance(raw, bytes) else None


_MORE: Final[dict[str, Reader]] = {"mac": mac, "hex": hexed, "date": date}


def form_reader(form: Form) -> Reader:
    """How an answer of this form is read; None where it is of another type."""
    return _MORE.get(form) or READERS[form]


def reader(entry: Object | Column) -> Reader:
    """How an answer to this entry is read: the form's reader itself where there is no map and no scale."""
    return (
        _reader(entry.form, tuple(entry.read.items()), entry.scale)
        if entry.read or entry.scale != 1
        else form_reader(entry.form)
    )


@lru_cache(maxsize=1024)
def _reader(form: Form, pairs: tuple[tuple[int | str, Value | None], ...], scale: float) -> Reader:
    """One and the same for the same entry of a file: plans compare readers."""
    plain = form_reader(form)
    words: Mapping[Value, Value | None] = dict(pairs)

    def read(raw: Raw) -> Value | None:
        value = plain(raw)
        if value is not None and value in words:
            return words[value]
        return value if scale == 1 or not isinstance(value, int | float) else round(value * scale, 6)

    return read
