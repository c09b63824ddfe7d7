"""Many deadlines, one timer: a deadline is a tuple in a list, for almost none of them ever comes to pass."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Any, Final

import structlog

_PER_S: Final = 20

_log: Final = structlog.get_logger()

Call = Callable[[Any, float], None]


class Alarms:
    """Belongs to one event loop. An alarm rings up to 50 ms after its time and cannot be taken back: what it calls
    looks whether there is still something to do.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._slots: dict[int, list[tuple[Call, Any, float]]] = {}
        self._order: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    def at(self, when: float, call: Call, what: Any, extra: float = 0.0) -> None:
        """Call `call(what, extra)` at `when` (the loop's clock)."""
        slot = int(when * _PER_S) + 1
        entries = self._slots.get(slot)
        if entries is None:
            entries = self._entries(slot)
        entries.append((call, what, extra))

    def _entries(self, slot: int) -> list[tuple[Call, Any, float]]:
        """Those of a slot that is new, or else past."""
        slot = max(slot, int(self._loop.time() * _PER_S) + 1)
        entries = self._slots.setdefault(slot, [])
        if not entries:
            heapq.heappush(self._order, slot)
            if self._order[0] == slot:
                self._wind()
        return entries

    def _wind(self) -> None:
        """It rings for the next slot, and not before: of those who ask little it shall wake nobody."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._order[0] / _PER_S, self._ring) if self._order else None

    def close(self) -> None:
        """Nothing rings any more."""
        self._slots.clear()
        self._order.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        now = self._loop.time() * _PER_S
        while self._order and self._order[0] <= now:
            due = self._slots.pop(heapq.heappop(self._order))
            for call, what, extra in due:
                try:
                    call(what, extra)
                except Exception:  # noqa: BLE001 - the other deadlines must hold
                    _log.exception("an alarm failed")
        self._wind()
