"""The nouns of the inventory as rows: what a city consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of the operator, to which halls belong."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar as the inventory writes it; `sla.calendar` compiles it."""

    id: str
    document: Document


@dataclass(frozen=True, slots=True)
class Vendor:
    """A maintenance company; `notify` are addresses such as mailto:duty@vendor.example."""

    id: str
    name: str
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract; valid in [valid_from, valid_until), ms; `document` is the whole of it."""

    id: str
    vendor: str
    valid_from: int
    valid_until: int
    document: Document


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall; `gone_at` (ms) where the newest import no longer names it."""

    id: str
    name: str
    kind: str
    branch: str | None = None
    calendar: str | None = None
    gateway: str | None = None
    collector: str | None = None
    gone_at: int | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its asset number (O9); `n` is its row, 0 before it has one; `document` is its entry in the file."""

    n: int
    id: str
    kind: str
    hall: str
    collector: str
    interval_s: float
    address: str | None = None
    model: str | None = None
    serial: str | None = None
    vendor: str | None = None
    parent: str | None = None
    commissioned: int | None = None
    retired: int | None = None
    gone_at: int | None = None
    document: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class City:
    """The whole inventory, each list by id; gone halls and devices are in it, for their facts."""

    calendars: Mapping[str, CalendarRow] = field(default_factory=dict)
    branches: Mapping[str, Branch] = field(default_factory=dict)
    vendors: Mapping[str, Vendor] = field(default_factory=dict)
    contracts: Mapping[str, ContractRow] = field(default_factory=dict)
    halls: Mapping[str, Hall] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)


def parent_of(device: Device, hall: Hall | None) -> str | None:
    """The device before it: the one it names, else its hall's gateway, else none (O5)."""
    parent = device.parent or (hall.gateway if hall else None)
    return None if parent == device.id else parent


def ancestors(city: City, device: str) -> list[str]:
    """The ids of a device's parent, its parent and so on, nearest first; a circle ends where it closes (O5)."""
    line: list[str] = []
    at: str | None = device
    while at is not None and at not in line[:-1] and (row := city.devices.get(at)) is not None:
        at = parent_of(row, city.halls.get(row.hall))
        if at is None or at == device or at in line or at not in city.devices:
            break
        line.append(at)
    return line


def city_of(document: Document, first_collector: str = "c-01") -> City:
    """The inventory's document (validated, normalised: durations in s, instants in ms) as rows, without numbers.

    Takes `calendars` by id and lists of `branches, halls, vendors, contracts, devices`, keys as in the contract's file.
    A device belongs to the collector that it names, else its hall's, else the first that the file names.
    """
    halls = {row["id"]: _hall(row) for row in document.get("halls", ())}
    entries = document.get("devices", ())
    named = [hall.collector for hall in halls.values()] + [entry.get("collector") for entry in entries]
    first = next((name for name in named if name), first_collector)
    return City(
        calendars={key: CalendarRow(key, value) for key, value in document.get("calendars", {}).items()},
        branches={row["id"]: Branch(row["id"], row["name"]) for row in document.get("branches", ())},
        vendors={row["id"]: _vendor(row) for row in document.get("vendors", ())},
        contracts={row["id"]: _contract(row) for row in document.get("contracts", ())},
        halls=halls,
        devices={row["id"]: _device(row, halls.get(row["hall"]), first) for row in entries},
    )


def _hall(row: Document) -> Hall:
    return Hall(
        row["id"],
        row.get("name", row["id"]),
        row.get("kind", "own"),
        row.get("branch"),
        row.get("calendar"),
        row.get("gateway"),
        row.get("collector"),
    )


def _vendor(row: Document) -> Vendor:
    return Vendor(row["id"], row.get("name", row["id"]), tuple(row.get("notify") or ()))


def _contract(row: Document) -> ContractRow:
    return ContractRow(row["id"], row["vendor"], row["valid"]["from"], row["valid"]["until"], row)


def _device(row: Document, hall: Hall | None, first_collector: str) -> Device:
    return Device(
        n=0,
        id=row["id"],
        kind=row["kind"],
        hall=row["hall"],
        collector=row.get("collector") or (hall.collector if hall else None) or first_collector,
        interval_s=float(row.get("interval_s") or row.get("interval") or 60),
        address=row.get("address"),
        model=row.get("model"),
        serial=row.get("serial"),
        vendor=row.get("vendor"),
        parent=row.get("parent"),
        commissioned=row.get("commissioned"),
        retired=row.get("retired"),
        document=row,
    )
