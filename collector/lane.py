"""A share of the requests in flight: workers that take devices in turn, so that no poll needs a task of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lane(Generic[T]):
    """At most `limit` of `work` at a time, first come, first served; more wait in line."""

    def __init__(self, limit: int, work: Callable[[T], Awaitable[None]]) -> None:
        self.limit = limit
        self._work = work
        self._line: deque[T] = deque()
        self._idle: list[asyncio.Future[T]] = []
        self._workers: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line)

    @property
    def busy(self) -> int:
        """How many are being worked on."""
        return len(self._workers) - len(self._idle)

    def add(self, item: T) -> None:
        """Have `item` worked on, now if there is room."""
        while self._idle:
            idle = self._idle.pop()
            if not idle.done():
                idle.set_result(item)
                return
        if len(self._workers) < self.limit:
            self._hire(item)
        else:
            self._line.append(item)

    def _hire(self, item: T) -> None:
        worker = asyncio.get_running_loop().create_task(self._serve(item))
        self._workers.add(worker)
        worker.add_done_callback(self._gone)

    async def _serve(self, item: T) -> None:
        while True:
            await self._work(item)
            item = self._line.popleft() if self._line else await self._next()

    async def _next(self) -> T:
        waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._idle.append(waiting)
        return await waiting

    def _gone(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled() and (error := worker.exception()) is not None:
            worker.get_loop().call_exception_handler({"message": "a worker died", "exception": error})

    async def close(self) -> None:
        """Stop everything at once."""
        self._line.clear()
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._idle.clear()
