"""One socket for all echo requests of a family.

Round trips are the kernel's: its receive time stamp less the clock read right before the sending, so that a busy loop
does not lengthen them. Clocks that step between the two change nothing, for stamps are brought to the steady clock.
"""

from __future__ import annotations

import errno
import secrets
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import Final

from collector.icmp import packet
from collector.icmp.filter import restrict
from collector.icmp.requests import Asker, Requests

_SO_TIMESTAMPNS: Final = 35  # its message is a struct timespec
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_IP_RECVERR, _IPV6_RECVERR, _MSG_ERRQUEUE = 11, 25, 0x2000
_BUFFER: Final = 4 << 20  # octets, as far as net.core.rmem_max allows
_STAMP: Final = struct.Struct("@ll")
_EXTENDED: Final = struct.Struct("@IBBBBII")  # struct sock_extended_err
_NOTES: Final = 256  # octets of control messages
_LONGEST: Final = 256
_AT_ONCE: Final = 256  # answers read in one go, so that the loop's other work is not starved
_BURST: Final = 64  # sent between two looks at the answers: the usual buffer holds some 270
_STEP_NS: Final = 1_000_000
_IDLE_NS: Final = 200_000
_NO_STAMP: Final = 1 << 63


class EchoSocket:
    """A ping socket where net.ipv4.ping_group_range allows one, else a raw one; `raw` asks for one of the two. Raises
    OSError without the right to it."""

    def __init__(self, six: bool, raw: bool | None = None) -> None:
        self.six = six
        self._socket, self.raw = _opened(six, raw)
        self.requests = Requests(six, self._prepared())
        self._sendto: Callable[..., int] = self._socket.sendto
        self._skip_header = self.raw and not six
        self._unread = 0
        self._reading = False
        self._sent = 0
        self.barred = False  # was the last one kept back by our own system?
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
            ident = secrets.randbelow(1 << 16)
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

    def send(self, address: str, asker: Asker) -> int | None:
        """Send one request; its number, None where there is no way to the address."""
        self._unread += 1
        if self._unread > _BURST:
            self.read()
        octets = self.requests.next()
        number = self.requests.number  # who is told meanwhile may ask anew
        sendto, where, sent = self._sendto, (address, 0), monotonic_ns()
        if sent - self._sent > _IDLE_NS:
            with suppress(OSError):  # never sent (out of band): code that is not in the caches takes microseconds
                sendto(octets, socket.MSG_OOB, where)
            sent = monotonic_ns()
        self._sent = sent
        try:
            sendto(octets, where)
        except OSError as error:
            failed = self._again(error, octets, where)
            if failed is not None:
                self.barred = isinstance(failed, PermissionError)
                asker.complained(failed.strerror or str(failed))
                return None
        return self.requests.sent(asker, address, sent, number, octets)

    def _again(self, error: OSError, octets: bytes, where: tuple[str, int]) -> OSError | None:
        """A ping socket tells an earlier request's error with the next call, whatever its address; a full buffer may
        have room again. What went wrong, None if nothing did."""
        if error.errno not in (errno.EAGAIN, errno.ENOBUFS) and self.raw:
            return error
        self.read()
        try:
            self._socket.sendto(octets, where)
        except OSError as failed:
            return failed
        return None

    def read(self) -> None:
        """Take what has come and tell the askers; not from within, for who is told may ask anew."""
        if self._reading:
            return
        self._reading = True
        try:
            self._read()
        finally:
            self._reading = False

    def _read(self) -> None:
        self._unread = taken = 0
        recvmsg, take, offset, stamp_of = self._socket.recvmsg, self.requests.take, self._clocks(), _STAMP.unpack
        now, skip_header = monotonic_ns(), self._skip_header
        for _ in range(_AT_ONCE):
            try:
                octets, notes, _, sender = recvmsg(_LONGEST, _NOTES)
            except BlockingIOError:
                break
            except OSError:
                taken = -_AT_ONCE  # an error of some request: its details are in the queue
                continue
            taken += 1
            at = (octets[0] & 0x0F) * 4 if skip_header else 0
            try:
                seconds, ns = stamp_of(notes[0][2])
                stamp = seconds * 1_000_000_000 + ns - offset  # when the kernel received it, by the steady clock
            except (IndexError, struct.error):
                stamp = 0  # it did not say
            if not take(octets, at, stamp, sender[0], now):
                self._complaint(octets, at, sender[0])
        if taken <= 0 and not self.raw:
            self._read_errors()

    def _clocks(self) -> int:
        """How far the wall clock is from the steady one, ns; where it has stepped, so far that no stamp is of use."""
        offset, before = time.time_ns() - time.monotonic_ns(), self._offset
        self._offset = offset
        return offset if abs(offset - before) < _STEP_NS else _NO_STAMP

    def _complaint(self, octets: bytes, at: int, sender: str) -> None:
        """A raw socket hears errors as datagrams."""
        quote = packet.quoted(self.six, octets, at) if self.raw else None
        if quote is None:
            self.requests.strays.damaged += 1
            return
        family = socket.AF_INET6 if self.six else socket.AF_INET
        where = socket.inet_ntop(family, packet.destination(self.six, octets, at))
        kind, code, sequence = quote
        self.requests.blame(sequence, where, f"{packet.reason(self.six, kind, code)}, says {sender}")

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
                    if origin in (2, 3) and len(octets) >= 8:  # ICMP or ICMPv6, not our own system
                        error = packet.reason(self.six, icmp, code) + _offender(note)
                        self.requests.blame(int.from_bytes(octets[6:8], "big"), asked[0], error)


def _opened(six: bool, raw: bool | None) -> tuple[socket.socket, bool]:
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    if not raw:
        try:
            return socket.socket(family, socket.SOCK_DGRAM, protocol), False
        except PermissionError:
            if raw is False:
                raise
    return socket.socket(family, socket.SOCK_RAW, protocol), True


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
