"""Whether the parts of a process still move: told to systemd (sd_notify(3)) and to a file that a health check reads.

`python -m hallwatch.pulse FILE` is that check: 0 where the file was touched within the last minute, else 1.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

BEAT_S: Final = 5.0
FRESH_S: Final = 60.0
LONGEST_S: Final = 900.0  # the longest that a part may work at one thing: the reports of a month take minutes


class Stop(threading.Event):
    """What a part is stopped by. A part that works asks it, and one that rests waits for it: who does neither hangs."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = time.monotonic()
        self._resting = 0

    def is_set(self) -> bool:
        """Whether to stop."""
        self._asked = time.monotonic()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Rest until told to stop, at most `timeout` s."""
        self._resting += 1
        try:
            return super().wait(timeout)
        finally:
            self._resting -= 1
            self._asked = time.monotonic()

    def silent_s(self) -> float:
        """Seconds since the part asked last; 0 while it rests."""
        return 0.0 if self._resting else time.monotonic() - self._asked


def notify(state: str) -> None:
    """Tell the service manager, where there is one: `READY=1`, `WATCHDOG=1`, `STATUS=…`."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if not where:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect("\0" + where[1:] if where.startswith("@") else where)
        sock.send(state.encode())


def beat(stops: Iterable[Stop], limit_s: float = LONGEST_S) -> bool:
    """Say that the process lives, unless one of its parts has hung for `limit_s`; whether it said so."""
    if any(stop.silent_s() > limit_s for stop in stops):
        return False
    notify("WATCHDOG=1")
    file = os.environ.get("HALLWATCH_PULSE")
    if file:
        with suppress(OSError):  # a full disk is no hang, and the parts say it themselves
            Path(file).touch()
    return True


def fresh(file: Path) -> bool:
    """Whether the process behind `file` said within the last minute that it lives."""
    try:
        return time.time() - file.stat().st_mtime <= FRESH_S
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if fresh(Path(sys.argv[1])) else 1)
