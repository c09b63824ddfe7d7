"""A contract in the inventory file: whom it binds, what it covers, its repair clock, travel, terms and payment."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final

from hallwatch.inventory.escalation import CHAIN, PEOPLE, ROTAS, SILENCE, percent
from hallwatch.inventory.faults import N_
from hallwatch.inventory.node import Node
from hallwatch.inventory.shape import Entry, Field, Reader, Site, either, listed, mapping, record
from hallwatch.inventory.values import choice, chosen, duration, identifier, moment, number, word

TERMS: Final = (
    "fault_count",
    "fault_hours",
    "late_repairs",
    "late_minutes",
    "repeat_repairs",
    "missed_patrols",
    "spare_not_ready",
    "self_repair_rate",
    "satisfaction",
    "availability",
)
SOURCES: Final = ("phone", "detected", "patrol", "vendor", "import")
_DAY_S: Final = 86400
_LENGTH: Final = duration(0, 30 * _DAY_S)
_VALID: Final = {"from": Field(moment, True), "until": Field(moment, True)}


def contract(kinds: Collection[str]) -> dict[str, Field]:
    """The keys of a contract; kinds of devices are some of `kinds`."""
    kind = chosen(kinds, N_("unknown kind {value}; known are {allowed}"))
    whole = choice("all")
    covers = {
        "kinds": Field(either("list", listed(kind, 256), whole), default=lambda: "all"),
        "halls": Field(either("list", listed(identifier), whole), default=lambda: "all"),
    }
    return {
        "id": Field(identifier, True),
        "vendor": Field(identifier, True),
        "valid": Field(record(_VALID), True),
        "calendar": Field(identifier),
        "covers": Field(record(covers), default=lambda: {"kinds": "all", "halls": "all"}),
        "repair": Field(
            record(_repair(kind)), default=lambda: {"start": "phone", "warn": [50, 75, 100], "targets": None}
        ),
        "travel": Field(record(_TRAVEL), default=lambda: {"mode": "allowance", "default": [], "halls": {}}),
        "pauses": Field(listed(word, 64), default=list),
        "silence": Field(choice("vendor", "free"), default=lambda: "vendor"),
        "notify": Field(PEOPLE, default=list),
        "escalation": Field(CHAIN, default=list),
        "quiet": Field(SILENCE),
        "rotas": Field(ROTAS, default=dict),
        "fee": Field(number("0", "999999999999")),
        "payment": Field(either("mapping", record(_BANDS), choice("none", "linear")), default=lambda: "none"),
        "terms": Field(listed(record(TERM), 256), default=list),
    }


def _repair(kind: Reader) -> dict[str, Field]:
    target = duration(1, 30 * _DAY_S)
    return {
        "start": Field(choice("phone", "notified", "detected"), default=lambda: "phone"),
        "warn": Field(listed(percent, 16), default=lambda: [50, 75, 100]),
        "targets": Field(either("mapping", mapping(kind, target), target)),
    }


def _travel_entry(node: Node, site: Site) -> Any:
    """A duration, or `{minutes, from, until}`; gives `{seconds, from, until}`."""
    if node.shape != "mapping":
        length = _LENGTH(node, site)
        return None if length is None else _entry(site, node, length)
    found: Entry | None = record(_TRAVEL_ENTRY)(node, site)
    if found is None or found["minutes"] is None:
        return None
    entry = _entry(site, node, found["minutes"] * 60)
    entry["from"], entry["until"] = found["from"], found["until"]
    return entry


def _entry(site: Site, node: Node, length: float | Decimal) -> Entry:
    entry = Entry(site.file, site.place, node.line, node.lines)
    entry |= {"seconds": int(length) if length == int(length) else float(length), "from": None, "until": None}
    return entry


def _travel_entries(node: Node, site: Site) -> list[Any]:
    if node.shape == "list":
        entries: list[Any] = listed(_travel_entry, 256)(node, site)
        return entries
    one = _travel_entry(node, site)
    return [] if one is None else [one]


def _allowance(node: Node, site: Site) -> Any:
    return either("mapping", record({"per_100": Field(_AMOUNT, True)}), _AMOUNT)(node, site)


_AMOUNT: Final = number("0", "1000000")
_STEP: Final = number("0.000001", "1000000")
_TRAVEL_ENTRY: Final = {"minutes": Field(number("0", "43200"), True), "from": Field(moment), "until": Field(moment)}
_TRAVEL: Final = {
    "mode": Field(choice("allowance", "actual"), default=lambda: "allowance"),
    "default": Field(_travel_entries, default=list),
    "halls": Field(mapping(identifier, _travel_entries), default=dict),
}
_BAND: Final = {"from": Field(number("0", "100"), True), "percent": Field(number("0", "100"), True)}
_BANDS: Final = {"bands": Field(listed(record(_BAND), 64), True, list)}
TERM: Final = {
    "id": Field(word, True),
    "term": Field(choice(*TERMS), True),
    "allowance": Field(_allowance),
    "unit": Field(_STEP, default=lambda: Decimal(1)),
    "points": Field(_AMOUNT, True),
    "round": Field(choice("up", "down", "exact"), True),
    "cap": Field(_AMOUNT),
    "group": Field(word),
    "sources": Field(listed(choice(*SOURCES), 8)),
    "scale": Field(_STEP),
    "count": Field(choice("linear", "rectification")),
}
