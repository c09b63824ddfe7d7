"""Measured values on their way to the metrics store; one that fails delays them, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from store.fault import StoreError
from store.metrics import Metrics, Sample

KEPT: Final = 50_000  # samples: about 50 MB, some minutes of a city
AT_ONCE: Final = 2_000
RETRY_MS: Final = 10_000
_log = structlog.get_logger(__name__)


class Points:
    """Writes samples, and keeps in memory what could not be written: the oldest go beyond `KEPT`, and are counted.

    What fails is the disk under the embedded store, or under the queue before a server. A kill meanwhile loses what
    waits here, and the next start counts it (`Writer`); facts and judgement never wait for it.
    """

    def __init__(self, metrics: Metrics | None) -> None:
        self._metrics = metrics
        self._waiting: dict[tuple[str, int], Sample] = {}
        self._again_at: int | None = None
        self.trouble: str | None = None

    @property
    def waiting(self) -> int:
        """How many samples wait for the store."""
        return len(self._waiting)

    def write(self, fresh: Sequence[Sample], now: int) -> int:
        """Write these and what waits; answers how many were given up. Never raises for what the store does."""
        if self._metrics is None:
            return 0
        if not self._waiting and self._again_at is None:
            return self._put(fresh, now)
        self._keep(fresh)
        lost = self._trim()
        if self._again_at is None or not 0 < self._again_at - now <= RETRY_MS:
            lost += self._catch_up(now)
        return lost

    def _catch_up(self, now: int) -> int:
        """Write what waits, the oldest first, a part at once."""
        part = [self._waiting[key] for key in list(self._waiting)[:AT_ONCE]]
        for one in part:
            del self._waiting[one.device, one.ts]
        return self._put(part, now)

    def _put(self, samples: Sequence[Sample], now: int) -> int:
        if self._metrics is None or not samples:
            return 0
        try:
            self._metrics.write(samples)
        except (StoreError, OSError) as error:
            self._complain(error)
            self._again_at = now + RETRY_MS
            rest, self._waiting = self._waiting, {}
            self._keep(samples)
            self._waiting |= rest
            return self._trim()
        except Exception as error:  # noqa: BLE001  # a fault of ours: these would break it again and again
            self._complain(error)
            _log.exception("recorder.points_lost", lost=len(samples))
            return len(samples)
        if self.trouble is not None:
            _log.info("recorder.metrics_written_again", waiting=self.waiting)
        self.trouble = self._again_at = None
        return 0

    def _keep(self, samples: Sequence[Sample]) -> None:
        self._waiting.update(((one.device, one.ts), one) for one in samples)

    def _trim(self) -> int:
        lost = max(0, len(self._waiting) - KEPT)
        for key in list(self._waiting)[:lost]:
            del self._waiting[key]
        if lost:
            _log.error("recorder.points_lost", lost=lost, kept=KEPT)
        return lost

    def _complain(self, error: Exception) -> None:
        self.trouble = str(error)
        _log.error("recorder.metrics_cannot_be_written", error=str(error), waiting=self.waiting)
