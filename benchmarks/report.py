"""How long a month's availability takes over a real database: where the time goes, and how much memory.

Usage: python -m benchmarks.report [--devices N] [--days N] [--raw-days N] [--interval S] [--json FILE]
The month is written as the recorder and folding leave it: all days packed but the last three. Device-days come from a
few made beforehand: polls with some ms of jitter, outages now and then, halls of twenty devices behind a switch.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, insert

from reports.asked import Asked
from reports.availability import availability, document
from sla.instant import DAY, MINUTE, parse
from sla.judge import Confirmation, Outage, judge
from sla.seen import Seen, State
from store import inventory
from store.database import migrate, moment, open_database, writing
from store.device_facts import Period, Selected
from store.packing import Packed, pack
from store.readings import Readings
from store.readings import reading as said
from store.schema import observations, outages, segments

START: Final = parse("2026-10-01T00:00:00Z")
HALL: Final = 20
VARIANTS: Final = 24
"""So many different days of a device, for each date."""


@dataclass(frozen=True)
class Figures:
    """What came out; seconds of one core."""

    devices: int
    days: int
    interval_s: int
    observations: int
    outages: int
    select_s: float
    facts_s: float
    report_s: float
    peak_mib: int
    devices_per_s: float


class Day(NamedTuple):
    """A device's day: rows as folding packs them, and the outages within it."""

    rows: list[Packed]
    packed: bytes
    outages: list[Outage]


def a_day(start: int, interval_s: int, numbers: dict[State, int], pick: random.Random) -> Day:
    """A day in which every third device fails once, for some minutes or an hour."""
    begun = start + pick.randrange(interval_s * 1000 - 500)
    count = DAY // (interval_s * 1000)
    fails = pick.randrange(10, count - 10) if pick.random() < 0.33 else count
    over = min(count - 5, fails + pick.choice((3, 10, 60)))
    states: list[State] = ["down" if fails <= n < over else "up" for n in range(count)]
    seen = [Seen(begun + n * interval_s * 1000 + pick.randrange(50), one, 0) for n, one in enumerate(states)]
    rows = [Packed(one.ts, numbers[one.state], 1, n + 1) for n, one in enumerate(seen)]
    return Day(rows, pack(rows), judge(seen, Confirmation()).outages)


def city(devices: int, interval_s: int) -> dict[str, Any]:
    """Halls of twenty devices, the first a switch, open from 8:30 to 18:00."""
    listed = [
        {"id": f"D-{n:05}", "kind": "printer" if n % HALL else "switch", "hall": f"h-{n // HALL:04}", "vendor": "v-1"}
        | {"interval_s": interval_s}
        for n in range(devices)
    ]
    halls = [
        {"id": f"h-{h:04}", "name": f"Hall {h}", "branch": f"b-{h % 8}", "kind": "own", "calendar": "hours"}
        | {"gateway": f"D-{h * HALL:05}"}
        for h in range((devices + HALL - 1) // HALL)
    ]
    hours = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:30-18:00"]}, "holidays": "cn"}
    return {
        "calendars": {"hours": hours},
        "branches": [{"id": f"b-{b}", "name": f"Branch {b}"} for b in range(8)],
        "halls": halls,
        "vendors": [{"id": "v-1", "name": "Vendor", "notify": []}],
        "devices": listed,
    }


def fill(engine: Engine, devices: int, days: int, raw_days: int, interval_s: int) -> tuple[int, int]:
    """Write the month; answers how many observations and outages that is."""
    pick, facts, failed = random.Random(1), 0, 0
    with writing(engine) as conn:
        known = inventory.apply(conn, city(devices, interval_s), START - DAY, "benchmark")
        keys: dict[State, Any] = {"up": said("c-01", "up", (), None, 60), "down": said("c-01", "down", (), None, 60)}
        numbers = {state: Readings().intern(conn, [key])[key] for state, key in keys.items()}
    mine = sorted(one.n for one in known.devices.values())
    for day in range(days):
        made = [a_day(START + day * DAY, interval_s, numbers, pick) for _ in range(VARIANTS)]
        with writing(engine) as conn:
            chosen = [(n, pick.choice(made)) for n in mine]
            facts += sum(len(one.rows) for _, one in chosen)
            failed += _write(conn, chosen, raw=day >= days - raw_days)
    return facts, failed


def _write(conn: Connection, chosen: list[tuple[int, Day]], *, raw: bool) -> int:
    if raw:
        for part in range(0, len(chosen), 50):
            conn.execute(insert(observations), list(_raw(chosen[part : part + 50])))
    else:
        rows = [
            {"device": n, "day": one.rows[0].ts // DAY, "count": len(one.rows), "packed": one.packed}
            for n, one in chosen
        ]
        conn.execute(insert(segments), rows)
    failed = [
        {"device": n, **outage._asdict(), "cause": "silence", "owner": "undetermined"}
        for n, one in chosen
        for outage in one.outages
    ]
    if failed:
        conn.execute(insert(outages), failed)
    return len(failed)


def _raw(chosen: list[tuple[int, Day]]) -> Iterator[dict[str, Any]]:
    for n, one in chosen:
        for row in one.rows:
            yield {"device": n, "arrived": row.ts // 1000, **row._asdict()}


def measure(engine: Engine, days: int) -> tuple[float, float, float]:
    """Seconds of selecting what is read at once, of reading all facts, and of the whole report."""
    until = START + days * DAY
    now = until + MINUTE
    began = time.process_time()
    with moment(engine) as parts, parts() as conn:
        every = inventory.load(conn)
        mine = list(every.devices.values())
        selected = Selected.of(conn, every, mine, {}, Period(START, until, now))
        chosen = time.process_time()
        for device in mine:
            selected.facts(conn, device)
    read = time.process_time()
    found = document(availability(engine, Asked(START, until), {}, now))
    assert found["total"]["coverage"] > 0.99, found["total"]
    return chosen - began, read - chosen, time.process_time() - read


def run(devices: int, days: int, raw_days: int, interval_s: int, folder: Path) -> Figures:
    """The benchmark in `folder`."""
    engine = open_database(f"sqlite:///{folder}/report.db")
    migrate(engine)
    facts, failed = fill(engine, devices, days, raw_days, interval_s)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    select_s, facts_s, report_s = (round(seconds, 2) for seconds in measure(engine, days))
    peak = max(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024
    return Figures(devices, days, interval_s, facts, failed, select_s, facts_s, report_s, peak, devices / report_s)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=300)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--raw-days", type=int, default=3)
    parser.add_argument("--interval", type=int, default=60)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hallwatch-report-") as name:
        figures = run(arguments.devices, arguments.days, arguments.raw_days, arguments.interval, Path(name))
    text = json.dumps(asdict(figures), indent=1)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
