"""Recorded walks: net-snmp's `snmpwalk -On` and snmpsim's `.snmprec`, read into what an agent would answer.

What a file holds was said by a device and edited by people: hostile, so bounded in bytes, objects and lengths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from collector.reading import Raw

Oid = tuple[int, ...]

MAX_FILE: Final = 32 << 20
MAX_OBJECTS: Final = 200_000
MAX_VALUE: Final = 65_535
_MAX_SUB_IDS: Final = 128
_MAX_SUB_ID: Final = (1 << 32) - 1
_SHOWN: Final = 80
_NO_OBJECT: Final = "no object in it: the agent did not answer this walk"
_FIRST: Final = {"ccitt": "0", "iso": "1", "joint-iso-ccitt": "2"}  # as net-snmp names them where it knows no MIB
_SNMPREC: Final = re.compile(r"\.?\d+(\.\d+)+\|")
_NUMBERS: Final = re.compile(r"\.?(iso|\d+)(\.\d+)+\s")
_LOOKED_AT: Final = 5_000  # lines in which the first object must stand: net-snmp complains of a MIB on a line each
_SILENT: Final = re.compile(r"Timeout: No Response|snmp(bulk)?walk: |Error in packet")
_NAMES: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*(::[A-Za-z]|\.[a-z]+\.[a-z]+\.)")


class BadWalk(Exception):
    """A file that is no recorded walk; `line` is 0 where the fault is the file's as a whole."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file, self.line, self.reason = file, line, reason


class Fault(Exception):
    """What is wrong on one line, before it is known in which file."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


class Entry(NamedTuple):
    """One object of the file: on which line it begins, its OID and what it holds (None: the agent had none)."""

    line: int
    oid: str
    value: Raw


class Walk(NamedTuple):
    """What an agent holds, by OID in the order of a walk; `form` is `net-snmp` or `snmprec`."""

    objects: Mapping[str, Raw]
    form: str


def read_walk(path: Path) -> Walk:
    """The file's objects. Raises `BadWalk` with the line and the reason."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as error:
        raise BadWalk(str(path), 0, error.strerror or str(error)) from error
    return walk_of(raw, str(path))


def walk_of(raw: bytes, name: str = "walk") -> Walk:
    """As `read_walk`, of a file's octets."""
    from collector.walkfile.netsnmp import entries_of_netsnmp
    from collector.walkfile.snmprec import entries_of_snmprec

    if len(raw) > MAX_FILE:
        raise BadWalk(name, 0, f"larger than {MAX_FILE >> 20} MiB")
    readers = {"snmprec": entries_of_snmprec, "net-snmp": entries_of_netsnmp}
    try:
        lines = _lines(raw)
        form = _form(lines)
        return Walk(_ordered(readers[form](lines)), form)
    except Fault as fault:
        raise BadWalk(name, fault.line, fault.reason) from fault


def _lines(raw: bytes) -> list[str]:
    """Lines whose characters are octets (Latin-1), so that text of any encoding comes out as it went in."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what PowerShell makes of `snmpwalk … > file`
        try:
            raw = raw.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise Fault(0, "neither a walk of net-snmp nor a .snmprec file (broken UTF-16)") from None
    if b"\0" in raw[:512]:
        raise Fault(0, "neither a walk of net-snmp nor a .snmprec file: it holds binary data")
    return [line.removesuffix("\r") for line in raw.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n")]


def _form(lines: Iterable[str]) -> str:
    """`snmprec` or `net-snmp`, by the first line that tells."""
    first = 0
    silent = False
    for number, line in enumerate(lines, 1):
        if _SNMPREC.match(line):
            return "snmprec"
        if _NUMBERS.match(line + " "):
            return "net-snmp"
        if _NAMES.match(line):
            raise Fault(number, "names instead of numbers; walk again with -On (snmpwalk -On …)")
        first = first or (number if line.strip() and not line.startswith("#") else 0)
        silent = silent or _SILENT.match(line) is not None
        if number > _LOOKED_AT:
            break
    if not first:
        raise Fault(0, "empty")
    if silent:
        raise Fault(0, _NO_OBJECT)
    raise Fault(
        first, "neither a line of `snmpwalk -On` (.1.3.6.1… = TYPE: VALUE) nor of .snmprec (1.3.6.1…|TAG|VALUE)"
    )


def _ordered(entries: Iterator[Entry]) -> dict[str, Raw]:
    """Objects by OID in the order of a walk; of several of one OID the first counts."""
    found: dict[Oid, tuple[str, Raw]] = {}
    for entry in entries:
        if entry.value is None:
            continue
        if len(found) >= MAX_OBJECTS:
            raise Fault(entry.line, f"more than {MAX_OBJECTS} objects")
        found.setdefault(numbers_of(entry.oid, entry.line), (entry.oid, entry.value))
    if not found:
        raise Fault(0, _NO_OBJECT)
    return dict(found[oid] for oid in sorted(found))


def numbers_of(oid: str, line: int) -> Oid:
    """The numbers of a dotted OID; raises `Fault` where it is none (RFC 2578, 3.5: 128 numbers of 32 bits)."""
    parts = oid.split(".")
    if len(parts) > _MAX_SUB_IDS or any(len(part) > 10 or not part.isdecimal() for part in parts):
        raise Fault(line, f"no OID: {shown(oid)}")
    numbers = tuple(map(int, parts))
    if any(number > _MAX_SUB_ID for number in numbers):
        raise Fault(line, f"no OID: {shown(oid)}")
    return numbers


def plain(oid: str) -> str:
    """The OID as our own tables write it: no leading dot, its first number a number, no zeros before a number."""
    first, dot, rest = oid.removeprefix(".").partition(".")
    oid = f"{_FIRST.get(first, first)}{dot}{rest}"
    return ".".join(part.lstrip("0") or "0" for part in oid.split(".")) if ".0" in oid else oid


def shown(text: str) -> str:
    """A hostile text, short and printable."""
    cut = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return "".join(c if (c.isprintable() and c.isascii()) or c == "…" else "?" for c in cut)
