"""A collector's part of the inventory straight from the centre's database, for a collector in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import structlog
from sqlalchemy import Engine

from collector.target import Part, targets_of
from store.database import reading
from store.fault import StoreError
from store.inventory import collector_part, imported

log = structlog.get_logger(__name__)
LOOK_S: Final = 2.0


class LocalPart:
    """Implements the collector's source: the part now, and again after each import."""

    def __init__(self, engine: Engine, collector: str) -> None:
        self._engine, self._collector = engine, collector
        self._digest: str | None = None

    async def parts(self) -> AsyncIterator[Part]:
        """Looks for a new import every two seconds; a database that is busy is asked again."""
        while True:
            try:
                part = await asyncio.to_thread(self._newest)
            except StoreError as error:
                log.warning("inventory_not_read", error=str(error))
                part = None
            if part is not None:
                yield part
            await asyncio.sleep(LOOK_S)

    def _newest(self) -> Part | None:
        with reading(self._engine) as conn:
            digest = imported(conn)
            if digest is None or digest == self._digest:
                return None
            part = targets_of(collector_part(conn, self._collector))
        self._digest = digest
        return part
