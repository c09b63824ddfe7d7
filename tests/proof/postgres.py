"""Two recorders on one PostgreSQL, killed, its server crashing: facts lost 0, doubled 0, outages right.

Both hear a real Mosquitto, in even rounds all topics, in odd ones each those of one collector, while old days are
packed beside them all the time. What should be is judged by the pure rules. In full: `python -m tests.proof.postgres`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from collector.observation import State
from recorder.intake import Message
from sla.judge import Confirmation, judge
from sla.seen import Seen, distinct
from store import facts, inventory, judged
from store.database import migrate, open_database, reading, writing
from store.fault import StoreError
from store.folding import fold
from store.schema import devices, outages
from tests.postgres import Postgres, postgres
from tests.proof.figures import tell
from tests.recorder.brokers import BareCollector, free_port, mosquitto
from tests.recorder.centre import MINUTE, T0, message

COLLECTORS = ("c-01", "c-02")
PRINTERS = 6
ACCESS = "user {0}\ntopic read hallwatch/v1/obs/{1}/#\ntopic write hallwatch/#\n"


@dataclass(frozen=True)
class Figures:
    """What came out; `lost`, `doubled`, `wrong_outages`, `miscounted`, `tracebacks`, `ended` must be 0.

    `ended`: recorders that ended without being killed. `load`: of the machine in the last minute, at the end.
    """

    rounds: int
    seconds: float
    facts: int
    kills: int
    crashes: int
    lost: int
    doubled: int
    outages: int
    wrong_outages: int
    miscounted: int
    tracebacks: int
    ended: int
    deadlocks: int
    packed: int
    cores: int
    load: float

    @property
    def clean(self) -> bool:
        """Whether all that must be 0 is."""
        wrong = self.lost or self.doubled or self.wrong_outages or self.miscounted or self.tracebacks or self.ended
        return not wrong


def document() -> dict[str, Any]:
    """A switch of the first collector, and behind it printers of both."""
    printers = [
        {"id": f"P-{n:04d}", "kind": "printer", "hall": "h-01", "interval_s": 60, "collector": COLLECTORS[n % 2]}
        for n in range(PRINTERS)
    ]
    hall = {"id": "h-01", "name": "Hall", "kind": "own", "gateway": "SW-0001", "collector": "c-01"}
    switch = {"id": "SW-0001", "kind": "switch", "hall": "h-01", "interval_s": 60, "collector": "c-01"}
    return {"halls": [hall], "devices": [switch, *printers]}


def messages(pick: random.Random, minutes: int) -> dict[str, list[Message]]:
    """What the collectors saw, each device now by one and now by the other, some of it long before it is told."""
    seen: dict[str, list[tuple[float, str, int, State]]] = {name: [] for name in COLLECTORS}
    for device in document()["devices"]:
        state: State = "up"
        for minute in range(minutes):
            if pick.random() < 0.2:
                state = pick.choice(("up", "down", "degraded"))
            late = pick.choice((0, 0, 0, 0, 3, 40))
            seen[pick.choice(COLLECTORS)].append((minute + late + pick.random(), device["id"], minute, state))
    return {name: list(_told(name, sorted(some))) for name, some in seen.items()}


def _told(collector: str, seen: list[tuple[float, str, int, State]]) -> Iterator[Message]:
    epoch = f"0198c0de-0000-7000-8000-00000000000{collector[-1]}"
    for seq, (_, device, minute, state) in enumerate(seen, 1):
        yield message(seq, device, minute, state, collector=collector, epoch=epoch)


class Round:
    """One database, a broker, two recorders; `apart` gives each recorder the topics of one collector."""

    def __init__(self, server: Postgres, folder: Path, pick: random.Random, minutes: int, *, apart: bool) -> None:
        self.server, self.folder, self.pick = server, folder, pick
        self.name = server.create()
        self.engine = open_database(server.url(self.name))
        migrate(self.engine)
        with writing(self.engine) as conn:
            inventory.apply(conn, document(), T0, "proof")
        self.sent = messages(pick, minutes)
        self.port, self.running = free_port(), ExitStack()
        access = folder / "access"
        everything = "topic readwrite hallwatch/#\n"
        heard = COLLECTORS if apart else ("+", "+")
        access.write_text(everything + "".join(ACCESS.format(n, c) for n, c in zip("ab", heard, strict=True)))
        access.chmod(0o644)
        lines = ["persistence true", f"persistence_location {folder}/", f"acl_file {access}"]
        lines += ["max_queued_messages 0", "max_inflight_messages 200"] + (["user root"] if os.geteuid() == 0 else [])
        self.running.enter_context(mosquitto(folder, self.port, *lines))
        self.recorders: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = self.crashes = self.packed = self.ended = 0

    def start(self, name: str) -> None:
        """A recorder as a process."""
        command = [sys.executable, "-m", "tests.recorder.subject", self.server.url(self.name)]
        command += [str(self.folder / f"metrics-{name}.db"), f"mqtt://{name}@127.0.0.1:{self.port}", name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.recorders[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def run(self, faults: int) -> None:
        """Send everything, do harm meanwhile, until all of it is receipted."""
        for name in "ab":
            self.start(name)
        over = threading.Event()
        packing = threading.Thread(target=self._pack, args=(over,))
        packing.start()
        failed: list[BaseException] = []
        sending = [threading.Thread(target=self._send, args=(name, failed)) for name in COLLECTORS]
        for one in sending:
            one.start()
        try:
            for n in range(faults):
                time.sleep(self.pick.uniform(0.3, 1.5))
                self._harm(crash=n == faults // 2)
            for one in sending:
                one.join()
        finally:
            over.set()
            packing.join()
            for name in self.recorders:
                self._kill(name)
            self.running.close()
        if failed:
            raise failed[0]

    def _harm(self, *, crash: bool) -> None:
        if crash:
            self.server.stop(at_once=True)
            time.sleep(self.pick.uniform(0, 1))
            self.server.start()
            self.crashes += 1
            return
        name = self.pick.choice("ab")
        self._kill(name)
        self.kills += 1
        time.sleep(self.pick.uniform(0, 0.5))
        self.start(name)

    def _kill(self, name: str) -> None:
        self.ended += self.recorders[name].poll() is not None
        self.recorders[name].kill()
        self.recorders[name].wait()

    def _send(self, name: str, failed: list[BaseException]) -> None:
        try:
            with closing(BareCollector(self.port, name)) as collector:
                for upto in range(200, len(self.sent[name]) + 200, 200):
                    collector.send_until_receipt(self.sent[name][:upto], 300)
                    time.sleep(self.pick.uniform(0, 0.3))
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits for this one
            failed.append(error)

    def _pack(self, over: threading.Event) -> None:
        while not over.wait(0.2):
            try:
                self.packed += fold(self.engine, time.time_ns() // 1_000_000, kept_days=0).rows
            except StoreError:
                self.engine.dispose()

    def tracebacks(self) -> int:
        """In what the recorders said; shown, for nobody can ask them later."""
        said = [(self.folder / f"{name}.log").read_text() for name in "ab"]
        for one in said:
            for shown in one.split("Traceback")[1:]:
                print("Traceback", shown[:6_000], file=sys.stderr)
        return sum(one.count("Traceback") for one in said)


def expected(sent: Sequence[Message]) -> dict[str, list[Seen]]:
    """What was seen of each device."""
    found: dict[str, list[Seen]] = {}
    for one in sent:
        said = json.loads(one.payload)
        ts = one.at - 100
        found.setdefault(said["device"], []).append(Seen(ts, said["state"], MINUTE, ()))
    return {device: distinct(seen) for device, seen in found.items()}


def compare(engine: Engine, sent: Sequence[Message]) -> dict[str, int]:
    """Stored facts, outages and counters against what was sent."""
    should = expected(sent)
    lost = doubled = wrong = right = 0
    with reading(engine) as conn:
        for n, device in conn.execute(select(devices.c.n, devices.c.id)).all():
            stored = [row.ts for row in facts.rows_of(conn, n)]
            lost += len({one.ts for one in should[device]} - set(stored))
            doubled += len(stored) - len(set(stored))
            columns = [outages.c[name] for name in ("start", "until", "last_ok", "confirmed_at")]
            query = select(*columns).where(outages.c.device == n).order_by(outages.c.start)
            found = [tuple(row) for row in conn.execute(query)]
            true = [tuple(one) for one in judge(should[device], Confirmation()).outages]
            right += len(true)
            wrong += len(set(found) ^ set(true)) + len(found) - len(set(found))
        counted = judged.counted(conn).get("stored", 0)
    return {
        "lost": lost,
        "doubled": doubled,
        "outages": right,
        "wrong_outages": wrong,
        "miscounted": abs(counted - len(sent)),
    }


def run(rounds: int, seed: int = 1, minutes: int = 120, faults: int = 8) -> Figures:
    """So many rounds, each on a database of its own."""
    pick, began = random.Random(seed), time.monotonic()
    total = dict.fromkeys(Figures.__dataclass_fields__, 0)
    with postgres(durable=True) as server, tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        for n in range(rounds):
            folder = Path(name) / str(n)
            folder.mkdir(mode=0o755)
            one = Round(server, folder, pick, minutes, apart=n % 2 == 1)
            one.run(faults)
            sent = [message for some in one.sent.values() for message in some]
            found = compare(one.engine, sent) | {"facts": len(sent), "kills": one.kills, "crashes": one.crashes}
            found |= {"packed": one.packed, "tracebacks": one.tracebacks(), "ended": one.ended}
            for key, value in found.items():
                total[key] += value
            one.engine.dispose()
            server.drop(one.name)
        total["deadlocks"] = (server.directory / "log").read_text(errors="replace").count("deadlock detected")
    total["rounds"], total["cores"] = rounds, os.cpu_count() or 0
    seconds, load = round(time.monotonic() - began, 1), round(os.getloadavg()[0], 1)
    return replace(Figures(**total), seconds=seconds, load=load)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = run(options.rounds, options.seed)
    tell(asdict(figures), figures.clean, options.json)
