"""What the tests of dashboards share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboards.seeded import City, city


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A real influxd and a real PostgreSQL full of a small city, as of the newest 20th of a month."""
    with city(tmp_path_factory.mktemp("city"), int(time.time() * 1000)) as found:
        yield found


@pytest.fixture(scope="session")
def built() -> dict[str, dict[str, object]]:
    """The committed dashboards by path."""
    where = Path(__file__).parents[2] / "dashboards/json"
    return {str(path.relative_to(where)): json.loads(path.read_text()) for path in sorted(where.rglob("*.json"))}
