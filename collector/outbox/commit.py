"""Group commit: many observations, one write and one sync, off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from collector.outbox.outbox import Outbox, OutboxError
from collector.outbox.record import MAX_PAYLOAD, MIN_PAYLOAD

log = structlog.get_logger(__name__)

_FEW: Final = 8
_CALM: Final = 5  # times as long where little comes: each sync costs what dozens of records do


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
        self._pending: deque[bytes] = deque()
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
        pending = self._pending
        if not MIN_PAYLOAD <= len(payload) <= MAX_PAYLOAD:
            raise ValueError(f"a payload has {MIN_PAYLOAD} to {MAX_PAYLOAD} octets, not {len(payload)}")
        pending.append(payload)
        if len(pending) > self._limit:
            self._lose()
        if len(pending) == 1:
            self._arrived.set()

    def _lose(self) -> None:
        self._pending.popleft()
        self.lost += 1
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
        if self._pending:
            with contextlib.suppress(OutboxError):
                self._store(list(self._pending))
                self._pending.clear()
                self._stored()

    async def _commit(self, pool: ThreadPoolExecutor) -> None:
        batch = list(self._pending)
        if not batch:
            return
        self._pending.clear()
        self._calm = len(batch) < _FEW
        try:
            await asyncio.get_running_loop().run_in_executor(pool, self._store, batch)
        except OutboxError as error:
            self._keep(batch, error)
            await asyncio.sleep(self._retry_s)
        else:
            self._stored()

    def _store(self, batch: list[bytes]) -> None:
        self._outbox.append(batch, self._clock())

    def _stored(self) -> None:
        if self.failing:
            log.warning("outbox_writes_again", lost=self.lost)
        self.failing = False
        self._durable()

    def _keep(self, batch: list[bytes], error: OutboxError) -> None:
        """Back to the head of the line, in order; the oldest go where memory is full."""
        if not self.failing:
            log.error("outbox_refuses", error=str(error), waiting=len(batch))
        self.failing = True
        self._pending.extendleft(reversed(batch))
        while len(self._pending) > self._limit:
            self._lose()
        self._arrived.set()
