"""Live figures in a real influxd: all of them arrive as they were made, from the process with the alerts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hallwatch.centre import Centre
from hallwatch.compose import now_ms, open_metrics
from hallwatch.ensemble import Ensemble
from hallwatch.live_parts import beside, live_parts
from hallwatch.settings_file import load
from store.influx.server import connect
from store.influx.setup import setup
from store.measurements import BY_NAME
from store.metrics_queue import MetricsQueue
from store.queued_metrics import QueuedMetrics
from tests import live_city
from tests.influxd import Influxd, influxd
from tests.live_city import HOSTILE
from tests.proof.process import wait_until

pytestmark = [pytest.mark.server]
LIVE = {name for name in BY_NAME if name not in ("device", "device_hour")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        reached = connect(running.address())
        setup(reached, 90, 1826)
        reached.close()
        yield running


def test_every_measurement_arrives_and_nothing_is_quarantined(server: Influxd, tmp_path: Path) -> None:
    now = now_ms()
    (tmp_path / "var").mkdir()
    live_city.build(tmp_path, now, f"sqlite:///{tmp_path / 'var' / 'hallwatch.db'}").dispose()
    (tmp_path / "hallwatch.toml").write_text(f'[metrics]\nurl = "{server.url}"\n')
    loaded = load(tmp_path / "hallwatch.toml")
    recorder = open_metrics(loaded)
    assert isinstance(recorder, QueuedMetrics)
    recorder.own()
    recorder.write([one for one in live_city.samples(now) if one.device == "PR-0102"])
    while recorder.step():
        pass
    recorder.maintain(now)
    centre, parts = Centre(loaded), Ensemble()
    for name, run in live_parts(centre):
        parts.add(name, run)
    parts.start()
    try:
        wait_until("all measurements", lambda: measurements(server) >= LIVE and forecast(server) == {"PR-0102"}, 60)
    finally:
        parts.stop()
        centre.close()
        recorder.close()
    assert parts.failed is None
    assert series(server, "SELECT last(queue_points) FROM raw.service GROUP BY component") == {"recorder", "figures"}
    queue = MetricsQueue(beside(loaded.path(loaded.settings.metrics.queue), "figures"))
    assert queue.stats()["quarantined"] == 0
    queue.close()
    words = server.ask("SELECT symptom FROM raw.ticket_now WHERE device = 'LI-0101'", db="hallwatch")
    said = words["results"][0]["series"][0]["values"][-1][1]
    assert said == HOSTILE.translate({10: "␊", 9: "␉"})


def measurements(server: Influxd) -> set[str]:
    found = server.ask("SHOW MEASUREMENTS", db="hallwatch")["results"][0].get("series", [])
    return {row[0] for one in found for row in one["values"]}


def forecast(server: Influxd) -> set[str]:
    """The devices of which a supply has a forecast."""
    return series(server, "SELECT last(days_left) FROM raw.supply GROUP BY device")


def series(server: Influxd, query: str) -> set[str]:
    """The values of the one tag by which a query groups."""
    found = server.ask(query, db="hallwatch")["results"][0].get("series", [])
    return {value for one in found for value in one["tags"].values()}
