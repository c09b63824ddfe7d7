"""Asks a reference whether it is there: an address by ping, `tcp://HOST:PORT` by connecting (isolation)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import structlog

log = structlog.get_logger(__name__)

_PATIENCE_S = 1.0


class Reacher:
    """One ping socket for all questions, opened with the first."""

    def __init__(self) -> None:
        self._ping: object | None = None
        self._denied = False

    async def reach(self, reference: str) -> bool | None:
        """True: it answered. False: it did not. None: we may not ask (no right to ping, or no such reference)."""
        if reference.startswith("tcp://"):
            return await _connects(reference)
        return None if self._denied else await self._pings(reference)

    async def _pings(self, address: str) -> bool | None:
        try:
            from gufo.ping import Ping

            if not isinstance(self._ping, Ping):
                self._ping = Ping(timeout=_PATIENCE_S)
            async for rtt in self._ping.iter_rtt(address, interval=0.2, count=3):
                if rtt is not None:
                    return True
        except (PermissionError, ImportError) as error:
            self._denied = True
            log.error("references_not_asked", error=str(error))
            return None
        except (OSError, ValueError):
            return False
        return False


async def _connects(reference: str) -> bool | None:
    parts = urlsplit(reference)
    if parts.hostname is None or parts.port is None:
        return None
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.close()
            return True
    return False
