"""Traps and informs on the wire, versions 1 and 2c (RFC 1157, RFC 3416) and what is common to all (RFC 3584)."""

from __future__ import annotations

from typing import Final, NamedTuple

from collector.snmp import ber
from collector.snmp.ber import BadEncoding

TRAP_V1: Final = 0xA4
INFORM: Final = 0xA6
TRAP_V2: Final = 0xA7
RESPONSE: Final = 0xA2
_TRAP_OID: Final = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_GENERIC: Final = (1, 3, 6, 1, 6, 3, 1, 1, 5)
_LEADING: Final = 4  # sysUpTime.0 and snmpTrapOID.0 come first (RFC 3416, 4.2.6); some put others before

NAMES: Final = {
    "1.3.6.1.6.3.1.1.5.1": "coldStart",
    "1.3.6.1.6.3.1.1.5.2": "warmStart",
    "1.3.6.1.6.3.1.1.5.3": "linkDown",
    "1.3.6.1.6.3.1.1.5.4": "linkUp",
    "1.3.6.1.6.3.1.1.5.5": "authenticationFailure",
    "1.3.6.1.6.3.1.1.5.6": "egpNeighborLoss",
    "1.3.6.1.2.1.43.18.2.0.1": "printerV2Alert",  # RFC 3805
    **{
        f"1.3.6.1.2.1.33.2{zero}.{n}": name  # RFC 1628; with .0 as version 1 has it (RFC 3584)
        for zero in ("", ".0")
        for n, name in enumerate(
            ("upsTrapOnBattery", "upsTrapTestCompleted", "upsTrapAlarmEntryAdded", "upsTrapAlarmEntryRemoved"), start=1
        )
    },
}
"""What the well-known notifications are called in their MIBs."""


class Notification(NamedTuple):
    """What came: snmpTrapOID's value, and the unit that acknowledges an inform (None: nobody wants one)."""

    oid: str
    answer: bytes | None = None

    @property
    def name(self) -> str:
        """The MIB's word for it, else the bare OID."""
        return NAMES.get(self.oid, self.oid)


class Plain(NamedTuple):
    """A message of version 1 or 2c: its community, and the position of its unit."""

    version: int
    community: bytes
    unit_at: int


def version_of(data: bytes) -> int:
    """0, 1 or 3. Raises `BadEncoding`."""
    at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    if end != len(data):
        raise BadEncoding("something behind the message")
    version, _ = ber.integer(data, at, end)
    if version not in (0, 1, 3):
        raise BadEncoding(f"version {version}")
    return version


def plain_head(data: bytes) -> Plain:
    """The head of a message of version 1 or 2c. Raises `BadEncoding`."""
    at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    version, at = ber.integer(data, at, end)
    start, at = ber.expect(data, at, end, ber.OCTET_STRING)
    return Plain(version, data[start:at], at)


def plain_notification(data: bytes, head: Plain) -> Notification:
    """What a message of version 1 or 2c tells; `answer` is the whole datagram. Raises `BadEncoding`."""
    if head.version == 0:
        return Notification(_trap_v1(data, head.unit_at))
    told = unit(data, head.unit_at, len(data))
    if told.answer is None:
        return told
    content = ber.write_integer(head.version) + ber.element(ber.OCTET_STRING, head.community) + told.answer
    return Notification(told.oid, ber.element(ber.SEQUENCE, content))


def unit(data: bytes, at: int, end: int) -> Notification:
    """What a Trap-PDU or InformRequest-PDU of version 2 tells; `answer` is a Response-PDU. Raises `BadEncoding`."""
    tag, start, stop = ber.head(data, at, end)
    if stop != end or tag not in (TRAP_V2, INFORM):
        raise BadEncoding(f"no notification: tag {tag:#04x}")
    _, inner = ber.integer(data, start, stop)
    behind_id = inner
    for _ in range(2):
        _, inner = ber.integer(data, inner, stop)
    oid = _trap_oid(data, inner, stop)
    if tag == TRAP_V2:
        return Notification(oid)
    # RFC 3416, 4.2.7: the same request-id and bindings, no error
    content = data[start:behind_id] + ber.write_integer(0) * 2 + data[inner:stop]
    return Notification(oid, ber.element(RESPONSE, content))


def _trap_oid(data: bytes, at: int, end: int) -> str:
    at, stop = ber.expect(data, at, end, ber.SEQUENCE)
    if stop != end:
        raise BadEncoding("something behind the bindings")
    for _ in range(_LEADING):
        start, at = ber.expect(data, at, stop, ber.SEQUENCE)
        name, value = ber.expect(data, start, at, ber.OBJECT_IDENTIFIER)
        if ber.read_oid(data[name:value]) == _TRAP_OID:
            first, last = ber.expect(data, value, at, ber.OBJECT_IDENTIFIER)
            return _dotted(ber.read_oid(data[first:last]))
    raise BadEncoding("no snmpTrapOID")


def _trap_v1(data: bytes, at: int) -> str:
    """A Trap-PDU of version 1 as snmpTrapOID (RFC 3584, 3.1)."""
    at, end = ber.expect(data, at, len(data), TRAP_V1)
    if end != len(data):
        raise BadEncoding("something behind the trap")
    start, at = ber.expect(data, at, end, ber.OBJECT_IDENTIFIER)
    enterprise = ber.read_oid(data[start:at])
    _, at = ber.expect(data, at, end, ber.IP_ADDRESS)
    generic, at = ber.integer(data, at, end)
    specific, at = ber.integer(data, at, end)
    if not 0 <= generic <= 6 or specific < 0:
        raise BadEncoding(f"generic trap {generic}")
    return _dotted((*_GENERIC, generic + 1) if generic < 6 else (*enterprise, 0, specific))


def _dotted(oid: tuple[int, ...]) -> str:
    return ".".join(map(str, oid))
