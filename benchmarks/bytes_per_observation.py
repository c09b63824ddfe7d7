"""What an observation costs on disk, raw and folded, and its metrics, raw and rolled up (T6; ADR 0003).

Usage: python -m benchmarks.bytes_per_observation
Polls every 60 s with some ms of jitter, three changes of state a day each with two polls in between.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from store import facts, inventory, streams
from store.database import migrate, open_database, reading, writing
from store.embedded_metrics import EmbeddedMetrics
from store.facts import DAY_MS
from store.folding import fold
from store.metrics import Sample
from store.readings import Readings
from store.readings import reading as said

DEVICES, DAYS, START = 40, 10, 20_000 * DAY_MS
CITY_DEVICES, YEARS = 6_000, 3
JITTERS = ((2, 3), (10, 10), (50, 50), (300, 300))  # ms of a poll's start, places in the outbox


def instants(rng: random.Random, day: int, phase: int, jitter: int) -> Iterator[tuple[int, str]]:
    """The polls of one device and day: ts and state."""
    changes = set(rng.sample(range(1440), 3))
    state = "up"
    for k in range(1440):
        at = START + day * DAY_MS + phase + k * 60_000
        if k in changes:
            state = rng.choice(["up", "degraded", "down"])
            yield from ((at + 3_000 * again + abs(int(rng.gauss(0, jitter))), state) for again in (1, 2))
        yield at + abs(int(rng.gauss(0, jitter))), state


def used(engine: Engine) -> int:
    """Bytes of pages in use."""
    with reading(engine) as conn:
        pages, free, size = (
            conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def fill(engine: Engine, jitter: int, order: int) -> int:
    """Store all days of all devices; answers how many observations that is."""
    rng, readings = random.Random(1), Readings()
    halls, city = [{"id": "h"}], [{"id": f"P-{n}", "kind": "printer", "hall": "h"} for n in range(DEVICES)]
    with writing(engine) as conn:
        inventory.apply(conn, {"halls": halls, "devices": city}, 0, "benchmark")
        stream = streams.open_stream(conn, "c-01", "e", 0).n
        keys = {state: said("c-01", state, (), None, 60) for state in ("up", "degraded", "down")}
        numbers = readings.intern(conn, keys.values())
    total = 0
    for day in range(DAYS):
        rows = []
        for device in range(1, DEVICES + 1):
            phase = device * 60_000 // DEVICES
            for ts, state in instants(rng, day, phase, jitter):
                seq = (ts - START) * CITY_DEVICES // 60_000 + int(rng.gauss(0, order)) + 10**6
                rows.append(facts.Fact(device, ts, numbers[keys[state]], ts // 1000, stream, seq))
        rows.sort(key=lambda row: row.ts)
        with writing(engine) as conn:
            total += facts.store(conn, rows)
    return total


def measure_facts(folder: Path, jitter: int, order: int) -> None:
    """Print the figures of one jitter."""
    engine = open_database(f"sqlite:///{folder}/facts-{jitter}.db")
    migrate(engine)
    empty = used(engine)
    total = fill(engine, jitter, order)
    raw = (used(engine) - empty) / total
    fold(engine, START + (DAYS + 5) * DAY_MS)
    folded = (used(engine) - empty) / total
    city = total / DEVICES / DAYS * CITY_DEVICES * 365.25 * YEARS * folded / 1e9
    print(f"jitter {jitter:3} ms, order {order:3}: raw {raw:.1f}, folded {folded:.2f} B; city, 3 years: {city:.1f} GB")


def sample(rng: random.Random, device: str, ts: int, minute: int) -> Sample:
    """A printer: two supplies, a tray, pages, round trip."""
    values = {"rtt_ms": round(rng.uniform(0.8, 4.0), 3), "loss": 0.0, "state": 2.0, "uptime": float(ts // 10 % 2**32)}
    supplies = {
        f"supply.{n}.{what}": float(number) for n in (1, 2) for what, number in (("level", 90), ("capacity", 100))
    }
    tray = {"input.1.level": float(250 - minute // 8), "input.1.capacity": 250.0, "input.1.status": 0.0}
    return Sample(device, ts, {**values, **supplies, **tray, "pages": float(10_231 + minute // 3)})


def measure_metrics(folder: Path) -> None:
    """Print the figures of the metrics store."""
    rng, store = random.Random(1), EmbeddedMetrics(folder / "metrics.db")
    engine = open_database(f"sqlite:///{folder}/metrics.db")
    empty, total = used(engine), 0
    for day in range(DAYS):
        for minute in range(1440):
            ts = START + day * DAY_MS + minute * 60_000
            store.write([sample(rng, f"P-{n}", ts + rng.randrange(50), minute) for n in range(8)])
            total += 8
    raw = (used(engine) - empty) / total
    for later in (30, 32):
        store.maintain(START + (DAYS + later) * DAY_MS)
    rolled = (used(engine) - empty) / 8 / DAYS
    week = raw * 1440 * CITY_DEVICES * 8 / 1e9
    years = rolled * CITY_DEVICES * 365.25 * YEARS / 1e9
    print(f"metrics, 12 fields: raw {raw:.0f} B a sample, {week:.1f} GB in 8 days")
    print(f"metrics, 12 fields: rolled up {rolled:.0f} B a day, {years:.1f} GB in 3 years")


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder:
        for jitter, order in JITTERS:
            measure_facts(Path(folder), jitter, order)
        measure_metrics(Path(folder))


if __name__ == "__main__":
    main()
