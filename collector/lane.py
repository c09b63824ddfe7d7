"""Places for requests in flight, first come, first served; and a crew of tasks for polls that cannot do without one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lane(Generic[T]):
    """At most `limit` places; who finds none waits in line. `start` begins the work on an item and says whether it
    needs a place; `free` gives the place back when the work is done."""

    def __init__(self, limit: int, start: Callable[[T], bool]) -> None:
        self.limit, self.busy = limit, 0
        self._start = start
        self._line: deque[T] = deque()

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line)

    def add(self, item: T) -> None:
        """Have `item` worked on, now if there is room."""
        if self.busy >= self.limit:
            self._line.append(item)
        elif self._start(item):
            self.busy += 1

    def free(self) -> None:
        """One place less is needed: the next in line has it."""
        while self._line and self.busy <= self.limit:
            if self._start(self._line.popleft()):
                return
        self.busy -= 1

    def close(self) -> None:
        """Nobody waits any more."""
        self._line.clear()


class Crew(Generic[T]):
    """Tasks that take one item after another, so that no poll needs a task of its own."""

    def __init__(self, work: Callable[[T], Awaitable[None]]) -> None:
        self._work = work
        self._idle: list[asyncio.Future[T]] = []
        self._workers: set[asyncio.Task[None]] = set()

    def add(self, item: T) -> None:
        """Have `item` worked on now."""
        while self._idle:
            idle = self._idle.pop()
            if not idle.done():
                idle.set_result(item)
                return
        worker = asyncio.get_running_loop().create_task(self._serve(item))
        self._workers.add(worker)
        worker.add_done_callback(self._gone)

    async def _serve(self, item: T) -> None:
        while True:
            await self._work(item)
            waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            self._idle.append(waiting)
            item = await waiting

    def _gone(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled() and (error := worker.exception()) is not None:
            worker.get_loop().call_exception_handler({"message": "a worker died", "exception": error})

    async def close(self) -> None:
        """Stop everything at once."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._idle.clear()
