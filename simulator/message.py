"""SNMP v1 and v2c messages (RFC 1157, RFC 3416): the head, and the variable bindings apart from it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from collector.snmp import ber
from collector.snmp.ber import BadEncoding, Oid, Plain

V1: Final = 0
V2C: Final = 1

GET: Final = 0xA0
GET_NEXT: Final = 0xA1
RESPONSE: Final = 0xA2
SET: Final = 0xA3
GET_BULK: Final = 0xA5

NO_ERROR: Final = 0
TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
NOT_WRITABLE: Final = 17

MAX_BINDINGS: Final = 256


class Message(NamedTuple):
    """One message; `status` and `place` (error-index) are non-repeaters and max-repetitions of a GETBULK."""

    version: int
    community: bytes
    pdu: int
    request_id: int
    status: int
    place: int
    bindings: bytes


class Binding(NamedTuple):
    """A name and what it holds: the tag of the value's type and the value."""

    oid: Oid
    tag: int
    value: Plain


def decode(data: bytes) -> Message:
    """The message in one datagram; the bindings stay as they are. Raises `BadEncoding`."""
    at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    if end != len(data):
        raise BadEncoding("something behind the message")
    version, at = ber.integer(data, at, end)
    if version not in (V1, V2C):
        raise BadEncoding(f"version {version}")
    start, at = ber.expect(data, at, end, ber.OCTET_STRING)
    pdu, inner, stop = ber.head(data, at, end)
    if stop != end or pdu not in (GET, GET_NEXT, RESPONSE, SET, GET_BULK):
        raise BadEncoding("no protocol unit that is known")
    request_id, inner = ber.integer(data, inner, stop)
    status, inner = ber.integer(data, inner, stop)
    place, inner = ber.integer(data, inner, stop)
    return Message(version, data[start:at], pdu, request_id, status, place, data[inner:stop])


def bindings_of(raw: bytes) -> tuple[Binding, ...]:
    """The variable bindings, at most 256. Raises `BadEncoding`."""
    at, end = ber.expect(raw, 0, len(raw), ber.SEQUENCE)
    if end != len(raw):
        raise BadEncoding("something behind the bindings")
    found: list[Binding] = []
    while at < end:
        start, at = ber.expect(raw, at, end, ber.SEQUENCE)
        found.append(_binding(raw, start, at))
        if len(found) > MAX_BINDINGS:
            raise BadEncoding("too many bindings")
    return tuple(found)


def _binding(raw: bytes, at: int, end: int) -> Binding:
    start, at = ber.expect(raw, at, end, ber.OBJECT_IDENTIFIER)
    tag, value, stop = ber.head(raw, at, end)
    if stop != end:
        raise BadEncoding("something behind a value")
    return Binding(ber.read_oid(raw[start:at]), tag, ber.read_value(tag, raw[value:stop]))


@lru_cache(maxsize=4096)
def names_of(raw: bytes) -> tuple[Oid, ...]:
    """The names in the bindings alone; pollers repeat themselves, so the last 4,096 are kept."""
    return tuple(binding.oid for binding in bindings_of(raw))


def encode(message: Message) -> bytes:
    """The datagram. Raises `BadEncoding` beyond 65,535 octets."""
    numbers = b"".join(map(ber.write_integer, (message.request_id, message.status, message.place)))
    unit = ber.element(message.pdu, numbers + message.bindings)
    return ber.element(
        ber.SEQUENCE, ber.write_integer(message.version) + ber.element(ber.OCTET_STRING, message.community) + unit
    )


def binding(name: bytes, value: bytes) -> bytes:
    """One variable binding of an encoded name and an encoded value."""
    return ber.element(ber.SEQUENCE, name + value)


@lru_cache(maxsize=32_768)
def value_binding(name: bytes, tag: int, value: Plain) -> bytes:
    """One variable binding of an encoded name and a value; most values are said again and again, so they are kept."""
    return binding(name, ber.write_value(tag, value))


def request(
    version: int, community: bytes, pdu: int, request_id: int, *names: Oid, status: int = 0, place: int = 0
) -> bytes:
    """A request for `names`, as a poller sends it."""
    null = ber.element(ber.NULL, b"")
    raw = ber.element(ber.SEQUENCE, b"".join(binding(ber.write_oid(name), null) for name in names))
    return encode(Message(version, community, pdu, request_id, status, place, raw))
