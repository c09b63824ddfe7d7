"""What a collector polls: its part of the inventory with the secrets resolved, which no `repr` shows."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from collector.host_name import is_host_name
from collector.kindfile.file import is_check, near

VERSIONS: Final = ("1", "2c", "3")
AUTHS: Final = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
PRIVS: Final = ("des", "aes", "aes128", "aes192", "aes256")
_SNMP_KEYS: Final = ("version", "community", "port", "user", "auth", "auth_key", "priv", "priv_key")
_MAX_SECRET: Final = 4096


class BadTarget(Exception):
    """A device's entry that cannot be polled; the text names what is wrong, never a secret."""


@dataclass(frozen=True, slots=True)
class Snmp:
    """How to ask one agent; `version` is 1, 2c or 3, keys are passphrases of at least 8 octets (RFC 3414)."""

    version: str = "2c"
    community: str = field(default="public", repr=False)
    port: int = 161
    user: str | None = None
    auth: str | None = None
    auth_key: str | None = field(default=None, repr=False)
    priv: str | None = None
    priv_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """One device to poll; `checks` None means its kind's. With a `fault` it is not asked but `unknown` (O2).

    `processes`: programs that must run there, beside those of its kind.
    """

    device: str
    kind: str
    address: str
    interval_s: float = 60.0
    parent: str | None = None
    serial: str | None = None
    snmp: Snmp | None = None
    checks: tuple[str, ...] | None = None
    model: str | None = None
    hall: str | None = None
    fault: str | None = None
    processes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A collector's part of the inventory; `version` is its digest, `faults` what had to be left out and why.
    `references`: addresses of its halls' gateways that another collector polls."""

    targets: tuple[Target, ...]
    gateways: tuple[str, ...] = ()
    collector: str = ""
    version: str = ""
    faults: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


def targets_of(part: Mapping[str, Any]) -> Part:
    """The collector's part of the inventory, as the centre's interface gives it, with secrets resolved.

    What is wrong with one device makes that device `unknown` (its `fault` says why) and never stops the others; an
    entry without a usable name is left out and listed in `faults`.
    """
    targets: dict[str, Target] = {}
    faults: list[str] = []
    for number, entry in enumerate(_list(part.get("devices"))):
        device = entry.get("id") if isinstance(entry, Mapping) else None
        if not isinstance(device, str) or not _is_name(device) or device in targets:
            faults.append(f"devices[{number}]: no id of its own: {str(device)[:50]!a}")
            continue
        targets[device] = _target(device, entry)
    return Part(
        tuple(targets.values()),
        tuple(str(gateway) for gateway in _list(part.get("gateways"))),
        str(part.get("collector", "")),
        str(part.get("version", "")),
        tuple(faults),
        tuple(one for one in _list(part.get("references")) if isinstance(one, str) and _leads_somewhere(one)),
    )


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 128 and all(c.isprintable() and c not in "/+#" for c in text)


def _target(device: str, entry: Mapping[str, Any]) -> Target:
    given: dict[str, Any] = {key: _text(entry.get(key)) for key in ("parent", "serial", "model", "hall")}
    given["processes"] = tuple(name for one in _list(entry.get("processes"))[:16] if (name := _text(one)))
    kind, address = _text(entry.get("kind")) or "", _plain(_text(entry.get("address")) or "")
    interval = entry.get("interval_s")
    if isinstance(interval, int | float) and not isinstance(interval, bool) and 1 <= interval <= 86400:
        given["interval_s"] = float(interval)
    if not _leads_somewhere(address):
        fault = f"address {address[:50]!a} is neither an IP address nor a host name"
        return Target(device, kind, address, **given, fault=fault)
    try:
        return Target(device, kind, address, **given, snmp=_snmp(entry.get("snmp")), checks=_checks(entry))
    except BadTarget as error:
        return Target(device, kind, address, **given, fault=str(error))


def _leads_somewhere(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return is_host_name(address)
    return True


def _plain(address: str) -> str:
    """An IPv4 address that is written as one of IPv6 (::ffff:192.0.2.1), as what it is: so it answers."""
    try:
        mapped = getattr(ipaddress.ip_address(address), "ipv4_mapped", None)
    except ValueError:
        return address
    return str(mapped or address)


def _text(value: object) -> str | None:
    return str(value)[:256] if isinstance(value, str | int) else None


def _checks(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    checks = entry.get("checks")
    if checks is None:
        return None
    wrong = [check for check in _list(checks) if not is_check(check)]
    if wrong or not _list(checks):
        raise BadTarget(f"checks: {str(wrong or checks)[:100]!a}: none of icmp, snmp, mqtt, tcp:PORT, http:PORT/PATH")
    return tuple(dict.fromkeys(checks))


def _snmp(entry: object) -> Snmp | None:
    if entry is None:
        return None
    if not isinstance(entry, Mapping):
        raise BadTarget("snmp: not a mapping")
    for key in entry:
        if key not in _SNMP_KEYS:
            meant = near(str(key), _SNMP_KEYS)
            raise BadTarget(f"snmp.{str(key)[:50]}: unknown key" + (f" (did you mean {meant}?)" if meant else ""))
    version = _word(entry, "version", VERSIONS) or "2c"
    port = entry.get("port", 161)
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise BadTarget("snmp.port: not a port")
    if version == "3":
        return _user(entry, port)
    return Snmp(version, _secret(entry, "community") or "public", port)


def _user(entry: Mapping[str, Any], port: int) -> Snmp:
    user, auth, priv = _secret(entry, "user"), _word(entry, "auth", AUTHS), _word(entry, "priv", PRIVS)
    auth_key, priv_key = _secret(entry, "auth_key"), _secret(entry, "priv_key")
    if not user:
        raise BadTarget("snmp.user: missing, version 3 needs one")
    for what, way, key in (("auth", auth, auth_key), ("priv", priv, priv_key)):
        if (way is None) != (key is None):
            raise BadTarget(f"snmp.{what}_key: {'missing' if key is None else f'without snmp.{what}'}")
        if key is not None and len(key.encode()) < 8:
            raise BadTarget(f"snmp.{what}_key: shorter than 8 octets")
    if priv and not auth:
        raise BadTarget("snmp.priv: needs snmp.auth too")
    return Snmp("3", "", port, user, auth, auth_key, priv, priv_key)


def _word(entry: Mapping[str, Any], key: str, words: Sequence[str]) -> str | None:
    value = entry.get(key)
    if value is None:
        return None
    word = str(value).lower().removeprefix("v").replace("-", "")
    if word not in words:
        raise BadTarget(f"snmp.{key}: {str(value)[:50]!a} is none of {', '.join(words)}")
    return word


def _secret(entry: Mapping[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return None if value is None else resolve(str(value), f"snmp.{key}")


def resolve(reference: str, place: str) -> str:
    """The secret itself: of `env:NAME` the variable, of `file:PATH` the text (without its last line end), else the
    text as it stands. Raises `BadTarget` if there is none or it is empty; the text names the reference only.
    """
    if reference.startswith("env:"):
        secret = os.environ.get(reference[4:], "")
        if not secret:
            raise BadTarget(f"{place}: the variable {reference[4:][:128]} is not set")
        return secret
    if reference.startswith("file:"):
        return _secret_file(Path(reference[5:]), place)
    return reference


def _secret_file(path: Path, place: str) -> str:
    try:
        with path.open("rb") as file:
            secret = file.read(_MAX_SECRET).decode().rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise BadTarget(f"{place}: {str(path)[:128]}: {reason}") from error
    if not secret:
        raise BadTarget(f"{place}: {str(path)[:128]} is empty")
    return secret
