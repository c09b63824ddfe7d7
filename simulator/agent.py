"""One UDP socket that answers for all simulated devices, each from its own loopback address (IP_PKTINFO, Linux)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import Final

from simulator.respond import respond
from simulator.unit import Unit

MAX_REQUEST: Final = 4096
BURST: Final = 200
BUFFER: Final = 8 << 20
_PKTINFO: Final = 8  # IP_PKTINFO; Python names it only since 3.14
_BIND_TO_DEVICE: Final = 25
_SPACE: Final = socket.CMSG_SPACE(12)


class PortTaken(Exception):
    """An address and port that cannot be had: in use or not allowed; the text says which."""

    def __init__(self, address: str, port: int, reason: str) -> None:
        super().__init__(f"{address}:{port}: {reason}")
        self.address = address
        self.port = port


class Agent:
    """Answers from `open` until `close`; `clock` gives the simulated instant."""

    def __init__(self, units: Iterable[Unit], clock: Callable[[], int]) -> None:
        self._units = {unit.address: unit for unit in units}
        self._clock = clock
        self._socket: socket.socket | None = None
        self.answered = 0

    def open(self, port: int) -> None:
        """Listen on every loopback address at `port`. Raises `PortTaken`."""
        self._socket = _listen(port)
        asyncio.get_running_loop().add_reader(self._socket, self._readable, self._socket)

    def close(self) -> None:
        """Stop; what would have come late does not come."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _readable(self, sock: socket.socket) -> None:
        # A burst at a time, so that the kiosks' connections get their turn as well.
        for _ in range(BURST):
            try:
                datagram, ancillary, flags, peer = sock.recvmsg(MAX_REQUEST, _SPACE)
            except BlockingIOError:
                return
            except OSError:
                continue
            if ancillary and not flags & socket.MSG_TRUNC:
                self._asked(datagram, ancillary[0][2][8:12], peer)

    def _asked(self, datagram: bytes, address: bytes, peer: tuple[str, int]) -> None:
        unit = self._units.get(address)
        if unit is None:
            return
        t = self._clock()
        answer = respond(unit, datagram, t)
        if answer is None:
            return
        if delay := unit.situation(t).delay_ms + unit.layout.delay_ms:
            asyncio.get_running_loop().call_later(delay / 1000, self._send_late, unit, answer, peer)
        else:
            self._send(answer, address, peer)

    def _send_late(self, unit: Unit, answer: bytes, peer: tuple[str, int]) -> None:
        if not unit.situation(self._clock()).silent:
            self._send(answer, unit.address, peer)

    def _send(self, answer: bytes, address: bytes, peer: tuple[str, int]) -> None:
        if self._socket is None:
            return
        info = bytes(4) + address + bytes(4)
        try:
            self._socket.sendmsg([answer], [(socket.IPPROTO_IP, _PKTINFO, info)], 0, peer)
            self.answered += 1
        except OSError:  # a full buffer or a peer that went away: lost, as datagrams are
            return


def _listen(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        # Simulated devices are nobody's business beyond this machine.
        with contextlib.suppress(PermissionError):  # kernels before 5.7 let root alone do this
            sock.setsockopt(socket.SOL_SOCKET, _BIND_TO_DEVICE, b"lo")
        sock.bind(("0.0.0.0", port))  # noqa: S104
    except OSError as error:
        sock.close()
        raise PortTaken("0.0.0.0", port, error.strerror or str(error)) from error  # noqa: S104
    return sock
