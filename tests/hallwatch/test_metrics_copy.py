"""`hallwatch metrics copy`, `status` and `quarantine` against a real influxd."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hallwatch import cli
from hallwatch.compose import open_metrics, open_store
from hallwatch.settings_file import load
from store import inventory
from store.database import writing
from store.embedded_metrics import EmbeddedMetrics
from store.influx.server import connect
from store.influx.setup import setup
from store.metrics import Sample
from store.metrics_queue import MetricsQueue
from store.queue_file import Bad
from store.queued_metrics import QueuedMetrics
from tests.influxd import Influxd, influxd
from tests.mosquitto import free_port
from tests.recorder.centre import city

pytestmark = [pytest.mark.server, pytest.mark.slow]
HOUR = 3_600_000
DAY = 24 * HOUR
NOW = time.time_ns() // 1_000_000
TODAY = NOW // DAY * DAY
DEVICES = [f"P-{n:04}" for n in range(1, 17)]
FIELDS = ("level", "rtt_ms", "it's odd, =")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        made = connect(running.address())
        setup(made, 90, 1826)
        made.close()
        yield running


@pytest.fixture(scope="module")
def site(server: Influxd, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings for the server, an inventory with two of the devices, and an embedded store's history."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "hallwatch.toml").write_text(f'[metrics]\nurl = "{server.url}"\n')
    engine = open_store(load(folder / "hallwatch.toml"))
    with writing(engine) as conn:
        inventory.apply(conn, city(), NOW, "test")
    engine.dispose()
    embedded = EmbeddedMetrics(folder / "var" / "metrics.db", raw_days=7)
    for day in (-400, -30, -29):
        embedded.write([one for at in range(0, DAY, HOUR // 2) for one in _measured(TODAY + day * DAY + at)])
    for later in (-20, -18):
        embedded.maintain(TODAY + later * DAY)
    late = TODAY - 30 * DAY + 5 * HOUR
    embedded.write(_measured(late + 7))  # late, of a day that is rolled
    embedded.write([Sample("P-0001", TODAY - 100 * DAY, {"level": 5.0})])  # older than the server keeps single values
    for at in range(-DAY, 0, HOUR // 4):
        embedded.write(_measured(TODAY + at))
    embedded.close()
    return folder


def _measured(ts: int) -> list[Sample]:
    return [
        Sample(device, ts + n, {"level": ts % 97 + n / 7, "rtt_ms": 1.25, "it's odd, =": float(n)})
        for n, device in enumerate(DEVICES)
    ]


def hallwatch(folder: Path, *arguments: str, code: int = 0) -> Any:
    words = ["metrics", *arguments, "-c", str(folder / "hallwatch.toml")]
    said = CliRunner().invoke(cli.app_of(cli.COMMANDS), words, catch_exceptions=False)
    assert said.exit_code == code, said.output
    return json.loads(said.stdout) if "--json" in arguments else said.output


def _copied(folder: Path) -> int:
    try:
        with sqlite3.connect(folder / "var" / "metrics-queue.db", timeout=5) as conn:
            found = conn.execute("SELECT count(*) FROM copied").fetchone()
    except sqlite3.OperationalError:
        return 0
    conn.close()
    return int(found[0])


def test_a_copy_that_was_killed_goes_on_and_both_stores_answer_the_same(site: Path, server: Influxd) -> None:
    command = [sys.executable, "-m", "hallwatch", "metrics", "copy", "-c", str(site / "hallwatch.toml")]
    process = subprocess.Popen(command)
    while _copied(site) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = _copied(site)
    assert 3 <= before < len(DEVICES)
    figures = hallwatch(site, "copy", "--json")
    values, hours = 16 * (96 + 1), 16 * (3 + 1) * 24
    assert figures == {
        "devices": 16, "values": values, "hours": hours + 1, "values_old": 1, "hours_old": 0, "quarantined": 0,
        "unknown": 14,
    }  # fmt: skip
    assert _copied(site) == 0
    with closing(_embedded(site)) as embedded, closing(_there(site)) as there:
        _compare(embedded, there)
        there.maintain(NOW)
        assert there.stats()["dirty"] == 0
        _compare(embedded, there)
    said = server.ask('SELECT count("level") FROM "raw"."device" WHERE "hall" = \'h-01\'', db="hallwatch")
    assert said["results"][0]["series"][0]["values"][0][1] == 2 * 97


def _embedded(site: Path) -> EmbeddedMetrics:
    return EmbeddedMetrics(site / "var" / "metrics.db")


def _there(site: Path) -> QueuedMetrics:
    there = open_metrics(load(site / "hallwatch.toml"))
    assert isinstance(there, QueuedMetrics)
    return there


def _compare(embedded: EmbeddedMetrics, there: QueuedMetrics) -> None:
    for device in (*DEVICES[::7], "nobody"):
        assert there.fields(device) == embedded.fields(device)
        for field in FIELDS[::2]:
            assert there.hours(device, field, 0, NOW) == embedded.hours(device, field, 0, NOW)
            for days in (2, 35):
                start = TODAY - days * DAY
                ours, theirs = (one.series(device, field, start, NOW, 50) for one in (embedded, there))
                assert [one.ts for one in theirs] == [one.ts for one in ours]
                assert [one.mean for one in theirs] == pytest.approx([one.mean for one in ours])


def test_only_what_is_since_a_date_is_copied(site: Path) -> None:
    since = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime((TODAY - DAY) / 1000))
    figures = hallwatch(site, "copy", "--json", "--since", since)
    assert (figures["values"], figures["hours"]) == (16 * 96, 16 * 24)


def test_an_hour_is_copied_whole_or_not_at_all(site: Path) -> None:
    since = time.strftime("%Y-%m-%dT%H:30:00Z", time.gmtime((TODAY - HOUR) / 1000))
    figures = hallwatch(site, "copy", "--json", "--since", since)
    assert (figures["values"], figures["hours"]) == (16 * 4, 16)


def test_refused_points_are_shown_and_put_back(site: Path) -> None:
    with closing(_there(site)) as there:
        there.queue.set_aside("raw", [Bad("device,device=P-1 level=1.0 5", "beyond retention")], NOW)
    assert "beyond retention\n    device,device=P-1 level=1.0 5" in hallwatch(site, "quarantine")
    assert hallwatch(site, "quarantine", "--retry", "--json") == {"put_back": 1}
    said = hallwatch(site, "status", "--json")
    assert (said["points"], said["quarantine"], said["running"]) == (1, 0, False)
    assert said["trouble"] is None
    assert "waiting: 1 points" in hallwatch(site, "status")


def test_status_says_why_nothing_can_be_written_and_what_live_figures_wait(tmp_path: Path) -> None:
    (tmp_path / "hallwatch.toml").write_text(f'[metrics]\nurl = "influxdb://127.0.0.1:{free_port()}"\n')
    for name in ("metrics-queue.db", "metrics-queue-figures.db"):
        (tmp_path / "var").mkdir(exist_ok=True)
        with closing(MetricsQueue(tmp_path / "var" / name)) as queue:
            queue.put("raw", ["device,device=P-1 level=1.0 5"], [], NOW)
    said = hallwatch(tmp_path, "status")
    assert "live figures that wait besides: 1 points\n" in said
    assert "It cannot be written now: http://127.0.0.1:" in said
    assert said.endswith(": Connection refused\n")


def test_an_embedded_store_has_nothing_to_copy_to(tmp_path: Path) -> None:
    (tmp_path / "hallwatch.toml").write_text("")
    for command in ("copy", "status", "quarantine"):
        said = hallwatch(tmp_path, command, code=1)
        assert said.startswith("metrics.url is embedded: ")
        assert said.count("\n") == 1
