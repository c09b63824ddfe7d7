"""snmpsim's `.snmprec`: `OID|TAG|VALUE`, the tag a BER tag in decimals, `x` behind it for octets in hexadecimal."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from collector.reading import Raw
from collector.walkfile.file import MAX_VALUE, Entry, Fault, plain, shown

_TAG: Final = re.compile(r"(\d{1,3})(x|e)?")
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_NUMBERS: Final = {
    2: (-(1 << 31), 1 << 31),
    65: (0, 1 << 32),
    66: (0, 1 << 32),
    67: (0, 1 << 32),
    70: (0, 1 << 64),
}
_NOTHING: Final = (5, 128, 129, 130)  # NULL, noSuchObject, noSuchInstance, endOfMibView
_FLOATS: Final = {b"\x9f\x78\x04": ">f", b"\x9f\x79\x08": ">d"}


def entries_of_snmprec(lines: Sequence[str]) -> Iterator[Entry]:
    """Every object of the file. Raises `Fault`."""
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        oid, bar, rest = line.partition("|")
        tag, second, text = rest.partition("|")
        if not bar or not second:
            raise Fault(number, f"not OID|TAG|VALUE: {shown(line)}")
        yield Entry(number, plain(oid.strip()), _value(number, tag.strip(), text))


def _value(line: int, tag: str, text: str) -> Raw:
    if ":" in tag:
        module = shown(tag.partition(":")[2])
        raise Fault(line, f"the variation module {module!r} changes this value; only fixed values can be judged")
    found = _TAG.fullmatch(tag)
    if found is None:
        raise Fault(line, f"no tag such as 2, 4, 4x or 65: {shown(tag)}")
    number, octets = int(found[1]), _octets(line, found[2], text)
    if number in _NOTHING:
        return None
    if number in _NUMBERS:
        return _number(line, number, octets)
    return _other(line, number, octets, found[2] is not None)


def _octets(line: int, suffix: str | None, text: str) -> bytes:
    if len(text) > 2 * MAX_VALUE:
        raise Fault(line, f"a value of more than {MAX_VALUE} octets")
    if suffix == "e":
        text = _ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 3 else _ESCAPED.get(m[1], m[1]), text)
    elif suffix == "x":
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise Fault(line, f"not hexadecimal: {shown(text)}") from None
    return text.encode("latin-1")


def _number(line: int, tag: int, octets: bytes) -> int:
    low, end = _NUMBERS[tag]
    text = octets.decode("latin-1").strip()
    number = int(text) if re.fullmatch(r"-?\d{1,20}", text, re.ASCII) else 1 << 64
    if tag == 2 and 1 << 31 <= number < 1 << 32:
        number -= 1 << 32  # a recorder that took the sign away
    if not low <= number < end:
        raise Fault(line, f"no number of its type (tag {tag}): {shown(text)}")
    return number


def _other(line: int, tag: int, octets: bytes, raw: bool) -> Raw:
    if tag == 4:
        return octets
    text = octets.decode("latin-1").strip()
    if tag == 6 and re.fullmatch(r"\.?\d+(\.\d+)*", text, re.ASCII):
        return plain(text)
    if tag == 64:
        return _address(line, octets if raw else text)
    if tag == 68:
        form = _FLOATS.get(octets[:3])
        size = len(octets) - 3
        return struct.unpack(form, octets[3:])[0] if form and struct.calcsize(form) == size else octets
    raise Fault(line, f"no value of tag {tag}: {shown(text)}")


def _address(line: int, value: bytes | str) -> str:
    parts = list(value) if isinstance(value, bytes) else [int(p) for p in value.split(".") if p.isdecimal()][:5]
    if len(parts) != 4 or any(part > 255 for part in parts):
        raise Fault(line, f"no address of four numbers: {shown(str(value))}")
    return ".".join(map(str, parts))
