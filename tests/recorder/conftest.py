from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recorder import centre
from tests.recorder.centre import Centre


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return centre.pattern(tmp_path_factory.mktemp("pattern"))


@pytest.fixture
def here(pattern: Path, tmp_path: Path) -> Iterator[Centre]:
    made = centre.centre(pattern, tmp_path)
    yield made
    made.engine.dispose()
