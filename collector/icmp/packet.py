"""An echo request and what comes back to it (RFC 792, RFC 4443): pack, take apart, name an error."""

from __future__ import annotations

import struct
from typing import Final

ECHO: Final = struct.Struct("!BBHHHQQQ32x")  # type, code, checksum, id, sequence, secret, number, nonce; 64 octets
_QUOTE: Final = struct.Struct("!BBHHH")

_REASONS: Final = {
    (3, 0): "network unreachable",
    (3, 1): "host unreachable",
    (3, 2): "protocol unreachable",
    (3, 3): "port unreachable",
    (3, 9): "network prohibited",
    (3, 10): "host prohibited",
    (3, 13): "prohibited by a filter",
    (11, 0): "time to live used up",
}
_REASONS_6: Final = {
    (1, 0): "no route",
    (1, 1): "prohibited by a filter",
    (1, 3): "host unreachable",
    (1, 4): "port unreachable",
    (3, 0): "hop limit used up",
}


def constant(six: bool, ident: int, secret: int) -> int:
    """What the parts of a request that stay add to its checksum: 2^16 is 1 modulo 65535, so the ones' complement sum of
    a packet's halves is that of its numbers, whatever their size."""
    return (128 << 8 if six else 8 << 8) + ident + secret


def quoted(six: bool, octets: bytes, at: int) -> tuple[int, int, int] | None:
    """Of an error that begins at `at`: its type and code and the sequence of the request that it quotes, of which eight
    octets are certain; None if it quotes no echo request."""
    header = 40 if six else (octets[at + 8] & 0x0F) * 4 if len(octets) > at + 8 else 0
    inner = at + 8 + header
    if header < 20 or len(octets) < inner + _QUOTE.size:
        return None
    kind, _, _, _, sequence = _QUOTE.unpack_from(octets, inner)
    if kind != (128 if six else 8):
        return None
    return octets[at], octets[at + 1], sequence


def destination(six: bool, octets: bytes, at: int) -> bytes:
    """The address, 4 or 16 octets, to which the request went that the error at `at` quotes."""
    return octets[at + 32 : at + 48] if six else octets[at + 24 : at + 28]


def reason(six: bool, kind: int, code: int) -> str:
    """An error in words."""
    known = (_REASONS_6 if six else _REASONS).get((kind, code))
    return known or f"ICMP{'v6' if six else ''} error {kind}/{code}"
