"""The loop's clock without its detour: it is read several times a poll."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def clock_of(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """What `loop.time` gives, in seconds."""
    own = isinstance(loop, asyncio.BaseEventLoop) and type(loop).time is asyncio.BaseEventLoop.time
    return time.monotonic if own else loop.time
