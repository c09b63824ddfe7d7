"""An SNMP agent that says what a test wants it to say: a real UDP socket, answers built by hand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Value = int | bytes | str | None
"""A text is an OID."""
GET, GETNEXT, GETBULK = 0xA0, 0xA1, 0xA5


def tlv(tag: int, body: bytes) -> bytes:
    """One BER element."""
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    return bytes([tag, 0x82, len(body) >> 8, len(body) & 255]) + body


def parts(data: bytes) -> list[tuple[int, bytes]]:
    """The elements that stand one after another in `data`."""
    found, at = [], 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start], "big")
        found.append((tag, data[start : start + length]))
        at = start + length
    return found


def oid_text(body: bytes) -> str:
    numbers, value = [body[0] // 40, body[0] % 40], 0
    for octet in body[1:]:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def oid_body(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    body = bytes([first * 40 + second])
    for number in rest:
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(number & 0x7F | 0x80)
        body += bytes(reversed(septets))
    return body


def encoded(value: Value) -> bytes:
    if value is None:
        return tlv(0x81, b"")  # noSuchInstance
    if isinstance(value, bytes):
        return tlv(4, value)
    if isinstance(value, str):
        return tlv(6, oid_body(value))
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


@dataclass
class Agent(asyncio.DatagramProtocol):
    """Serves `objects`, `delay` seconds late; `lose` of the next datagrams are not heard, nor requests that it is
    `deaf_to`; `forge` turns an answer into the datagrams that are sent instead; requests of more than `most` variables
    are too big. Version 1 names the object that it lacks, or always the first.
    """

    objects: dict[str, Value]
    delay: float = 0.0
    lose: int = 0
    most: int = 1000
    blames_first: bool = False
    forge: Callable[[bytes], Sequence[bytes]] | None = None
    deaf_to: tuple[int, ...] = ()
    asked: list[tuple[int, list[str]]] = field(default_factory=list)
    port: int = 0
    transport: Any = None
    in_flight: int = 0
    crowd: int = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        version, community, (kind, pdu) = parts(parts(data)[0][1])
        request, _, index, bindings = parts(pdu)
        oids = [oid_text(parts(one)[0][1]) for _, one in parts(bindings[1])]
        self.asked.append((kind, oids))
        if self.lose > 0 or kind in self.deaf_to:
            self.lose = max(0, self.lose - 1)
            return
        error, answers = self.answer(kind, oids, version[1], int.from_bytes(index[1], "big"))
        lacking = [n for n, oid in enumerate(oids, 1) if oid not in self.objects]
        place = 1 if self.blames_first or kind != GET or error != 2 else lacking[0]
        body = bindings[1] if error else b"".join(_binding(oid, value) for oid, value in answers)
        reply = tlv(
            0xA2, tlv(2, request[1]) + tlv(2, bytes([error])) + tlv(2, bytes([place if error else 0])) + tlv(0x30, body)
        )
        message = tlv(0x30, tlv(2, version[1]) + tlv(4, community[1]) + reply)
        self.in_flight += 1
        self.crowd = max(self.crowd, self.in_flight)
        asyncio.get_running_loop().call_later(self.delay, self.send, message, addr)

    def send(self, message: bytes, addr: Any) -> None:
        self.in_flight -= 1
        for one in self.forge(message) if self.forge else [message]:
            self.transport.sendto(one, addr)

    def answer(self, kind: int, oids: list[str], version: bytes, most: int) -> tuple[int, list[tuple[str, Value]]]:
        if len(oids) > self.most:
            return 1, []
        if kind == GET:
            if version == b"\0" and any(oid not in self.objects for oid in oids):
                return 2, []
            return 0, [(oid, self.objects.get(oid)) for oid in oids]
        later = sorted((key(oid), oid) for oid in self.objects if key(oid) > key(oids[0]))
        if not later:
            return (2, []) if version == b"\0" else (0, [(oids[0], None)])
        return 0, [(oid, self.objects[oid]) for _, oid in later[: most if kind == GETBULK else 1]]


def key(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


def _binding(oid: str, value: Value) -> bytes:
    return tlv(0x30, tlv(6, oid_body(oid)) + encoded(value))


@asynccontextmanager
async def agent(objects: Mapping[str, Value], **more: Any) -> AsyncIterator[Agent]:
    """An agent on a free loopback port."""
    one = Agent(dict(objects), **more)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: one, ("127.0.0.1", 0))
    one.port = transport.get_extra_info("sockname")[1]
    try:
        yield one
    finally:
        transport.close()


def free_udp_port() -> int:
    """A UDP port of loopback that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
