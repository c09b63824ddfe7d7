"""net-snmp's `snmpwalk -On` (also -One, -OnQ, -Onq, -Ont, and `iso.…`): `.1.3.6.1… = TYPE: VALUE`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from collector.reading import Raw
from collector.walkfile.file import MAX_VALUE, Entry, Fault, plain, shown

_EQUALS: Final = re.compile(r"(\.?(?:iso|\d+)(?:\.\d+)+) =(?: (.*))?", re.ASCII)
_QUICK: Final = re.compile(r"(\.?(?:iso|\d+)(?:\.\d+){2,})(?: (.*))?", re.ASCII)  # -Oq prints no sign of equality
_TYPE: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*(?: Address)?):(?: |$)")
_WRONG: Final = re.compile(r"Wrong Type \(should be [^)]{1,60}\): ")
_NONE: Final = ("No Such Object", "No Such Instance", "No more variables left", "NULL")
_END: Final = ("Timeout:", "Error in packet", "Error:", "snmpwalk:", "snmpbulkwalk:", "Reason:", "Failed object:")
_NUMBER: Final = re.compile(r"-?\d{1,20}")
_ENUMERATED: Final = re.compile(r"[^()]{0,200}\((-?\d{1,20})\)")
_TICKS: Final = re.compile(r"\((\d{1,10})\).*|(\d{1,10})", re.DOTALL)
_CLOCK: Final = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{2}):(\d{2})\.(\d{2})")
_AS_TEXT: Final = re.compile(
    r" *\[.{1,16}?\] *(?=\n[0-9A-F]{2} |$)", re.DOTALL
)  # -OT shows octets as text, too, behind each line
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}\s+)*[0-9A-Fa-f]{2}\s*")
_BITS: Final = re.compile(r"\s*((?:[0-9A-Fa-f]{2}\s+)*[0-9A-Fa-f]{2}(?=\s|$))?")
_MAC: Final = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")
_DATE: Final = re.compile(r"(\d{1,5})-(\d+)-(\d+),(\d+):(\d+):(\d+)\.(\d)(?:,([+-])(\d+):(\d+))?")
_DOTTED: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_OID: Final = re.compile(r"\.?(?:iso|ccitt|joint-iso-ccitt|\d+)(?:\.\d+)*", re.ASCII)


def entries_of_netsnmp(lines: Sequence[str]) -> Iterator[Entry]:
    """Every object of the file; texts and octets may go over several lines. Raises `Fault`.

    What stands before the first object is a command line, or what net-snmp has against the MIBs of that machine.
    """
    number = next((n for n, line in enumerate(lines) if _EQUALS.fullmatch(line) or _QUICK.fullmatch(line)), 0)
    form = _EQUALS if _EQUALS.fullmatch(lines[number]) else _QUICK
    while number < len(lines):
        line = lines[number]
        if not (found := form.fullmatch(line)):
            if line.strip() and not line.startswith(("#", *_END)):
                raise Fault(number + 1, f"no object: {shown(line)}")
            number += 1
            continue
        begun = number + 1
        text, number = _whole(lines, number, found[2] or "", form)
        yield Entry(begun, plain(found[1]), _value(begun, text))


def _whole(lines: Sequence[str], at: int, text: str, form: re.Pattern[str]) -> tuple[str, int]:
    """The value that begins on this line with what follows of it, and the number of the line behind it."""
    size, parts, within = len(text), [text], _is_open(text)
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if not within and (form.fullmatch(line) or line.startswith(_END)):
            return "\n".join(parts).rstrip("\n"), number
        size += len(line) + 1
        if size > 4 * MAX_VALUE:
            raise Fault(at + 1, f"a value of more than {MAX_VALUE} octets, or a quotation mark that is never closed")
        parts.append(line)
        within = within != _turns(line)
    if within:
        raise Fault(at + 1, "a quotation mark that is never closed")
    return "\n".join(parts).rstrip("\n"), len(lines)


def _is_open(text: str) -> bool:
    start = text.find('"')
    label = _WRONG.sub("", text[: max(start, 0)])
    return start >= 0 and label in ("", "STRING: ") and not _turns(text[start + 1 :])


def _turns(text: str) -> bool:
    """Do the quotation marks on this line, but those behind a backslash, open or close?"""
    return len(re.findall(r'"', re.sub(r"\\.", "", text))) % 2 == 1


def _value(line: int, text: str) -> Raw:
    text = _WRONG.sub("", text, count=1)
    if text.startswith(_NONE):
        return None
    found = _TYPE.match(text)
    read = _READERS.get(found[1].casefold()) if found else None
    if found is None or read is None:
        return _untyped(text)
    rest = text[found.end() :]
    if "\n" in rest and read not in (_string, _octets, _bits, _opaque):
        raise Fault(line + 1, f"no object: {shown(rest.partition(chr(10))[2])}")
    value = read(rest)
    if value is None:
        raise Fault(line, f"no {found[1]}: {shown(rest)}")
    return value


def _untyped(text: str) -> Raw:
    """What -OQ and -Oq print: no type, so that it must be guessed by its form."""
    bare = text.strip()
    if _NUMBER.fullmatch(bare):
        return int(bare)
    if found := _CLOCK.fullmatch(bare):
        days, hours, minutes, seconds, hundredths = map(int, found.groups())
        return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 100 + hundredths
    if bare.startswith(".") and _OID.fullmatch(bare):
        return plain(bare)
    if re.fullmatch(r"-?\d{1,20}\.\d{1,20}", bare, re.ASCII):
        return float(bare)
    if _ENUMERATED.fullmatch(bare) and not bare.startswith('"'):
        return _integer(bare)
    quoted = bare[1:-1] if bare[:1] == bare[-1:] == '"' and len(bare) > 1 else ""
    if quoted.endswith(" ") and _HEX.fullmatch(quoted):
        return bytes.fromhex(quoted)
    return bare if _DOTTED.fullmatch(bare) else _string(text)


def _string(text: str) -> bytes:
    """`"…"` with escapes, or bare (where a MIB says how to show it): an address as `0:1a:…`, a date, text."""
    if text[:1] == '"' and text.rstrip()[-1:] == '"' and len(text.rstrip()) > 1:
        return re.sub(r'\\(["\\])', r"\1", text.rstrip()[1:-1]).encode("latin-1")
    if _MAC.fullmatch(text):
        return bytes(int(part, 16) for part in text.split(":"))
    if (found := _DATE.fullmatch(text)) and (date := _date(found)):
        return date
    return text.encode("latin-1")


def _date(found: re.Match[str]) -> bytes | None:
    """DateAndTime (RFC 2579) as its 8 or 11 octets; None where a number is too large."""
    year, *rest = (int(found[n]) for n in range(1, 8))
    if year > 65_535 or max(rest) > 255:
        return None
    zone = found[8].encode() + bytes((int(found[9]) % 256, int(found[10]) % 256)) if found[8] else b""
    return year.to_bytes(2, "big") + bytes(rest) + zone


def _integer(text: str) -> int | None:
    """`3`, `up(3)`, `3 seconds`; of `2.5` (a MIB's `d-1`) the tenths."""
    bare = text.strip()
    if found := _ENUMERATED.fullmatch(bare):
        return int(found[1])
    first = bare.split(maxsplit=1)[0].replace(".", "", 1) if bare else ""
    return int(first) if _NUMBER.fullmatch(first) else None


def _ticks(text: str) -> int | None:
    found = _TICKS.fullmatch(text.strip())
    return int(found[1] or found[2]) if found else None


def _octets(text: str) -> bytes | None:
    if not text.strip() or _HEX.fullmatch(text):
        return bytes.fromhex(text)
    shown_twice = _AS_TEXT.sub("", text)
    return bytes.fromhex(shown_twice) if _HEX.fullmatch(shown_twice) else None


def _bits(text: str) -> bytes | None:
    """`80 01 name(0) name(15)`."""
    found = _BITS.match(text)
    return bytes.fromhex(found[1] or "") if found else None


def _oid(text: str) -> str | None:
    return plain(text.strip()) if _OID.fullmatch(text.strip()) else None


def _address(text: str) -> str | None:
    return text.strip() if _DOTTED.fullmatch(text.strip()) else None


def _network(text: str) -> str | None:
    octets = bytes.fromhex(text.replace(":", " ")) if _HEX.fullmatch(text.replace(":", " ")) else b""
    return ".".join(map(str, octets)) if len(octets) == 4 else None


def _opaque(text: str) -> Raw:
    """`Float: 0.5`, or octets."""
    word, _, rest = text.strip().partition(": ")
    if word in ("Float", "Double"):
        return _float(rest)
    return _integer(rest) if word in ("Int64", "UInt64", "Counter64") else _octets(text)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


_READERS: Final[Mapping[str, Callable[[str], Raw]]] = {
    **dict.fromkeys(("integer", "integer32", "gauge32", "unsigned32", "uinteger32", "uinteger"), _integer),
    **dict.fromkeys(("counter32", "counter64", "counter"), _integer),
    **dict.fromkeys(("hex-string", "hex"), _octets),
    "string": _string,
    "timeticks": _ticks,
    "bits": _bits,
    "oid": _oid,
    "ipaddress": _address,
    "network address": _network,
    "opaque": _opaque,
    "float": _float,
}
