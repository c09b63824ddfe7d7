from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recorder.centre import Centre, centre


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Centre]:
    made = centre(tmp_path)
    yield made
    made.engine.dispose()
