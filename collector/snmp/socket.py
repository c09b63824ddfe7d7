"""One unconnected UDP socket a family for all agents of versions 1 and 2c, and who is meant by what comes in.

An asker (`UdpAsker`) joins with its agent's address and port. It asks with `ask`, repeats with `send`, and is told by
`hear` (a datagram from its own agent with its request's id) or `fail`, and by `ring` when its time is up; it ends the
request with `end`.
Ids are random and unlike among all that wait; what bears no such id, or comes from elsewhere, is counted, never heard.

Refused ports are told by the kernel's error queue (IP_RECVERR), each with the destination it belongs to, so one agent's
refusal never ends a request to another (Linux; elsewhere a refused port is a time-out).
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

import structlog

from collector.snmp.ber import BadEncoding
from collector.snmp.counts import Counts
from collector.snmp.message import FIRST_NUMBER, Request, number_of, read_response

_log: Final = structlog.get_logger()

Where = tuple[Any, ...]
"""(address, port), in IPv6 with flow and scope: as `recvfrom` says it."""

_LINUX: Final = sys.platform == "linux"
_RECVERR: Final = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
_RCVBUFFORCE: Final = 33
_BUFFER: Final = 4 << 20  # octets, as far as net.core.rmem_max allows
_MOST: Final = 65_535
_READS: Final = 128  # datagrams at a time, so that others get their turn: with its poll's end each takes 0.1 ms or more
_BURST: Final = 64  # sent between two looks at the answers: the usual buffer holds some 270
_REFUSED: Final = {(2, 3, 3), (3, 1, 4)}  # port unreachable: origin, type, code (RFC 792, RFC 4443)
_LOOK_S: Final = 0.05
_FULL: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.ENOMEM})


class Asker(Protocol):
    """Who asks an agent."""

    where: Where
    number: int
    """The id of the request in flight, 0 if none is."""
    rings_at: float
    """When to `ring`, by the loop's clock."""

    def hear_usual(self, data: bytes) -> bool:
        """A datagram that bears the agent's address: False unless it answers the request in flight as always."""
        ...

    def hear(self, data: bytes) -> None:
        """A datagram that bears the agent's address and the request's id; the rest is unproved."""
        ...

    def ring(self) -> None:
        """The time has come, up to 50 ms ago, and the request is still in flight."""
        ...

    def fail(self, refused: bool, detail: str) -> None:
        """The request in flight was refused, or the network says that it did not arrive (it may yet be repeated)."""
        ...

    def doubt(self, detail: str) -> None:
        """The agent sent what is no answer; said if nothing better comes."""
        ...

    def ended(self, number: int) -> bool | None:
        """Of a request that has ended: was it answered? None: never asked, or forgotten."""
        ...


def resolve(address: str, port: int) -> tuple[int, Where]:
    """Family and sockaddr of a numeric address. Raises OSError where it is none, or its zone is unknown."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError as error:
        raise OSError(str(error)) from error
    mapped = found.ipv4_mapped if found.version == 6 else None
    family, _, _, _, where = socket.getaddrinfo(
        str(mapped or found), port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    )[0]
    return family, where


class SnmpSocket:
    """Belongs to one event loop. Raises OSError where there can be none of that family."""

    def __init__(self, family: int, counts: Counts) -> None:
        self.counts = counts
        self._socket = _open(family)
        self._waiting: dict[int, Asker] = {}
        self._peers: dict[Where, tuple[Asker, ...]] = {}
        self._numbers: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._unread = 0
        self._reading = False
        self._sendto: Callable[[bytearray, Where], int] = self._socket.sendto
        self._recvfrom = self._socket.recvfrom
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(self._socket.fileno(), self.read)

    def close(self) -> None:
        """Nothing is heard any more."""
        if self._socket.fileno() >= 0:
            self.loop.remove_reader(self._socket.fileno())
            self._socket.close()
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()

    def join(self, asker: Asker) -> None:
        """What comes from the asker's address is no longer foreign."""
        self._peers[asker.where] = (*self._peers.get(asker.where, ()), asker)

    def leave(self, asker: Asker) -> None:
        """The asker will ask no more."""
        left = tuple(peer for peer in self._peers.get(asker.where, ()) if peer is not asker)
        if left:
            self._peers[asker.where] = left
        else:
            self._peers.pop(asker.where, None)

    def ask(self, asker: Asker, request: Request) -> OSError | None:
        """Send under an id that nobody can guess, the asker's `number` until `end`. As `send` says."""
        numbers, waiting = self._numbers, self._waiting
        number = numbers.pop() if numbers else self._number()
        while number in waiting:
            number = self._number()
        waiting[number] = asker
        asker.number = number
        if self._timer is None:
            self._timer = self.loop.call_later(_LOOK_S, self._look)
        return self.send(request, number, asker.where)

    def _look(self) -> None:
        """Ring where it is time. Almost all are answered at once: to look at the rest costs less than a timer each."""
        now = self.loop.time()
        for asker in list(self._waiting.values()):
            if asker.rings_at <= now and asker.number:
                try:
                    asker.ring()
                except Exception:  # noqa: BLE001 - the others must hear
                    _log.exception("request_not_ended")
        self._timer = self.loop.call_later(_LOOK_S, self._look) if self._waiting else None

    def end(self, number: int) -> None:
        """Answers to this request come too late from now on."""
        self._waiting.pop(number, None)

    def _number(self) -> int:
        if not self._numbers:
            self._numbers = [FIRST_NUMBER | n >> 2 for n in struct.unpack(">1024I", os.urandom(4096))]
        return self._numbers.pop()

    def send(self, request: Request, number: int, where: Where) -> OSError | None:
        """Send the request under this id; what went wrong, None if nothing did (EAGAIN: no room, which may pass).

        Others that were answered may be told from within. With IP_RECVERR the system tells an earlier destination's
        error to whoever sends next: that is taken from the queue, and the datagram sent again.
        """
        self._unread += 1
        if self._unread > _BURST:
            self.read()
        try:
            self._sendto(request.octets(number), where)
        except OSError as error:
            return self._send_again(error, request, number, where)
        self.counts.sent += 1
        return None

    def _send_again(self, error: OSError, request: Request, number: int, where: Where) -> OSError | None:
        failed = error
        for _ in range(2):
            if failed.errno in _FULL:
                break
            self._errors()
            try:
                self._sendto(request.octets(number), where)
            except OSError as another:
                failed = another
            else:
                self.counts.sent += 1
                return None
        if failed.errno in _FULL:
            self.counts.unsent += 1
            return BlockingIOError(errno.EAGAIN, failed.strerror)
        self._errors()
        return failed

    def read(self) -> None:
        """Hear what has come in; the askers are told from within."""
        if self._reading:
            return
        self._reading, self._unread = True, 0
        try:
            self._read()
        finally:
            self._reading = False

    def _read(self) -> None:
        receive, waiting, peers_at = self._recvfrom, self._waiting, self._peers.get
        for heard in range(_READS):
            try:
                data, where = receive(_MOST)
            except BlockingIOError:
                if not heard:
                    self._errors()
                return
            except OSError:
                self._errors()
                continue
            peers = peers_at(where)
            if peers is not None and peers[0].hear_usual(data):
                continue
            asker = waiting.get(number_of(data))
            if asker is not None and asker.where == where:
                asker.hear(data)
            else:
                self._stray(data, where)

    def _stray(self, data: bytes, where: Where) -> None:
        """What is no answer to a request in flight, at the first look."""
        peers = self._peers.get(where)
        if peers is None:
            self.counts.foreign += 1
            return
        try:
            number = read_response(data).number
        except BadEncoding as error:
            self.counts.damaged += 1
            for peer in peers:
                peer.doubt(str(error))
            return
        for peer in peers:
            if number and peer.number == number:
                peer.hear(data)
                return
            if (answered := peer.ended(number)) is not None:
                if answered:
                    self.counts.doubled += 1
                else:
                    self.counts.late += 1
                return
        self.counts.forged += 1

    def _errors(self) -> None:
        """Empty the error queue; each entry bears the destination that it is about, and the start of what was sent."""
        if not _LINUX:
            return
        for _ in range(_READS):
            try:
                sent, ancillary, _flags, where = self._socket.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for _level, kind, told in ancillary:
                if kind in (11, 25) and len(told) >= 16:
                    self._failed(where, sent, *struct.unpack_from("=IBBB", told))

    def _failed(self, where: Where, sent: bytes, number: int, origin: int, kind: int, code: int) -> None:
        refused = (origin, kind, code) in _REFUSED
        if refused:
            self.counts.refused += 1
        else:
            self.counts.unreachable += 1
        asked = number_of(sent)
        for peer in self._peers.get(where, ()):
            if peer.number and asked in (-1, peer.number):
                peer.fail(refused, "connection refused" if refused else os.strerror(number))


def _open(family: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if _LINUX:
        sock.setsockopt(*_RECVERR[socket.AddressFamily(family)], 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    with suppress(OSError):  # beyond net.core.rmem_max, with CAP_NET_ADMIN
        sock.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, _BUFFER)
    return sock
