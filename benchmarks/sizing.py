"""What a device and day costs on PostgreSQL and on InfluxDB, beside `benchmarks.bytes_per_observation` (SQLite).

`python -m benchmarks.sizing` starts Debian's PostgreSQL and InfluxDB 1.6.7 itself;
`python -m benchmarks.sizing URL TOKEN FOLDER` measures a running InfluxDB 2.x whose engine lies in FOLDER, started with
`--storage-cache-snapshot-write-cold-duration=1s --storage-compact-full-write-cold-duration=1s`. Sizes are of files once
the servers have compacted or vacuumed; polls every 60 s, twelve fields, as there.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from influxdb_client.client.influxdb_client import InfluxDBClient

from benchmarks import bytes_per_observation as facts
from store.database import migrate, open_database
from store.folding import fold
from store.hour_rollup import SETTLE_MS
from store.influx.address import Address
from store.influx.server import connect
from store.influx.setup import setup
from store.metrics import Sample, Tags
from store.queued_metrics import QueuedMetrics
from store.rollup import HOUR_MS
from tests.influxd import influxd
from tests.postgres import Postgres, postgres

DAY_MS = 86_400_000
DEVICES, DAYS = 20, 10
COLD = ("INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION", "INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION")


def on_disk(folder: Path, part: str) -> int:
    """Bytes of the compacted files of a retention policy or bucket below `folder`."""
    return sum(one.stat().st_size for one in folder.rglob("*.tsm") if part in one.relative_to(folder).as_posix())


def settled(folder: Path, part: str) -> int:
    """The same once it has not changed for 20 s."""
    before, since = -1, time.monotonic()
    while time.monotonic() - since < 20:
        now = on_disk(folder, part)
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(1)
    return before


def fill(store: QueuedMetrics, start: int) -> tuple[int, float]:
    """Ten days of 20 printers through the queue; points, and CPU s of ours a thousand points."""
    rng, tags, cpu = random.Random(1), Tags("h-0042", "b-liunan", "printer", "HP M404", "v-1"), 0.0
    for day in range(DAYS):
        for first in range(0, 1440, 60):
            samples = []
            for minute in range(first, first + 60):
                ts = start + day * DAY_MS + minute * 60_000
                for n in range(DEVICES):
                    one = facts.sample(rng, f"P-{n:04}", ts + rng.randrange(50), minute)
                    samples.append(Sample(one.device, one.ts, one.values, tags))
            began = time.process_time()
            store.write(samples)
            while store.step():
                pass
            cpu += time.process_time() - began
    points = DEVICES * DAYS * 1440
    return points, cpu / points * 1000


def measure_influx(address: Address, folder: Path, raw: str, hourly: str) -> None:
    """Print the figures of one server; `raw` and `hourly` name the folders of the two among its files."""
    now = time.time_ns() // 1_000_000
    with connect(address) as server, tempfile.TemporaryDirectory() as scratch:
        print(server.name)
        setup(server, 90, 1826)
        store = QueuedMetrics(Path(scratch) / "queue.db", lambda: connect(address), lambda: now)
        store.own()
        points, cpu = fill(store, now // DAY_MS * DAY_MS - (DAYS + 1) * DAY_MS)
        began = time.process_time()
        while store.queue.marks((now - SETTLE_MS) // HOUR_MS, 1):
            store.maintain(now)
        rolled = time.process_time() - began
        store.close()
        print(f"  CPU s of hallwatch a 1,000 points: writing {cpu:.3f}, rolling up {rolled / points * 1000:.3f}")
    time.sleep(5)
    size, hours = settled(folder, raw), settled(folder, hourly)
    print(f"  raw: {size / points:.1f} B a point of 12 fields ({points} points, {size} B)")
    print(f"  hourly: {hours / (DEVICES * DAYS):.0f} B a device and day ({hours} B)")


def measure_postgresql(server: Postgres, jitter: int, order: int) -> None:
    """Print what facts take there: as rows, and packed."""
    name = server.create()
    engine = open_database(server.url(name))
    migrate(engine)

    def size() -> int:
        with psycopg.connect(server.url(name), autocommit=True) as conn:
            conn.execute("VACUUM")
            row = conn.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0

    empty = size()
    total = facts.fill(engine, jitter, order)
    rows = size() - empty
    fold(engine, facts.START + (facts.DAYS + 5) * DAY_MS)
    packed = _live(server, name)
    print(f"PostgreSQL, jitter {jitter} ms: {rows / total:.1f} B a row, {packed / total:.2f} B folded; "
          f"{(size() - empty) / total:.1f} B of files, room for new rows among it")  # fmt: skip
    engine.dispose()


def _live(server: Postgres, name: str) -> int:
    """Bytes of the packed days with their indexes."""
    with psycopg.connect(server.url(name), autocommit=True) as conn:
        row = conn.execute("SELECT pg_total_relation_size('segments')").fetchone()
    return int(row[0]) if row else 0


def _buckets(address: Address) -> list[str]:
    """The folders of raw and hourly points, which 2.x names by its own ids."""
    with connect(address) as server:
        setup(server, 90, 1826)
    with InfluxDBClient(address.base, token=address.token or "", org=address.org) as client:
        found = [client.buckets_api().find_bucket_by_name(f"hallwatch/{name}") for name in ("raw", "hourly")]
    return [f"/{one.id}/" for one in found]


def main() -> None:
    """Print all figures."""
    if len(sys.argv) == 4:
        address = Address.of(f"{sys.argv[1]}?org=hallwatch", token=sys.argv[2])
        measure_influx(address, Path(sys.argv[3]), *_buckets(address))
        return
    os.environ.update(dict.fromkeys(COLD, "1s"))
    with tempfile.TemporaryDirectory() as folder, influxd(Path(folder)) as server:
        measure_influx(server.address(), Path(folder), "/raw/", "/hourly/")
    with postgres() as server_of_facts:
        for jitter, order in ((10, 10), (300, 300)):
            measure_postgresql(server_of_facts, jitter, order)


if __name__ == "__main__":
    main()
