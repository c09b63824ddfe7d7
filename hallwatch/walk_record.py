"""A device's walk written down as `.snmprec`, so that it can be sent in: without what says whose it is."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from collector.kind import Kind
from collector.reading import Raw
from collector.snmp.session import NoAnswer, Session
from collector.target import Snmp, Target
from collector.wire import Wire
from hallwatch.console import _

USUAL: Final = (
    "1.3.6.1.2.1.1",  # system (RFC 3418)
    "1.3.6.1.2.1.2",  # interfaces (RFC 2863)
    "1.3.6.1.2.1.17.1",  # dot1dBase (RFC 4188)
    "1.3.6.1.2.1.25.1",  # HOST-RESOURCES-MIB (RFC 2790), without what software is installed
    "1.3.6.1.2.1.25.2",
    "1.3.6.1.2.1.25.3",
    "1.3.6.1.2.1.25.4.2.1.2",  # hrSWRunName: processes are watched by their names
    "1.3.6.1.2.1.31.1.1",  # ifXTable
    "1.3.6.1.2.1.33",  # UPS-MIB (RFC 1628)
    "1.3.6.1.2.1.43",  # Printer-MIB (RFC 3805)
    "1.3.6.1.2.1.47.1.1.1",  # entPhysicalTable (RFC 6933)
    "1.3.6.1.2.1.99.1.1",  # ENTITY-SENSOR-MIB (RFC 3433)
)
NAMES: Final = (
    *("1.3.6.1.2.1.1.4", "1.3.6.1.2.1.1.5", "1.3.6.1.2.1.1.6"),  # sysContact, sysName, sysLocation
    "1.3.6.1.2.1.2.2.1.6",  # ifPhysAddress
    "1.3.6.1.2.1.17.1.1",  # dot1dBaseBridgeAddress
    "1.3.6.1.2.1.25.1.4",  # hrSystemInitialLoadParameters
    *("1.3.6.1.2.1.25.3.8.1.2", "1.3.6.1.2.1.25.3.8.1.3"),  # hrFSMountPoint, hrFSRemoteMountPoint
    "1.3.6.1.2.1.31.1.1.1.18",  # ifAlias
    *("1.3.6.1.2.1.33.1.1.5", "1.3.6.1.2.1.33.1.1.6"),  # upsIdentName, upsIdentAttachedDevices
    *("1.3.6.1.2.1.43.5.1.1.4", "1.3.6.1.2.1.43.5.1.1.5"),  # prtGeneralCurrentOperator, prtGeneralServicePerson
    *("1.3.6.1.2.1.43.5.1.1.16", "1.3.6.1.2.1.43.5.1.1.17"),  # prtGeneralPrinterName, prtGeneralSerialNumber
    *(f"1.3.6.1.2.1.47.1.1.1.1.{n}" for n in (11, 14, 15, 18, 19)),  # serial number, alias, asset id, URIs, UUID
)
"""Objects that say whose or which device it is."""
_MOST: Final = 20_000
_MINUTES_S: Final = 300.0
_WAIT_S: Final = 10.0
_LEAST: Final = 4  # a shorter name stands in too many texts by accident
_TRACES: Final = re.compile(
    rb"\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|[\w.+-]+@[\w-]+\.[\w.-]+|\w+://\S+"
    rb"|(?<=Label:)\S+|(?<=Serial Number )\S+|(?<=S/N[: ])\S+|(?<=SN:)\S+"
)
_DOTTED: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_OID: Final = re.compile(r"\.?\d+(\.\d+){1,127}", re.ASCII)


class BadRecord(Exception):
    """What could not be recorded; the text says why."""


class Recording(NamedTuple):
    """Where to, which subtrees beside the usual, and whether `names` (serial numbers, addresses, names) are kept."""

    file: Path
    subtrees: Sequence[str] = ()
    names: bool = False


class Recorded(NamedTuple):
    """How many objects the file holds, and which subtrees broke off before their end, each with its cause."""

    objects: int
    broken: Mapping[str, str]


async def record(target: Target, kind: Kind, recording: Recording) -> Recorded:
    """Walk the target and write the file. Raises `BadRecord`."""
    if target.snmp is None or target.fault is not None:
        raise BadRecord(target.fault or _("{device} is not asked by SNMP.").format(device=target.device))
    for oid in recording.subtrees:
        if not _OID.fullmatch(oid):
            raise BadRecord(_("{oid} is no OID in numbers such as 1.3.6.1.4.1.11").format(oid=oid[:80]))
    wire = Wire()
    try:
        session = wire.engine.open(target)
        objects, broken = await _objects(session, [*USUAL, *_own(kind), *recording.subtrees])
        session.close()
    except OSError as error:
        raise BadRecord(f"{target.address}: {error.strerror or error}") from error
    finally:
        wire.close()
    kept = masked(objects, secrets_of(target.snmp), recording.names)
    try:
        recording.file.write_text("".join(_lines(kept)), encoding="ascii")
    except OSError as error:
        said = _("{file} cannot be written: {error}")
        raise BadRecord(said.format(file=recording.file, error=error.strerror)) from error
    return Recorded(len(kept), broken)


def _own(kind: Kind) -> list[str]:
    """What the kind and its model files ask beyond the standards."""
    every = (kind, *kind.models)
    asked = [entry.oid for one in every for entry in one.get.values()]
    asked += [column.oid for one in every for table in one.tables.values() for column in table.columns.values()]
    asked = [oid.removesuffix(".0") for oid in asked]
    return [oid for oid in dict.fromkeys(asked) if not any(_beneath(oid, above) for above in USUAL)]


async def _objects(session: Session, subtrees: Iterable[str]) -> tuple[dict[str, Raw], dict[str, str]]:
    """Every object beneath them, at most 20,000, and the subtrees that broke off, with what was wrong."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _MINUTES_S
    objects: dict[str, Raw] = {}
    broken: dict[str, str] = {}
    for oid in subtrees:
        try:
            objects.update(await session.walk(oid, _MOST - len(objects), min(end, loop.time() + _WAIT_S)))
        except NoAnswer as error:
            objects.update(error.rows)
            if not objects:
                raise BadRecord(_("It does not answer: {cause}").format(cause=_(error.cause))) from error
            broken[oid] = _(error.cause) if error.told == error.cause else f"{_(error.cause)}: {error}"
        if len(objects) >= _MOST or loop.time() >= end:
            break
    return objects, broken


def secrets_of(snmp: Snmp) -> list[bytes]:
    """What never goes into a file: community (but the one that everybody knows), user and keys."""
    known = (snmp.community if snmp.community != "public" else None, snmp.user, snmp.auth_key, snmp.priv_key)
    return [secret.encode() for secret in known if secret]


def masked(objects: Mapping[str, Raw], secrets: Sequence[bytes], names: bool = False) -> dict[str, Raw]:
    """The objects without secrets and, unless `names` are wanted, without what says which device it is: an `x` for
    each octet, so that lengths stay; an address becomes 0.0.0.0.
    """
    if names:
        return {oid: _without(raw, secrets) for oid, raw in objects.items()}
    named = {raw for oid, raw in objects.items() if isinstance(raw, bytes) and _is_name(oid) and len(raw) >= _LEAST}
    gone = sorted({*secrets, *named}, key=len, reverse=True)
    return {oid: _nameless(oid, raw, gone) for oid, raw in objects.items()}


def _nameless(oid: str, raw: Raw, gone: Sequence[bytes]) -> Raw:
    if isinstance(raw, str):
        return "0.0.0.0" if _DOTTED.fullmatch(raw) and not raw.startswith("0.") else raw  # noqa: S104
    if not isinstance(raw, bytes):
        return raw
    if _is_name(oid):
        return b"x" * len(raw)
    return _TRACES.sub(lambda found: b"x" * len(found[0]), bytes(_without(raw, gone) or b""))  # type: ignore[arg-type]


def _without(raw: Raw, gone: Sequence[bytes]) -> Raw:
    if isinstance(raw, bytes):
        for text in gone:
            raw = raw.replace(text, b"x" * len(text))
    return raw


def _is_name(oid: str) -> bool:
    return any(_beneath(oid, above) for above in NAMES)


def _beneath(oid: str, above: str) -> bool:
    return oid == above or oid.startswith(above + ".")


def _lines(objects: Mapping[str, Raw]) -> Iterator[str]:
    """The file in the order of a walk. Of numbers only the size is known, not whether they were counters."""
    for oid in sorted(objects, key=lambda oid: tuple(map(int, oid.split(".")))):
        yield f"{oid}|{_field(objects[oid])}\n"


def _field(raw: Raw) -> str:
    if isinstance(raw, bytes):
        text = raw.decode("ascii", "replace")
        return f"4|{text}" if raw.isascii() and text.isprintable() else f"4x|{raw.hex()}"
    if isinstance(raw, float):
        return f"68x|9f7908{struct.pack('>d', raw).hex()}"
    if isinstance(raw, int):
        return f"2|{raw}" if -(1 << 31) <= raw < 1 << 31 else f"70|{raw}"
    return f"{'64' if _DOTTED.fullmatch(raw or '') else '6'}|{raw}"
