"""A small city in a database, as import, recorder and alerts leave it; also a program that serves it for a look.

`python -m tests.api.seed [PORT] [HALLS] [DEVICES A HALL]` serves it on loopback, with a change every few seconds.
"""

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, update

from api.context import Context
from hallwatch.translations import translator
from store import changes, facts, heard, inventory
from store.database import migrate, open_database, writing
from store.readings import Readings, reading
from store.schema import device_states, outages, ticket_events, tickets

MINUTE = 60_000
HOUR = 60 * MINUTE
NAMES = ("飞鹅路", "五一路", "龙城", "柳石", "屏山", "谷埠街", "河东", "鹅山", "胜利", "白云", "跃进路", "桂中")
BRANCHES = ("柳南分公司", "城中分公司", "鱼峰分公司", "柳北分公司")
INSIDE = ("switch", "printer", "printer", "list_printer", "copier", "kiosk", "kiosk", "queue", "pc", "pc", "pc", "pc")
MODELS = {
    "printer": "HP M404",
    "list_printer": "实达 BP-850",
    "copier": "Ricoh MP 2014",
    "kiosk": "GRG K7",
    "pc": "启天 M430",
}
VENDORS = ("v-1", "v-2")


@dataclass(frozen=True)
class Told:
    """A device's judged state as the recorder leaves it."""

    state: str
    age_ms: int
    cause: str | None = None
    owner: str | None = None
    conditions: tuple[str, ...] = ()


def document(halls: int, inside: int) -> dict[str, Any]:
    """The inventory's document: `halls` halls with `inside` devices each."""
    devices: list[dict[str, Any]] = []
    for h in range(halls):
        for d in range(inside):
            kind = INSIDE[d % len(INSIDE)]
            device: dict[str, Any] = {"id": device_id(h, d), "kind": kind, "hall": hall_id(h), "interval_s": 60}
            device |= {"address": f"10.{h // 250}.{h % 250}.{d + 1}", "model": MODELS.get(kind)}
            device["serial"] = f"SN{h:03d}{d:03d}"
            if kind not in ("switch", "pc"):
                device["vendor"] = VENDORS[h % 2]
            devices.append(device)
    return {
        "calendars": {"always": {"zone": "Asia/Shanghai", "week": {"mon-sun": ["00:00-24:00"]}}},
        "branches": [{"id": f"b-{n}", "name": name} for n, name in enumerate(BRANCHES)],
        "halls": [_hall(h) for h in range(halls)],
        "vendors": [{"id": "v-1", "name": "代维一公司"}, {"id": "v-2", "name": "Second Service Ltd"}],
        "devices": devices,
    }


def _hall(h: int) -> dict[str, Any]:
    name = NAMES[h % len(NAMES)] + ("营业厅" if h < len(NAMES) else f"{h // len(NAMES) + 1}厅")
    return {
        "id": hall_id(h),
        "name": name,
        "branch": f"b-{h % len(BRANCHES)}",
        "kind": "own",
        "calendar": "always",
        "gateway": device_id(h, 0),
        "collector": "c-01",
    }


def hall_id(h: int) -> str:
    """The id of hall number `h`."""
    return f"h-{h + 1:02d}"


def device_id(h: int, d: int) -> str:
    """The id of device `d` of hall `h`; 0 is its switch."""
    return ("SW" if d == 0 else INSIDE[d % len(INSIDE)][:2].upper()) + f"-{h + 1:02d}{d:02d}"


def told_of(h: int, d: int) -> Told:
    """What is wrong in the seeded city."""
    fixed = {
        (0, 1): Told("down", 12 * MINUTE, "jammed", "vendor", ("jammed",)),
        (0, 3): Told("degraded", 3 * HOUR, "lowToner", "vendor", ("lowPaper", "lowToner")),
        (1, 5): Told("down", 3 * HOUR + 7 * MINUTE, "silence", "undetermined"),
        (2, 2): Told("down", 95_000, "noPaper", "hall", ("noPaper",)),
        (4, 0): Told("down", 26 * MINUTE, "silence", "network"),
        (6, 4): Told("degraded", 27 * HOUR, "serviceRequested", "vendor", ("serviceRequested",)),
        (7, 8): Told("unmonitored", 40 * MINUTE),
        (8, 6): Told("maintenance", 50 * MINUTE),
        (10, 5): Told("degraded", 5 * HOUR, "noSnmp", "network", ("noSnmp",)),
        (11, 3): Told("degraded", 2 * HOUR, "纸路传感器 E-512", "undetermined", ("纸路传感器 E-512",)),
        (9, 9): Told("closed", 9 * HOUR),
        (9, 10): Told("closed", 9 * HOUR),
    }
    if (h, d) in fixed:
        return fixed[(h, d)]
    if h == 4:
        return Told("unreachable", 25 * MINUTE, "silence", "undetermined")
    return Told("up", 30 * HOUR)


def fill(engine: Engine, now: int, halls: int = 12, inside: int = 12, observed_h: int = 26) -> None:
    """Import the city and write states, some facts, outages and tickets into `engine` as of `now`."""
    with writing(engine) as conn:
        city = inventory.apply(conn, document(halls, inside), now - 90 * 24 * HOUR, "seed")
        rows = []
        for h in range(halls):
            for d in range(inside):
                device = city.devices[device_id(h, d)]
                rows.append(_state(device.n, device.id, device.kind, told_of(h, d), now))
        conn.execute(insert(device_states), rows)
        numbers = {id: device.n for id, device in city.devices.items()}
        _refused(conn, numbers, now)
        heard.put(conn, heard.Collector("c-01", "e-1", True, now - 4000, 3, {"backlog": 0}))
        if observed_h:
            _broken(conn, numbers, now, observed_h)


def _state(n: int, id: str, kind: str, told: Told, now: int) -> dict[str, Any]:
    seen = "down" if told.state in ("down", "unreachable") else "degraded" if told.state == "degraded" else "up"
    if told.state == "unmonitored":
        seen = "unknown"
    values: dict[str, Any] = {"uptime": 8_640_000}
    if kind in ("printer", "list_printer", "copier"):
        values |= {"pages": 10231, "device_status": 2, "input.2.level": 180, "input.2.capacity": 250}
        for index, (name, level, class_) in enumerate(
            (("黑色硒鼓 CF259A", 8, 3), ("Drum", -3, 3), ("Waste box", 70, 4), ("Staples", -2, 3)), 1
        ):
            values |= {f"supply.{index}.description": name, f"supply.{index}.level": level}
            values |= {f"supply.{index}.capacity": 100, f"supply.{index}.class": class_}
    last = {
        "v": 1,
        "device": id,
        "collector": "c-01",
        "ts": "2026-11-01T00:00:00.123Z",
        "state": seen,
        "conditions": list(told.conditions),
        "cause": "auth" if seen == "unknown" else None,
        "rtt_ms": 1.94,
        "loss": 0.0,
        "values": values,
    }
    return {
        "device": n,
        "last_ts": now - 20_000,
        "last": last,
        "state": told.state,
        "since": now - told.age_ms,
        "cause": told.cause,
        "owner": told.owner,
    }


def _broken(conn: Connection, numbers: dict[str, int], now: int, observed_h: int) -> None:
    """Facts and outages of the devices that are down, tickets of some."""
    readings = Readings()
    for place, (h, d, ticket) in enumerate(((0, 1, "acknowledged"), (1, 5, "open"), (2, 2, None), (4, 0, None))):
        if device_id(h, d) not in numbers:
            continue
        told, n = told_of(h, d), numbers[device_id(h, d)]
        start = now - told.age_ms
        spells = [(now - 20 * HOUR, now - 19 * HOUR - 20 * MINUTE), (start, None)]
        _observe(conn, readings, n, spells, told, now, observed_h)
        number = f"T-{place + 1:06d}" if ticket else None
        for begin, end in spells:
            row: dict[str, Any] = {
                "device": n,
                "start": begin,
                "until": end,
                "last_ok": begin - MINUTE,
                "confirmed_at": begin + 5000,
            }
            row |= {"cause": told.cause, "owner": told.owner, "ticket": number if end is None else None}
            conn.execute(insert(outages), [row])
        if number:
            _ticket(conn, n, number, VENDORS[h % 2], told.cause or "", start + 5 * MINUTE, str(ticket), now)


def _refused(conn: Connection, numbers: dict[str, int], now: int) -> None:
    """A device whose collector cannot judge it: its newest observation is unknown, as it refuses the credentials."""
    n = numbers.get(device_id(7, 8))
    if n is not None:
        said = reading("c-01", "unknown", (), "auth", 60)
        facts.store(conn, [facts.Fact(n, now - 20_000, Readings().intern(conn, [said])[said], now // 1000, None, None)])


def _observe(
    conn: Connection,
    readings: Readings,
    n: int,
    spells: Sequence[tuple[int, int | None]],
    told: Told,
    now: int,
    hours: int,
) -> None:
    good = reading("c-01", "up", (), None, 60)
    bad = reading("c-01", "down", told.conditions, "timeout" if not told.conditions else None, 60)
    known = readings.intern(conn, [good, bad])
    instants = sorted({*range(now - hours * HOUR, now, MINUTE), *(begin for begin, _ in spells)})
    kept = []
    for ts in instants:
        down = any(begin <= ts < (end or now) for begin, end in spells)
        if not now - 8 * HOUR < ts < now - 7 * HOUR:
            kept.append(facts.Fact(n, ts, known[bad if down else good], ts // 1000, None, None))
    facts.store(conn, kept)


def _ticket(conn: Connection, n: int, id: str, vendor: str, symptom: str, opened_at: int, state: str, now: int) -> None:
    row = {"id": id, "device": n, "vendor": vendor, "source": "detected", "symptom": symptom, "state": state}
    made = conn.execute(insert(tickets).values(row | {"opened_at": opened_at, "closed_at": None})).inserted_primary_key
    detail = {"source": "detected", "symptom": symptom, "outage": opened_at - 5 * MINUTE, "cause": symptom}
    events: list[tuple[str, int, str, dict[str, Any]]] = [("opened", opened_at, "hallwatch", detail)]
    if state == "acknowledged":
        events.append(("acknowledged", opened_at + 2 * MINUTE, "王工", {}))
    for event, at, by, detail in events:
        values = {"ticket": made[0] if made else 0, "event": event, "at": at, "recorded_at": at}
        conn.execute(insert(ticket_events).values(values | {"by": by, "detail": detail}))


def change_state(engine: Engine, device: str, told: Told, now: int, vendor: str | None = None) -> None:
    """Judge a device anew, as the recorder does: the state, and a change for the streams."""
    with writing(engine) as conn:
        city = inventory.load(conn)
        row = city.devices[device]
        values = {"state": told.state, "since": now - told.age_ms, "cause": told.cause, "owner": told.owner}
        conn.execute(update(device_states).where(device_states.c.device == row.n).values(values))
        said = {"v": 1, "device": device, "hall": row.hall, **values}
        changes.add(conn, now, "state", device, vendor or row.vendor, said)


class Waves:
    """Measured values without a store: a day's wave for each field, silent for two hours."""

    def fields(self, device: str) -> list[str]:
        """Some."""
        names = "rtt_ms loss pages supply.1.level supply.1.capacity input.2.level input.2.capacity uptime own.figure"
        return names.split() if device else []

    def series(
        self, device: str, field: str, start: int, until: int, points: int
    ) -> list[tuple[int, float, float, float]]:
        """A wave."""
        step = (until - start) // points
        high = 20.0 + len(field) + len(device)
        mean = [high + 10 * math.sin((start + i * step) / (4 * HOUR)) + i % 7 / 5 for i in range(points)]
        waves = [(start + i * step, value - 1, value, value + 1) for i, value in enumerate(mean)]
        if field == "loss":
            waves = [(ts, 0.0, max(0.0, value - high) / 400, 1.0) for ts, _, value, _ in waves]
        return [one for one in waves if not until - 9 * HOUR < one[0] < until - 7 * HOUR]

    def readings(self, device: str, field: str, start: int, until: int) -> list[tuple[int, float]]:
        """A counter that rises by one a minute."""
        return [(ts, float(ts // 60_000 - start // 60_000)) for ts in range(start, until, 60_000)]


def now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


def context(engine: Engine, **given: Any) -> Context:
    """A context on `engine`, for tests and for a look."""
    known = (
        given.pop(name, usual) for name, usual in (("metrics", Waves()), ("now", now_ms), ("translate", translator))
    )
    return Context(engine, *known, **given)


def _restless(engine: Engine, halls: int, inside: int) -> None:
    pick = random.Random(1)
    while True:
        time.sleep(5)
        device = device_id(pick.randrange(halls), pick.randrange(1, inside))
        told = pick.choice([Told("down", 0, "jammed", "vendor", ("jammed",)), Told("up", 0)])
        change_state(engine, device, told, now_ms())


def main(port: int = 8099, halls: int = 12, inside: int = 12) -> None:
    """Serve the city until Ctrl-C."""
    import uvicorn

    from api.app import create_app

    with tempfile.TemporaryDirectory() as place:
        engine = open_database(f"sqlite:///{Path(place) / 'seed.db'}")
        migrate(engine)
        fill(engine, now_ms(), halls, inside)
        print(json.dumps({"halls": halls, "devices": halls * inside}), flush=True)
        threading.Thread(target=_restless, args=(engine, halls, inside), daemon=True).start()
        app = create_app(context(engine, open_reading=True))
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
