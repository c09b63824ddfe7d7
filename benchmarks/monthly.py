"""The monthly report of a large city over a real database: its figures, how they grow, and the obvious way beside them.

Usage: python -m benchmarks.monthly [--devices N] [--days N] [--before N] [--raw N] [--rounds N] [--others]
    [--json FILE]
The month and the one before are written as the recorder and folding leave them: each day packed, with its digest. A
device's days come from a few made beforehand (`benchmarks.report`): polls with some ms of jitter, outages now and then,
halls of twenty devices behind a switch. With --raw the last days are not packed yet. The obvious way is facts and
tallies of each device from its rows, drawn on from a sample of the devices. Ratios are of CPU seconds: the machine may
be shared.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, Engine, insert

from benchmarks.report import VARIANTS, Day, a_day, city
from reports.asked import Asked
from reports.monthly import document, monthly
from reports.monthly_count import Wanted, counted
from reports.monthly_levels import LEVELS
from reports.pieces import pieces
from sla.availability import tally
from sla.bulk import tallies_by
from sla.instant import DAY, parse
from sla.interval import Interval
from sla.seen import State
from store import digests, inventory
from store.database import migrate, moment, open_database, writing
from store.device_facts import Period, Selected
from store.readings import Readings
from store.readings import reading as said
from store.schema import observations, outages, segments
from store.statement_schema import digests as digest_table

START: Final = parse("2026-09-30T16:00:00Z")
"""October in Shanghai."""
ZONE: Final = ZoneInfo("Asia/Shanghai")
INTERVAL_S: Final = 60
Row = dict[str, Any]


class Made(NamedTuple):
    """A device's UTC day: as folding packs it, its digest's runs, and the outages within."""

    day: int
    rows: int
    packed: bytes
    runs: bytes
    outages: Sequence[Any]
    seen: Day


def fill(engine: Engine, devices: int, days: int, before: int, raw: int = 0) -> Row:
    """Write `before` days and then `days` from START on, and one day more; answers how much of what that is."""
    pick, rows, failed = random.Random(1), 0, 0
    with writing(engine) as conn:
        known = inventory.apply(conn, city(devices, INTERVAL_S), START - 400 * DAY, "benchmark")
        keys: dict[State, Any] = {"up": said("c-01", "up", (), None, 60), "down": said("c-01", "down", (), None, 60)}
        numbers = {state: Readings().intern(conn, [key])[key] for state, key in keys.items()}
    mine = sorted(one.n for one in known.devices.values())
    first = START // DAY - before
    end = first + before + days + (1 - raw if raw else 2)  # of what is packed; a month ends within a UTC day
    blocks: dict[int, list[Made]] = {n: [] for n in mine}
    for day in range(first, first + before + days + 2):
        variants = [made(day, numbers, pick) for _ in range(VARIANTS)]
        chosen = [(n, pick.choice(variants)) for n in mine]
        for n, one in chosen if day < end else ():
            blocks[n].append(one)
        rows += sum(one.rows for _, one in chosen)
        with writing(engine) as conn:
            failed += write(conn, chosen, packed=day < end)
            if day % digests.DAYS == digests.DAYS - 1 or day == first + before + days + 1:
                conn.execute(insert(digest_table), list(digested(blocks)))
                blocks = {n: [] for n in mine}
    return {"observations": rows, "outages_of_both_months": failed}


def made(day: int, numbers: dict[State, int], pick: random.Random) -> Made:
    """One of the days that devices choose from."""
    one = a_day(day * DAY, INTERVAL_S, numbers, pick)
    ts, reading = (np.array([getattr(row, name) for row in one.rows], np.int64) for name in ("ts", "reading"))
    return Made(day, len(one.rows), one.packed, digests.runs_of(ts, reading).tobytes(), one.outages, one)


def write(conn: Connection, chosen: Sequence[tuple[int, Made]], *, packed: bool) -> int:
    """The days, packed or as the recorder writes them, and their outages."""
    if packed:
        rows = [{"device": n, "day": one.day, "count": one.rows, "packed": one.packed} for n, one in chosen]
        conn.execute(insert(segments), rows)
    for n, one in () if packed else chosen:
        given = [{"device": n, "arrived": row.ts // 1000, **row._asdict()} for row in one.seen.rows]
        conn.execute(insert(observations), given)
    common = {"cause": "silence", "owner": "undetermined"}
    failed = [{"device": n, **outage._asdict(), **common} for n, one in chosen for outage in one.outages]
    if failed:
        conn.execute(insert(outages), failed)
    return len(failed)


def digested(blocks: dict[int, list[Made]]) -> Iterator[Row]:
    """The rows of one block's digests."""
    for n, days in blocks.items():
        if not days:
            continue
        bits = sum(1 << one.day % digests.DAYS for one in days)
        runs = b"".join(one.runs for one in days)
        yield {"device": n, "block": days[0].day // digests.DAYS, "days": bits, "runs": runs}


def measure(engine: Engine, days: int, rounds: int) -> Row:
    """Medians of the whole report from the database, its JSON apart."""
    until, taken = START + days * DAY, list[Row]()
    for n in range(rounds):
        progress(f"round {n + 1} of {rounds}")
        began = spent()
        found = monthly(engine, Asked(START, until), {}, until + DAY, zone=ZONE)
        made_ = spent()
        document(found)
        told, whole = spent(), spent()
        counting(engine, days, START - 30 * DAY)
        both = spent()
        counting(engine, days, START)
        taken.append({"whole": made_ - began, "json": told - made_, "both": both - whole, "one": spent() - both})
    total = found.levels["city"][0].figures
    assert total.coverage is None or total.coverage > 0.99, total  # the first days of October are holidays
    wall, cpu = ({name: middle([row[name] for row in taken], which) for name in taken[0]} for which in (0, 1))
    return {
        "outages": total.outages,
        "figures_s": wall["whole"],
        "figures_cpu_s": cpu["whole"],
        "of_it_facts_and_tallies_cpu_s": cpu["both"],
        "without_the_period_before_cpu_s": round(cpu["whole"] - cpu["both"] + cpu["one"], 2),
        "from_facts_in_memory_cpu_s": in_memory(engine, days, rounds),
        "json_cpu_s": cpu["json"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def counting(engine: Engine, days: int, before: int) -> None:
    """The pass over the devices alone, with the period before from `before` on."""
    until = START + days * DAY
    with moment(engine) as parts:
        with parts() as conn:
            known = inventory.load(conn)
        wanted = Wanted(Interval(before, START), sorted(set(LEVELS.values())))
        counted(parts, known, Asked(START, until), wanted, {}, until + DAY, lambda _done, _all: None)


def in_memory(engine: Engine, days: int, rounds: int) -> float:
    """Both periods' tallies under both profiles, where the facts were read already: CPU seconds."""
    until, before, profiles = START + days * DAY, START - 30 * DAY, sorted(set(LEVELS.values()))
    with moment(engine) as parts:
        with parts() as conn:
            known = inventory.load(conn)
            selected = Selected.planned(conn, known, {}, Period(before, until, until + DAY))
        every = list(known.devices.values())
        facts = [columns for _, columns in pieces(parts, selected, every, lambda _done, _all: None)]
    taken = []
    for _ in range(rounds):
        began = spent()
        for columns in facts:
            tallies_by(columns, START, until, until + DAY, profiles)
            tallies_by(columns, before, START, until + DAY, profiles)
        taken.append(spent() - began)
    return middle(taken, 1)


def obvious(engine: Engine, days: int, sample: int, devices: int) -> Row:
    """Device by device from its rows, both periods under both profiles, drawn on to all devices: `sla.availability`."""
    until, before = START + days * DAY, START - 30 * DAY
    with moment(engine) as parts, parts() as conn:
        known = inventory.load(conn)
        some = list(known.devices.values())[:sample]
        began = spent()
        period = Period(before, until, until + DAY)
        selected = Selected.of(conn, known, some, {}, period)
        for n, device in enumerate(some):
            progress(f"the obvious way: {n} of {sample}")
            facts = selected.facts(conn, device)
            for profile in sorted(set(LEVELS.values())):
                tally(facts, START, until, until + DAY, profile)
                tally(facts, before, START, until + DAY, profile)
    wall, cpu = (spent() - began) * devices / sample
    said = f"facts and tallies device by device from the rows, drawn on from {sample} devices"
    return {"subject": said, "s": round(wall, 2), "cpu_s": round(cpu, 2)}


def spent() -> np.ndarray[Any, Any]:
    """Seconds by the wall and of the processor."""
    return np.array([time.perf_counter(), time.process_time()])


def middle(taken: Sequence[np.ndarray[Any, Any]], which: int) -> float:
    """Their median."""
    return round(statistics.median(float(one[which]) for one in taken), 2)


def run(devices: int, days: int, before: int, rounds: int, sample: int, raw: int = 0) -> Row:
    """One size in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="hallwatch-monthly-") as name:
        engine = open_database(f"sqlite:///{name}/monthly.db")
        migrate(engine)
        row: Row = {"devices": devices, "days": days, "days_before": before, "days_not_packed": raw}
        row |= fill(engine, devices, days, before, raw)
        row |= measure(engine, days, rounds)
        if sample:
            other = obvious(engine, days, sample, devices)
            row["obvious"] = other | {"ratio_cpu": round(other["cpu_s"] / row["of_it_facts_and_tallies_cpu_s"], 1)}
        row["database_mb"] = Path(f"{name}/monthly.db").stat().st_size >> 20
        engine.dispose()
    return row


def apart(devices: int, days: int, before: int, rounds: int, raw: int = 0) -> Row:
    """One size in a process that does nothing else, so that its memory is its own."""
    progress(f"{devices} devices in a process of their own")
    given = [
        f"--devices={devices}",
        f"--days={days}",
        f"--before={before}",
        f"--rounds={rounds}",
        f"--raw={raw}",
        "--sample=0",
    ]
    command = [sys.executable, "-m", "benchmarks.monthly", *given]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: list[Row] = json.loads(done.stdout)
    return found[0]


def progress(text: str) -> None:
    """One line of a terminal that changes."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}\r", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--before", type=int, default=30)
    parser.add_argument("--raw", type=int, default=0, help="days at the end that are not packed yet")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sample", type=int, default=100, help="devices of the obvious way; 0: leave it out")
    parser.add_argument(
        "--others",
        action="store_true",
        help="a tenth, packed and with three days not yet, and ten times as many devices with a day, too",
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    sizes = [run(given.devices, given.days, given.before, given.rounds, given.sample, given.raw)]
    if given.others:
        sizes.append(apart(given.devices // 10, given.days, given.before, given.rounds))
        sizes.append(apart(given.devices // 10, given.days, given.before, given.rounds, raw=3))
        sizes.append(apart(given.devices * 10, 1, 0, given.rounds))
    text = json.dumps(sizes, indent=2)
    print(text)
    if given.json:
        given.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
