"""Asks a reference whether it is there: an address by ping, `tcp://HOST:PORT` by connecting (isolation)."""

from __future__ import annotations

import asyncio
import ipaddress
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from collector.icmp.pinger import Pinger
from collector.isolation import Reach

_PATIENCE_S: Final = 1.5


def reach_by(pinger: Pinger) -> Reach:
    """Answers True: it is there; False: it is silent; None: we may not ask (no right to ping, no such reference)."""

    async def reach(reference: str) -> bool | None:
        if reference.startswith("tcp://"):
            return await _connects(reference)
        if not _is_address(reference) or not pinger.can(reference):
            return None
        ping = await pinger.ping(reference, asyncio.get_running_loop().time() + _PATIENCE_S)
        return ping.answered > 0 if ping.sent else None

    return reach


def _is_address(reference: str) -> bool:
    try:
        ipaddress.ip_address(reference)
    except ValueError:
        return False  # a name would have to be asked of somebody
    return True


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
