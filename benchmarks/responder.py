"""A fast SNMP agent for benchmarks: one answer of 14 values on every 127.x.y.z, from one socket.

The last two values are others in every answer, as those of a device are that counts its time and its work.

Run `python -m benchmarks.responder PORT CPU [--delay MS] [--loss SHARE] [--count FILE]`: it answers each GET of v2c
with the request's own id and names, pinned to one core so that what is measured beside it has the other; after so
many ms; but for so large a share. The file, of 8 octets, holds how many requests it has answered.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_COUNTER: Final = bytes.fromhex("410400123456")
_FIRST: Final = 0x00100000


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
    """Answers by request with its id blanked: the names are the same in each poll, so most of it is built once."""

    def __init__(self) -> None:
        self._built: dict[bytes, list[bytes]] = {}
        self._told = 0

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
        pieces = self._built.get(key)
        if pieces is None:
            pieces = self._built[key] = _pieces(rest, pdu == 0xA0)
        self._told += 1
        values = (_FIRST + (self._told & 0xFFFFFF)).to_bytes(4, "big").join(pieces)
        return _wrap(0x30, head + _wrap(0xA2, number + values))


def _pieces(rest: bytes, is_get: bool) -> list[bytes]:
    """Status, index and bindings of the response to the bindings of a request, without the last two values of a GET."""
    at = 0
    for _ in range(2):
        size, at = _length(rest, at + 1)
        at += size
    _, at = _length(rest, at + 1)
    bindings = []
    while at < len(rest):
        size, start = _length(rest, at + 1)
        name_size, name_start = _length(rest, start + 1)
        name = rest[start : name_start + name_size]
        bindings.append(_wrap(0x30, name + (_COUNTER if is_get else b"\x82\x00")))
        at = start + size
    whole = b"\x02\x01\x00\x02\x01\x00" + _wrap(0x30, b"".join(bindings))
    if not is_get or len(bindings) < 2:
        return [whole]
    return [whole[: -len(bindings[-1]) - 4], bindings[-1][:-4], b""]


class Responder:
    """One socket that answers until the parent process is gone."""

    def __init__(self, port: int, delay_s: float, loss: float, count: mmap.mmap | None) -> None:
        self._delay_s, self._loss, self._count = delay_s, loss, count
        self._answers, self.answered = Answers(), 0
        self._waiting: deque[tuple[float, tuple[Any, ...]]] = deque()
        self._wire = wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for name in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            wire.setsockopt(socket.SOL_SOCKET, name, 8 << 20)
        wire.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO: the address that was asked answers
        wire.bind(("0.0.0.0", port))

    def serve(self) -> None:
        """Until the parent process is gone."""
        parent, waiting, wire = os.getppid(), self._waiting, self._wire
        while os.getppid() == parent:
            wire.settimeout(max(0.0005, waiting[0][0] - time.monotonic()) if waiting else 2.0)
            with suppress(TimeoutError, BlockingIOError):
                self._hear()
            while waiting and waiting[0][0] <= time.monotonic():
                wire.sendmsg(*waiting.popleft()[1])

    def _hear(self) -> None:
        """Answer what there is; TimeoutError if nothing comes."""
        wire, answer = self._wire, self._answers.answer
        for _ in range(32 if self._delay_s else 1024):
            octets, notes, _, peer = wire.recvmsg(4096, 64)
            if self._loss and random.random() < self._loss:
                continue
            note = (socket.IPPROTO_IP, 8, bytes(4) + notes[0][2][4:8] + bytes(4))
            self.answered += 1
            if self._delay_s:
                self._waiting.append((time.monotonic() + self._delay_s, ([answer(octets)], [note], 0, peer)))
                wire.settimeout(0.0)
            else:
                wire.sendmsg([answer(octets)], [note], 0, peer)
            if self._count is not None:
                self._count[:8] = self.answered.to_bytes(8, sys.byteorder)


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description="A fast SNMP agent for benchmarks.")
    parser.add_argument("port", type=int)
    parser.add_argument("cpu", type=int)
    parser.add_argument("--delay", type=float, default=0.0, help="ms")
    parser.add_argument("--loss", type=float, default=0.0, help="share of the requests, 0 to 1")
    parser.add_argument("--count", type=Path)
    given = parser.parse_args()
    os.sched_setaffinity(0, {given.cpu})
    count = None
    if given.count is not None:
        with given.count.open("r+b") as file:
            count = mmap.mmap(file.fileno(), 8)
    responder = Responder(given.port, given.delay / 1000, given.loss, count)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    responder.serve()


if __name__ == "__main__":
    main()
