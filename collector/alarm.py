"""Many deadlines, one timer: a deadline is a tuple in a list, for almost none of them ever comes to pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import structlog

_GRAIN_S: Final = 0.05

_log: Final = structlog.get_logger()

Call = Callable[[Any, float], None]


class Alarms:
    """Belongs to one event loop. An alarm rings up to 50 ms after its time and cannot be taken back: what it calls
    looks whether there is still something to do.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._slots: dict[int, list[tuple[Call, Any, float]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0

    def at(self, when: float, call: Call, what: Any, extra: float = 0.0) -> None:
        """Call `call(what, extra)` at `when` (the loop's clock)."""
        slot = int(when / _GRAIN_S) + 1
        if self._timer is None:
            self._next = int(self._loop.time() / _GRAIN_S) + 1
            self._timer = self._loop.call_at(self._next * _GRAIN_S, self._ring)
        entry = (call, what, extra)
        if slot in self._slots:
            self._slots[slot].append(entry)
        else:
            self._slots.setdefault(max(slot, self._next), []).append(entry)

    def close(self) -> None:
        """Nothing rings any more."""
        self._slots.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        now = int(self._loop.time() / _GRAIN_S)
        while self._next <= now:
            due = self._slots.pop(self._next, ())
            self._next += 1
            for call, what, extra in due:
                try:
                    call(what, extra)
                except Exception:  # noqa: BLE001 - the other deadlines must hold
                    _log.exception("an alarm failed")
        self._timer = self._loop.call_at(self._next * _GRAIN_S, self._ring) if self._slots else None
