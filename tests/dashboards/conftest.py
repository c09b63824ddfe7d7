"""What the tests of dashboards share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.build import build
from tests.dashboards.seeded import City, city
from tests.store.subjects import HAS_2


@pytest.fixture(scope="session", params=["influxdb-1.6.7", *(["influxdb-2"] if HAS_2 else [])])
def seeded(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[City]:
    """A real influxd and a real PostgreSQL full of a small city, as of the newest 20th of a month."""
    folder = tmp_path_factory.mktemp("city")
    with city(folder, int(time.time() * 1000), two=request.param == "influxdb-2") as found:
        yield found


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """What is built now, by path."""
    return build()


@pytest.fixture(scope="session")
def whole(texts: dict[str, str]) -> dict[str, Any]:
    """The same as JSON; not to be changed."""
    return {path: json.loads(text) for path, text in texts.items()}


@pytest.fixture(scope="session")
def built() -> dict[str, Any]:
    """The committed dashboards by path."""
    where = Path(__file__).parents[2] / "dashboards/json"
    return {str(path.relative_to(where)): json.loads(path.read_text()) for path in sorted(where.rglob("*.json"))}
