"""The deployed broker flooded while the recorder is away, killed and started again: what it loses, hallwatch does not.

Real outboxes and publishers, the real recorder as a process, deploy/mosquitto.conf as it is. By hand and larger, so
that the queue's limit is reached too: `python -m tests.deploy.flood --collectors 120 --observations 1000`.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from collector.mqtt import MqttConfig
from collector.observation import Observation
from collector.outbox.letter import seal
from collector.outbox.outbox import Outbox
from collector.publisher import Patience, Publisher
from store import streams
from store.database import open_database, reading
from tests.deploy.broker import Deployed, deployed
from tests.proof.process import HALLWATCH, Process, wait_until

PATIENT = Patience(heartbeat_s=1.0, progress_s=5.0, retry_first_s=0.2, retry_last_s=1.0)


@dataclass(frozen=True)
class Figures:
    """`lost` and `doubled` are facts, and must be 0; `broker_lost` are messages that it had acknowledged."""

    observations: int
    acknowledged: int
    broker_kept: int
    broker_lost: int
    sent_in_all: int
    facts: int
    lost: int
    doubled: int
    catching_up_s: float


class Gateway:
    """One collector's outbox, full, and its publisher."""

    def __init__(self, broker: Deployed, name: str, observations: int) -> None:
        self.name = name
        password = broker.password_of(name)
        self.config = MqttConfig(f"mqtts://127.0.0.1:{broker.port}", name, password, broker.ca)
        self.outbox = Outbox(broker.directory / f"outbox-{name}")
        now = time.time_ns() // 1_000_000
        seen = (Observation(f"P-{name}", name, now - (observations - n) * 1000, "up") for n in range(observations))
        self.outbox.append([seal(one) for one in seen], now / 1000)
        self.epoch, self.last = self.outbox.epoch, self.outbox.next - 1
        self.sent = 0
        self.publisher: Publisher | None = None

    def start(self) -> None:
        """Begin to send from the receipt on."""
        self.publisher = Publisher(self.name, self.outbox, self.config, patience=PATIENT)
        self.publisher.start()

    def stop(self) -> None:
        """Send no more."""
        if self.publisher is not None:
            self.publisher.stop()
            self.sent += self.publisher.published
            self.publisher = None

    def acknowledged(self) -> int:
        """What has left and which the broker says it has."""
        running = self.publisher
        return running.published - len(running._unacknowledged) if running else 0

    def close(self) -> None:
        """Stop and let go of the files."""
        self.stop()
        self.outbox.close()


class Centre:
    """The recorder as a process of its own, over SQLite."""

    def __init__(self, broker: Deployed, gateways: list[str]) -> None:
        folder = self.folder = broker.directory
        halls = [
            {"id": f"h-{one}", "name": one, "branch": "b", "kind": "own", "calendar": "always", "collector": one}
            for one in gateways
        ]
        devices = [{"id": f"P-{one}", "kind": "kiosk", "hall": f"h-{one}", "address": "127.0.0.1"} for one in gateways]
        calendars = {"always": {"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}}
        city = {"calendars": calendars, "branches": [{"id": "b", "name": "b"}], "halls": halls, "devices": devices}
        (folder / "halls.json").write_text(json.dumps(city))
        (folder / "hallwatch.toml").write_text(
            f'[mqtt]\nurl = "mqtts://127.0.0.1:{broker.port}"\nca = "{broker.ca}"\nusername = "hallwatch-recorder"\n'
            f'password = "file:{broker.made}/secrets/mqtt-recorder"\n[inventory]\nfiles = ["halls.json"]\n'
            '[database]\nurl = "sqlite:///centre.db"\n[metrics]\npath = "metrics.db"\n'
        )
        self.process = Process("recorder", [*HALLWATCH, "recorder", "-c", "hallwatch.toml"], folder)

    def subscribed(self) -> bool:
        """Whether its log says so, of this start."""
        return "recorder.subscribed" in self.process.log.read_text().rpartition("inventory")[2]

    def facts(self) -> int:
        """Facts stored so far."""
        return self._asked("select count(*) from observations")

    def different(self) -> int:
        """How many of them are different ones."""
        return self._asked("select count(distinct device || ' ' || ts) from observations")

    def lost(self) -> int:
        """Observations that the recorder counts as lost."""
        engine = open_database(f"sqlite:///{self.folder}/centre.db")
        with reading(engine) as conn:
            number = streams.lost(conn)
        engine.dispose()
        return number

    def _asked(self, query: str) -> int:
        with closing(sqlite3.connect(f"file:{self.folder}/centre.db?mode=ro", uri=True, timeout=30)) as database:
            return int(database.execute(query).fetchone()[0])


@contextmanager
def stage(folder: Path, collectors: int, observations: int) -> Iterator[tuple[Deployed, Centre, list[Gateway]]]:
    """Broker, recorder (not started) and full gateways."""
    names = [f"c-{n:02}" for n in range(1, collectors + 1)]
    asked = [word for name in names for word in ("--collector", name)]
    with deployed(folder, *asked, spy=False) as broker, ExitStack() as stack:
        centre = Centre(broker, names)
        stack.callback(centre.process.kill)
        gateways = [Gateway(broker, name, observations) for name in names]
        for one in gateways:
            stack.callback(one.close)
        yield broker, centre, gateways


def kept_by(broker: Deployed) -> int:
    """How many messages wait for the recorder; takes them away, so that those are lost too."""
    looker = broker.client("hallwatch-recorder", clean=False)
    found, seen = -1, 0
    while found != seen:
        found = seen
        time.sleep(1.0)
        seen = len(looker.heard)
    looker.close()
    return seen


def run(folder: Path, collectors: int, observations: int, rounds: int = 1) -> Figures:
    """The whole of it: away, flood, kill -9, count; start all; kill both once more in the middle; count."""
    with stage(folder, collectors, observations) as (broker, centre, gateways):
        centre.process.start()
        wait_until("the recorder's subscription", centre.subscribed, 60)
        centre.process.kill()
        for one in gateways:
            one.start()
        whole = sum(min(one.last, 1000) for one in gateways)
        wait_until("the flood", lambda: sum(one.acknowledged() for one in gateways) >= whole, 600)
        acknowledged = sum(one.acknowledged() for one in gateways)
        broker.kill()
        for one in gateways:
            one.stop()
        broker.start()
        kept = kept_by(broker)
        began = time.monotonic()
        for one in gateways:
            one.start()
        for _ in range(rounds):
            centre.process.start()
            wait_until("new facts", lambda: centre.facts() > 0, 60)
            centre.process.kill()
            broker.kill()
            broker.start()
        centre.process.start()
        wait_until("every receipt", lambda: all(one.outbox.oldest > one.last for one in gateways), 600)
        caught_up = time.monotonic() - began
        for one in gateways:
            one.stop()
        stored, different = centre.facts(), centre.different()
        expected = sum(one.last for one in gateways)
        return Figures(
            observations=expected,
            acknowledged=acknowledged,
            broker_kept=kept,
            broker_lost=acknowledged - kept,
            sent_in_all=sum(one.sent for one in gateways),
            facts=stored,
            lost=expected - different + centre.lost(),
            doubled=stored - different,
            catching_up_s=round(caught_up, 1),
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collectors", type=int, default=120)
    parser.add_argument("--observations", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hallwatch-flood-") as name:
        print(json.dumps(asdict(run(Path(name), arguments.collectors, arguments.observations)), indent=2))


if __name__ == "__main__":
    main()
