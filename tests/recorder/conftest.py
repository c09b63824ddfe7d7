from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.recorder import centre
from tests.recorder.centre import Centre


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a server without what is about SQLite itself."""
    databases.without_sqlites_own(config, items)


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> str:
    return centre.pattern(tmp_path_factory.mktemp("pattern"))


@pytest.fixture
def here(pattern: str, tmp_path: Path) -> Iterator[Centre]:
    made = centre.centre(pattern, tmp_path)
    yield made
    made.close()
