"""Basic Encoding Rules, as much of them as SNMP uses (X.690, RFC 3416): small, strict, bounded.

Whatever octets come in, reading raises nothing but `BadEncoding`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

Oid = tuple[int, ...]
Plain = int | bytes | Oid | None

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
IP_ADDRESS: Final = 0x40
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
TIME_TICKS: Final = 0x43
COUNTER64: Final = 0x46
NO_SUCH_OBJECT: Final = 0x80
NO_SUCH_INSTANCE: Final = 0x81
END_OF_MIB_VIEW: Final = 0x82

MAX_SUB_IDS: Final = 128
MAX_SUB_ID: Final = (1 << 32) - 1
_UNSIGNED: Final = {COUNTER32: 32, GAUGE32: 32, TIME_TICKS: 32, COUNTER64: 64}
_EMPTY: Final = frozenset({NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW})


class BadEncoding(Exception):
    """Octets that are no such encoding; the message says what is wrong."""


def head(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag and content's first and behind-last position of the element at `at`; it must lie within `end`."""
    if at + 2 > end:
        raise BadEncoding("cut off within a head")
    tag, length = data[at], data[at + 1]
    start = at + 2
    if tag & 0x1F == 0x1F:
        raise BadEncoding("a tag of several octets")
    if length >= 0x80:
        start, length = _long_length(data, start, end, length & 0x7F)
    if start + length > end:
        raise BadEncoding("longer than what holds it")
    return tag, start, start + length


def _long_length(data: bytes, start: int, end: int, octets: int) -> tuple[int, int]:
    if not 1 <= octets <= 4 or start + octets > end:
        raise BadEncoding("a length of no or too many octets")
    return start + octets, int.from_bytes(data[start : start + octets], "big")


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """As `head`, of an element that must bear `tag`."""
    found, start, stop = head(data, at, end)
    if found != tag:
        raise BadEncoding(f"tag {found:#04x} where {tag:#04x} belongs")
    return start, stop


def integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A signed INTEGER of at most 32 bits and the position behind it."""
    start, stop = expect(data, at, end, INTEGER)
    if not 1 <= stop - start <= 4:
        raise BadEncoding("an integer of no or too many octets")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


@lru_cache(maxsize=16_384)
def read_oid(content: bytes) -> Oid:
    """As `parse_oid`; the last 16,384 are kept."""
    return parse_oid(content)


def parse_oid(content: bytes) -> Oid:
    """The content octets of an OBJECT IDENTIFIER as numbers; at most 128 of 32 bits."""
    if not content or content[-1] & 0x80 or len(content) > 5 * MAX_SUB_IDS:
        raise BadEncoding("an object identifier that does not end, or is too long")
    numbers: list[int] = []
    number = 0
    for octet in content:
        if number == 0 and octet == 0x80:
            raise BadEncoding("a padded sub-identifier")
        number = number << 7 | octet & 0x7F
        if number > MAX_SUB_ID + 80:
            raise BadEncoding("a sub-identifier of more than 32 bits")
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    return _split(numbers)


def _split(numbers: list[int]) -> Oid:
    first = min(numbers[0] // 40, 2)
    oid = (first, numbers[0] - 40 * first, *numbers[1:])
    if len(oid) > MAX_SUB_IDS or any(number > MAX_SUB_ID for number in oid):
        raise BadEncoding("an object identifier that is too long")
    return oid


def read_value(tag: int, content: bytes) -> Plain:
    """One value of a variable binding: int, octets, numbers of an object identifier, or None."""
    if tag == INTEGER:
        return _bounded(content, 4, signed=True)
    if tag == OCTET_STRING:
        return content
    if tag == OBJECT_IDENTIFIER:
        return read_oid(content)
    if tag in _UNSIGNED:
        return _unsigned(tag, content)
    if tag == IP_ADDRESS and len(content) == 4:
        return content
    if tag in _EMPTY and not content:
        return None
    raise BadEncoding(f"no value with tag {tag:#04x} and {len(content)} octets")


def _bounded(content: bytes, octets: int, *, signed: bool) -> int:
    if not 1 <= len(content) <= octets:
        raise BadEncoding("an integer of no or too many octets")
    return int.from_bytes(content, "big", signed=signed)


def _unsigned(tag: int, content: bytes) -> int:
    bits = _UNSIGNED[tag]
    number = _bounded(content, bits // 8 + 1, signed=True)
    if not 0 <= number < 1 << bits:
        raise BadEncoding(f"outside {bits} bits")
    return number


def element(tag: int, content: bytes) -> bytes:
    """Tag, length, content."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    if length < 0x100:
        return bytes((tag, 0x81, length)) + content
    if length < 0x10000:
        return bytes((tag, 0x82)) + length.to_bytes(2, "big") + content
    raise BadEncoding("more than 65,535 octets")


def write_integer(number: int, tag: int = INTEGER) -> bytes:
    """The shortest encoding of an INTEGER, or of one of the unsigned types by its tag."""
    return element(tag, number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big", signed=True))


def write_oid(oid: Oid) -> bytes:
    """An OBJECT IDENTIFIER of two numbers or more."""
    content = bytearray()
    for number in (oid[0] * 40 + oid[1], *oid[2:]):
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(number & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return element(OBJECT_IDENTIFIER, bytes(content))


def write_value(tag: int, value: Plain) -> bytes:
    """One value by its tag; an unsigned number is cut to its 32 or 64 bits, as a counter wraps."""
    if isinstance(value, tuple):
        return write_oid(value)
    if isinstance(value, bytes):
        return element(tag, value)
    if value is None:
        return element(tag, b"")
    bits = _UNSIGNED.get(tag)
    return write_integer(value if bits is None else value & ((1 << bits) - 1), tag)
