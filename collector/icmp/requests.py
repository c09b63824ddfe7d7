"""Which echo request an answer belongs to: by address, id, sequence and payload; all else is counted and left."""

from __future__ import annotations

import os
import secrets
import socket
import time
from array import array
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from collector.icmp import packet

_RING: Final = 1 << 16
_DRAWN: Final = 1 << 10  # nonces at a time
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


class Requests:
    """All requests of a socket whose echo id is `ident`. Each bears a secret of this process, its number, and a nonce:
    who has not seen a request cannot answer it."""

    def __init__(self, six: bool, ident: int) -> None:
        self.strays = Strays()
        self.number = (secrets.randbits(38) << 10) - 1  # nonces are drawn for the first
        self.ident, self._secret = ident, secrets.randbits(64)
        self._request, self._reply = (128, 129) if six else (8, 0)
        self._constant = packet.constant(six, ident, self._secret)
        self._pack, self._unpack = packet.ECHO.pack, packet.ECHO.unpack_from
        self._waiting: dict[int, tuple[Asker, str, int, bytes]] = {}  # with what the reply must bear
        self._nonces = array("Q", bytes(8 * _RING))
        self._fates = bytearray(_RING)

    def __len__(self) -> int:
        """Those that are neither answered nor forgotten."""
        return len(self._waiting)

    def next(self) -> bytes:
        """The next request's octets; IPv4's checksum is right, IPv6's is the kernel's business."""
        number = self.number = self.number + 1
        slot = number & 0xFFFF
        if not slot & _DRAWN - 1:
            self._nonces[slot : slot + _DRAWN] = array("Q", os.urandom(8 * _DRAWN))
        nonce = self._nonces[slot]
        total = (self._constant + slot + number + nonce) % 0xFFFF
        return self._pack(self._request, 0, 0xFFFF - total, self.ident, slot, self._secret, number, nonce)

    def sent(self, asker: Asker, address: str, at: int, number: int, octets: bytes) -> int:
        """What `next` gave as `number` went to `address` at `at` (ns of the steady clock); its number."""
        self._waiting[number] = (asker, address, at, octets[4:32])
        return number

    def askers(self) -> list[Asker]:
        """Who still waits for an answer, as often as requests of his are waited for."""
        return [asker for asker, *_ in self._waiting.values()]

    def forget(self, number: int) -> None:
        """An answer to it will be late."""
        if self._waiting.pop(number, None) is not None:
            self._fates[number & 0xFFFF] = _LOST

    def take(self, octets: bytes, at: int, stamp: int, sender: str, now: int = 0) -> bool:
        """What came from `sender`, ICMP from octet `at` on, at `stamp` (ns of the steady clock; of no use where it is
        before the sending or in the future: `now` is an instant that is surely over). False: no echo reply."""
        if len(octets) < at + packet.ECHO.size or octets[at] != self._reply:
            return False
        number = int.from_bytes(octets[at + 16 : at + 24], "big")
        found = self._waiting.get(number)
        if found is None or octets[at + 4 : at + 32] != found[3]:
            self._judge(octets, at)
            return True
        asker, address, sent, _ = found
        if sender != address and canonical(sender) != canonical(address):
            self.strays.foreign += 1
            return True
        del self._waiting[number]
        self._fates[number & 0xFFFF] = _ANSWERED
        if not sent <= stamp <= now:
            now = time.monotonic_ns()
            stamp = stamp if sent <= stamp <= now else now
        asker.answered(number, (stamp - sent) / 1e6)
        return True

    def _judge(self, octets: bytes, at: int) -> None:
        """A reply, but to nothing that is asked now, at least not as it stands."""
        _, _, _, _, sequence, secret, number, nonce = self._unpack(octets, at)
        if number in self._waiting and secret == self._secret:
            self.strays.forged += 1
        else:
            self._stray(secret, number, sequence, nonce)

    def _stray(self, secret: int, number: int, sequence: int, nonce: int) -> None:
        age = self.number - number
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

    def blame(self, sequence: int, address: str, error: str) -> None:
        """An ICMP error quotes the request of that sequence to that address."""
        number = self.number - (self.number - sequence & 0xFFFF)
        found = self._waiting.get(number)
        if found is not None and canonical(found[1]) == canonical(address):
            found[0].complained(error)
        else:
            self.strays.foreign += 1


def canonical(address: str) -> str:
    """One spelling of an address; a zone by its interface's name."""
    host, _, zone = address.partition("%")
    with suppress(OSError, ValueError):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        host = socket.inet_ntop(family, socket.inet_pton(family, host))
        zone = socket.if_indextoname(int(zone)) if zone.isdigit() else zone
    return f"{host}%{zone}" if zone else host
