"""The board with thousands of open tickets and hundreds of changes a minute, beside an empty one.

Usage: python -m benchmarks.board [--tickets N] [--changes N] [--looks N] [--json FILE]
One client asks for the page over HTTP, a second after the other; before each look as many changes are made as come in
the time since the last one at `changes` a minute: the vendor acknowledges, is on its way, arrives, pauses, restores,
and for each ticket that closes another opens. The same client asks for the board of a city without a ticket.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from alerts.tickets import Happening, New, change
from api.app import create_app
from api.context import Context
from sla.instant import HOUR, MINUTE, SECOND, parse
from store import inventory, schema
from store.city import City
from store.database import migrate, open_database, reading, writing
from store.tickets import open_tickets

NOW: Final = parse("2026-11-02T06:00:00Z")  # a Monday, 14:00 in Shanghai
HALL: Final = 20
KINDS: Final = ("switch", "printer", "list_printer", "copier", "kiosk", "queue", "pc")
STEPS: Final = ("acknowledged", "dispatched", "arrived", "paused", "resumed", "restored")
PAUSE: Final = {"reason": "hall_closed", "approver": "陈主任"}


@dataclass(frozen=True)
class Figures:
    """What came out: medians of the page in ms, and their ratio; the first look reads everything."""

    tickets: int
    changes_a_minute: int
    looks: int
    first_ms: float
    board_ms: float
    slowest_ms: float
    empty_ms: float
    ratio: float
    peak_mib: int


def contract(vendor: str, begin: str = "phone") -> dict[str, Any]:
    """A contract of the normalised inventory: two hours for everything, half an hour of travel."""
    return {
        "id": f"c-{vendor}",
        "vendor": vendor,
        "valid": {"from": NOW - 300 * 24 * HOUR, "until": NOW + 300 * 24 * HOUR},
        "calendar": "repair-hours",
        "covers": {"kinds": [kind for n, kind in enumerate(KINDS) if n % 2 == int(vendor[-1]) - 1], "halls": "all"},
        "repair": {"start": begin, "targets": dict.fromkeys(KINDS, 7200.0), "warn": [50, 75, 100]},
        "travel": {"mode": "allowance", "default": [{"seconds": 1800.0, "from": None, "until": None}], "halls": {}},
        "pauses": ["hall_closed", "awaiting_customer"],
        "silence": "vendor",
        "fee": None,
        "payment": "none",
        "terms": [],
    }


def document(devices: int, **given: Any) -> dict[str, Any]:
    """A city of halls with twenty devices each, and two vendors with a contract each."""
    listed = [
        {"id": f"D-{n:05}", "kind": KINDS[n % len(KINDS)], "hall": f"h-{n // HALL:03}", "interval_s": 60}
        | {"vendor": f"v-{n % len(KINDS) % 2 + 1}"}
        for n in range(devices)
    ]
    halls = [
        {"id": f"h-{h:03}", "name": f"{h + 1}号营业厅", "branch": f"b-{h % 8}", "kind": "own"}
        for h in range((devices + HALL - 1) // HALL)
    ]
    return {
        "calendars": {"repair-hours": {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}}},
        "branches": [{"id": f"b-{b}", "name": f"第{b + 1}分公司"} for b in range(8)],
        "halls": halls,
        "vendors": [{"id": f"v-{v}", "name": f"代维{v}公司", "notify": []} for v in (1, 2)],
        "contracts": [contract(f"v-{v}", **given) for v in (1, 2)],
        "devices": listed,
    }


class Life:
    """Tickets that go on: each step is the next of one of them, as people make it."""

    def __init__(self, city: City, now: int, seed: int = 1) -> None:
        self.pick = random.Random(seed)
        self.now = now
        self.free = sorted((one.n, one.vendor) for one in city.devices.values())
        self.pick.shuffle(self.free)
        self.at: dict[str, tuple[int, int, str | None]] = {}

    def begin(self, conn: Connection, number: int) -> None:
        """So many tickets at once, of up to ten hours, each some steps on."""
        rows, events = [], []
        for n in range(number):
            device, vendor = self.free.pop()
            place, opened = self.pick.randrange(len(STEPS) - 1), self.now - n * 10 * HOUR // number - MINUTE
            state = (*STEPS[:3], STEPS[2])[place - 1] if place else "opened"
            row = {"n": n + 1, "id": f"T-{n + 1:06}", "device": device, "vendor": vendor, "source": "phone"}
            rows.append(row | {"symptom": "不出纸", "opened_at": opened, "state": state})
            self.at[f"T-{n + 1:06}"] = (place, device, vendor)
            for step, event in enumerate(("opened", *STEPS[:place])):
                detail = PAUSE if event == "paused" else {"source": "phone"} if event == "opened" else {}
                at = {"ticket": n + 1, "event": event, "at": opened + step * SECOND, "recorded_at": opened}
                events.append(at | {"by": "前台", "detail": detail})
        conn.execute(schema.tickets.insert(), rows)
        conn.execute(schema.ticket_events.insert(), events)

    def open(self, conn: Connection, ago: int) -> None:
        """Another ticket, phoned in `ago` ms before now."""
        device, vendor = self.free.pop()
        said = {"source": "phone", "symptom": "不出纸"}
        new = New(device, "phone", "不出纸", vendor)
        ticket = change(conn, new, Happening("opened", self.now - ago, "前台", said), self.now)
        self.at[ticket.id] = (0, device, vendor)

    def step(self, conn: Connection) -> None:
        """The next of some ticket; for one that closes another opens."""
        id = self.pick.choice(list(self.at))
        place, device, vendor = self.at[id]
        event = STEPS[place]
        change(conn, id, Happening(event, self.now, "王工", PAUSE if event == "paused" else {}), self.now)
        if event == STEPS[-1]:
            del self.at[id]
            self.open(conn, 0)
            self.free.insert(0, (device, vendor))
        else:
            self.at[id] = (place + 1, device, vendor)


def fill(engine: Engine, tickets: int, now: int = NOW) -> Life:
    """The city, and so many open tickets of up to ten hours, many of them acknowledged or further."""
    migrate(engine)
    with writing(engine) as conn:
        city = inventory.apply(conn, document(max(tickets + 500, 100)), now - 100 * HOUR, "benchmark")
    life = Life(city, now)
    if tickets:
        with writing(engine) as conn:
            life.begin(conn, tickets)
    with reading(engine) as conn:
        assert len(open_tickets(conn)) == tickets
    return life


@contextmanager
def client(engine: Engine, clock: Callable[[], int]) -> Iterator[TestClient]:
    """Asks the application, which runs beside it."""
    app = create_app(Context(engine, None, clock, open_reading=True, hosts=("testserver",)))
    with TestClient(app, base_url="http://testserver") as asking:
        yield asking


def look(asking: TestClient) -> float:
    """Ms of one page."""
    began = time.perf_counter()
    answer = asking.get("/board")
    assert answer.status_code == 200, answer.text
    return (time.perf_counter() - began) * 1000


def run(tickets: int, changes: int, looks: int, folder: Path) -> Figures:
    """The benchmark in `folder`."""
    engine, other = (open_database(f"sqlite:///{folder}/{name}.db") for name in ("full", "empty"))
    life = fill(engine, tickets)
    fill(other, 0)
    full: list[float] = []
    empty: list[float] = []
    with client(engine, lambda: life.now) as asking, client(other, lambda: life.now) as beside:
        first = look(asking)
        look(beside)
        owed = 0.0
        for _ in range(looks):
            life.now += 1000
            owed += changes / 60
            while owed >= 1:
                with writing(engine) as conn:
                    life.step(conn)
                owed -= 1
            full.append(look(asking))
            empty.append(look(beside))
    found = statistics.median(full), statistics.median(empty)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    board, slowest, nothing = round(found[0], 1), round(max(full), 1), round(found[1], 1)
    return Figures(
        tickets, changes, looks, round(first, 1), board, slowest, nothing, round(found[0] / found[1], 2), peak
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=5000)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--looks", type=int, default=120)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hallwatch-board-") as name:
        figures = run(arguments.tickets, arguments.changes, arguments.looks, Path(name))
    text = json.dumps(asdict(figures), indent=1)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
