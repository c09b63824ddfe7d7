"""The probe `tcp:PORT`: does the port take a connection?"""

from __future__ import annotations

import asyncio
import socket

from collector.probe import Answer, Settings
from collector.target import Target


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """Connect and close, nothing is sent. Causes: refused, timeout."""
    port = int(settings.check.partition(":")[2])
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await _connect(target.address, port, began, deadline)
    if settings.steps is not None:
        told = "connected" if answer.ok else str(answer.cause)
        settings.steps.note(settings.check, f"connect to {target.address} port {port}", told, began)
    return answer


async def _connect(address: str, port: int, began: float, deadline: float) -> Answer:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        try:
            async with asyncio.timeout_at(deadline):
                await loop.sock_connect(connection, (address, port))
        except ConnectionRefusedError:
            return Answer(False, "refused")
        except OSError:  # TimeoutError is one
            return Answer(False, "timeout")
    return Answer(True, None, round((loop.time() - began) * 1000, 3))
