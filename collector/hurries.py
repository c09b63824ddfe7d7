"""Hints that a device may have changed: each device is asked at once, but no more often than every so many seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container
from typing import Final

_JUST_NOW_S: Final = 2.0  # the scheduler asks nobody whom it asked less than half a recheck ago


class Hurries:
    """`hurry` has a device asked now; where it says False the device was asked just before the hint came, and is asked
    again soon. A hint within `pause_s` of the last is followed at the end of that time: what came last is seen, however
    many came before it."""

    def __init__(self, hurry: Callable[[str], object], pause_s: float) -> None:
        self._hurry, self._pause_s = hurry, pause_s
        self._loop = asyncio.get_running_loop()
        self._last: dict[str, float] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self.made = 0

    def hint(self, device: str) -> bool:
        """Ask it now (True), or as soon as may be."""
        now = self._loop.time()
        due = self._last.get(device, float("-inf")) + self._pause_s
        if now >= due and device not in self._waiting:
            return self._go(device)
        if device not in self._waiting:
            self._waiting[device] = self._loop.call_at(max(due, now + _JUST_NOW_S), self._again, device)
        return False

    def _again(self, device: str) -> None:
        del self._waiting[device]
        self._go(device)

    def _go(self, device: str) -> bool:
        now = self._loop.time()
        if self._hurry(device) is False:
            self._waiting[device] = self._loop.call_at(now + _JUST_NOW_S, self._again, device)
            return False
        self._last[device] = now
        self.made += 1
        return True

    def keep(self, devices: Container[str]) -> None:
        """Forget all others."""
        self._last = {device: at for device, at in self._last.items() if device in devices}
        for device in [device for device in self._waiting if device not in devices]:
            self._waiting.pop(device).cancel()

    def close(self) -> None:
        self.keep(())
