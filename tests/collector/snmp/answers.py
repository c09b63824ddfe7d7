"""SNMP answers put together by hand, for those that read them."""

from __future__ import annotations

from collections.abc import Sequence

from collector.snmp import ber
from collector.snmp.message import RESPONSE, Request, encoded

Binding = tuple[str, int, bytes]
"""OID, tag and content of the value."""


def answer(
    number: int,
    bindings: Sequence[Binding],
    status: int = 0,
    place: int = 0,
    *,
    version: int = 1,
    community: bytes = b"public",
    pdu: int = RESPONSE,
) -> bytes:
    """The datagram of a response."""
    body = b"".join(binding(*one) for one in bindings)
    numbers = ber.write_integer(number) + ber.write_integer(status) + ber.write_integer(place)
    head = ber.write_integer(version) + ber.element(ber.OCTET_STRING, community)
    return ber.element(ber.SEQUENCE, head + ber.element(pdu, numbers + ber.element(ber.SEQUENCE, body)))


def binding(oid: str, tag: int, content: bytes) -> bytes:
    """One variable binding."""
    name = ber.element(ber.OBJECT_IDENTIFIER, encoded(oid))
    return ber.element(ber.SEQUENCE, name + ber.element(tag, content))


def to(request: Request, number: int, values: Sequence[tuple[int, bytes]]) -> bytes:
    """The answer to `request` with these values (tag and content) in its order."""
    bindings = [(oid, *value) for oid, value in zip(request.oids, values, strict=True)]
    return answer(number, bindings, version=request.version, community=request.community)
