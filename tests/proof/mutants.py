"""Real answers, and what can be done to one: bits, cuts, splices, false lengths, depth, numbers and names too big."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Final

from collector.snmp import ber
from collector.snmp.message import encoded
from tests.collector.snmp.answers import Binding

Mutate = Callable[[Random, bytes, bytes], bytes]
"""Of an answer and another one."""

MODELS: Final[tuple[tuple[Binding, ...], ...]] = (
    (
        ("1.3.6.1.2.1.1.3.0", ber.TIME_TICKS, b"\x12\x34\x56\x78"),
        ("1.3.6.1.2.1.25.3.5.1.2.1", ber.OCTET_STRING, b"\x40"),
        ("1.3.6.1.2.1.43.10.2.1.4.1.1", ber.COUNTER32, b"\0\xf0\0\x01\x02"),
        ("1.3.6.1.2.1.43.11.1.1.9.1.1", ber.INTEGER, b"\xfd"),
        ("1.3.6.1.2.1.43.11.1.1.6.1.1", ber.OCTET_STRING, "黑色墨粉盒".encode("gbk")),
    ),
    (
        ("1.3.6.1.2.1.31.1.1.1.6.1", ber.COUNTER64, b"\x01\x02\x03\x04\x05\x06"),
        ("1.3.6.1.2.1.1.2.0", ber.OBJECT_IDENTIFIER, encoded("1.3.6.1.4.1.8072.3.2.10")),
        ("1.3.6.1.2.1.4.20.1.1.10.0.0.1", ber.IP_ADDRESS, b"\x0a\0\0\x01"),
        ("1.3.6.1.4.1.2021.10.1.6.1", 0x44, b"\x9f\x78\x04" + struct.pack(">f", 0.5)),
        ("1.3.6.1.2.1.1.1.0", ber.OCTET_STRING, b"Linux hall 6.1 " * 12),
        ("1.3.6.1.2.1.2.2.1.8.1", ber.NO_SUCH_INSTANCE, b""),
    ),
)
"""What a printer and a switch answer."""


def flip(rng: Random, data: bytes, _other: bytes) -> bytes:
    bent = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
    return bytes(bent)


def overwrite(rng: Random, data: bytes, _other: bytes) -> bytes:
    bent, at = bytearray(data), rng.randrange(len(data))
    bent[at : at + rng.randrange(1, 5)] = rng.randbytes(rng.randrange(5))
    return bytes(bent)


def cut(rng: Random, data: bytes, _other: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def drop(rng: Random, data: bytes, _other: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randrange(1, 20) :]


def splice(rng: Random, data: bytes, other: bytes) -> bytes:
    here, there = rng.randrange(len(data)), rng.randrange(len(other))
    return data[:here] + other[there : there + rng.randrange(1, 60)] + data[here + rng.randrange(60) :]


def lie(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A length that is none, too long, or endless."""
    wrong = rng.choice((b"\x80", b"\x81\xff", b"\x82\xff\xff", b"\x84\xff\xff\xff\xff", b"\x84\0\0\0\x01", b"\x7f"))
    places = [at + 1 for at in range(len(data) - 1) if data[at] in (0x30, 0x02, 0x04, 0x06, 0xA2)]
    at = rng.choice(places)
    return data[:at] + wrong + data[at + 1 :]


def nest(rng: Random, data: bytes, _other: bytes) -> bytes:
    """Sequences within sequences in the place of a value, to any depth that a datagram holds."""
    inner = b"\x05\0"
    for _ in range(rng.choice((1, 5, 50, 400))):
        inner = ber.element(ber.SEQUENCE, inner)
    return _with_value(rng, data, inner)


def huge(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A number, name or text that no type holds."""
    size = rng.choice((5, 9, 10, 200, 3000, 30_000))
    tag = rng.choice((ber.INTEGER, ber.COUNTER32, ber.COUNTER64, ber.OBJECT_IDENTIFIER, ber.OCTET_STRING, 0x44, 0x99))
    content = bytes([rng.choice((0x7F, 0xFF, 0x81, 0))]) * (size - 1) + b"\x01"
    return _with_value(rng, data, ber.element(tag, content))


def many(rng: Random, data: bytes, _other: bytes) -> bytes:
    """Bindings without number."""
    one = ber.element(ber.SEQUENCE, b"\x06\x03\x2b\x06\x01" + rng.choice((b"\x05\0", b"\x02\x01\x07", b"\x81\0")))
    return _with_bindings(data, one * rng.choice((0, 1, 40, 513, 4000)))


def named(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A name of any length, right in form or not."""
    name = bytes(rng.choice((0x2B, 0xFF, 0x80, 0x01)) for _ in range(rng.choice((0, 1, 20, 127, 700, 20_000))))
    one = ber.element(ber.SEQUENCE, ber.element(ber.OBJECT_IDENTIFIER, name) + b"\x02\x01\x07")
    return _with_bindings(data, one)


def repeat(rng: Random, data: bytes, _other: bytes) -> bytes:
    """More or fewer bindings than asked, in another order."""
    found = _bindings(data)
    return _with_bindings(data, b"".join(rng.choice(found) for _ in range(rng.randrange(2 * len(found)))))


def junk(rng: Random, data: bytes, _other: bytes) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 10, 100, 1400, 60_000)))


def appended(rng: Random, data: bytes, other: bytes) -> bytes:
    return data + rng.choice((b"\0", other, rng.randbytes(30)))


MUTATIONS: Final[dict[str, Mutate]] = {
    one.__name__: one
    for one in (flip, overwrite, cut, drop, splice, lie, nest, huge, many, named, repeat, junk, appended)
}
_WEIGHTS: Final = (24, 16, 8, 8, 16, 12, 2, 3, 1, 2, 6, 1, 1)
"""What is big takes its time to send."""


def mutation(rng: Random) -> str:
    """Which to do next."""
    return rng.choices(list(MUTATIONS), _WEIGHTS)[0]


def _bindings_at(data: bytes) -> tuple[int, int]:
    """Where the content of the bindings begins and ends, in an answer that is right."""
    at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    for _ in range(2):
        at = ber.head(data, at, end)[2]
    at, end = ber.head(data, at, end)[1:]
    for _ in range(3):
        at = ber.head(data, at, end)[2]
    return ber.expect(data, at, end, ber.SEQUENCE)


def _bindings(data: bytes) -> list[bytes]:
    at, end = _bindings_at(data)
    found = []
    while at < end:
        stop = ber.head(data, at, end)[2]
        found.append(data[at:stop])
        at = stop
    return found


def _with_bindings(data: bytes, content: bytes) -> bytes:
    """The same answer around other bindings; all lengths are right."""
    at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    behind = ber.head(data, ber.head(data, at, end)[2], end)[2]
    start, stop = ber.head(data, behind, end)[1:]
    inner = start
    for _ in range(3):
        inner = ber.head(data, inner, stop)[2]
    if len(content) > 60_000:
        content = content[:60_000]
    unit = ber.element(data[behind], data[start:inner] + ber.element(ber.SEQUENCE, content))
    return ber.element(ber.SEQUENCE, data[at:behind] + unit)


def _with_value(rng: Random, data: bytes, value: bytes) -> bytes:
    found = _bindings(data)
    at = rng.randrange(len(found))
    start, _ = ber.expect(found[at], 0, len(found[at]), ber.SEQUENCE)
    name = found[at][start : ber.head(found[at], start, len(found[at]))[2]]
    found[at] = ber.element(ber.SEQUENCE, name + value)
    return _with_bindings(data, b"".join(found))
