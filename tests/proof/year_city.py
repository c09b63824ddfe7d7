"""The simulated city of a year: 12 halls in 3 branches, 150 devices behind switches, 3 vendors, 4 contracts; seeded.

What the inventory file says changes three times in the year: devices come, go and move, a parent changes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

from sla.instant import parse

ZONE: Final = "Asia/Shanghai"
S: Final = 1000
MINUTE: Final = 60 * S
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
INTERVAL: Final = 15 * MINUTE
KINDS: Final = (
    "printer", "list_printer", "copier", "kiosk", "queue", "pc", "printer", "list_printer", "kiosk", "pc", "pc",
)  # fmt: skip
VENDOR: Final = {"printer": "v-1", "list_printer": "v-1", "copier": "v-2", "kiosk": "v-3", "queue": "v-3"}
CALENDARS: Final[dict[str, Any]] = {
    "hall-hours": {
        "zone": ZONE,
        "week": {"mon-fri": ["08:30-18:00"], "sat-sun": ["09:00-17:00"]},
        "holidays": "cn",
        "dates": {"2026-02-16": ["09:00-12:00"], "2026-06-30": "closed"},
    },
    "late-hours": {"zone": ZONE, "week": {"mon-sun": ["10:00-02:00"]}},
    "always": {"zone": ZONE, "week": {"mon-sun": ["00:00-24:00"]}},
    "repair-hours": {"zone": ZONE, "week": {"mon-sun": ["08:00-20:00"]}},
    "office-hours": {"zone": ZONE, "week": {"mon-fri": ["08:30-12:00", "13:30-18:00"]}, "holidays": "cn"},
}
PAUSES: Final = ("hall_closed", "awaiting_customer", "force_majeure")
BRANCHES: Final = ("liunan", "chengzhong", "yufeng")


def _term(id: str, term: str, points: str, round: str = "up", **others: Any) -> dict[str, Any]:
    return {"id": id, "term": term, "points": points, "round": round, **others}


_FIRST: Final = [
    _term("T1", "late_repairs", "2", group="repair", cap="20"),
    _term("T2", "fault_count", "0.5", allowance={"per_100": 8}, cap="15"),
    _term("T3", "fault_hours", "0.25", "exact", allowance="30", group="repair"),
    _term("T4", "missed_patrols", "1.5"),
]
_SECOND: Final = [
    _term("T1", "late_repairs", "3", group="repair", cap="25"),
    _term("T2", "fault_count", "1", allowance={"per_100": 10}, cap="10", sources=["phone", "import", "patrol"]),
    _term("T3", "late_minutes", "0.01", "exact", group="repair", count="rectification", cap="12.5"),
    _term("T4", "missed_patrols", "2"),
    _term("T5", "repeat_repairs", "1", allowance="1"),
]
_COPIERS: Final = [
    _term("K1", "fault_count", "1", sources=["phone", "detected", "patrol"], group="fault"),
    _term("K2", "fault_hours", "0.3333", "exact", allowance="2.5", count="rectification", group="fault"),
    _term("K3", "repeat_repairs", "2", group="fault"),
    _term("K4", "spare_not_ready", "2.5", cap="10"),
    _term("K5", "availability", "0.5", "down", allowance="99.5", cap="20"),
]
_KIOSKS: Final = [
    _term("Q1", "self_repair_rate", "0.2", "exact"),
    _term("Q2", "satisfaction", "4", "exact", allowance="4.5", unit="0.5", scale="5"),
    _term("Q3", "availability", "1", allowance="99", cap="15"),
    _term("Q4", "late_repairs", "5", cap="40"),
    _term("Q5", "late_minutes", "0.005", "exact"),
]
_BANDS: Final = {"bands": [{"from": 0, "percent": 50}, {"from": 60, "percent": 80}, {"from": 90, "percent": 100}]}
TURN: Final = "2026-05-01"
"""When the first vendor's contract changes."""


def _contract(id: str, vendor: str, valid: tuple[str, str], **said: Any) -> dict[str, Any]:
    kinds = sorted(kind for kind, its in VENDOR.items() if its == vendor)
    return {"id": id, "vendor": vendor, "valid": {"from": valid[0], "until": valid[1]},
            "covers": {"kinds": kinds, "halls": "all"}, "pauses": list(PAUSES), **said}  # fmt: skip


CONTRACTS: Final[list[dict[str, Any]]] = [
    _contract(
        "c-1a", "v-1", ("2025-01-01", TURN), calendar="repair-hours", fee="20000.00", payment="linear", terms=_FIRST,
        repair={"start": "phone", "targets": {"printer": "2h", "list_printer": "2h"}},
        travel={"mode": "allowance", "default": "30m", "halls": {"h-02": "90m"}},
    ),
    _contract(
        "c-1b", "v-1", (TURN, "2028-01-01"), calendar="repair-hours", fee="21500.50", payment="linear", terms=_SECOND,
        repair={"start": "phone", "targets": {"printer": "2h", "list_printer": "3h"}},
        travel={"mode": "allowance", "default": "30m",
                "halls": {"h-02": [{"minutes": 60, "until": "2026-08-01"}, {"minutes": 45, "from": "2026-08-01"}]}},
    ),
    _contract(
        "c-2", "v-2", ("2025-01-01", "2028-01-01"), calendar="always", fee="9000.00", payment=_BANDS, terms=_COPIERS,
        repair={"start": "detected", "targets": {"copier": "4h"}}, travel={"mode": "actual", "default": "45m"},
    ),
    _contract(
        "c-3", "v-3", ("2025-01-01", "2028-01-01"), calendar="office-hours", fee="15000.00", payment="none",
        repair={"start": "notified", "targets": {"kiosk": "4h", "queue": "6h"}}, terms=_KIOSKS, silence="vendor",
        travel={"mode": "allowance", "default": "20m"},
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """A device as the city has it; `hall` and `parent` as of the newest change, `since` and `until` dates or none."""

    id: str
    kind: str
    hall: str
    vendor: str | None
    parent: str | None
    since: str | None = None
    until: str | None = None

    @property
    def collector(self) -> str:
        """Whose polls its are: a collector for each branch."""
        return f"c-{(int(self.hall[2:]) - 1) % 3 + 1:02}"


@dataclass(frozen=True)
class Change:
    """From `at` on the inventory says: these devices."""

    at: int
    things: dict[str, Thing]


@dataclass(frozen=True)
class Place:
    """Halls with their hours, devices, and what changes when: the first change is the beginning."""

    halls: dict[str, str]
    changes: list[Change]

    @property
    def things(self) -> dict[str, Thing]:
        """Every device that ever was, as last said."""
        return {id: one for change in self.changes for id, one in change.things.items()}

    def at(self, when: int) -> Change:
        """What the inventory said then."""
        return [one for one in self.changes if one.at <= when][-1]

    def clock_of(self, hall: str) -> str:
        """The calendar of a hall."""
        return self.halls[hall]


def place(seed: int, halls: int, devices: int, began: int) -> Place:
    """So many of each; the changes of the year after `began` where there are enough devices."""
    hours = ["hall-hours"] * halls
    hours[-1] = "late-hours"
    if halls > 3:
        hours[2] = "always"
    named = {f"h-{n + 1:02}": name for n, name in enumerate(hours)}
    things = {f"SW-{n + 1:02}": Thing(f"SW-{n + 1:02}", "switch", hall, None, None) for n, hall in enumerate(named)}
    for n in range(devices - halls):
        hall = f"h-{n % halls + 1:02}"
        kind = KINDS[n // halls % len(KINDS)]
        id = f"{kind[:2].upper()}-{n:04}"
        things[id] = Thing(id, kind, hall, VENDOR.get(kind), None)
    return Place(named, _changes(random.Random(seed), things, began))


def _changes(chance: random.Random, things: dict[str, Thing], began: int) -> list[Change]:
    """New ones in January, a move and two retired in April, one that leaves the file in August and comes back."""
    plain = [one for one in things.values() if one.kind != "switch"]
    chance.shuffle(plain)
    leaving, moving, retired, another, late = (one.id for one in plain[:5])
    new = dict(things)
    del new[late]
    first, new = new, dict(new)
    new[late] = _with(things[late], since="2026-01-15")
    second, new = new, dict(new)
    new[moving] = _with(new[moving], hall="h-01" if new[moving].hall != "h-01" else "h-02")
    new[retired] = _with(new[retired], until="2026-04-20")
    new[another] = _with(new[another], until="2026-07-01")
    third, new = new, dict(new)
    del new[leaving]
    fourth = dict(new)
    fifth = {**new, leaving: things[leaving]}
    days = ("2026-01-14", "2026-04-10", "2026-08-20", "2026-09-05")
    starts = [began - DAY, *(parse(f"{day}T09:00:00+08:00") for day in days)]
    return [Change(at, one) for at, one in zip(starts, (first, second, third, fourth, fifth), strict=True)]


def _with(one: Thing, **said: Any) -> Thing:
    return Thing(**{**vars(one), **said})


def inventory(where: Place, things: dict[str, Thing]) -> dict[str, Any]:
    """The inventory file."""
    return {
        "calendars": CALENDARS,
        "branches": [{"id": id, "name": id} for id in BRANCHES],
        "halls": [
            {
                "id": id,
                "name": id,
                "branch": BRANCHES[n % 3],
                "kind": "own",
                "calendar": name,
                "gateway": f"SW-{id[2:]}",
            }
            for n, (id, name) in enumerate(where.halls.items())
        ],
        "vendors": [{"id": id, "name": f"代维{id}公司"} for id in ("v-1", "v-2", "v-3")],
        "contracts": CONTRACTS,
        "devices": [_device(n, one) for n, one in enumerate(things.values())],
    }


def _device(n: int, one: Thing) -> dict[str, Any]:
    dates = {"commissioned": one.since, "retired": one.until, "vendor": one.vendor}
    return {
        "id": one.id,
        "kind": one.kind,
        "hall": one.hall,
        "interval": "15m",
        "collector": one.collector,
        "address": f"10.9.{n // 200}.{n % 200 + 1}",
        **{name: value for name, value in dates.items() if value is not None},
    }
