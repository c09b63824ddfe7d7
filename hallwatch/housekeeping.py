"""What keeps the databases small: folding facts, rolling metrics up, forgetting what pages have seen (T6)."""

from __future__ import annotations

import threading
from typing import Final

import structlog
from sqlalchemy import Engine

from hallwatch.compose import now_ms
from store import changes, digests, folding
from store.database import writing
from store.fault import StoreError
from store.metrics import Metrics

log = structlog.get_logger(__name__)
EVERY_S: Final = 60.0


class Housekeeping:
    """Once a minute a bounded piece of each; what fails is said and tried again."""

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine, self._metrics = engine, metrics
        self._digested = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`."""
        while not stop.wait(EVERY_S):
            try:
                self.once(now_ms(), stop)
            except (StoreError, OSError) as error:
                log.error("housekeeping_failed", error=str(error))

    def once(self, now: int, stop: threading.Event) -> None:
        """One round."""
        self._metrics.maintain(now)
        folding.fold(self._engine, now, stop=stop.is_set)
        if not self._digested:  # folding itself leaves no day without: it looks through all that was ever packed
            digests.catch_up(self._engine, stop.is_set)
            self._digested = True
        with writing(self._engine) as conn:
            changes.prune(conn)
