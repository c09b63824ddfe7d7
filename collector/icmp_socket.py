"""One socket for all echo requests of a family: sends, and tells whose answer each datagram is.

Round trips are the kernel's: its receive time stamp less the clock read right before the sending, so that a busy loop
does not lengthen them. Clocks that step between the two change nothing, for stamps are brought to the steady clock.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import struct
import sys
import time
from array import array
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from collector import icmp_packet as packet
from collector.icmp_filter import restrict

_SO_TIMESTAMPNS: Final = 35  # also the type of its message; the stamp is a struct timespec
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_IP_RECVERR, _IPV6_RECVERR, _MSG_ERRQUEUE = 11, 25, 0x2000
_BUFFER: Final = 4 << 20  # octets, as far as net.core.rmem_max allows
_STAMP: Final = struct.Struct("@ll")
_EXTENDED: Final = struct.Struct("@IBBBBII")  # struct sock_extended_err
_NOTES: Final = 256  # octets of control messages
_LONGEST: Final = 256
_AT_ONCE: Final = 256  # answers read in one go, so that the loop's other work is not starved
_BURST: Final = 64  # sent between two looks at the answers: the usual buffer holds some 270
_RING: Final = 1 << 16
_DRAWN: Final = 1 << 10  # nonces at a time
_STEP_NS: Final = 1_000_000
_LOST, _ANSWERED = 1, 2


class Asker(Protocol):
    """Who sent a request and is told what came of it."""

    def answered(self, number: int, rtt_ms: float) -> None:
        """Request `number` was answered after so many ms."""

    def complained(self, error: str) -> None:
        """A router or the host says that a request cannot be delivered; an answer may still come."""


@dataclass(slots=True)
class Strays:
    """Datagrams that answer nothing that is asked now: `late` (given up before), `doubled`, `foreign` (from an address
    that was not asked, or to another program), `forged` (right address, wrong sequence or payload), `damaged`."""

    late: int = 0
    doubled: int = 0
    foreign: int = 0
    forged: int = 0
    damaged: int = 0


class EchoSocket:
    """A ping socket where net.ipv4.ping_group_range allows one, else a raw one. Raises OSError without the right to
    either. `raw` asks for one of the two."""

    def __init__(self, six: bool, raw: bool | None = None) -> None:
        self.six, self.strays = six, Strays()
        self._socket, self.raw = _opened(six, raw)
        self._skip_header = self.raw and not six
        self._request, self._reply = (128, 129) if six else (8, 0)
        self._pack, self._unpack = packet.ECHO.pack, packet.ECHO.unpack_from
        self._ident = self._prepared()
        self._secret = secrets.randbits(64)
        self._constant = packet.constant(six, self._ident, self._secret)
        self._number = (secrets.randbits(38) << 10) - 1  # nonces are drawn for the first
        self._waiting: dict[int, tuple[Asker, str, int, int]] = {}
        self._nonces = array("Q", bytes(8 * _RING))
        self._fates = bytearray(_RING)
        self._unread = 0
        self._offset = time.time_ns() - time.monotonic_ns()

    def _prepared(self) -> int:
        wire = self._socket
        wire.setblocking(False)
        for forced, usual in ((_SO_RCVBUFFORCE, socket.SO_RCVBUF), (_SO_SNDBUFFORCE, socket.SO_SNDBUF)):
            try:
                wire.setsockopt(socket.SOL_SOCKET, forced, _BUFFER)
            except OSError:
                wire.setsockopt(socket.SOL_SOCKET, usual, _BUFFER)
        wire.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self.raw:
            ident = secrets.randbelow(_RING)
            restrict(wire, self.six, ident)
            return ident
        if self.six:
            wire.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            wire.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        wire.bind(("", 0))  # names the id
        return int(wire.getsockname()[1])

    def fileno(self) -> int:
        """For the loop's reader."""
        return self._socket.fileno()

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    @property
    def waiting(self) -> int:
        """Requests that are neither answered nor forgotten."""
        return len(self._waiting)

    def send(self, address: str, asker: Asker) -> int | None:
        """Send one request; its number, None where there is no way to the address."""
        self._unread += 1
        if self._unread > _BURST:
            self.read()
        number = self._number = self._number + 1
        slot = number & 0xFFFF
        if not slot & _DRAWN - 1:
            self._draw(slot)
        nonce = self._nonces[slot]
        total = (self._constant + slot + number + nonce) % 0xFFFF
        octets = self._pack(self._request, 0, 0xFFFF - total, self._ident, slot, self._secret, number, nonce)
        sendto, where = self._socket.sendto, (address, 0)
        sent = time.monotonic_ns()
        try:
            sendto(octets, where)
        except OSError as error:
            if not self._again(error, octets, where):
                return None
        self._fates[slot] = 0
        self._waiting[number] = (asker, address, sent, nonce)
        return number

    def _draw(self, slot: int) -> None:
        """Many nonces at a time: who has not seen a request cannot answer it."""
        self._nonces[slot : slot + _DRAWN] = array("Q", os.urandom(8 * _DRAWN))

    def _again(self, error: OSError, octets: bytes, where: tuple[str, int]) -> bool:
        """A ping socket tells an earlier request's error with the next call, whatever its address; a full buffer may
        have room again."""
        if error.errno not in (errno.EAGAIN, errno.ENOBUFS) and self.raw:
            return False
        self.read()
        try:
            self._socket.sendto(octets, where)
        except OSError:
            return False
        return True

    def forget(self, number: int) -> None:
        """An answer to it will be late."""
        if self._waiting.pop(number, None) is not None:
            self._fates[number & 0xFFFF] = _LOST

    def read(self) -> None:
        """Take what has come and tell the askers."""
        self._unread = 0
        recvmsg = self._socket.recvmsg
        steady = time.monotonic_ns()
        offset = time.time_ns() - steady
        if abs(offset - self._offset) > _STEP_NS:
            self._offset, offset = offset, 1 << 63  # the wall clock stepped: these stamps are of no use
        else:
            self._offset = offset
        taken = 0
        for _ in range(_AT_ONCE):
            try:
                octets, notes, _, sender = recvmsg(_LONGEST, _NOTES)
            except BlockingIOError:
                break
            except OSError:
                taken = -_AT_ONCE  # an error of some request: its details are in the queue
                continue
            taken += 1
            self._take(octets, _stamp(notes, offset), sender[0])
        if taken <= 0 and not self.raw:
            self._read_errors()

    def _take(self, octets: bytes, stamp: int, sender: str) -> None:
        at = (octets[0] & 0x0F) * 4 if self._skip_header else 0
        try:
            kind, _, _, ident, sequence, secret, number, nonce = self._unpack(octets, at)
        except struct.error:
            kind = None
        if kind != self._reply:
            self._complaint(octets, at, sender)
            return
        found = self._waiting.get(number)
        if found is None or secret != self._secret:
            self._stray(secret, number, sequence, nonce)
            return
        asker, address, sent, drawn = found
        if nonce != drawn or sequence != number & 0xFFFF or ident != self._ident:
            self.strays.forged += 1
        elif sender != address and canonical(sender) != canonical(address):
            self.strays.foreign += 1
        else:
            del self._waiting[number]
            self._fates[sequence] = _ANSWERED
            now = time.monotonic_ns()
            asker.answered(number, ((stamp if sent <= stamp <= now else now) - sent) / 1e6)

    def _stray(self, secret: int, number: int, sequence: int, nonce: int) -> None:
        age = self._number - number
        if secret != self._secret:
            self.strays.foreign += 1
        elif age < 0 or sequence != number & 0xFFFF:
            self.strays.forged += 1
        elif age >= _RING - _DRAWN:
            self.strays.late += 1
        elif nonce != self._nonces[sequence]:
            self.strays.forged += 1
        elif self._fates[sequence] == _ANSWERED:
            self.strays.doubled += 1
        else:
            self.strays.late += 1

    def _complaint(self, octets: bytes, at: int, sender: str) -> None:
        """A raw socket hears errors as datagrams."""
        quote = packet.quoted(self.six, octets, at) if self.raw else None
        if quote is None:
            self.strays.damaged += 1
            return
        where = socket.inet_ntop(
            socket.AF_INET6 if self.six else socket.AF_INET, packet.destination(self.six, octets, at)
        )
        kind, code, sequence = quote
        self._blame(sequence, where, f"{packet.reason(self.six, kind, code)}, says {sender}")

    def _read_errors(self) -> None:
        """A ping socket keeps errors in a queue of their own, each with the address that was asked."""
        for _ in range(_AT_ONCE):
            try:
                octets, notes, _, asked = self._socket.recvmsg(_LONGEST, _NOTES, _MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, note in notes:
                if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
                    _, origin, icmp, code, *_ = _EXTENDED.unpack_from(note)
                    if origin in (2, 3) and len(octets) >= 8:
                        sequence = int.from_bytes(octets[6:8], "big")
                        self._blame(sequence, asked[0], packet.reason(self.six, icmp, code) + _offender(note))

    def _blame(self, sequence: int, address: str, error: str) -> None:
        number = self._number - (self._number - sequence & 0xFFFF)
        found = self._waiting.get(number)
        if found is not None and canonical(found[1]) == canonical(address):
            found[0].complained(error)
        else:
            self.strays.foreign += 1


def _opened(six: bool, raw: bool | None) -> tuple[socket.socket, bool]:
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    if not raw:
        try:
            return socket.socket(family, socket.SOCK_DGRAM, protocol), False
        except PermissionError:
            if raw is False:
                raise
    return socket.socket(family, socket.SOCK_RAW, protocol), True


def _stamp(notes: list[tuple[int, int, bytes]], offset: int) -> int:
    """When the kernel received it, by the steady clock; 0 where it did not say."""
    try:
        seconds, ns = _STAMP.unpack(notes[0][2])
    except (IndexError, struct.error):
        return 0
    return int(seconds * 1_000_000_000 + ns - offset)


def _offender(note: bytes) -> str:
    """Who sent an ICMP error: the socket address that follows it in the control message."""
    address = note[_EXTENDED.size :]
    with suppress(ValueError, OSError):
        family = int.from_bytes(address[:2], sys.byteorder)
        if family == socket.AF_INET:
            return f", says {socket.inet_ntop(family, address[4:8])}"
        if family == socket.AF_INET6:
            return f", says {socket.inet_ntop(family, address[8:24])}"
    return ""


def canonical(address: str) -> str:
    """One spelling of an address; a zone by its interface's name."""
    host, _, zone = address.partition("%")
    with suppress(OSError, ValueError):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        host = socket.inet_ntop(family, socket.inet_pton(family, host))
        zone = socket.if_indextoname(int(zone)) if zone.isdigit() else zone
    return f"{host}%{zone}" if zone else host
