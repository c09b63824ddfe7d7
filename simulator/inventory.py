"""A simulated city as the inventory file of the contracts says it."""

from __future__ import annotations

from typing import Final

from simulator.city import City, Device, Hall

Document = dict[str, object]

# Open all day, so that a fault counts at whatever hour somebody looks.
CALENDARS: Final[Document] = {
    "all-day": {"zone": "Asia/Shanghai", "week": {"mon-sun": ["00:00-24:00"]}},
}
_PRINTING: Final = ["printer", "list_printer", "copier"]
_TERMINALS: Final = ["kiosk", "queue", "pc"]


def inventory_of(city: City) -> Document:
    """The whole file as a document: calendars, branches, halls, vendors, contracts, devices."""
    return {
        "calendars": CALENDARS,
        "branches": [{"id": id_, "name": name} for id_, name in city.branches],
        "halls": [_hall(hall) for hall in city.halls],
        "vendors": [{"id": id_, "name": name, "notify": [f"mailto:duty@{id_}.example"]} for id_, name in city.vendors],
        "contracts": _contracts(city),
        "devices": [_device(device) for device in city.devices],
    }


def _hall(hall: Hall) -> Document:
    return {
        "id": hall.id,
        "name": hall.name,
        "branch": hall.branch,
        "kind": hall.kind,
        "calendar": "all-day",
        "gateway": hall.gateway,
    }


def _contracts(city: City) -> list[Document]:
    printing: dict[str, list[str]] = {vendor: [] for vendor, _ in city.vendors} | _halls_by_printing_vendor(city)
    first, second, *others = (vendor for vendor, _ in city.vendors)
    found = [
        _contract("c-print-1", first, _PRINTING, printing[first]),
        _contract("c-terminal", second, _TERMINALS, [hall.id for hall in city.halls]),
    ]
    return found + [
        _contract(f"c-print-{n}", vendor, _PRINTING, printing[vendor]) for n, vendor in enumerate(others, 2)
    ]


def _halls_by_printing_vendor(city: City) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for device in city.devices:
        if device.kind in _PRINTING and device.vendor is not None:
            halls = found.setdefault(device.vendor, [])
            if device.hall not in halls:
                halls.append(device.hall)
    return found


def _contract(id_: str, vendor: str, kinds: list[str], halls: list[str]) -> Document:
    return {
        "id": id_,
        "vendor": vendor,
        "valid": {"from": "2025-01-01", "until": "2031-01-01"},
        "calendar": "all-day",
        "covers": {"kinds": kinds, "halls": halls},
        "repair": {"start": "notified", "warn": [50, 75, 100], "targets": dict.fromkeys(kinds, "2h")},
        "travel": {"mode": "allowance", "default": "30m"},
        "pauses": ["hall_closed", "awaiting_customer", "force_majeure"],
        "fee": "20000.00",
        "payment": "none",
        "terms": [
            {
                "id": "T1",
                "term": "late_repairs",
                "allowance": 0,
                "unit": 1,
                "points": 5,
                "round": "up",
                "group": "repair",
            },
            {
                "id": "T2",
                "term": "fault_count",
                "allowance": {"per_100": 8},
                "unit": 1,
                "points": 1,
                "round": "up",
                "cap": 30,
            },
        ],
    }


def _device(device: Device) -> Document:
    document: Document = {
        "id": device.id,
        "kind": device.kind,
        "hall": device.hall,
        "address": device.address,
        "model": device.model,
        "vendor": device.vendor,
        "interval": f"{device.interval_s}s",
        "commissioned": "2025-03-01",
        "serial": device.serial,
        "asset_owner": "operator",
        "snmp": {"version": device.version, "community": device.community, "port": device.port},
        "checks": list(device.checks),
    }
    return {key: value for key, value in document.items() if value is not None}
