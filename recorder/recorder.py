"""The recorder: takes messages in, has them written batch by batch, acknowledges, tells receipts, watches the clock."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Engine

from recorder.batch import Outcome
from recorder.intake import Intake, Message
from recorder.killpoint import reached
from recorder.mqtt import MqttConfig
from recorder.receipts import Receipts
from recorder.roster import KindPolicy
from recorder.writer import Writer
from sla.judge import Confirmation
from store import heard, judged, streams
from store.database import reading
from store.fault import StoreError
from store.metrics import Metrics

BATCH: Final = 500
TICK_MS: Final = 1_000
STEP_MS: Final = 2_000
CLONED_MS: Final = 3_600_000
RETRY_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_THRESHOLDS: Final = (50_000, 20, 50)  # a batch makes thousands of short-lived objects and no cycles
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How many `down` make an outage, how many `up` or `degraded` end it (O3)."""

    confirm: int = 2
    recover: int = 1


def wall_clock() -> int:
    """Ms since 1970, UTC."""
    return time.time_ns() // 1_000_000


def steady_clock() -> int:
    """Ms of a clock that nobody sets."""
    return time.monotonic_ns() // 1_000_000


class Recorder:
    """Works on the thread that calls `run`; `stats` may be called from any.

    `metrics` None keeps no measured values. `policies` by kind of device; a kind without one has the defaults.
    """

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics | None,
        mqtt: MqttConfig,
        judge: JudgeSettings | None = None,
        policies: Mapping[str, KindPolicy] | None = None,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        rule = judge or JudgeSettings()
        self._engine = engine
        self._clock = clock
        confirmation = Confirmation(rule.confirm, rule.recover)
        self._writer = Writer(engine, metrics, confirmation, dict(policies or {}), mqtt.collectors)
        self._intake = Intake(mqtt, clock)
        self._receipts = Receipts(self._intake.publish)
        self._session = 0
        self._listening_since = clock()
        self._offset = clock() - steady_clock()
        self._last_batch: int | None = None
        self.stored = 0  # facts since the start
        self._trouble: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; survives broker and database that come and go. ValueError for a bad URL."""
        gc.set_threshold(*map(max, gc.get_threshold(), _THRESHOLDS))
        self._intake.start()
        ticked = 0
        try:
            while not stop.is_set():
                messages = self._intake.take(BATCH, timeout=0.2)
                if messages:
                    self._persist(messages, stop)
                if steady_clock() - ticked >= TICK_MS:
                    ticked = 0 if self._tick() else steady_clock()
        finally:
            self._intake.stop()

    def stats(self) -> dict[str, Any]:
        """For /readyz and doctor: what is connected, late, refused, lost, silent. Raises StoreError."""
        with reading(self._engine) as conn:
            known, now = heard.every(conn), self._clock()
            return {
                "subscribed": self._intake.subscribed,
                "trouble": self._trouble or self._intake.trouble,
                "backlog": self._intake.backlog,
                "last_batch_at": self._last_batch,
                "metrics_trouble": self._writer.points.trouble,
                "metrics_waiting": self._writer.points.waiting,
                "counters": judged.counted(conn),
                "aside": judged.kept_aside(conn),
                "lost": streams.lost(conn),
                "offline": [one.id for one in known if not one.online],
                "cloned": [one.id for one in known if now - (one.said.get("cloned_at") or 0) < CLONED_MS],
                "skewed": [one.id for one in known if abs(one.clock_skew_ms or 0) > 30_000],
            }

    def _persist(self, messages: Sequence[Message], stop: threading.Event) -> None:
        """Write, then acknowledge, then tell receipts. What cannot be written now is tried again, unacknowledged."""
        reached("taken")
        failures = 0
        while not stop.is_set():
            try:
                outcome = self._writer.write(messages, self._clock())
            except (StoreError, OSError) as error:
                self._complain(error)
                stop.wait(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
            except Exception:  # noqa: BLE001  # a fault of ours in one message stops nothing
                _log.exception("recorder.batch_failed", messages=len(messages))
                self._one_by_one(messages, stop)
                return
            else:
                self._finish(messages, outcome)
                return

    def _one_by_one(self, messages: Sequence[Message], stop: threading.Event) -> None:
        """Find the message that breaks a batch and set it apart."""
        if len(messages) > 1:
            half = len(messages) // 2
            self._persist(messages[:half], stop)
            self._persist(messages[half:], stop)
            return
        try:
            outcome = self._writer.set_apart(messages[0], now=self._clock())
        except (StoreError, OSError) as error:
            self._complain(error)
        except Exception as error:  # noqa: BLE001  # what cannot even be set apart stays with its collector
            self._trouble = f"{type(error).__name__}: {error}"
            _log.exception("recorder.cannot_set_apart", topic=messages[0].topic)
        else:
            self._finish(messages, outcome)

    def _finish(self, messages: Sequence[Message], outcome: Outcome) -> None:
        self._trouble = None
        self._last_batch = self._clock()
        self.stored += outcome.counted["stored"]
        self._intake.acknowledge(messages)
        reached("after-ack")
        self._receipts.tell(outcome.receipts.values(), outcome.again)
        reached("after-receipt")

    def _tick(self) -> bool:
        """By the second; a centre that did not listen, or whose clock was set, takes nobody for silent."""
        now, steady = self._clock(), steady_clock()
        if abs(now - steady - self._offset) > STEP_MS:
            _log.warning("recorder.clock_stepped", by_ms=now - steady - self._offset)
            self._listening_since = now
        self._offset = now - steady
        if not self._intake.subscribed or self._intake.session != self._session:
            self._session, self._listening_since = self._intake.session, now
        try:
            return self._writer.tick(now, self._listening_since)
        except (StoreError, OSError) as error:
            self._complain(error)
        except Exception as error:  # noqa: BLE001  # the edge of the loop
            self._trouble = f"{type(error).__name__}: {error}"
            _log.exception("recorder.tick_failed")
        return False

    def _complain(self, error: Exception) -> None:
        """Say it as loudly as a log can: nothing is acknowledged, so the collectors keep everything meanwhile."""
        self._trouble = str(error)
        _log.error("recorder.cannot_write", error=str(error), backlog=self._intake.backlog)
