"""Traps and informs of version 3: the message around them (RFC 3412, 6; RFC 3414, 2.4), read strictly and written."""

from __future__ import annotations

from typing import Final, NamedTuple

from collector.snmp import ber
from collector.snmp.ber import BadEncoding, Oid
from collector.traps.notification import Notification, unit
from collector.traps.usm import BadCipher, Keys

AUTH: Final = 1
PRIV: Final = 2
REPORTABLE: Final = 4
UNKNOWN_ENGINE: Final = (1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0)  # usmStatsUnknownEngineIDs.0
NOT_IN_WINDOW: Final = (1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0)  # usmStatsNotInTimeWindows.0
_REPORT: Final = 0xA8
_USM: Final = 3
_MAX_SIZE: Final = 65_507
_UNITS: Final = range(0xA0, 0xA9)


class Secured(NamedTuple):
    """A message's head: who says it, by which engine's clock, signed and enciphered how; where its data stand."""

    id: int
    flags: int
    engine: bytes
    boots: int
    time: int
    user: bytes
    signature: bytes
    signature_at: int
    salt: bytes
    data_at: int


def secured(data: bytes) -> Secured:
    """The head of a message of version 3. Raises `BadEncoding`."""
    at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    _, at = ber.integer(data, at, end)
    start, at = ber.expect(data, at, end, ber.SEQUENCE)
    id, flags = _global(data, start, at)
    start, at = ber.expect(data, at, end, ber.OCTET_STRING)
    inner, stop = ber.expect(data, start, at, ber.SEQUENCE)
    if stop != at:
        raise BadEncoding("something behind the security parameters")
    engine, inner = _octets(data, inner, stop, 32)
    boots, inner = ber.integer(data, inner, stop)
    time, inner = ber.integer(data, inner, stop)
    user, inner = _octets(data, inner, stop, 32)
    signature, after = _octets(data, inner, stop, 48)
    salt, last = _octets(data, after, stop, 8)
    if last != stop or boots < 0 or time < 0:
        raise BadEncoding("no security parameters of the user-based model")
    return Secured(id, flags, engine, boots, time, user, signature, after - len(signature), salt, at)


def _global(data: bytes, at: int, end: int) -> tuple[int, int]:
    id, at = ber.integer(data, at, end)
    _, at = ber.integer(data, at, end)
    flags, at = _octets(data, at, end, 1)
    model, at = ber.integer(data, at, end)
    if at != end or len(flags) != 1 or model != _USM or flags[0] & (AUTH | PRIV) == PRIV:
        raise BadEncoding("no head of the user-based model")
    return id, flags[0]


def _octets(data: bytes, at: int, end: int, most: int) -> tuple[bytes, int]:
    start, stop = ber.expect(data, at, end, ber.OCTET_STRING)
    if stop - start > most:
        raise BadEncoding(f"more than {most} octets")
    return data[start:stop], stop


def scoped(data: bytes, head: Secured, keys: Keys) -> bytes:
    """The data in the clear, from their context's name on. Raises `BadEncoding`, `BadCipher`."""
    if not head.flags & PRIV:
        return data[head.data_at :]
    start, stop = ber.expect(data, head.data_at, len(data), ber.OCTET_STRING)
    if stop != len(data) or keys.cipher is None:
        raise BadCipher("no cipher")
    return keys.decrypt(data[start:stop], head.boots, head.time, head.salt)


def notification(plain: bytes) -> Notification:
    """What the data tell; `answer` is what goes back, with the same context. Raises `BadEncoding`."""
    start, end, at = _scope(plain)
    told = unit(plain, at, end)
    if told.answer is None:
        return told
    return Notification(told.oid, ber.element(ber.SEQUENCE, plain[start:at] + told.answer))


def request_id(plain: bytes) -> int:
    """The request-id of whatever unit the data hold, 0 where there is none to be read (RFC 3412, 7.1.3)."""
    try:
        _, end, at = _scope(plain)
        tag, inner, stop = ber.head(plain, at, end)
        return ber.integer(plain, inner, stop)[0] if tag in _UNITS else 0
    except BadEncoding:
        return 0


def _scope(plain: bytes) -> tuple[int, int, int]:
    """Where a scoped unit's content begins and ends, and where its unit begins; DES pads behind it."""
    start, end = ber.expect(plain, 0, len(plain), ber.SEQUENCE)
    _, at = _octets(plain, start, end, 32)
    _, at = _octets(plain, at, end, 255)
    return start, end, at


def report(engine: bytes, request: int, oid: Oid, count: int) -> bytes:
    """The data of a Report-PDU with one counter."""
    binding = ber.element(ber.SEQUENCE, ber.write_oid(oid) + ber.write_value(ber.COUNTER32, count))
    numbers = ber.write_integer(request) + ber.write_integer(0) * 2
    content = ber.element(_REPORT, numbers + ber.element(ber.SEQUENCE, binding))
    return ber.element(
        ber.SEQUENCE, ber.element(ber.OCTET_STRING, engine) + ber.element(ber.OCTET_STRING, b"") + content
    )


def message(id: int, level: int, engine: bytes, boots: int, time: int, user: bytes, keys: Keys, data: bytes) -> bytes:
    """A whole message of `data` (a scoped unit) at `level` (flags), signed and enciphered with `keys`."""
    salt = b""
    if level & PRIV:
        sealed, salt = keys.encrypt(data, boots, time)
        data = ber.element(ber.OCTET_STRING, sealed)
    blank = bytes(keys.digest if level & AUTH else 0)
    named = (engine, boots, time, user, blank, salt)
    inner = b"".join(
        ber.write_integer(one) if isinstance(one, int) else ber.element(ber.OCTET_STRING, one) for one in named
    )
    parameters = ber.element(ber.OCTET_STRING, ber.element(ber.SEQUENCE, inner))
    head = ber.write_integer(id) + ber.write_integer(_MAX_SIZE) + ber.element(ber.OCTET_STRING, bytes((level,)))
    whole = ber.write_integer(3) + ber.element(ber.SEQUENCE, head + ber.write_integer(_USM)) + parameters + data
    whole = ber.element(ber.SEQUENCE, whole)
    if not blank:
        return whole
    behind = len(data) + (2 + len(salt)) + len(blank)  # the signature stands at a place known from the end
    at = len(whole) - behind
    return whole[:at] + keys.signature(whole) + whole[at + len(blank) :]
