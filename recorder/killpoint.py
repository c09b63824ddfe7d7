"""Points at which a test may kill this process: `HALLWATCH_KILL_AT=after-commit`, `after-commit:3` the third time.

Between any two of them a kill must lose nothing and double nothing; with the variable unset a point is one comparison.
"""

from __future__ import annotations

import os
import signal
from typing import Final, Literal

Point = Literal["taken", "metrics-written", "before-commit", "after-commit", "after-ack", "after-receipt"]

_NAME, _, _TIMES = os.environ.get("HALLWATCH_KILL_AT", "").partition(":")
_ARMED: Final = bool(_NAME)
_left = int(_TIMES or 1) if _ARMED else 0


def reached(point: Point) -> None:
    """Say that the process stands at `point`; returns unless a test asked for its death here."""
    if _ARMED and point == _NAME:
        _count_down()


def _count_down() -> None:
    global _left  # noqa: PLW0603  # one process dies once
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
