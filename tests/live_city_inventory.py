"""The inventory of `tests.live_city`: halls, devices of every kind, vendors and their contracts."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sla.instant import DAY

KINDS: Final = {
    "switch": "SW",
    "router": "RO",
    "printer": "PR",
    "list_printer": "LI",
    "copier": "CO",
    "kiosk": "KI",
    "queue": "QU",
    "pc": "PC",
    "handheld": "HA",
    "ups": "UP",
    "camera": "CA",
}
SOME: Final = ("switch", "printer", "printer", "list_printer", "copier", "kiosk", "pc")
MODELS: Final = {"printer": "HP M404", "list_printer": "实达 BP-850", "copier": "Ricoh MP 2014", "kiosk": "GRG, K=7"}
SUPPLIES: Final = {
    "printer": ("黑色硒鼓 CF259A", "Drum", "Waste box"),
    "copier": ('Toner\n"K", a=b\\', "Waste box"),
    "list_printer": ("色带",),
}
OPERATORS: Final = ("switch", "router", "pc", "ups")
"""What no vendor keeps in repair."""


class Place(NamedTuple):
    """A device and where it is."""

    id: str
    kind: str
    hall: str
    branch: str
    collector: str
    model: str | None
    vendor: str | None
    supplies: tuple[str, ...]


class _Hall(NamedTuple):
    id: str
    name: str
    branch: str
    collector: str
    vendor: str
    calendar: str


HALLS: Final = (
    _Hall("h-01", "飞鹅路营业厅", "b-1", "c-01", "v-1", "hours"),
    _Hall("h-02", "五一路营业厅", "b-1", "c-01", "v-2", "hours"),
    _Hall("h-03", "龙城营业厅", "b-2", "c-02", "v-2", "hours"),
    _Hall("h-04", ("河东\n\"营业厅\", a=b \\ 'x' " * 20)[:256], "b-2", "c-02", "v-1", "mornings"),
)
BRANCHES: Final = {"b-1": "柳南分公司", "b-2": "城中分公司"}
VENDORS: Final = {"v-1": "代维一公司", "v-2": "Second, Service = Ltd"}


def _devices() -> list[Place]:
    found = []
    for hall in HALLS:
        kinds = (*KINDS, "printer") if hall.id == "h-01" else SOME
        for place, kind in enumerate(kinds):
            id = f"{KINDS[kind]}-{hall.id[2:]}{kinds[: place + 1].count(kind):02}"
            vendor = None if kind in OPERATORS else hall.vendor
            more = hall.collector, MODELS.get(kind), vendor, SUPPLIES.get(kind, ())
            found.append(Place(id, kind, hall.id, hall.branch, *more))
    return found


DEVICES: Final = tuple(_devices())


def document(now: int) -> dict[str, Any]:
    """As an import normalises it."""
    return {
        "calendars": {
            "hours": _week("08:30-18:00"),
            "mornings": _week("08:30-12:00"),
            "repairs": _week("08:00-20:00"),
        },
        "branches": [{"id": id, "name": name} for id, name in BRANCHES.items()],
        "halls": [_hall(one) for one in HALLS],
        "vendors": [{"id": id, "name": name} for id, name in VENDORS.items()],
        "contracts": [_contract("c-1", "v-1", now), _contract("c-2", "v-2", now)],
        "devices": [_device(one) for one in DEVICES],
    }


def _week(hours: str) -> dict[str, Any]:
    return {"zone": "Asia/Shanghai", "week": {"mon-sun": [hours]}, "holidays": "none", "dates": {}}


def _hall(one: _Hall) -> dict[str, Any]:
    row = {"id": one.id, "name": one.name, "branch": one.branch, "kind": "own", "calendar": one.calendar}
    return row | {"gateway": f"SW-{one.id[2:]}01", "collector": one.collector}


def _device(one: Place) -> dict[str, Any]:
    row = {"id": one.id, "kind": one.kind, "hall": one.hall, "model": one.model, "vendor": one.vendor}
    return row | {"address": f"10.0.{one.hall[2:]}.{len(one.id)}", "interval_s": 60}


def _term(id: str, term: str, points: str, **given: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"allowance": "0", "unit": "1", "round": "up", "cap": None, "group": None}
    return {"id": id, "term": term, "points": points, **base, "sources": None, "scale": None, **given}


def _contract(id: str, vendor: str, now: int) -> dict[str, Any]:
    """Two hours from the call, eight to eight, half an hour of travel; one term has no value before a survey."""
    return {
        "id": id,
        "vendor": vendor,
        "valid": {"from": now - 300 * DAY, "until": now + 300 * DAY},
        "calendar": "repairs",
        "covers": {"kinds": "all", "halls": [one.id for one in HALLS if one.vendor == vendor]},
        "repair": {
            "start": "phone",
            "warn": [50, 75, 100],
            "targets": dict.fromkeys(("printer", "list_printer", "copier"), 7200),
        },
        "travel": {"mode": "allowance", "default": [{"seconds": 1800, "from": None, "until": None}], "halls": {}},
        "pauses": ["awaiting_customer", "hall_closed"],
        "silence": "vendor",
        "fee": "20000.00",
        "payment": "linear",
        "terms": [
            _term("T1", "late_repairs", "5", group="repair"),
            _term("T2", "late_minutes", "0.1", round="exact", cap="10", group="repair"),
            _term("T3", "fault_count", "1", allowance="1", cap="30"),
            _term("T4", "repeat_repairs", "2"),
            _term("T6", "satisfaction", "1", allowance="4.5", scale="5"),
        ],
    }
