"""A city in the middle of an afternoon with tickets in every state, for tests of the pages of tickets and of work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, update

from alerts.tickets import Happening, New, change
from store import inventory
from store.database import open_database, writing
from store.readings import Readings
from store.schema import complaints, device_states, outages, tickets
from tests.api import seed
from tests.api.agreed import contract
from tests.api.conftest import NOW, Served, seeded, serving

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
LATER: Final = NOW + 6 * HOUR + 20 * MINUTE
"""14:20 on the clock of the halls."""
Story = list[tuple[float, str, dict[str, Any]]]

DUE, LATE, PAUSED, UNPHONED, UNTIMED = "T-000003", "T-000004", "T-000005", "T-000001", "T-000006"
PREVENTIVE, OVER, REPEAT, RECORD, OTHERS = "T-000007", "T-000008", "T-000009", "T-000010", "T-000011"


def document() -> dict[str, Any]:
    """The seeded city with a contract for each vendor: 2 h from the call, 8 to 20, half an hour of travel."""
    city = seed.document(5, 9)
    city["calendars"]["repairs"] = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}}
    targets = {"printer": 7200, "list_printer": 7200, "copier": 7200}
    repair = {"start": "phone", "warn": [50, 75, 100], "targets": targets}
    first = contract(covers={"kinds": "all", "halls": ["h-01", "h-03", "h-05"]}, repair=repair)
    second = contract(id="c-2", vendor="v-2", covers={"kinds": "all", "halls": ["h-04"]}, repair=repair)
    return city | {"contracts": [first, second]}


def fill(engine: Engine) -> None:
    """Write the contracts and the tickets."""
    with writing(engine) as conn:
        city = inventory.apply(conn, document(), LATER - HOUR, "test")
        n = {id: device.n for id, device in city.devices.items()}
        _phoned(conn, n["PR-0102"], "卡纸，打不出来", -47, [(-40, "acknowledged", {}), (-31, "dispatched", {})])
        _phoned(conn, n["LI-0103"], "票据打印不清", -205, [(-190, "acknowledged", {}), (-160, "arrived", {})])
        _phoned(conn, n["CO-0104"], "复印有黑线", -130, [(-100, "paused", _pause("awaiting_customer"))])
        _phoned(conn, n["KI-0105"], "触摸屏没反应", -85, [])
        _preventive(conn, n["PR-0101"])
        _phoned(conn, n["PR-0301"], "不进纸", -26 * 60, _long_story())
        again = _phoned(conn, n["PR-0301"], "又不进纸", -64, [(-50, "acknowledged", {})])
        conn.execute(update(tickets).where(tickets.c.id == again).values(repeat_of=OVER))
        _record(conn, n["PR-0302"])
        _phoned(conn, n["PR-0401"], "卡纸", -20, [], vendor="v-2")
        _seen(conn, n["PR-0102"], "jammed", DUE, [(-52, None)])
        _seen(conn, n["LI-0103"], "silence", LATE, [(-214, -199), (-190, None)])
        _seen(conn, n["PR-0301"], "jammed", OVER, [(-26.1 * 60, -21.5 * 60), (-10 * 60, -4.21 * 60), (-66, None)])
        said = {
            "hall": "h-01",
            "device": n["LI-0103"],
            "ticket": LATE,
            "kind": "late_repair",
            "text": "等了三个小时还没修好",
        }
        at = {"at": LATER - 30 * MINUTE, "recorded_at": LATER - 30 * MINUTE, "by": "前台小李"}
        conn.execute(insert(complaints).values(said | at))


def opened(city: Served, device: str = "LI-0303", minute: float = -40, vendor: str = "v-1", **story: str) -> str:
    """One more ticket for a test of its own: phoned in, acknowledged and under way; its id."""
    steps: Story = [(minute + 2, "acknowledged", {}), (minute + 4, "dispatched", {})]
    with writing(city.engine) as conn:
        n = inventory.numbers(conn)[device]
        return _phoned(conn, n, story.get("symptom", "卡纸"), minute, steps, vendor)


def _phoned(conn: Connection, n: int, symptom: str, minute: float, story: Story, vendor: str = "v-1") -> str:
    new = New(n, "phone", symptom, vendor)
    call = Happening("opened", _at(minute), "话务员03", {"source": "phone", "symptom": symptom})
    id = change(conn, new, call, _at(minute)).id
    for when, event, detail in story:
        entered = _at(detail.get("entered", when))
        said = {name: value for name, value in detail.items() if name != "entered"}
        change(conn, id, Happening(event, _at(when), "代维王工", said), entered)
    return id


def _long_story() -> Story:
    """Over night, with a pause, a claim that was rejected, one entered late, and a breach."""
    return [
        (-25.5 * 60, "acknowledged", {}),
        (-25 * 60, "dispatched", {}),
        (-24.2 * 60, "arrived", {"entered": -20 * 60}),
        (-24 * 60, "paused", _pause("awaiting_customer")),
        (-22 * 60, "resumed", {}),
        (-6 * 60, "restored", {"how": "repaired", "cause": "worn paper roller", "parts": "搓纸轮 RM2-5452 ×1"}),
        (-5.5 * 60, "rejected", {"reason": "还是不进纸"}),
        (-4.2 * 60, "restored", {"how": "replaced_by_spare", "cause": "worn paper roller", "note": "换上备机"}),
    ]


def _pause(reason: str) -> dict[str, Any]:
    return {"reason": reason, "approver": "张主管"}


def _preventive(conn: Connection, n: int) -> None:
    detail = {"source": "preventive", "symptom": "lowToner", "condition": "lowToner"}
    new = New(n, "preventive", "lowToner", "v-1", detail=detail, condition="lowToner")
    change(conn, new, Happening("opened", _at(-180), "hallwatch", detail), _at(-180))


def _record(conn: Connection, n: int) -> None:
    """K7: the outage was over when it became known."""
    detail = {"source": "detected", "symptom": "silence", "cause": "silence", "late": True, "outage": _at(-300)}
    change(
        conn, New(n, "detected", "silence", "v-1", detail=detail), Happening("opened", _at(-300), "x", detail), _at(-90)
    )
    change(conn, RECORD, Happening("restored", _at(-280), "hallwatch", {"late": True, "detected": True}), _at(-90))


def _seen(conn: Connection, n: int, cause: str, ticket: str, spells: list[tuple[float, float | None]]) -> None:
    """What was observed, and the outages; the last one lasts where it has no end."""
    instants = [(_at(begin), None if end is None else _at(end)) for begin, end in spells]
    told = seed.Told("down", -round(spells[-1][0] * MINUTE), cause, "vendor", (cause,) if cause == "jammed" else ())
    seed._observe(conn, Readings(), n, instants, told, LATER, 30)
    for start, until in instants:
        row = {"device": n, "start": start, "until": until, "last_ok": start - MINUTE, "confirmed_at": start + 5000}
        conn.execute(insert(outages).values(row | {"cause": cause, "owner": "vendor", "ticket": ticket}))
    state = {"state": "down", "since": instants[-1][0], "cause": cause, "owner": "vendor"}
    conn.execute(update(device_states).where(device_states.c.device == n).values(state))


def _at(minute: float) -> int:
    return LATER + round(minute * MINUTE)


def built(place: Path) -> Path:
    """The file of the city."""
    engine = seeded(place, 5, 9, 30, LATER)
    fill(engine)
    engine.dispose()
    return place / "city.db"


@contextmanager
def working(file: Path, place: Path, **given: Any) -> Iterator[Served]:
    """A copy of the city, served."""
    shutil.copy(file, place / "work.db")
    engine = open_database(f"sqlite:///{place / 'work.db'}")
    with serving(engine, **{"now": lambda: LATER} | given) as served:
        yield served
    engine.dispose()
