"""What a scan found, for machines: docs/schemas/discover.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from collector.observation import render_instant
from hallwatch.discover.changes import Compared
from hallwatch.discover.credentials import Credential
from hallwatch.discover.found import Found
from hallwatch.discover.guess import guess


class Scanned(NamedTuple):
    """How far a scan came: begun at `ts` (ms), of `total` addresses `asked`; `pinged`: was there a right to ping?"""

    ts: int
    networks: tuple[str, ...]
    total: int
    asked: int
    packets: int
    pinged: bool


def document_of(
    scanned: Scanned, found: Sequence[Found], compared: Compared, credentials: Sequence[Credential]
) -> dict[str, Any]:
    """The whole result; where nothing answered there is no entry."""
    return {
        "v": 1,
        "ts": render_instant(scanned.ts),
        "networks": list(scanned.networks),
        "addresses": scanned.total,
        "asked": scanned.asked,
        "complete": scanned.asked == scanned.total,
        "packets": scanned.packets,
        "pinged": scanned.pinged,
        "found": [_host(host, compared, credentials) for host in found if host.alive],
        "changes": [change._asdict() for change in compared.changes],
    }


def _host(host: Found, compared: Compared, credentials: Sequence[Credential]) -> dict[str, Any]:
    kind, reason = guess(host)
    who, one = host.identity, compared.device_at.get(host.address)
    snmp = credentials[host.credential].said if host.credential is not None else None
    return {
        "address": host.address,
        "device": one.id if one else None,
        "kind": kind,
        "reason": reason,
        "model_file": host.model_file or None,
        "model": who.model or None,
        "serial": who.serial or None,
        "macs": list(host.macs),
        "object_id": who.object_id or None,
        "descr": who.descr or None,
        "name": who.name or None,
        "ping_ms": host.ping_ms,
        "snmp": snmp if snmp is not None else "refused" if host.refused else "auth" if host.auth else None,
        "ports": list(host.ports),
    }
