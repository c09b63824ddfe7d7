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
            self.once(now_ms(), stop)

    def once(self, now: int, stop: threading.Event) -> None:
        """One round: each on its own, for a metrics server that is away says nothing of the database."""
        for work in (self._fold, self._prune, self._maintain):
            try:
                work(now, stop)
            except (StoreError, OSError) as error:
                log.error("housekeeping_failed", work=work.__name__.strip("_"), error=str(error))

    def _fold(self, now: int, stop: threading.Event) -> None:
        folding.fold(self._engine, now, stop=stop.is_set)
        if not self._digested:  # folding itself leaves no day without: it looks through all that was ever packed
            digests.catch_up(self._engine, stop.is_set)
            self._digested = True

    def _prune(self, _now: int, _stop: threading.Event) -> None:
        with writing(self._engine) as conn:
            changes.prune(conn)

    def _maintain(self, now: int, _stop: threading.Event) -> None:
        self._metrics.maintain(now)
