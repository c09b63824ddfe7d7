"""A metrics server that is away takes the charts, and nothing else; its queue is told to Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from store.influx.address import Address
from store.influx.server import connect
from store.queued_metrics import QueuedMetrics
from tests.api.conftest import NOW, Served, serving
from tests.mosquitto import free_port

pytestmark = pytest.mark.slow
FIGURES = {"points": 7, "failing": {"fleet": "the database is away"}}


@pytest.fixture
def away(city: Served, tmp_path: Path) -> Iterator[Served]:
    address = Address.of(f"influxdb://127.0.0.1:{free_port()}")
    with closing(QueuedMetrics(tmp_path / "q.db", lambda: connect(address, 2), lambda: NOW)) as metrics:
        metrics.write_lines("raw", ["service,component=x up=1 1", "service,component=y up=1 1"])
        with serving(
            city.engine, metrics=metrics, health=lambda: {"metrics": metrics.stats(), "figures": FIGURES}
        ) as served:
            yield served


def test_a_device_is_shown_without_charts(away: Served) -> None:
    viewer = away.as_("viewer")
    answer = viewer.get("/api/v1/devices/PR-0101/metrics")
    assert (answer.status_code, answer.json()["detail"]) == (503, "The metrics store does not answer now.")
    page = viewer.get("/devices/PR-0101", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert 'class="chart"' not in page.text


def test_the_queue_is_told_to_prometheus(away: Served) -> None:
    text = away.as_("viewer").get("/metrics").text
    assert "hallwatch_metrics_queue_points 2.0" in text
    assert 'hallwatch_metrics_points_total{outcome="lost"} 0.0' in text
    assert "hallwatch_metrics_trouble 0.0" in text


def test_live_figures_that_fail_are_told_to_prometheus(away: Served) -> None:
    text = away.as_("viewer").get("/metrics").text
    assert "hallwatch_figures_points_total 7.0" in text
    assert "hallwatch_figures_failing 1.0" in text
