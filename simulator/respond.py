"""How a device answers one SNMP request (RFC 1157 for v1, RFC 3416 for v2c); whatever is not for it gets silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from collector.snmp import ber
from collector.snmp.ber import BadEncoding, Oid
from simulator.message import (
    GET,
    GET_BULK,
    NO_ERROR,
    NO_SUCH_NAME,
    NOT_WRITABLE,
    RESPONSE,
    SET,
    TOO_BIG,
    V1,
    V2C,
    Message,
    binding,
    decode,
    encode,
    names_of,
)
from simulator.unit import MAX_KEPT, Unit

_NO_OBJECT: Final = ber.write_value(ber.NO_SUCH_OBJECT, None)
_NO_INSTANCE: Final = ber.write_value(ber.NO_SUCH_INSTANCE, None)
_END: Final = ber.write_value(ber.END_OF_MIB_VIEW, None)
_NOTHING: Final = ber.element(ber.SEQUENCE, b"")


class _Missing(Exception):
    """v1 has no such name; carries the binding's number, from 1."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def respond(unit: Unit, datagram: bytes, t: int) -> bytes | None:
    """The answer at the simulated instant `t`, or None: dead, asleep, another community, no request at all."""
    situation = unit.situation(t)
    if situation.silent or situation.asleep:
        return None
    try:
        asked = decode(datagram)
        if asked.community != unit.community or asked.pdu == RESPONSE or (asked.version, asked.pdu) == (V1, GET_BULK):
            return None
        if unit.device.version == "1" and asked.version != V1:
            return None
        unit.turn_to(t)
        return _answer(unit, asked)
    except BadEncoding:
        return None


def _answer(unit: Unit, asked: Message) -> bytes:
    names = names_of(asked.bindings)
    if asked.pdu == SET:
        status = NO_SUCH_NAME if asked.version == V1 else NOT_WRITABLE
        return _finish(asked, asked.bindings, status, 1 if names else 0)
    if len(names) > unit.layout.at_once:
        return _finish(asked, asked.bindings if asked.version == V1 else _NOTHING, TOO_BIG)
    try:
        answer = _finish(asked, _bindings(unit, asked, names))
    except _Missing as missing:
        return _finish(asked, asked.bindings, NO_SUCH_NAME, missing.place)
    if len(answer) > unit.layout.max_bytes:
        return _finish(asked, asked.bindings if asked.version == V1 else _NOTHING, TOO_BIG)
    return answer


def _finish(asked: Message, bindings: bytes, status: int = NO_ERROR, place: int = 0) -> bytes:
    return encode(asked._replace(pdu=RESPONSE, status=status, place=place, bindings=bindings))


def _bindings(unit: Unit, asked: Message, names: tuple[Oid, ...]) -> bytes:
    key = bytes((asked.version, asked.pdu)) + asked.bindings
    if asked.pdu == GET_BULK:
        return ber.element(ber.SEQUENCE, _bulk(unit, asked, names))
    kept = unit.kept.get(key)
    if kept is None:
        one = _get if asked.pdu == GET else _next
        parts = (one(unit, name, asked.version, number)[1] for number, name in enumerate(names, 1))
        kept = ber.element(ber.SEQUENCE, b"".join(parts))
        if len(unit.kept) < MAX_KEPT:
            unit.kept[key] = kept
    return kept


def _get(unit: Unit, name: Oid, version: int, number: int) -> tuple[Oid, bytes]:
    index = unit.layout.find(name)
    if (
        index is not None
        and not (version == V1 and unit.layout.objects[index].tag == ber.COUNTER64)
        and unit.has(index)
    ):
        return name, unit.binding(index)
    if version == V1:
        raise _Missing(number)
    return name, binding(ber.write_oid(name), _NO_INSTANCE if unit.layout.knows(name) else _NO_OBJECT)


def _next(unit: Unit, name: Oid, version: int, number: int) -> tuple[Oid, bytes]:
    objects = unit.layout.objects
    index = unit.layout.behind(name)
    while index < len(objects) and ((version == V1 and objects[index].tag == ber.COUNTER64) or not unit.has(index)):
        index += 1
    if index < len(objects):
        return objects[index].oid, unit.binding(index)
    if version == V1:
        raise _Missing(number)
    return name, binding(ber.write_oid(name), _END)


def _bulk(unit: Unit, asked: Message, names: tuple[Oid, ...]) -> bytes:
    """As many bindings of a GETBULK as fit into one answer."""
    room = unit.layout.max_bytes - 48 - len(asked.community)
    found: list[bytes] = []
    for part in _repetitions(unit, names, max(0, asked.status), max(0, asked.place)):
        room -= len(part)
        if room < 0:
            break
        found.append(part)
    return b"".join(found)


def _repetitions(unit: Unit, names: tuple[Oid, ...], once: int, times: int) -> Iterator[bytes]:
    for name in names[:once]:
        yield _next(unit, name, V2C, 0)[1]
    repeated = names[once:]
    # Behind the last object every further repetition would say the same.
    while repeated and times > 0:
        times -= 1
        row = [_next(unit, name, V2C, 0) for name in repeated]
        yield from (part for _, part in row)
        if tuple(oid for oid, _ in row) == repeated:
            return
        repeated = tuple(oid for oid, _ in row)
