"""Group commit: many observations, one write and one sync, off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from collector.outbox.outbox import Outbox, OutboxError, OutboxUnwritable
from collector.outbox.record import MAX_PAYLOAD, MIN_PAYLOAD

log = structlog.get_logger(__name__)

_FEW: Final = 8
_CALM: Final = 5  # times as long where little comes and nobody waits: each sync costs what dozens of records do

_Entry = tuple[bytes, "asyncio.Future[int] | None"]


class GroupCommit:
    """Gathers payloads on the event loop and stores them in batches.

    While the disk refuses, the newest `limit` wait in memory and are tried again; older ones are counted in `lost`,
    said once a minute. `durable` is called, on the event loop, after each batch that is on disk.
    """

    def __init__(
        self,
        outbox: Outbox,
        clock: Callable[[], float],
        durable: Callable[[], None] = lambda: None,
        *,
        limit: int = 20_000,
        linger_s: float = 0.02,
        retry_s: float = 1.0,
    ) -> None:
        self._outbox, self._clock, self._durable = outbox, clock, durable
        self._limit, self._linger_s, self._retry_s = limit, linger_s, retry_s
        self._pending: deque[_Entry] = deque()
        self._arrived = asyncio.Event()
        self._said = float("-inf")
        self._calm = False
        self.lost = 0
        self.failing = False

    @property
    def waiting(self) -> int:
        """How many are in memory only."""
        return len(self._pending)

    def put(self, payload: bytes) -> None:
        """Hand over one payload; it is on disk within some 20 ms, 100 where little comes. Raises ValueError where no
        record can hold it."""
        self._take((payload, None))

    async def append(self, payload: bytes) -> int:
        """Hand over one payload and wait until it is on disk: its seq. Raises `OutboxUnwritable` where it was lost."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._calm = False
        self._take((payload, done))
        return await done

    def _take(self, entry: _Entry) -> None:
        size, pending = len(entry[0]), self._pending
        if not MIN_PAYLOAD <= size <= MAX_PAYLOAD:
            raise ValueError(f"a payload has {MIN_PAYLOAD} to {MAX_PAYLOAD} octets, not {size}")
        pending.append(entry)
        if len(pending) > self._limit:
            self._lose()
        if len(pending) == 1:
            self._arrived.set()

    def _lose(self) -> None:
        _, done = self._pending.popleft()
        self.lost += 1
        if done is not None and not done.done():
            done.set_exception(OutboxUnwritable("the disk refuses and memory is full"))
        if self._clock() - self._said >= 60.0:
            self._said = self._clock()
            log.error("observations_lost", lost=self.lost, waiting=len(self._pending))

    async def run(self) -> None:
        """Store batches until cancelled; what is left then is stored first."""
        with ThreadPoolExecutor(1, thread_name_prefix="outbox") as pool:
            try:
                while True:
                    await self._arrived.wait()
                    await asyncio.sleep(self._linger_s * (_CALM if self._calm else 1))
                    self._arrived.clear()
                    await self._commit(pool)
            finally:
                self._store_rest()

    def _store_rest(self) -> None:
        rest = list(self._pending)
        if rest:
            with contextlib.suppress(OutboxError):
                self._answer(rest, self._store(rest))
                self._pending.clear()

    async def _commit(self, pool: ThreadPoolExecutor) -> None:
        batch = list(self._pending)
        if not batch:
            return
        self._pending.clear()
        self._calm = len(batch) < _FEW
        try:
            seqs = await asyncio.get_running_loop().run_in_executor(pool, self._store, batch)
        except OutboxError as error:
            self._keep(batch, error)
            await asyncio.sleep(self._retry_s)
        else:
            self._answer(batch, seqs)

    def _store(self, batch: list[_Entry]) -> range:
        return self._outbox.append([payload for payload, _ in batch], self._clock())

    def _answer(self, batch: list[_Entry], seqs: range) -> None:
        if self.failing:
            log.warning("outbox_writes_again", lost=self.lost)
        self.failing = False
        for (_, done), seq in zip(batch, seqs, strict=True):
            if done is not None and not done.done():
                done.set_result(seq)
        self._durable()

    def _keep(self, batch: list[_Entry], error: OutboxError) -> None:
        """Back to the head of the line, in order; the oldest go where memory is full."""
        if not self.failing:
            log.error("outbox_refuses", error=str(error), waiting=len(batch))
        self.failing = True
        self._pending.extendleft(reversed(batch))
        while len(self._pending) > self._limit:
            self._lose()
        self._arrived.set()
