"""What the kernel lets through to a raw ICMP socket: replies to our id, and errors about our requests (classic BPF)."""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import Final

_SO_ATTACH_FILTER: Final = 26
_SOL_RAW, _ICMP_FILTER, _ICMPV6_FILTER = 255, 1, 1
_REPLY, _ERRORS = 0, (3, 11, 12)  # RFC 792: echo reply; unreachable, time exceeded, parameter problem
_REPLY_6, _ERRORS_6 = 129, (1, 2, 3, 4)  # RFC 4443: echo reply; all of its errors

# operations of classic BPF
_LOAD_OCTET, _LOAD_HALF, _LOAD_OCTET_X, _LOAD_HALF_X = 0x30, 0x28, 0x50, 0x48
_LOAD_X_HEADER, _IS, _AND, _SHIFT, _ADD_X, _TO_X, _RETURN = 0xB1, 0x15, 0x54, 0x64, 0x0C, 0x07, 0x06

_Step = tuple[int, int, int, int]


def program(six: bool, ident: int) -> list[_Step]:
    """Steps (operation, jump if true, jump if false, operand) that keep a packet about echo id `ident`, drop others."""
    return _six(ident) if six else _four(ident)


def _four(ident: int) -> list[_Step]:
    """A raw IPv4 socket's filter sees the packet from its IP header on."""
    return [
        (_LOAD_X_HEADER, 0, 0, 0),
        (_LOAD_OCTET_X, 0, 0, 0),  # type
        (_IS, 10, 0, _REPLY),
        *((_IS, 2 - n, 0 if n < 2 else 10, kind) for n, kind in enumerate(_ERRORS)),
        (_LOAD_OCTET_X, 0, 0, 8),  # the header that the error quotes
        (_AND, 0, 0, 0x0F),
        (_SHIFT, 0, 0, 2),
        (_ADD_X, 0, 0, 0),
        (_TO_X, 0, 0, 0),
        (_LOAD_HALF_X, 0, 0, 12),  # its id
        (_IS, 2, 3, ident),
        (_LOAD_HALF_X, 0, 0, 4),  # the reply's id
        (_IS, 0, 1, ident),
        (_RETURN, 0, 0, 0xFFFF),
        (_RETURN, 0, 0, 0),
    ]


def _six(ident: int) -> list[_Step]:
    """A raw ICMPv6 socket's filter sees the packet from its ICMP header on; an error quotes 40 octets more."""
    return [
        (_LOAD_OCTET, 0, 0, 0),
        (_IS, 6, 0, _REPLY_6),
        *((_IS, 3 - n, 0 if n < 3 else 5, kind) for n, kind in enumerate(_ERRORS_6)),
        (_LOAD_HALF, 0, 0, 52),
        (_IS, 2, 3, ident),
        (_LOAD_HALF, 0, 0, 4),
        (_IS, 0, 1, ident),
        (_RETURN, 0, 0, 0xFFFF),
        (_RETURN, 0, 0, 0),
    ]


def restrict(wire: socket.socket, six: bool, ident: int) -> None:
    """Let only that through to a raw socket. Raises OSError."""
    if six:
        open_types = {_REPLY_6, *_ERRORS_6}
        words = [sum(1 << bit for bit in range(32) if word * 32 + bit not in open_types) for word in range(8)]
        wire.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, struct.pack("@8I", *words))
    else:
        blocked = 0xFFFFFFFF & ~sum(1 << kind for kind in (_REPLY, *_ERRORS))
        wire.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("@I", blocked))
    steps = b"".join(struct.pack("@HBBI", *step) for step in program(six, ident))
    held = ctypes.create_string_buffer(steps)
    wire.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(steps) // 8, ctypes.addressof(held)))
