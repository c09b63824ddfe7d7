"""The inventory as one document with every default filled in: durations in seconds, instants in ms, numbers as text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from hallwatch.inventory.agreements import Zones
from hallwatch.inventory.escalation import normal_chain
from hallwatch.inventory.merging import Merged
from hallwatch.inventory.references import calendar_document
from hallwatch.inventory.shape import Entry
from hallwatch.inventory.values import first_instant

DEFAULT_INTERVAL_S: Final = 60
REPAIR_TARGETS: Final = {"printer": 7200, "list_printer": 7200, "copier": 7200}
"""R1: two hours for printers and copiers where a contract names no target."""


def document_of(
    merged: Merged, zones: Zones, kinds: Collection[str], intervals: Mapping[str, float], collector: str
) -> dict[str, Any]:
    """The normalised document of entries without faults; `collector` takes the devices that nobody names one for."""
    first = _first_collector(merged, collector)
    halls = {entry["id"]: entry["collector"] or first for entry in merged.lists["halls"]}
    return {
        "calendars": {name: calendar_document(entry, str(zones.site)) for name, entry in merged.calendars.items()},
        "branches": [_named(entry) for entry in merged.lists["branches"]],
        "halls": [{**_named(entry), "collector": halls[entry["id"]]} for entry in merged.lists["halls"]],
        "vendors": [_named(entry) for entry in merged.lists["vendors"]],
        "contracts": [_contract(entry, zones, kinds) for entry in merged.lists["contracts"]],
        "devices": [_device(entry, zones, intervals, halls) for entry in merged.lists["devices"]],
    }


def _first_collector(merged: Merged, fallback: str) -> str:
    named = (entry["collector"] for name in ("halls", "devices") for entry in merged.lists[name])
    return next((name for name in named if name), fallback)


def _named(entry: Entry) -> dict[str, Any]:
    return {**entry, "name": entry["name"] or entry["id"]}


def _device(entry: Entry, zones: Zones, intervals: Mapping[str, float], halls: Mapping[str, str]) -> dict[str, Any]:
    zone = zones.hall(entry["hall"])
    snmp = entry["snmp"]
    return {
        **entry,
        "interval": entry["interval"] or intervals.get(entry["kind"], DEFAULT_INTERVAL_S),
        "collector": entry["collector"] or halls[entry["hall"]],
        "commissioned": first_instant(entry["commissioned"], zone),
        "retired": first_instant(entry["retired"], zone),
        "snmp": {**snmp, "port": int(snmp["port"])} if snmp else None,
    }


def _contract(entry: Entry, zones: Zones, kinds: Collection[str]) -> dict[str, Any]:
    zone = zones.contract(entry["id"])
    covers, travel = entry["covers"], entry["travel"]
    covered = sorted(kinds) if covers["kinds"] == "all" else covers["kinds"]
    return {
        **entry,
        "valid": {end: first_instant(entry["valid"][end], zone) for end in ("from", "until")},
        "covers": dict(covers),
        "repair": {**entry["repair"], "targets": _targets(entry["repair"]["targets"], covered)},
        "travel": {
            "mode": travel["mode"],
            "default": [_dated(one, zone) for one in travel["default"]],
            "halls": {
                hall: [_dated(one, zones.hall(hall)) for one in found] for hall, found in travel["halls"].items()
            },
        },
        **normal_chain(entry, zone),
        "fee": None if entry["fee"] is None else str(entry["fee"]),
        "payment": _payment(entry["payment"]),
        "terms": [{**_exact(term), "count": term["count"] or "linear"} for term in entry["terms"]],
    }


def _targets(targets: Any, covered: Collection[str]) -> dict[str, float]:
    if targets is None:
        return {kind: length for kind, length in REPAIR_TARGETS.items() if kind in covered}
    return dict(targets) if isinstance(targets, dict) else dict.fromkeys(covered, targets)


def _dated(entry: Entry, zone: Any) -> dict[str, Any]:
    return {**entry, "from": first_instant(entry["from"], zone), "until": first_instant(entry["until"], zone)}


def _payment(payment: Any) -> Any:
    if not isinstance(payment, dict):
        return payment
    bands = sorted(payment["bands"], key=lambda band: band["from"], reverse=True)
    return {"bands": [_exact(band) for band in bands]}


def _exact(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Decimals as text, so that no float ever stands between a contract and its arithmetic."""
    return {key: _text(value) for key, value in entry.items()}


def _text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _exact(value)
    return str(value) if isinstance(value, Decimal) else value
