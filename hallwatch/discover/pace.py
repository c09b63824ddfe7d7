"""At most so many packets a second, evenly spread, whoever sends them."""

from __future__ import annotations

import asyncio


class Pace:
    """Belongs to one event loop; `per_s` packets a second."""

    def __init__(self, per_s: float) -> None:
        self.per_s = per_s
        self._free_at = 0.0
        self.sent = 0

    async def take(self, packets: int = 1) -> None:
        """Wait until so many may be sent at once; the next waits so much longer."""
        loop = asyncio.get_running_loop()
        at = max(self._free_at, loop.time())
        self._free_at = at + packets / self.per_s
        if (wait := at - loop.time()) > 0:
            await asyncio.sleep(wait)
        self.sent += packets
