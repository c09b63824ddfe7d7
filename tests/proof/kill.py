"""Collector, broker and centre killed at random moments, the simulator as the truth: facts lost 0, doubled 0.

Two collectors poll a simulated city over a real Mosquitto; in each round one of the four is killed with SIGKILL and
started again a little later. In full: `python -m tests.proof.kill --rounds 50`; CI runs it with few rounds.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import socket
import sqlite3
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from collector.outbox.outbox import Outbox
from tests.proof.figures import tell
from tests.proof.process import HALLWATCH, Process, free_port, listening, wait_until

SLACK_MS = 3000
"""How far an outage may begin from a true stop: a request under way when it began, and the time-out."""


@dataclass(frozen=True)
class Figures:
    """What came out; the four that must be 0 are `lost`, `doubled`, `false_outages` and `missed_outages`."""

    rounds: int
    seconds: float
    kills: dict[str, int]
    facts: int
    lost: int
    doubled: int
    true_stops: int
    outages: int
    false_outages: int
    missed_outages: int

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled, or judged falsely."""
        return not (self.lost or self.doubled or self.false_outages or self.missed_outages)


class City:
    """The processes of one proof, all on loopback, all files in `folder`."""

    def __init__(self, folder: Path, seed: int, devices: int) -> None:
        self.folder = folder
        self.devices = devices
        self.port = free_port()
        snmp = free_port(socket.SOCK_DGRAM)
        self._settings(folder)
        self.simulator = Process("simulator", self._simulate(seed, devices, snmp), folder)
        self.broker = Process("broker", [_mosquitto(), "-c", "mosquitto.conf"], folder)
        self.centre = Process("centre", [*HALLWATCH, "up", "-c", "centre.toml"], folder)
        self.collectors = [
            Process(name, [*HALLWATCH, "collector", "-c", f"{name}.toml"], folder) for name in ("c-01", "c-02")
        ]

    def _simulate(self, seed: int, devices: int, port: int) -> list[str]:
        doors = str(free_port())  # of its own: the addresses are those of every simulated city on this machine
        city = ["--seed", str(seed), "--halls", "4", "--devices", str(devices), "--scenario", "proof"]
        files = ["--inventory", "halls.json", "--truth", "truth.jsonl"]
        return [
            *HALLWATCH,
            "simulate",
            *city,
            *files,
            "--collectors",
            "2",
            "--interval",
            "1",
            "--speed",
            "4",
            "--port",
            str(port),
            "--http-port",
            doors,
            "--print-port",
            doors,
        ]

    def _settings(self, folder: Path) -> None:
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nautosave_interval 1\nmax_queued_messages 100000\nuser root\n"
        )
        common = f'[mqtt]\nurl = "mqtt://127.0.0.1:{self.port}"\n[inventory]\nfiles = ["halls.json"]\n'
        database = '[database]\nurl = "sqlite:///centre.db"\n[metrics]\npath = "metrics.db"\n'
        http = f'[http]\nlisten = "127.0.0.1:{free_port()}"\n'
        (folder / "centre.toml").write_text(f"{common}{database}{http}[collector]\nenabled = false\n")
        for name in ("c-01", "c-02"):
            part = f'[collector]\nid = "{name}"\noutbox = "outbox-{name}"\nrecheck = "500ms"\n'
            (folder / f"{name}.toml").write_text(f"{common}{database}{part}")

    def start(self) -> None:
        """Start everything and wait until observations arrive."""
        self.simulator.start()
        wait_until("the simulated city", (self.folder / "halls.json").exists)
        self.truthful()
        self.broker.start()
        wait_until("the broker", lambda: listening(self.port))
        self.centre.start()
        wait_until("the centre's database", lambda: self.facts() == 0, 60)
        for collector in self.collectors:
            collector.start()
        wait_until("the first facts", lambda: self.facts() > 0, 60)

    def victims(self) -> list[Process]:
        """Whom a round may kill."""
        return [self.broker, self.centre, *self.collectors]

    def truthful(self) -> None:
        """AssertionError where the simulator is gone: then nothing is known that outages could be held against."""
        assert self.simulator.alive(), f"the simulator died:\n{self.simulator.log.read_text()[-2000:]}"

    def settle(self, seconds: float = 180.0) -> None:
        """Let facts flow again after the last kill and every outbox be receipted, then stop all cleanly."""
        before = self.facts()
        wait_until("facts after the last kill", lambda: self.facts() > before + self.devices, seconds)
        for collector in self.collectors:
            collector.stop()
        for collector in self.collectors:
            collector.start()
        wait_until("receipts for everything", self.drained, seconds)
        self.truthful()
        for process in (*self.collectors, self.centre, self.simulator, self.broker):
            process.stop()

    def drained(self) -> bool:
        """Whether both collectors say that nothing waits."""
        with self._database() as database:
            rows = database.execute("select said from collectors").fetchall()
        said = [json.loads(row[0]) for row in rows]
        return len(said) == len(self.collectors) and all(one.get("backlog", 1) <= 40 for one in said)

    def facts(self) -> int:
        """How many facts the centre has, -1 before it has a database."""
        try:
            with self._database() as database:
                return int(database.execute("select count(*) from observations").fetchone()[0])
        except sqlite3.OperationalError:
            return -1

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.folder}/centre.db?mode=ro", uri=True, timeout=30)


def _mosquitto() -> str:
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if found is None:
        raise AssertionError("mosquitto is not installed")
    return found


def run(rounds: int, seed: int, folder: Path, devices: int = 40) -> Figures:
    """The proof: `rounds` kills in `folder`, then the figures."""
    chance = random.Random(seed)
    started = time.monotonic()
    city = City(folder, seed, devices)
    try:
        city.start()
        for _ in range(rounds):
            time.sleep(chance.uniform(0.3, 3.0))
            victim = chance.choice(city.victims())
            victim.kill()
            time.sleep(chance.uniform(0.0, 2.0))
            victim.start()
            city.truthful()
        city.settle()
    finally:
        for process in (*city.victims(), city.simulator):
            process.kill() if process.alive() else None
    kills = {process.name: process.kills for process in city.victims()}
    return count(folder, rounds, time.monotonic() - started, kills)


def count(folder: Path, rounds: int, seconds: float, kills: dict[str, int]) -> Figures:
    """Compare the centre's database with the outboxes' numbers and with the simulator's truth."""
    with sqlite3.connect(folder / "centre.db") as database:
        facts, distinct, moments = database.execute(
            "select count(*), count(distinct stream || '/' || seq), count(distinct device || '/' || ts)"
            " from observations"
        ).fetchone()
        receipts = database.execute("select n, receipt from streams").fetchall()
        epochs = dict(database.execute("select epoch, receipt from streams").fetchall())
        lost = sum(
            receipt
            - database.execute(
                "select count(distinct seq) from observations where stream = ? and seq <= ?", (n, receipt)
            ).fetchone()[0]
            for n, receipt in receipts
        )
        gaps = database.execute("select coalesce(sum(last - first + 1), 0) from gaps").fetchone()[0]
        outages: list[Judged] = database.execute(
            "select devices.id, start, until from outages join devices on devices.n = outages.device"
        ).fetchall()
        stops = _stops(folder / "truth.jsonl")
        missed = sum(1 for stop in stops if not _held(stop, _seen_down(database, stop), outages))
        false = sum(1 for one in outages if not _truly_stopped(one, stops) or _seen_up(database, one))
    return Figures(
        rounds=rounds,
        seconds=round(seconds, 1),
        kills=kills,
        facts=facts,
        lost=lost + gaps + _neither_there_nor_here(folder, epochs),
        doubled=(facts - distinct) + (facts - moments),
        true_stops=len(stops),
        outages=len(outages),
        false_outages=false,
        missed_outages=missed,
    )


def _neither_there_nor_here(folder: Path, receipts: dict[str, int]) -> int:
    """Facts that the centre has no receipt for and that their collector no longer holds whole."""
    missing = 0
    for name in ("c-01", "c-02"):
        outbox = Outbox(folder / f"outbox-{name}")
        wanted = set(range(receipts.get(outbox.epoch, 0) + 1, outbox.next))
        held: set[int] = set()
        at = min(wanted, default=outbox.next)
        while letters := outbox.read(at, 1000):
            held |= {letter.seq for letter in letters}
            at = letters[-1].seq + 1
        outbox.close()
        missing += len(wanted - held)
    return missing


Stop = tuple[str, int, int]
Judged = tuple[str, int, int | None]
LATEST = 1 << 62


def _stops(truth: Path) -> list[Stop]:
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    return [(row["device"], row["start"], row["until"]) for row in rows if row["stops"]]


def _truly_stopped(outage: Judged, stops: list[Stop]) -> bool:
    device, start, _ = outage
    return any(name == device and from_ - SLACK_MS <= start <= until + SLACK_MS for name, from_, until in stops)


def _seen_up(database: sqlite3.Connection, outage: Judged) -> bool:
    """Whether the device was seen to serve within its outage (`recover` is 1)."""
    return any(state in {"up", "degraded"} for _, state in _seen(database, outage[0], outage[1], outage[2] or LATEST))


def _seen_down(database: sqlite3.Connection, stop: Stop) -> list[int]:
    """The instants of a run of `confirm` or more `down` well within the stop; none where there is no such run."""
    device, start, until = stop
    seen = _seen(database, device, start + 100, until - 100)
    return [ts for ts, _ in seen] if len(seen) >= 2 and all(state == "down" for _, state in seen) else []


def _seen(database: sqlite3.Connection, device: str, since: int, until: int) -> list[tuple[int, str]]:
    """What was observed of a device from `since` until before `until`; `unknown` neither continues nor breaks a run."""
    return database.execute(
        "select ts, readings.state from observations join readings on readings.n = reading"
        " join devices on devices.n = device where devices.id = ? and ts >= ? and ts < ? and state != 'unknown'"
        " order by ts",
        (device, since, until),
    ).fetchall()


def _held(stop: Stop, down: list[int], outages: list[Judged]) -> bool:
    """Whether an outage spans all of a run. It may have begun in an earlier stop: blind time ends no run (O3, O6)."""
    return not down or any(
        name == stop[0] and began <= down[0] and down[-1] < (ended or LATEST) for name, began, ended in outages
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261101)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hallwatch-kill-") as name:
        figures = run(arguments.rounds, arguments.seed, Path(name))
    tell(asdict(figures), figures.clean, arguments.json)


if __name__ == "__main__":
    main()
