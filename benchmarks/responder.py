"""A fast SNMP agent for benchmarks: one fixed answer of 14 values on every 127.x.y.z, from one socket.

Run `python -m benchmarks.responder PORT CPU`: it answers each GET of v2c with the request's own id and names, pinned
to one core so that what is measured beside it has the other.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Final

_COUNTER: Final = bytes.fromhex("410400123456")


def _length(octets: bytes, at: int) -> tuple[int, int]:
    """BER length at `at`: value and where the content begins."""
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    return int.from_bytes(octets[at + 1 : at + 1 + size], "big"), at + 1 + size


def _wrap(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    if size < 0x100:
        return bytes((tag, 0x81, size)) + content
    return bytes((tag, 0x82, size >> 8, size & 0xFF)) + content


class Answers:
    """Answers by request with its id blanked: the names are the same in each poll, so the values are built once."""

    def __init__(self) -> None:
        self._built: dict[bytes, bytes] = {}

    def answer(self, request: bytes) -> bytes:
        """The response to a GET (or GETNEXT, GETBULK: end of the view). Raises IndexError for what is none."""
        _, at = _length(request, 1)
        head_at = at
        for _ in range(2):
            size, at = _length(request, at + 1)
            at += size
        head, pdu = request[head_at:at], request[at]
        _, at = _length(request, at + 1)
        size, start = _length(request, at + 1)
        number, rest = request[at : start + size], request[start + size :]
        key = bytes((pdu,)) + rest
        values = self._built.get(key)
        if values is None:
            values = self._built[key] = _values(rest, pdu == 0xA0)
        return _wrap(0x30, head + _wrap(0xA2, number + values))


def _values(rest: bytes, is_get: bool) -> bytes:
    """Status, index and bindings of the response for the bindings of a request."""
    at = 6
    _, at = _length(rest, at + 1)
    bindings = b""
    while at < len(rest):
        size, start = _length(rest, at + 1)
        name_size, name_start = _length(rest, start + 1)
        name = rest[start : name_start + name_size]
        bindings += _wrap(0x30, name + (_COUNTER if is_get else b"\x82\x00"))
        at = start + size
    return b"\x02\x01\x00\x02\x01\x00" + _wrap(0x30, bindings)


def serve(port: int) -> None:
    """Answer until the parent process is gone."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
    wire.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO: the address that was asked answers
    wire.bind(("0.0.0.0", port))
    wire.settimeout(2.0)
    answers = Answers()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    parent = os.getppid()
    while os.getppid() == parent:
        try:
            octets, notes, _, peer = wire.recvmsg(4096, 64)
        except TimeoutError:
            continue
        local = notes[0][2][4:8]
        note = (socket.IPPROTO_IP, 8, bytes(4) + local + bytes(4))
        wire.sendmsg([answers.answer(octets)], [note], 0, peer)


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[2])})
    serve(int(sys.argv[1]))
