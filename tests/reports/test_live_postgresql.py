"""Live figures on a real PostgreSQL: the very same points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from reports.live.point import LivePoint
from store.embedded_metrics import EmbeddedMetrics
from tests import live_city, live_lines
from tests.live_city import NOW
from tests.postgres import postgres
from tests.reports.live import opened

pytestmark = [pytest.mark.server]


@pytest.fixture
def on_server() -> Iterator[Engine]:
    with postgres() as server:
        engine = live_city.build(Path(), NOW, server.url(server.create()))
        yield engine
        engine.dispose()


def test_they_are_the_same_on_postgresql(on_server: Engine, live_file: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (here,) = opened(live_file, tmp_path)
    metrics = EmbeddedMetrics(live_file.with_name("measured.db"))
    there = live_lines.figures(on_server, metrics, tmp_path / "there")
    assert told(live_lines.points(there)) == told(live_lines.points(here.figures))


def told(points: list[LivePoint]) -> list[tuple[object, ...]]:
    """In an order that no database has a say in."""
    return sorted(
        (one.measurement, one.ts, sorted(one.tags.items()), sorted(one.fields.items(), key=str)) for one in points
    )
