"""Written or quarantined, never silently gone: the queue before a real influxd that dies, hangs, refuses, is away."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from store.fault import Busy
from store.influx.address import Address
from store.influx.fault import Away, Denied, NotInflux
from store.influx.server import connect
from store.influx.setup import setup
from store.metrics import Sample, Tags
from store.quarantine import put_back, quarantined
from store.queued_metrics import QueuedMetrics
from tests.influxd import Influxd, influxd
from tests.store.metrics_subject import EACH

pytestmark = [pytest.mark.server, pytest.mark.slow]
HOUR = 3_600_000
DAY = 24 * HOUR
NOW = time.time_ns() // 1_000_000
FIRST = NOW // HOUR * HOUR - 3 * HOUR
TAGS = Tags("h-01", "b-1", "printer", "M 404", "v-1")
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        yield running


@pytest.fixture
def bucket(server: Influxd) -> str:
    name = f"b{next(_numbers)}"
    if server.process is None:
        server.start()
    made = connect(server.address(name))
    setup(made, 90, 1826)
    made.close()
    return name


@pytest.fixture
def metrics(server: Influxd, bucket: str, tmp_path: Path) -> Iterator[QueuedMetrics]:
    made = queued(server.address(bucket), tmp_path)
    yield made
    made.close()


def queued(address: Address, directory: Path, timeout_s: float = 5) -> QueuedMetrics:
    made = QueuedMetrics(directory / "q.db", lambda: connect(address, timeout_s), lambda: NOW)
    made.own()
    return made


def samples(count: int, start: int = 0, at: int = FIRST) -> list[Sample]:
    return [
        Sample(f"P-{n % 100:03}", at + n // 100 * 1000, {"level": float(n)}, TAGS) for n in range(start, start + count)
    ]


def points(server: Influxd, bucket: str, field: str = "level") -> int:
    said = server.ask(f'SELECT count("{field}") FROM "raw"."device"', db=bucket)
    found: list[Any] = said["results"][0].get("series", [])
    return int(found[0]["values"][0][1]) if found else 0


def drain(metrics: QueuedMetrics) -> None:
    while metrics.step():
        pass


def is_drained(metrics: QueuedMetrics) -> bool:
    try:
        return not metrics.step()
    except Away:
        return False


def spoil(server: Influxd, bucket: str, field: str) -> None:
    """Somebody else writes a text where a number of ours will come."""
    other = connect(server.address(bucket))
    other.write("raw", [f'device,device=x,hall=x {field}="text" {FIRST}'])
    other.close()


def test_killed_anywhere_every_point_is_written_or_quarantined(server: Influxd, bucket: str, tmp_path: Path) -> None:
    spoil(server, bucket, "conflict")
    deaths = ["enqueued:3", "answered:1", "splitting:1", "rolled:1", "never"]
    codes = []
    for count, where in enumerate(deaths, 1):
        url = f"{server.url}?bucket={bucket}"
        command = [sys.executable, "-m", "tests.store.metrics_subject", tmp_path, url, where, 10 * count, FIRST]
        codes.append(subprocess.run([str(one) for one in command], check=False).returncode)
    assert codes == [-signal.SIGKILL] * 4 + [0]
    batches = 10 * len(deaths)
    assert points(server, bucket) == batches * (EACH - 1)
    metrics = queued(server.address(bucket), tmp_path)
    lines = {one.line for one in quarantined(metrics.queue, 1000)}
    assert (len(lines), metrics.stats()["points"], metrics.stats()["dirty"]) == (batches, 0, 0)
    assert [hour.n for hour in metrics.hours("P-01", "level", FIRST, FIRST + HOUR)] == [batches]
    metrics.close()


def test_a_server_killed_in_the_middle_has_everything_afterwards(
    server: Influxd, bucket: str, metrics: QueuedMetrics
) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=metrics.run, args=(stop,))
    for start in range(0, 40_000, 500):
        metrics.write(samples(500, start))
    thread.start()
    time.sleep(0.3)
    server.kill()
    metrics.write(samples(500, 40_000))
    time.sleep(0.3)
    trouble = metrics.stats()["trouble"]
    server.start()
    until(lambda: metrics.stats()["points"] == 0)
    stop.set()
    thread.join()
    assert trouble is None or "127.0.0.1" in trouble
    assert metrics.stats()["trouble"] is None
    assert points(server, bucket) == metrics.stats()["written"] == 40_500


def test_a_server_that_hangs_at_the_start_holds_up_no_writer_and_each_reader_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address.of(f"influxdb://127.0.0.1:{silent.getsockname()[1]}")
        metrics = QueuedMetrics(tmp_path / "q.db", lambda: connect(address, 1.5), lambda: time.time_ns() // 1_000_000)
        metrics.own()
        faults: list[BaseException] = []

        def read() -> None:
            try:
                metrics.fields("P-1")
            except Away as error:
                faults.append(error)

        began = time.perf_counter()
        readers = [threading.Thread(target=read) for _ in range(4)]
        for one in readers:
            one.start()
        time.sleep(0.1)
        metrics.write(samples(1))
        assert metrics.stats()["points"] == 1
        assert time.perf_counter() - began < 1.4, "the queue is no concern of the server's"
        for one in readers:
            one.join()
        assert (len(faults), time.perf_counter() - began < 5) == (4, True), "who waits meanwhile waits for the same"
        with pytest.raises(Away):
            metrics.maintain(NOW)
        assert time.perf_counter() - began < 8
        metrics.close()


def test_a_server_that_hangs_delays_nobody(server: Influxd, bucket: str, tmp_path: Path) -> None:
    with closing(queued(server.address(bucket), tmp_path, timeout_s=1.0)) as metrics:
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        try:
            metrics.write(samples(100))
            with pytest.raises(Away, match=r"no answer within 1 s"):
                metrics.step()
            began = time.perf_counter()
            metrics.write(samples(100, 100))
            assert time.perf_counter() - began < 1.0
        finally:
            server.process.send_signal(signal.SIGCONT)
        until(lambda: is_drained(metrics))  # it may need a moment to come to itself
        assert points(server, bucket) == 200


def test_a_day_away_is_all_there_afterwards_the_newest_first(
    server: Influxd, bucket: str, metrics: QueuedMetrics
) -> None:
    """200,000 points, as many as a hundred devices measure in a day and more."""
    server.stop()
    slowest = 0.0
    for start in range(0, 200_000, 2_000):
        began = time.perf_counter()
        metrics.write(samples(2_000, start))
        slowest = max(slowest, time.perf_counter() - began)
        if start % 50_000 == 0:
            with pytest.raises(Away):
                metrics.step()
    assert slowest < 2
    server.start()
    for _ in range(12):  # from one row a request on it doubles
        metrics.step()
    newest = server.ask('SELECT max("level") FROM "raw"."device"', db=bucket)
    assert newest["results"][0]["series"][0]["values"][0][1] == 199_999
    assert 0 < points(server, bucket) < 60_000
    drain(metrics)
    assert points(server, bucket) == metrics.stats()["written"] == 200_000


@pytest.mark.parametrize("size", [1, 5_000])
def test_the_last_word_on_a_point_is_the_one_that_stands(
    server: Influxd, bucket: str, metrics: QueuedMetrics, size: int
) -> None:
    """What is written while the server is away, an outage that begins and ends, arrives in its order."""
    for minute in range(6):
        metrics.write_lines("raw", [f"outage,device=P-1 open={float(minute < 5)},until={minute}.0 {FIRST}"])
        metrics.write(samples(100, minute * 100))
    metrics._size = size
    drain(metrics)
    said = server.ask('SELECT open, until FROM "raw"."outage"', db=bucket)
    assert said["results"][0]["series"][0]["values"] == [[FIRST, 0, 5]]
    assert points(server, bucket) == 600


def test_points_in_conflict_or_too_old_hold_up_nobody_and_can_be_put_back(
    server: Influxd, bucket: str, metrics: QueuedMetrics
) -> None:
    spoil(server, bucket, "pages")
    clash = [Sample("P-1", FIRST + n, {"pages": 1.0, "level": 1.0}, TAGS) for n in range(30)]
    old = [Sample("P-2", FIRST - 100 * DAY + n, {"level": 1.0}, TAGS) for n in range(30)]
    mixed = [one for three in zip(samples(30), clash, old, strict=True) for one in three]
    metrics.write(mixed)
    metrics.write(samples(1000, 30))
    drain(metrics)
    assert points(server, bucket) == 1030
    said = metrics.stats()
    assert (said["quarantined"], said["written"], said["points"]) == (60, 1030, 0)
    reasons = {one.reason.split("dropped")[0] for one in quarantined(metrics.queue, 100)}
    assert any("field type conflict" in one and '"pages"' in one for one in reasons)
    assert any("beyond retention" in one for one in reasons)
    server.ask('DROP MEASUREMENT "device"', db=bucket)
    assert put_back(metrics.queue, NOW) == 60
    drain(metrics)
    assert (points(server, bucket, "pages"), metrics.stats()["quarantine"]) == (30, 30)


def test_wrong_credentials_quarantine_nothing_and_are_said(tmp_path: Path) -> None:
    with influxd(tmp_path / "influxd", users=True) as guarded:
        made = connect(guarded.address())
        setup(made, 90, 1826)
        made.close()
        wrong = Address.of(guarded.url, username="root", password="wrong")
        metrics = queued(wrong, tmp_path)
        metrics.write(samples(50))
        stop = threading.Event()
        thread = threading.Thread(target=metrics.run, args=(stop,))
        thread.start()
        until(lambda: metrics.stats()["trouble"] is not None)
        stop.set()
        thread.join()
        said = metrics.stats()
        assert (said["points"], said["quarantined"]) == (50, 0)
        assert "401" in said["trouble"]
        assert "wrong" not in said["trouble"]
        with pytest.raises(Denied):
            metrics.step()
        metrics.close()
        right = queued(guarded.address(), tmp_path)
        drain(right)
        assert points(guarded, "hallwatch") == 50
        right.close()


def test_a_full_disk_keeps_what_it_took_and_empties_again(server: Influxd, bucket: str, tmp_path: Path) -> None:
    """On a file system of 6 MB: full, it refuses, and what it has can be written and taken off all the same."""
    url = f"{server.url}?bucket={bucket}"
    program = f"{sys.executable} -m tests.store.full_disk {tmp_path} '{url}' {FIRST}"
    script = f"mount -t tmpfs -o size=6m none {tmp_path} && {program}"
    unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    said = subprocess.run([*unshare, "sh", "-c", script], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    kept, refused, after = map(int, said.stdout.split())
    assert kept > 1000
    assert refused > 0
    assert points(server, bucket) == kept + after


def test_two_processes_do_not_share_a_queue(
    metrics: QueuedMetrics, server: Influxd, bucket: str, tmp_path: Path
) -> None:
    other = QueuedMetrics(tmp_path / "q.db", lambda: connect(server.address(bucket)), lambda: NOW)
    with pytest.raises(Busy, match="another process of hallwatch"):
        other.run(threading.Event())
    other.close()


class Answerer(BaseHTTPRequestHandler):
    """Says what it was told to say, then 204."""

    answers: ClassVar[list[tuple[int, dict[str, str], bytes]]] = []
    lines: ClassVar[set[bytes]] = set()

    def do_GET(self) -> None:
        self._say(204, {"X-Influxdb-Version": "1.7.9"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.answers:
            self._say(*self.answers.pop(0))
        else:
            self.lines.update(body.splitlines())
            self._say(204, {})

    def _say(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_proxy_that_refuses_for_the_server_quarantines_nothing(tmp_path: Path) -> None:
    """Behind a port for TLS, or a filter: 400 and a page, which say nothing of points."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answerer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Answerer.answers, Answerer.lines = [(400, {}, b"<html><h1>400 Bad Request</h1></html>")] * 3, set()
    metrics = queued(Address.of(f"influxdb://127.0.0.1:{server.server_port}"), tmp_path)
    metrics.write(samples(50))
    for _ in range(3):
        with pytest.raises(NotInflux, match="400 Bad Request"):
            metrics.step()
    drain(metrics)
    assert (len(Answerer.lines), metrics.stats()["quarantined"]) == (50, 0)
    metrics.close()
    server.shutdown()
    server.server_close()


def test_429_and_5xx_wait_as_long_as_the_server_says_and_quarantine_nothing(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answerer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Answerer.answers, Answerer.lines = [(429, {"Retry-After": "1"}, b""), (503, {}, b"")], set()
    metrics = queued(Address.of(f"influxdb://127.0.0.1:{server.server_port}"), tmp_path)
    metrics.write(samples(1000))
    stop = threading.Event()
    thread = threading.Thread(target=metrics.run, args=(stop,))
    began = time.monotonic()
    thread.start()
    until(lambda: metrics.stats()["points"] == 0)
    took = time.monotonic() - began
    stop.set()
    thread.join()
    assert took > 1 + 2 - 0.1
    assert (len(Answerer.lines), metrics.stats()["quarantined"], metrics.stats()["trouble"]) == (1000, 0, None)
    metrics.close()
    server.shutdown()
    server.server_close()


def until(told: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < end
        time.sleep(0.05)
