"""A part of the program on a thread of its own, stopped together with the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from collector.outbox.outbox import OutboxError
from hallwatch.pulse import Stop
from store.fault import StoreError

log = structlog.get_logger("hallwatch")

EXPECTED: Final = (OutboxError, StoreError)
"""What happens to parts in the world outside: its message says all, no trace is needed."""

Run = Callable[[threading.Event], None]


class Part:
    """`run(stop)` on a thread. When it fails, the trace is logged and `on_failure` told: no part dies in silence."""

    def __init__(self, name: str, run: Run, on_failure: Callable[[str], None]) -> None:
        self.name = name
        self._run = run
        self._on_failure = on_failure
        self._stop = self.pulse = Stop()
        self._thread = threading.Thread(target=self._guarded, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, patience_s: float = 10.0) -> bool:
        """Ask it to stop and wait for it; False where it did not within `patience_s`."""
        self._stop.set()
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _guarded(self) -> None:
        try:
            self._run(self._stop)
        except EXPECTED as error:
            log.error("part failed", part=self.name, reason=str(error))
            self._on_failure(f"{self.name}: {error}")
        except Exception as error:
            log.exception("part failed", part=self.name)
            self._on_failure(f"{self.name}: {error}")


def on_loop(main: Callable[[asyncio.Event], Awaitable[None]]) -> Run:
    """An asyncio part as a `Run`: its own loop, its event set when the thread's is."""

    async def bridged(stop: threading.Event) -> None:
        stopping = asyncio.Event()
        watch = asyncio.create_task(_watch(stop, stopping))
        try:
            await main(stopping)
        finally:
            watch.cancel()

    return lambda stop: asyncio.run(bridged(stop))


async def _watch(stop: threading.Event, stopping: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)
    stopping.set()
