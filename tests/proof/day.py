"""The broker away for a day: everything that was seen meanwhile arrives afterwards, once, and is judged the same.

A day of observations lies in the outbox of a collector; then broker and centre come, the broker is killed half way
and comes again. In full: `python -m tests.proof.day --devices 150`; CI runs it with a few devices.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from collector.observation import Observation
from collector.outbox.letter import seal
from collector.outbox.outbox import Outbox
from tests.mosquitto import PROGRAM
from tests.proof.figures import tell
from tests.proof.process import HALLWATCH, Process, free_port, listening, wait_until

DAY_MS = 86_400_000
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Figures:
    """What came out; `lost`, `doubled` and `wrong_outages` must be 0."""

    devices: int
    facts: int
    lost: int
    doubled: int
    true_outages: int
    wrong_outages: int
    seconds: float
    facts_per_second: int

    @property
    def clean(self) -> bool:
        """Whether all of it arrived once and was judged rightly."""
        return not (self.lost or self.doubled or self.wrong_outages)


def a_day(device: str, began: int, chance: random.Random) -> tuple[list[Observation], list[tuple[str, int]]]:
    """One device's day at one-minute polls, and its true outages (device, start)."""
    downs: set[int] = set()
    for _ in range(chance.randint(0, 3)):
        first = chance.randrange(5, 1400)
        if not downs & set(range(first - 3, first + 12)):
            downs |= set(range(first, first + chance.randint(2, 9)))
    seen = [
        Observation(
            device,
            "c-01",
            began + minute * MINUTE_MS + chance.randrange(300),
            "down" if minute in downs else "up",
            interval_s=60.0,
            cause="timeout" if minute in downs else None,
            values={} if minute in downs else {"pages": minute, "supply.1.level": 80},
        )
        for minute in range(1440)
    ]
    starts = [(device, seen[minute].ts) for minute in sorted(downs) if minute - 1 not in downs]
    return seen, starts


def fill(folder: Path, devices: int, seed: int) -> tuple[int, set[tuple[str, int]]]:
    """Write the day into the outbox, minute by minute as it was seen; the number of facts and the true outages."""
    chance = random.Random(seed)
    began = time.time_ns() // 1_000_000 - DAY_MS - MINUTE_MS
    days = [a_day(f"P-{n:04}", began, chance) for n in range(devices)]
    outbox = Outbox(folder / "outbox")
    for minute in range(1440):
        outbox.append([seal(seen[minute]) for seen, _ in days], (began + minute * MINUTE_MS) / 1000)
    outbox.close()
    return devices * 1440, {start for _, starts in days for start in starts}


def settings(folder: Path, devices: int, port: int) -> None:
    """The devices belong to another collector, so that this one adds nothing of its own."""
    listed = [
        {"id": f"P-{n:04}", "kind": "printer", "hall": "h-1", "address": f"127.1.{n // 200}.{n % 200 + 1}",
         "interval": "60s", "collector": "c-99"}
        for n in range(devices)
    ]  # fmt: skip
    inventory = {
        "calendars": {"always": {"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}},
        "branches": [{"id": "b", "name": "b"}],
        "halls": [{"id": "h-1", "name": "h", "branch": "b", "kind": "own", "calendar": "always", "collector": "c-99"}],
        "devices": listed,
    }
    (folder / "halls.json").write_text(json.dumps(inventory))
    (folder / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
        f"persistence_location {folder}/\nautosave_interval 1\nmax_queued_messages 100000\nuser root\n"
    )
    (folder / "hallwatch.toml").write_text(
        f'[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\n[inventory]\nfiles = ["halls.json"]\n'
        '[database]\nurl = "sqlite:///centre.db"\n[metrics]\npath = "metrics.db"\n'
        '[collector]\nid = "c-01"\noutbox = "outbox"\n'
    )


def run(devices: int, seed: int, folder: Path) -> Figures:
    """The proof in `folder`."""
    port = free_port()
    settings(folder, devices, port)
    facts, outages = fill(folder, devices, seed)
    broker = Process("broker", [PROGRAM, "-c", "mosquitto.conf"], folder)
    recorder = Process("recorder", [*HALLWATCH, "recorder", "-c", "hallwatch.toml"], folder)
    collector = Process("collector", [*HALLWATCH, "collector", "-c", "hallwatch.toml"], folder)
    recorder.start()
    wait_until("the centre's database", lambda: stored(folder) == 0, 60)
    collector.start()
    broker.start()
    began = time.monotonic()
    try:
        wait_until("half of the facts", lambda: stored(folder) > facts // 2, 60 + facts / 200)
        broker.kill()
        time.sleep(2)
        broker.start()
        wait_until("the broker", lambda: listening(port))
        wait_until("all of the facts", lambda: stored(folder) >= facts, 60 + facts / 200)
        seconds = time.monotonic() - began
        wait_until("the last outage", lambda: len(judged(folder)) >= len(outages))
    finally:
        for process in (collector, recorder, broker):
            process.stop()
    found = judged(folder)
    return Figures(
        devices=devices,
        facts=facts,
        lost=facts - distinct(folder),
        doubled=stored(folder) - distinct(folder),
        true_outages=len(outages),
        wrong_outages=len(set(found) ^ outages) + len(found) - len(set(found)),
        seconds=round(seconds, 1),
        facts_per_second=round(facts / seconds),
    )


def _ask(folder: Path, query: str) -> Iterator[tuple[str, int]]:
    database = sqlite3.connect(f"file:{folder}/centre.db?mode=ro", uri=True, timeout=30)
    try:
        yield from database.execute(query)
    finally:
        database.close()


def stored(folder: Path) -> int:
    """Facts in the centre's database, -1 before there is one."""
    try:
        return int(next(_ask(folder, "select count(*), 0 from observations"))[0])
    except sqlite3.OperationalError:
        return -1


def distinct(folder: Path) -> int:
    """Different ones among them."""
    return int(next(_ask(folder, "select count(distinct stream || '/' || seq), 0 from observations"))[0])


def judged(folder: Path) -> list[tuple[str, int]]:
    """The outages: device and start."""
    return list(_ask(folder, "select devices.id, start from outages join devices on devices.n = outages.device"))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=150)
    parser.add_argument("--seed", type=int, default=20261101)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hallwatch-day-") as name:
        figures = run(arguments.devices, arguments.seed, Path(name))
    tell(asdict(figures), figures.clean, arguments.json)


if __name__ == "__main__":
    main()
