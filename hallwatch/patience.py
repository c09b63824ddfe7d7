"""Servers that start later than we do: wait for them and say so, instead of ending and being started again for ever."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final, TypeVar

import structlog

from hallwatch.pulse import notify
from store.fault import Unreachable

WAITS_S: Final = (1.0, 1.0, 2.0, 5.0)
SAY_AGAIN_S: Final = 60.0
log = structlog.get_logger("hallwatch")
T = TypeVar("T")


def patiently(attempt: Callable[[], T], waits_s: tuple[float, ...] = WAITS_S) -> T:
    """What `attempt` gives, tried again while it raises `Unreachable`, the last of `waits_s` for ever.

    Each new reason is logged at once, a known one every minute. SIGTERM ends the process meanwhile, also as the first
    one of a container, which a signal without a handler does not reach.
    """
    said, said_at, tried = "", 0.0, 0
    before = signal.signal(signal.SIGTERM, _end)
    try:
        while True:
            try:
                opened = attempt()
            except Unreachable as error:
                if str(error) != said or time.monotonic() - said_at >= SAY_AGAIN_S:
                    said, said_at = str(error), time.monotonic()
                    log.warning("waiting for the database", reason=said)
                    notify(f"STATUS=waiting for {error.where}")
            else:
                notify("STATUS=")
                return opened
            time.sleep(waits_s[min(tried, len(waits_s) - 1)])
            tried += 1
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
