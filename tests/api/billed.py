"""A city with months behind it: two contracts with terms, and tickets of September and October, for statements."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, update

from alerts.tickets import Happening, New, change
from hallwatch.inventory.alternative import Alternative, alternative
from hallwatch.inventory.checking import Rules
from sla.instant import of_wall
from store import facts, inventory
from store.city import City
from store.database import open_database, writing
from store.readings import Readings, reading
from store.schema import outages, tickets
from tests.api import seed
from tests.api.agreed import contract
from tests.api.conftest import NOW, Served, seeded, serving

ZONE: Final = ZoneInfo("Asia/Shanghai")
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
MONTH, VENDOR, OTHER = "2026-10", "v-1", "v-2"
HOSTILE: Final = "<script>alert(1)</script>\"' onclick='x' =1+1 {{ 7*7 }} \u202eevil"
Story = list[tuple[str, str, dict[str, Any]]]


def term(id: str, term: str, points: str, **given: Any) -> dict[str, Any]:
    """A term as an import normalises it."""
    base: dict[str, Any] = {"allowance": "0", "unit": "1", "round": "up", "cap": None, "group": None}
    return {"id": id, "term": term, "points": points, **base, "sources": None, "scale": None, **given}


TERMS: Final = [
    term("T1", "late_repairs", "3", group="repair"),
    term("T2", "late_minutes", "0.1", round="exact", cap="10", group="repair"),
    term("T3", "fault_count", "1", allowance="2", cap="30"),
    term("T4", "repeat_repairs", "2"),
    term("T5", "missed_patrols", "2"),
    term("T6", "satisfaction", "1", allowance="4.5", scale="5"),
]


def document() -> dict[str, Any]:
    """The seeded city with a contract for each vendor since a year: 2 h from the call, 8 to 20, half an hour travel."""
    city = seed.document(5, 9)
    city["calendars"]["repairs"] = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}}
    targets = dict.fromkeys(("printer", "list_printer", "copier"), 7200)
    repair = {"start": "phone", "warn": [50, 75, 100], "targets": targets}
    valid = {"from": at("2025-11-01 00:00"), "until": at("2027-11-01 00:00")}
    paid = {"fee": "20000.00", "payment": "linear", "terms": TERMS, "repair": repair, "valid": valid}
    first = contract(covers={"kinds": "all", "halls": ["h-01", "h-03", "h-05"]}, **paid)
    second = contract(id="c-2", vendor="v-2", covers={"kinds": "all", "halls": ["h-02", "h-04"]}, **paid)
    return city | {"contracts": [first, second]}


def at(wall: str) -> int:
    """An instant of the clock on the halls' walls."""
    return of_wall(datetime.fromisoformat(wall), ZONE)


def fill(engine: Engine) -> None:
    """Write the contracts, and what happened."""
    with writing(engine) as conn:
        city = inventory.apply(conn, document(), at("2025-11-01 00:00"), "test")
        n = {id: device.n for id, device in city.devices.items()}
        done = [("09:20", "acknowledged", {}), ("09:40", "arrived", {}), ("10:30", "restored", {"how": "repaired"})]
        phoned(conn, n["PR-0101"], "2026-09-08", "09:05", "卡纸", done)
        phoned(
            conn, n["PR-0301"], "2026-09-17", "08:50", HOSTILE, [*done[:2], ("16:10", "restored", {"how": "repaired"})]
        )
        phoned(conn, n["PR-0102"], "2026-10-05", "09:10", "卡纸，打不出来", done)
        late = [*done[:2], ("13:25", "restored", {"how": "replaced_by_spare", "cause": "worn paper roller"})]
        first = phoned(conn, n["LI-0103"], "2026-10-08", "08:40", "票据打印不清", late)
        again = phoned(conn, n["LI-0103"], "2026-10-13", "09:00", "又打印不清", done)
        conn.execute(update(tickets).where(tickets.c.id == again).values(repeat_of=first))
        paused = ("11:00", "paused", {"reason": "awaiting_customer", "approver": "张主管"})
        phoned(
            conn,
            n["CO-0104"],
            "2026-10-21",
            "10:15",
            HOSTILE,
            [paused, ("14:00", "resumed", {}), ("15:40", "restored", {})],
        )
        phoned(conn, n["KI-0305"], "2026-10-30", "18:20", "触摸屏没反应", [])
        phoned(conn, n["PR-0201"], "2026-10-12", "09:00", "不进纸", done, OTHER)
        _polled(conn, n, {n["LI-0103"]: ("2026-10-08 00:00", "2026-10-09 00:00")})
        _seen(conn, n["LI-0103"], first, "2026-10-08 08:31", "2026-10-08 13:22")


def phoned(conn: Connection, n: int, day: str, call: str, symptom: str, story: Story, vendor: str = VENDOR) -> str:
    """A ticket of one day; its id."""
    opened = at(f"{day} {call}")
    said = {"source": "phone", "symptom": symptom}
    id = change(conn, New(n, "phone", symptom, vendor), Happening("opened", opened, "话务员03", said), opened).id
    for when, event, detail in story:
        change(conn, id, Happening(event, at(f"{day} {when}"), "代维王工", detail), at(f"{day} {when}"))
    return id


def _seen(conn: Connection, n: int, ticket: str, start: str, until: str) -> None:
    """An outage, and what was observed around it."""
    spell = (at(start), at(until))
    told = seed.Told("down", 0, "silence", "vendor")
    seed._observe(conn, Readings(), n, [spell], told, spell[1] + 2 * HOUR, 8)
    row: dict[str, Any] = {"device": n, "start": spell[0], "until": spell[1], "last_ok": spell[0] - MINUTE}
    row |= {"confirmed_at": spell[0] + 5000, "cause": "silence", "owner": "vendor", "ticket": ticket}
    conn.execute(insert(outages).values(row))


def _polled(conn: Connection, n: dict[str, int], apart: dict[int, tuple[str, str]]) -> None:
    """Every device looked at each six hours of September and October, up; `apart` from what is said of it elsewhere."""
    up = reading("c-01", "up", (), None, 6 * 3600)
    known = Readings().intern(conn, [up])[up]
    spans = {number: (at(start), at(until)) for number, (start, until) in apart.items()}
    kept = []
    for ts in range(at("2026-09-01 00:00"), at("2026-11-01 00:00"), 6 * HOUR):
        some = (number for number in n.values() if not (number in spans and spans[number][0] <= ts < spans[number][1]))
        kept += [facts.Fact(number, ts, known, ts // 1000, None, None) for number in some]
    facts.store(conn, kept)


def _otherwise(city: City, id: str, change: Mapping[str, Any]) -> Alternative:
    """As the composition root has it."""
    return alternative(city, id, change, Rules(dict.fromkeys(seed.INSIDE, 60.0)))


def built(place: Path) -> Path:
    """The file of the city."""
    engine = seeded(place, 5, 9, 0, NOW)
    fill(engine)
    engine.dispose()
    return place / "city.db"


@contextmanager
def billing(file: Path, place: Path, **given: Any) -> Iterator[Served]:
    """A copy of the city, served."""
    shutil.copy(file, place / "billed.db")
    engine = open_database(f"sqlite:///{place / 'billed.db'}")
    with serving(engine, **{"alternative": _otherwise} | given) as served:
        yield served
    engine.dispose()
