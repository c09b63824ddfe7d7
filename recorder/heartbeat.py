"""A collector's heartbeat, read with the same distrust as an observation (contracts, MQTT)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeGuard

from collector.observation import MAX_BYTES, VERSION, Refused, parse_instant

LARGEST: Final = (1 << 53) - 1  # beyond it no outbox counts, and sums of numbers would overflow
FIGURES: Final = (
    *("late", "lag_s", "utilisation", "lost", "dropped", "damaged", "shared_engines", "snmp3", "ping", "unresolved"),
    *("isolated", "sayings_refused", "traps", "traps_heard", "traps_taken", "traps_refused", "asleep"),
    *("traps_unknown_source", "traps_limited", "traps_too_large", "traps_malformed", "traps_community"),
    *("traps_user", "traps_signature", "traps_cipher", "traps_replayed", "traps_fault"),
    *("snmp_late", "snmp_doubled", "snmp_foreign", "snmp_forged", "snmp_damaged", "snmp_refused"),
    *("icmp_late", "icmp_doubled", "icmp_foreign", "icmp_forged", "icmp_damaged"),
)
"""What a collector may say of itself beside the fields: figures for people, which nothing depends on."""

Figure = bool | int | float | str
_NAME: Final = re.compile(r"[^\x00-\x1f/+#\x7f\ud800-\udfff]{1,128}")


class Heartbeat(NamedTuple):
    """What a collector said of itself; `ts` ms, None where it cannot be read (a will's is ignored anyway).

    It holds [oldest, next) of `epoch`; None where it did not say. `figures` are those of `FIGURES` that it gave.
    """

    collector: str
    online: bool
    ts: int | None
    epoch: str | None
    oldest: int | None
    next: int | None
    version: str | None
    devices: int | None
    backlog: int | None
    figures: Mapping[str, Figure] = MappingProxyType({})

    def as_document(self) -> dict[str, Any]:
        """For the table of collectors: the known fields alone, figures beside the others."""
        return {**self.figures, **{name: value for name, value in self._asdict().items() if name != "figures"}}


def read_heartbeat(payload: bytes, collector: str) -> Heartbeat:
    """Read the message on `collector`'s topic. Raises `Refused`."""
    if len(payload) > MAX_BYTES:
        raise Refused("too_large", f"{len(payload)} bytes or more")
    if _NAME.fullmatch(collector) is None:
        raise Refused("type", "collector: not a name")
    document = _document(payload)
    oldest, following = _whole(document, "oldest"), _whole(document, "next")
    if oldest is not None and following is not None and not 1 <= oldest <= following:
        raise Refused("type", "oldest: not from 1 to next")
    return Heartbeat(
        collector,
        document["online"],
        _instant(document.get("ts")),
        _name(document, "epoch"),
        oldest,
        following,
        _name(document, "version"),
        _whole(document, "devices"),
        _whole(document, "backlog"),
        {name: value for name in FIGURES if _is_figure(value := document.get(name))},
    )


def _document(payload: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise Refused("not_json", str(error)[:200]) from error
    if not isinstance(document, dict):
        raise Refused("type", "not an object")
    if document.get("v") != VERSION or isinstance(document["v"], bool):
        raise Refused("version", repr(document.get("v"))[:50])
    if not isinstance(document.get("online"), bool):
        raise Refused("type", "online: neither true nor false")
    return document


def _is_figure(value: object) -> TypeGuard[Figure]:
    """Flags, numbers and short texts; others are of a collector of another version, and are left out."""
    if isinstance(value, str):
        return len(value) <= 300 and value.isprintable()
    return isinstance(value, int | float) and abs(value) <= LARGEST


def _whole(document: Mapping[str, Any], key: str) -> int | None:
    value = document.get(key)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise Refused("type", f"{key}: not a whole number from 0")
    return value


def _name(document: Mapping[str, Any], key: str) -> str | None:
    value = document.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise Refused("type", f"{key}: not a short text")
    return value


def _instant(value: object) -> int | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None
