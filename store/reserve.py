"""Room kept on a disk for the day when it is full: to take something off a full disk, SQLite must write first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

SIZE: Final = 4 << 20


class Reserve:
    """A file of zeros, given up when nothing else is left."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self) -> bool:
        """Have it, where there is room; whether it is there now."""
        try:
            if self._path.exists() and self._path.stat().st_size == SIZE:
                return True
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, SIZE)
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Give it up; whether there was one."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
