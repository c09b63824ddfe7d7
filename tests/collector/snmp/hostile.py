"""A UDP peer that does to a request whatever a test wants, and an engine that asks it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from collector.alarm import Alarms
from collector.snmp import ber
from collector.snmp.engine import Engine
from collector.snmp.message import number_of
from collector.snmp.session_udp import UdpSession
from collector.target import Snmp, Target
from tests.collector.snmp.answers import answer

UPTIME = "1.3.6.1.2.1.1.3.0"

Reply = Callable[[bytes], Sequence[bytes]]


def uptime(request: bytes, value: int = 7, *, number: int | None = None, **more: Any) -> bytes:
    """The right answer to a GET of sysUpTime, but for what is given otherwise."""
    content = value.to_bytes(2, "big")
    return answer(number or number_of(request), [(UPTIME, ber.TIME_TICKS, content)], **more)


@dataclass
class Peer(asyncio.DatagramProtocol):
    """Sends what `reply` says to each request, from the address it was asked at; `asked` keeps the requests."""

    reply: Reply
    asked: list[tuple[bytes, Any]] = field(default_factory=list)
    where: tuple[str, int] = ("", 0)
    transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.asked.append((data, addr))
        for one in self.reply(data):
            self.transport.sendto(one, addr)

    def say(self, data: bytes) -> None:
        """Send it to who asked last."""
        self.transport.sendto(data, self.asked[-1][1])


@asynccontextmanager
async def peer(reply: Reply, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Peer]:
    one = Peer(reply)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: one, (host, port))
    one.where = transport.get_extra_info("sockname")[:2]
    try:
        yield one
    finally:
        transport.close()
        await asyncio.sleep(0)


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine of the running loop."""
    alarms = Alarms()
    one = Engine(alarms)
    try:
        yield one
    finally:
        one.close()
        alarms.close()


def session(one: Engine, where: tuple[str, int], version: str = "2c", community: str = "public") -> UdpSession:
    host, port = where
    found = one.open(Target("D", "router", host, snmp=Snmp(version, community, port)))
    assert isinstance(found, UdpSession)
    return found


def soon(seconds: float = 1.0) -> float:
    return asyncio.get_running_loop().time() + seconds


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
        return True
