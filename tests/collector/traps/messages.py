"""Notifications for tests, made as devices make them."""

from __future__ import annotations

from collector.snmp import ber
from collector.target import Snmp
from collector.traps import notification_v3 as v3
from collector.traps.usm import keys_for

LINK_DOWN = (1, 3, 6, 1, 6, 3, 1, 1, 5, 3)
ON_BATTERY = (1, 3, 6, 1, 2, 1, 33, 2, 1)
ENGINE = bytes.fromhex("80001f8803000102030405")
SEALER = Snmp("3", "", 161, "sealer", "sha256", "sealer-pass-1", "aes", "sealer-pass-2")
SIGNER = Snmp("3", "", 161, "signer", "sha", "signer-pass-1")
NOBODY = Snmp("3", "", 161, "nobody")


def _bindings(oid: ber.Oid) -> bytes:
    def one(name: ber.Oid, value: bytes) -> bytes:
        return ber.element(ber.SEQUENCE, ber.write_oid(name) + value)

    uptime = one((1, 3, 6, 1, 2, 1, 1, 3, 0), ber.write_value(ber.TIME_TICKS, 4711))
    trap = one((1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0), ber.write_oid(oid))
    return ber.element(ber.SEQUENCE, uptime + trap)


def unit(oid: ber.Oid = LINK_DOWN, *, inform: bool = False, request: int = 77) -> bytes:
    """A Trap-PDU or InformRequest-PDU of version 2."""
    numbers = ber.write_integer(request) + ber.write_integer(0) * 2
    return ber.element(0xA6 if inform else 0xA7, numbers + _bindings(oid))


def v2c(community: str, oid: ber.Oid = LINK_DOWN, *, inform: bool = False) -> bytes:
    """A whole message of version 2c."""
    head = ber.write_integer(1) + ber.element(ber.OCTET_STRING, community.encode())
    return ber.element(ber.SEQUENCE, head + unit(oid, inform=inform))


def v1(community: str, generic: int, specific: int = 0, enterprise: ber.Oid = (1, 3, 6, 1, 2, 1, 33, 2)) -> bytes:
    """A whole message of version 1."""
    trap = (
        ber.write_oid(enterprise)
        + ber.element(ber.IP_ADDRESS, bytes((10, 0, 0, 1)))
        + ber.write_integer(generic)
        + ber.write_integer(specific)
        + ber.write_value(ber.TIME_TICKS, 4711)
        + ber.element(ber.SEQUENCE, b"")
    )
    head = ber.write_integer(0) + ber.element(ber.OCTET_STRING, community.encode())
    return ber.element(ber.SEQUENCE, head + ber.element(0xA4, trap))


def secured(
    user: Snmp, boots: int = 3, time: int = 1000, *, engine: bytes = ENGINE, inform: bool = False, id: int = 5
) -> bytes:
    """A whole message of version 3, as strong as its user can."""
    level = (v3.AUTH if user.auth else 0) | (v3.PRIV if user.priv else 0) | (v3.REPORTABLE if inform else 0)
    context = ber.element(ber.OCTET_STRING, engine) + ber.element(ber.OCTET_STRING, b"")
    data = ber.element(ber.SEQUENCE, context + unit(inform=inform))
    return v3.message(id, level, engine, boots, time, (user.user or "").encode(), keys_for(user, engine), data)
