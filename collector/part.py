"""Where a collector's part of the inventory comes from while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from collector.target import Part


class PartSource(Protocol):
    """The part, at once if there is one, and again whenever it changed."""

    def parts(self) -> AsyncIterator[Part]:
        """Never ends by itself; cancelled with the collector."""
        ...


class GivenPart:
    """A part that the same process hands over; `replace` may be called from any thread."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def replace(self, part: Part) -> None:
        """From now on this one."""
        self._part = part
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._changed.set)

    async def parts(self) -> AsyncIterator[Part]:
        """The part, then every later one (of several quick changes the last)."""
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        while True:
            yield self._part
            await self._changed.wait()
            self._changed.clear()
