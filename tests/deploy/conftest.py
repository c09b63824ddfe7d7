from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter: those above pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="hallwatch-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
