"""What one value of an SNMP answer says, as devices really send them; what cannot be relied on is no value.

Tolerated beyond RFC 3416: an INTEGER of up to 8 octets, padded or not; a counter or gauge of 4 octets (8: Counter64)
whose top bit is set though unsigned numbers take a further octet for it. No value: a counter that is negative in fewer
octets, a number that does not fit its type, an IpAddress of other than 4 octets, NULL and the three exceptions.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from collector.reading import Raw
from collector.snmp import ber
from collector.snmp.ber import BadEncoding

OPAQUE: Final = 0x44
_FLOAT: Final = b"\x9f\x78\x04"  # net-snmp's, after draft-perkins-opaque-01
_DOUBLE: Final = b"\x9f\x79\x08"
_USUAL: Final = 48  # octets of an OID that is worth keeping; nobody shall fill the memory with longer ones


def oid_text(content: bytes) -> str:
    """The content octets of an OBJECT IDENTIFIER in dots. Raises `BadEncoding`."""
    return _kept(content) if len(content) <= _USUAL else _text(content)


def _text(content: bytes) -> str:
    return ".".join(map(str, ber.parse_oid(content)))


_kept = lru_cache(maxsize=16_384)(_text)


def integer(content: bytes) -> Raw:
    """A signed number of 1 to 8 octets."""
    return int.from_bytes(content, "big", signed=True) if 0 < len(content) <= 8 else None


def unsigned32(content: bytes) -> Raw:
    """A Counter32, Gauge32 (Unsigned32) or TimeTicks."""
    return _unsigned(content, 4)


def unsigned64(content: bytes) -> Raw:
    """A Counter64."""
    return _unsigned(content, 8)


def _unsigned(content: bytes, octets: int) -> int | None:
    if len(content) == octets:
        return int.from_bytes(content, "big")
    if not content or len(content) > octets + 1 or content[0] & 0x80:
        return None
    number = int.from_bytes(content, "big")
    return number if number >> 8 * octets == 0 else None


def octets(content: bytes) -> Raw:
    """An OCTET STRING."""
    return content


def oid(content: bytes) -> Raw:
    """An OBJECT IDENTIFIER in dots."""
    try:
        return oid_text(content)
    except BadEncoding:
        return None


def ip_address(content: bytes) -> Raw:
    """An IpAddress in dots."""
    return ".".join(map(str, content)) if len(content) == 4 else None


def opaque(content: bytes) -> Raw:
    """A float or double within an Opaque; any other is no value."""
    head, rest = content[:3], content[3:]
    if (head, len(rest)) == (_FLOAT, 4):
        number: float = struct.unpack(">f", rest)[0]
    elif (head, len(rest)) == (_DOUBLE, 8):
        number = struct.unpack(">d", rest)[0]
    else:
        return None
    return number if math.isfinite(number) else None


def nothing(_: bytes) -> Raw:
    """NULL, noSuchObject, noSuchInstance, endOfMibView, and types that nobody knows."""
    return None


READ: Final[dict[int, Callable[[bytes], Raw]]] = {
    ber.INTEGER: integer,
    ber.OCTET_STRING: octets,
    ber.OBJECT_IDENTIFIER: oid,
    ber.IP_ADDRESS: ip_address,
    ber.COUNTER32: unsigned32,
    ber.GAUGE32: unsigned32,
    ber.TIME_TICKS: unsigned32,
    ber.COUNTER64: unsigned64,
    OPAQUE: opaque,
}
"""How the content of a value is read, by its tag; `nothing` for all others. None of them raises."""
