"""What the queue before a metrics server holds, and what it costs, with a real influxd.

`python -m tests.proof.metrics [--rounds N] [--devices N] [--json FILE]`: kills of our process at named points and of
the server at random moments; a backlog; the hours of a city; the hours' property at length.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from store.influx.server import connect
from store.influx.setup import setup
from store.metrics import Sample, Tags
from store.quarantine import quarantined
from store.queued_metrics import QueuedMetrics
from tests.influxd import Influxd, influxd
from tests.proof.figures import tell
from tests.store.metrics_subject import batch

HOUR: Final = 3_600_000
NOW: Final = time.time_ns() // 1_000_000
FIRST: Final = NOW // HOUR * HOUR - 40 * HOUR
POINTS: Final = ("enqueued", "answered", "splitting", "rolled")
BATCHES: Final = 10
DAY: Final = 6_000 * 1_440
"""Points of a city's day."""


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--devices", type=int, default=6_000)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, influxd(Path(name) / "influxd") as server:
        folder = Path(name)
        killed = kills(server, folder / "kills", options.rounds)
        figures = {
            "kills": killed,
            "backlog": backlog(server, folder / "backlog", options.points),
            "hours": hours(server, folder / "hours", options.devices),
            "property": property_at_length(),
        }
    clean = killed["missing"] == killed["unknown"] == 0 and figures["property"]["failed"] == 0
    tell(figures, clean, options.json)


def kills(server: Influxd, folder: Path, rounds: int) -> dict[str, Any]:
    """A process that measures and dies, again and again, every third time under a server that dies, too."""
    folder.mkdir()
    prepare(server, "kills")
    made = connect(server.address("kills"))
    made.write("raw", [f'device,device=x,hall=x conflict="text" {FIRST}'])
    made.close()
    rng, died = random.Random(6), Counter[str]()
    for number in range(1, rounds + 1):
        where = rng.choice(POINTS)
        where = f"{where}:{rng.randint(1, BATCHES)}" if where == "enqueued" else f"{where}:1"
        code = _subject(server, folder, where, number * BATCHES, rng.random() if number % 3 == 0 else None)
        died[where.partition(":")[0] if code == -9 else "server" if code else "none"] += 1
    while _subject(server, folder, "never", rounds * BATCHES, None):
        died["again"] += 1
    return {"rounds": rounds, "ended_by": dict(died), **_account(server, folder, rounds * BATCHES)}


def _subject(server: Influxd, folder: Path, where: str, batches: int, server_dies: float | None) -> int:
    url = f"{server.url}?bucket=kills"
    command = [sys.executable, "-m", "tests.store.metrics_subject", str(folder), url, where, str(batches), str(FIRST)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    if server_dies is not None:
        time.sleep(0.5 + server_dies)
        server.kill()
        time.sleep(0.2)
        server.start()
    return process.wait(120)


def _account(server: Influxd, folder: Path, batches: int) -> dict[str, int]:
    """Every point is on the server or in quarantine; nothing else is. A server that dies may forget a field's type."""
    metrics = QueuedMetrics(folder / "q.db", lambda: connect(server.address("kills")), lambda: NOW)
    refused = {_identity(one.line) for one in quarantined(metrics.queue, 10_000)}
    said = metrics.stats()
    metrics.close()
    found = server.ask('SELECT "level" FROM "raw"."device" GROUP BY "device"', db="kills")["results"][0]["series"]
    written = {(one["tags"]["device"], row[0]) for one in found for row in one["values"]}
    expected = {(one.device, one.ts) for number in range(batches) for one in batch(number, FIRST)}
    return {
        "points": len(expected),
        "written": len(written),
        "quarantined": len(refused - written),
        "missing": len(expected - written - refused) + said["points"] + said["lost"],
        "unknown": len((written | refused) - expected),
    }


def _identity(line: str) -> tuple[str, int]:
    """Device and instant of a line of `device`."""
    return line.partition(",device=")[2].partition(",")[0], int(line.rpartition(" ")[2])


def backlog(server: Influxd, folder: Path, count: int) -> dict[str, Any]:
    """A server that is away while points come, then is back."""
    folder.mkdir()
    prepare(server, "backlog")
    metrics = QueuedMetrics(folder / "q.db", lambda: connect(server.address("backlog"), 60), lambda: NOW)
    metrics.own()
    server.stop()
    put = _timed(lambda: _enqueue(metrics, count))
    size = metrics.stats()["bytes"]
    server.start()
    before = _cpu(server)
    drained = _timed(lambda: _drain(metrics))
    theirs = _cpu(server) - before
    written = metrics.stats()["written"]
    metrics.close()
    return {
        "points": count,
        "written": written,
        "bytes_a_point": round(size / count, 1),
        "enqueue_cpu_s_per_100000": round(put[1] / count * 1e5, 2),
        "drain_points_per_s": round(count / drained[0]),
        "drain_cpu_s_per_100000": round(drained[1] / count * 1e5, 2),
        "influxd_cpu_s_per_100000": round(theirs / count * 1e5, 2),
        "a_days_backlog_of_6000_devices_min": round(DAY / (count / drained[0]) / 60, 1),
        "a_days_backlog_of_6000_devices_mb": round(size / count * DAY / 1e6),
        "loadavg": os.getloadavg()[0],
    }


def hours(server: Influxd, folder: Path, devices: int) -> dict[str, Any]:
    """One hour of a city: 60 points a device."""
    folder.mkdir()
    prepare(server, "hours")
    metrics = QueuedMetrics(folder / "q.db", lambda: connect(server.address("hours"), 60), lambda: NOW)
    metrics.own()
    for minute in range(60):
        metrics.write([_sample(n, FIRST + minute * 60_000 + n % 60_000) for n in range(devices)])
    _drain(metrics)
    before = _cpu(server)
    took = _timed(lambda: metrics.maintain(NOW))
    left = metrics.stats()["dirty"]
    theirs = _cpu(server) - before
    metrics.close()
    return {
        "devices": devices,
        "points": devices * 60,
        "left": left,
        "cpu_s": round(took[1], 2),
        "influxd_cpu_s": round(theirs, 2),
        "seconds": round(took[0], 2),
        "loadavg": os.getloadavg()[0],
    }


def property_at_length() -> dict[str, int]:
    """The hours' property with 25 times its usual examples."""
    command = [sys.executable, "-m", "pytest", "-q", "-k", "any_order", "tests/store/test_hour_rollup.py"]
    environment = os.environ | {"HALLWATCH_EXAMPLES": "25"}
    ran = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    return {"examples": 25 * 12, "failed": int(ran.returncode != 0)}


def prepare(server: Influxd, bucket: str) -> None:
    """A database with its policies."""
    made = connect(server.address(bucket))
    setup(made, 90, 1826)
    made.close()


def _sample(n: int, ts: int) -> Sample:
    """Ten values of device `n`."""
    supplies = {f"supply.{i}.level": float(50 + (ts // 60_000 + n + i) % 50) for i in range(1, 5)}
    rest = {"pages": 1000.0 + ts % 977, "uptime": float(ts % 86_400), "cpu": 0.5}
    values = {**supplies, **rest, "rtt_ms": 1 + ts % 13 / 10, "loss": 0.0, "state": 2.0}
    tags = Tags(f"h-{n % 300:03}", f"b-{n % 10}", "printer", "M 404", f"v-{n % 5}")
    return Sample(f"P-{n:04}", ts, values, tags)


def _enqueue(metrics: QueuedMetrics, count: int) -> None:
    """As the recorder does: a hundred at once."""
    for start in range(0, count, 100):
        metrics.write([_sample(n % 6_000, FIRST + n // 6_000 * 60_000 + n % 6_000) for n in range(start, start + 100)])


def _drain(metrics: QueuedMetrics) -> None:
    """With the loop that the service runs."""
    stop = threading.Event()
    thread = threading.Thread(target=metrics.run, args=(stop,))
    thread.start()
    while metrics.stats()["points"]:
        time.sleep(0.2)
    stop.set()
    thread.join()


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and CPU seconds of this process."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def _cpu(server: Influxd) -> float:
    """CPU seconds of the server."""
    assert server.process is not None
    parts = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
