"""SNMP v1 and v2c messages as a poller needs them (RFC 1157, RFC 3416): written once, read strictly."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from collector.snmp import ber
from collector.snmp.ber import BadEncoding

GET: Final = 0xA0
GET_NEXT: Final = 0xA1
RESPONSE: Final = 0xA2
GET_BULK: Final = 0xA5
VERSIONS: Final = {"1": 0, "2c": 1}

TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
GEN_ERR: Final = 5

FIRST_NUMBER: Final = 0x4000_0000  # request ids from here to 2^31 - 1 are four octets long in every encoding
MAX_BINDINGS: Final = 512
_USUAL: Final = 96  # characters of an OID that is worth keeping
_NUMBER: Final = struct.Struct(">I")
_SPACE: Final = b"\x02\x04\x40\x00\x00\x00"
_NULL: Final = b"\x05\x00"


class Request:
    """One request, encoded but for its id. Immutable but for that; agents that are asked the same share one.

    `oids` and `names` (their encoded contents) in the order asked; `version` and `community` as the answer must bear.
    """

    __slots__ = ("__weakref__", "_at", "_octets", "community", "names", "oids", "pdu", "version")

    def __init__(self, version: str, community: str, pdu: int, oids: Sequence[str], most: int = 0) -> None:
        self.version, self.community, self.pdu = VERSIONS[version], community.encode(), pdu
        self.oids = tuple(oids)
        self.names = [encoded(oid) for oid in self.oids]
        bindings = b"".join(
            ber.element(ber.SEQUENCE, ber.element(ber.OBJECT_IDENTIFIER, name) + _NULL) for name in self.names
        )
        rest = ber.write_integer(0) + ber.write_integer(most) + ber.element(ber.SEQUENCE, bindings)
        head = ber.write_integer(self.version) + ber.element(ber.OCTET_STRING, self.community)
        self._octets = bytearray(ber.element(ber.SEQUENCE, head + ber.element(pdu, _SPACE + rest)))
        self._at = len(self._octets) - len(rest) - 4

    def octets(self, number: int) -> bytearray:
        """The datagram with this request id; good until the next call."""
        _NUMBER.pack_into(self._octets, self._at, number)
        return self._octets


def encoded(oid: str) -> bytes:
    """The content octets of an OBJECT IDENTIFIER. Raises `BadEncoding` where it is none."""
    return _kept(oid) if len(oid) <= _USUAL else _encoded(oid)


def _encoded(oid: str) -> bytes:
    numbers = [int(part) if part.isascii() and part.isdigit() else -1 for part in oid.strip(".").split(".")]
    if not 2 <= len(numbers) <= ber.MAX_SUB_IDS or not all(0 <= n <= ber.MAX_SUB_ID for n in numbers):
        raise BadEncoding(f"{oid[:64]!a} is no object identifier")
    if numbers[0] > 2 or (numbers[0] < 2 and numbers[1] > 39):
        raise BadEncoding(f"{oid[:64]!a} is no object identifier")
    whole = ber.write_oid(tuple(numbers))
    return whole[ber.head(whole, 0, len(whole))[1] :]


_kept = lru_cache(maxsize=16_384)(_encoded)


@lru_cache(maxsize=4096)
def get_request(version: str, community: str, oids: tuple[str, ...]) -> Request:
    """The one GET of these; made once. Raises `BadEncoding` (beyond 65,535 octets, or no OIDs)."""
    return Request(version, community, GET, oids)


class Span(NamedTuple):
    """Where in the datagram one value stands: its content's first and behind-last octet."""

    tag: int
    start: int
    stop: int


class Response(NamedTuple):
    """An answer taken apart: `names` are encoded contents, `spans` the values; `number_at` where the id's four octets
    are, 0 if they are not four.
    """

    version: int
    community: bytes
    number: int
    number_at: int
    status: int
    place: int
    names: list[bytes]
    spans: list[Span]


def head_of(data: bytes) -> tuple[int, bytes, int, int, int]:
    """Version, community, tag of the protocol unit, where its content begins and ends. Raises `BadEncoding`."""
    at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    if end != len(data):
        raise BadEncoding("something behind the message")
    version, at = ber.integer(data, at, end)
    start, at = ber.expect(data, at, end, ber.OCTET_STRING)
    pdu, inner, stop = ber.head(data, at, end)
    if stop != end:
        raise BadEncoding("something behind the protocol unit")
    return version, data[start:at], pdu, inner, stop


def read_response(data: bytes) -> Response:
    """A datagram as an answer of version 1 or 2c, at most 512 bindings. Raises nothing but `BadEncoding`."""
    version, community, pdu, at, end = head_of(data)
    if version not in (0, 1):
        raise BadEncoding(f"version {version}")
    if pdu != RESPONSE:
        raise BadEncoding(f"no answer but a protocol unit {pdu:#04x}")
    number, behind = ber.integer(data, at, end)
    number_at, at = (behind - 4 if behind - at == 6 else 0), behind
    status, at = ber.integer(data, at, end)
    place, at = ber.integer(data, at, end)
    at, stop = ber.expect(data, at, end, ber.SEQUENCE)
    if stop != end:
        raise BadEncoding("something behind the bindings")
    names, spans = _bindings(data, at, end)
    return Response(version, community, number, number_at, status, place, names, spans)


def _bindings(data: bytes, at: int, end: int) -> tuple[list[bytes], list[Span]]:
    names: list[bytes] = []
    spans: list[Span] = []
    while at < end:
        at, stop = ber.expect(data, at, end, ber.SEQUENCE)
        start, at = ber.expect(data, at, stop, ber.OBJECT_IDENTIFIER)
        names.append(data[start:at])
        tag, start, at = ber.head(data, at, stop)
        if at != stop:
            raise BadEncoding("something behind a value")
        spans.append(Span(tag, start, at))
        if len(names) > MAX_BINDINGS:
            raise BadEncoding("too many bindings")
    return names, spans


def number_of(data: bytes) -> int:
    """The request id where an answer of usual form has it, without a look at the rest; -1 where there is none."""
    try:
        first = data[1]
        at = 5 if first < 0x80 else first - 0x7B
        at += data[at + 1] + 2
        length = data[at + 1]
        at += 2 if length < 0x80 else length - 0x7E
        if data[at] == 2 and data[at + 1] == 4:
            return int(_NUMBER.unpack_from(data, at + 2)[0])
    except (IndexError, struct.error):
        pass
    return -1
