"""Proposed inventory lines: what a scan found and nobody knew, ready to be checked, corrected and imported."""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, tzinfo
from typing import Any, Final, NamedTuple

from collector.observation import render_instant
from hallwatch.console import _
from hallwatch.discover.changes import Change, Compared
from hallwatch.discover.credentials import Credential
from hallwatch.discover.found import Found
from hallwatch.discover.guess import guess
from hallwatch.discover.known import Known, serial_key

PREFIXES: Final = {
    "switch": "SW", "router": "R", "printer": "P", "list_printer": "L", "copier": "C", "kiosk": "K", "queue": "Q",
    "pc": "D", "handheld": "H", "ups": "U", "camera": "V",
}  # fmt: skip
_NUMBERED: Final = re.compile(r"(.*?)(\d+)")
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*|\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})
_ORDER: Final = (
    *("id", "kind", "hall", "address", "model", "vendor", "serial", "mac", "interval", "parent", "collector"),
    *("commissioned", "retired", "asset_owner", "checks", "snmp"),
)
_FOR_THE_FIRST: Final = "SNMP_COMMUNITY"


class Frame(NamedTuple):
    """What lines are proposed in: the devices that are known, with what was asked, the hall for all (or
    None), the halls that there are, and the zone in which dates are written."""

    known: Sequence[Known]
    credentials: Sequence[Credential]
    hall: str | None = None
    halls: Sequence[str] = ()
    zone: tzinfo = UTC


def proposal(found: Sequence[Found], compared: Compared, frame: Frame) -> str:
    """The file as YAML: lines for what is new; as comments what must be corrected by hand in the inventory's own."""
    new = {change.address for change in compared.changes if change.what == "new"}
    ids = _Ids(frame.known)
    lines, unclear, places, first = [], [], dict[str, None](), dict[str, str]()
    for host in (host for host in found if host.address in new):
        kind, reason = guess(host)
        if kind is None:
            unclear.append(_comment(f"{host.address}: {_(reason)}{_said(host)}"))
        elif (name := next((first[key] for key in _evidence(host) if key in first), None)) is not None:
            said = _("{address}: another address of {device}, by its serial number or MAC")
            unclear.append(_comment(said.format(address=host.address, device=name)))
        else:
            name, hall = ids.next(kind), hall_of(host.address, frame)
            first |= dict.fromkeys(_evidence(host), name)
            places[hall] = None
            entry = _entry(host, kind, name, hall, frame.credentials)
            lines += [f"  - {flow(entry)}{_comment(_(reason) + _said(host), 2)}"]
    parts = [_comment(_("proposed by hallwatch discover; look at every line before you import it"))]
    if lines and not frame.halls and frame.hall is None:
        parts += ["halls:", *(f"  - {flow({'id': hall, 'name': hall})}" for hall in places)]
    parts += ["devices:", *lines] if lines else [_comment(_("nothing new that says what it is"))]
    if unclear:
        parts += [_comment(_("what has no line: it does not say of what kind it is, or has one already:")), *unclear]
    return "\n".join(parts + changed_lines(compared.changes, frame)) + "\n"


def _evidence(host: Found) -> tuple[str, ...]:
    """What only one device has: its serial number, its interfaces' own addresses."""
    serial = serial_key(host.identity.serial)
    return (serial,) if serial else host.identity.macs


def changed_lines(changes: Sequence[Change], frame: Frame) -> list[str]:
    """Comments with the lines of devices that moved or have another serial number, as they would have to be."""
    devices = {one.id: one for one in frame.known if one.entry}
    lines = []
    for change in changes:
        one = devices.get(change.device or "")
        if one is None or change.what not in ("moved", "other_serial"):
            continue
        said = _("{device} has moved from {was} to {now}; its line would be:")
        if change.what == "other_serial":
            said = _(
                "{device} has another serial number, {now} instead of {was}; if it was exchanged, its line would be:"
            )
        key = "address" if change.what == "moved" else "serial"
        lines.append(_comment(said.format(device=one.id, was=change.was, now=change.now)))
        lines.append(_comment(f"  - {flow(_written({**one.entry, key: change.now}, frame.zone))}"))
    return lines


def hall_of(address: str, frame: Frame) -> str:
    """The hall in whose subnet (/24, of IPv6 /64) the address lies by most of its devices, else a placeholder."""
    if frame.hall is not None:
        return frame.hall
    subnet = _subnet(address)
    halls = Counter(one.hall for one in frame.known if one.hall and _subnet(one.address) == subnet)
    if halls:
        return halls.most_common(1)[0][0]
    return f"HALL-{subnet}".replace("/", "-").replace(":", "-")


def _subnet(address: str | None) -> str:
    try:
        one = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    length = 24 if one.version == 4 else 64
    return str(ipaddress.ip_network(f"{one}/{length}", strict=False))


class _Ids:
    """Asset numbers as the inventory forms them, going on behind the largest of the kind."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._taken = {one.id for one in known}
        self._of: dict[str, list[tuple[str, int, int]]] = {}
        for one in known:
            if one.kind and (match := _NUMBERED.fullmatch(one.id)) and len(match[2]) <= 9:
                self._of.setdefault(one.kind, []).append((match[1], len(match[2]), int(match[2])))

    def next(self, kind: str) -> str:
        """A number that nobody has."""
        of_kind = self._of.setdefault(kind, [])
        prefix, width = f"{PREFIXES.get(kind, kind.upper())}-", 4
        if of_kind:
            prefix, width = Counter((one[0], one[1]) for one in of_kind).most_common(1)[0][0]
        number = max((one[2] for one in of_kind if one[0] == prefix), default=0) + 1
        while (name := f"{prefix}{number:0{width}}") in self._taken:
            number += 1
        of_kind.append((prefix, width, number))
        self._taken.add(name)
        return name


def _entry(host: Found, kind: str, name: str, hall: str, credentials: Sequence[Credential]) -> dict[str, Any]:
    who = host.identity
    entry: dict[str, Any] = {"id": name, "kind": kind, "hall": hall, "address": host.address}
    if who.model:
        entry["model"] = who.model
    if who.serial:
        entry["serial"] = who.serial
    if host.macs:
        entry["mac"] = host.macs[0]
    if host.credential is not None:
        entry["snmp"] = _snmp(credentials[host.credential])
    else:
        entry["checks"] = [*(["icmp"] if host.ping_ms is not None else []), f"tcp:{host.ports[0]}"]
    return entry


def _snmp(credential: Credential) -> dict[str, Any]:
    snmp = credential.snmp
    port = {} if snmp.port == 161 else {"port": snmp.port}
    if credential.entry is None:  # in plain text in the inventory: not repeated here
        named = {"user": snmp.user} if snmp.version == "3" else {"community": f"env:{_FOR_THE_FIRST}"}
        return {"version": snmp.version, **port, **named}
    kept = {
        key: value for key, value in credential.entry.items() if value is not None and key not in ("version", "port")
    }
    return {"version": snmp.version, **port, **kept}


def _written(entry: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """A device's normalised entry as one would write it; a community in plain text stays out."""
    written = {key: entry[key] for key in _ORDER if entry.get(key) not in (None, [], {})}
    for key in ("commissioned", "retired"):
        if isinstance(written.get(key), int):
            written[key] = _day(written[key], zone)
    if isinstance(written.get("interval"), int | float):
        written["interval"] = f"{written['interval']:g}s"
    if isinstance(snmp := written.get("snmp"), Mapping):
        shown = {key: _reference(key, value) for key, value in snmp.items() if value is not None}
        written["snmp"] = {key: value for key, value in shown.items() if (key, value) != ("port", 161)}
    return written


def _reference(key: str, value: Any) -> Any:
    """A secret in plain text becomes a reference that is to be set; what everybody knows stays."""
    plain = key in ("community", "auth_key", "priv_key") and not str(value).startswith(("env:", "file:"))
    return f"env:SNMP_{key.upper()}" if plain and value != "public" else value


def _day(ms: int, zone: tzinfo) -> str:
    """The date whose first instant in the zone it is, else the instant."""
    at = datetime.fromtimestamp(ms / 1000, zone)
    return at.date().isoformat() if at.time() == time() else render_instant(ms)


def _said(host: Found) -> str:
    who = host.identity
    told = " · ".join(filter(None, (who.name, who.descr[:100], host.model_file and f"[{host.model_file}]")))
    return f" ({told})" if told else ""


def _comment(text: str, before: int = 0) -> str:
    """A hostile text as one comment."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return f"{' ' * before}# {line}"


def flow(value: Any) -> str:
    """YAML on one line, every text so quoted that it can be nothing but text."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, int):
        return str(value)
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)
