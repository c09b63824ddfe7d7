"""The small city with statements, made once and copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports.stated import Stated, made


@pytest.fixture(scope="session")
def stated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its file."""
    return made(tmp_path_factory.mktemp("stated"))


@pytest.fixture
def stated(stated_file: Path, tmp_path: Path) -> Iterator[Stated]:
    """A copy of one's own."""
    city = Stated(tmp_path, stated_file)
    yield city
    city.engine.dispose()


@pytest.fixture(scope="session")
def live_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the city of `tests.live_city`, to be copied; what its devices measured is beside it."""
    from tests import live_city, live_lines

    place = tmp_path_factory.mktemp("live")
    live_city.build(place).dispose()
    live_lines.measured(place).close()
    return place / "live.db"
