"""Observations a second of the recorder beside a bare paho subscriber that only parses and inserts.

Both drain the same persistent session of a real Mosquitto into SQLite with the same settings, in batches of what waits.
`python -m benchmarks.recorder [--messages N] [--rounds N]`
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, func, select

from collector.observation import Observation, State
from recorder.intake import Intake
from recorder.mqtt import MqttConfig
from recorder.recorder import BATCH, Recorder, wall_clock
from store import inventory, judged
from store.database import journal_of, migrate, open_database, reading, writing
from store.embedded_metrics import EmbeddedMetrics
from store.influx.server import connect
from store.influx.setup import setup
from store.metrics import Metrics
from store.queued_metrics import QueuedMetrics
from tests.influxd import influxd
from tests.postgres import postgres
from tests.recorder.brokers import free_port, mosquitto, until

DEVICES = 500
METADATA = MetaData()
BARE = Table(
    "bare",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("device", String),
    Column("ts", String),
    Column("state", String),
    Column("payload", String),
)


def observations(count: int) -> list[tuple[str, bytes]]:
    """Polls of DEVICES devices in turn, a second apart, the last one now; 14 values each, one in a hundred is down."""
    now = wall_clock()
    made = []
    for i in range(count):
        device = f"P-{i % DEVICES:04}"
        ts = now - (count // DEVICES - i // DEVICES) * 1000 + i % DEVICES
        values = {f"supply.{n}.level": 50 + n for n in range(1, 11)} | {"pages": 1000 + i, "uptime": i, "cpu": 0.5}
        state: State = "down" if i % 100 == 99 else "up"
        seen = Observation(device, "c-01", ts, state, (), 60, 1.9, 0.0, None, values, "0198c0de-bench", i + 1)
        made.append((f"hallwatch/v1/obs/c-01/{device}", seen.encode()))
    return made


def fill(port: int, messages: Sequence[tuple[str, bytes]], client_id: str) -> None:
    """Leave every message in the persistent session of `client_id`."""
    intake = Intake(MqttConfig(f"mqtt://127.0.0.1:{port}", client_id=client_id), wall_clock)
    intake.start()
    until(lambda: intake.subscribed)
    intake.stop()
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for sent in [client.publish(topic, payload, qos=1) for topic, payload in messages]:
        sent.wait_for_publish(120)
    client.disconnect()
    client.loop_stop()


def database(url: str) -> Engine:
    """A migrated database with the devices."""
    engine = open_database(url)
    migrate(engine)
    METADATA.create_all(engine)
    device = {"kind": "printer", "hall": "h-01", "vendor": "v-1", "interval_s": 60}
    document = {
        "halls": [{"id": "h-01", "name": "Hall", "collector": "c-01"}],
        "vendors": [{"id": "v-1", "name": "Vendor"}],
        "devices": [{"id": f"P-{i:04}", **device} for i in range(DEVICES)],
    }
    with writing(engine) as conn:
        inventory.apply(conn, document, wall_clock(), "benchmark")
    return engine


def drain_bare(engine: Engine, intake: Intake, count: int) -> None:
    """Parse, insert, commit, acknowledge: nothing else."""
    intake.start()
    stored = 0
    while stored < count:
        batch = intake.take(BATCH, 1.0)
        documents = [(json.loads(one.payload), one.payload) for one in batch]
        rows = [
            {"device": said["device"], "ts": said["ts"], "state": said["state"], "payload": payload.decode()}
            for said, payload in documents
        ]
        if rows:
            with writing(engine) as conn:
                conn.execute(BARE.insert(), rows)
            intake.acknowledge(batch)
            stored += len(batch)
    intake.stop()


def drain_recorder(recorder: Recorder, count: int) -> None:
    """The whole recorder until all is stored."""
    stop = threading.Event()
    thread = threading.Thread(target=recorder.run, args=(stop,))
    thread.start()
    until(lambda: recorder.stored >= count, 600)
    stop.set()
    thread.join()


def measure(subject: str, messages: Sequence[tuple[str, bytes]], in_flight: int) -> tuple[float, float]:
    """(observations/s, CPU ms each) of one drain; checks that every one is there."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        directory, port, client_id = Path(name), free_port(), f"bench-{os.getpid()}"
        limits = (f"max_inflight_messages {in_flight}", "max_queued_messages 0")
        with mosquitto(directory / "broker", port, *limits):
            fill(port, messages, client_id)
            engine = database(_url(subject, directory, stack))
            config = MqttConfig(f"mqtt://127.0.0.1:{port}", client_id=client_id)
            metrics = _metrics(subject, directory, stack)
            if subject == "bare":
                intake = Intake(config, wall_clock)
                run: Callable[[], None] = lambda: drain_bare(engine, intake, len(messages))  # noqa: E731
            else:
                recorder = Recorder(engine, metrics, config)
                run = lambda: drain_recorder(recorder, len(messages))  # noqa: E731
            began, cpu = time.perf_counter(), time.process_time()
            run()
            took, burnt = time.perf_counter() - began, time.process_time() - cpu
            _check(engine, subject, len(messages))
            engine.dispose()
    return len(messages) / took, burnt / len(messages) * 1000


def _url(subject: str, directory: Path, stack: ExitStack) -> str:
    """A file of SQLite, or a database of a real server that waits for the disk as it does by default."""
    if "PostgreSQL" not in subject:
        return f"sqlite:///{directory}/b.db"
    server = stack.enter_context(postgres(durable=True))
    return server.url(server.create())


def _metrics(subject: str, directory: Path, stack: ExitStack) -> Metrics | None:
    """The embedded store, or the queue before a real influxd, with the loop that brings points there."""
    if subject == "recorder with metrics":
        return stack.enter_context(closing(EmbeddedMetrics(directory / "m.db")))
    if subject != "recorder with queue":
        return None
    server = stack.enter_context(influxd(directory / "influxd"))
    with closing(connect(server.address())) as made:
        setup(made, 90, 1826)
    queued = QueuedMetrics(directory / "q.db", lambda: connect(server.address()), wall_clock)
    stack.enter_context(closing(queued))
    stop = threading.Event()
    thread = threading.Thread(target=queued.run, args=(stop,))
    thread.start()
    stack.callback(thread.join)
    stack.callback(stop.set)
    return queued


def _check(engine: Engine, subject: str, count: int) -> None:
    with reading(engine) as conn:
        found = (
            conn.scalar(select(func.count()).select_from(BARE)) if subject == "bare" else judged.counted(conn)["stored"]
        )
    if found != count:
        raise SystemExit(f"{subject}: {found} of {count} stored")


def compare(count: int, rounds: int, in_flight: int) -> list[dict[str, object]]:
    """Print the medians and the ratio at one limit of messages in flight, and answer them."""
    figures: list[dict[str, object]] = []
    subjects = ("bare", "recorder", "recorder with metrics", "recorder with queue", "recorder on PostgreSQL")
    taken: dict[str, list[tuple[float, float]]] = {subject: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            taken[subject].append(measure(subject, observations(count), in_flight))
    bare = statistics.median(rate for rate, _ in taken["bare"])
    for subject in subjects:
        rate = statistics.median(rate for rate, _ in taken[subject])
        burnt = statistics.median(burnt for _, burnt in taken[subject])
        print(f"in flight {in_flight:5}  {subject:22} {rate:8.0f} obs/s  {burnt:6.3f} CPU ms  ratio {rate / bare:.2f}")
        row = {"in_flight": in_flight, "subject": subject, "observations_per_second": round(rate)}
        figures.append({**row, "cpu_ms_each": round(burnt, 3), "ratio": round(rate / bare, 2)})
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as directory:
        print(f"journal {journal_of(open_database(f'sqlite:///{directory}/j.db'))}, {options.messages} observations")
    figures = compare(options.messages, options.rounds, 1000)
    figures += compare(max(1000, options.messages // 10), options.rounds, 20)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
