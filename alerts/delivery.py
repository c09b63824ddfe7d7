"""From the outbox to the outside: claim, send, record; what fails comes again, what never goes is given up and said."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import Connection, Engine

from alerts.channels.channel import Channel, Failure
from alerts.settings import Patience
from store import notices
from store.database import reading, writing
from store.notices import Notice

IDLE_S: Final = 0.5
FAULT_S: Final = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One channel's worker; any number of them may share the outbox, each row goes out by one of them.

    At least once: who dies between sending and recording leaves the row to be sent again, with the same identity,
    when the claim has run out.
    """

    engine: Engine
    name: notices.Channel
    channel: Channel
    patience: Patience = field(default_factory=Patience)

    def run(self, stop: threading.Event, clock: Callable[[], int]) -> None:
        """Deliver until told to stop; `clock` gives ms since 1970."""
        try:
            while not stop.is_set():
                try:
                    pause = 0.0 if self.step(clock) else IDLE_S
                except Exception:  # noqa: BLE001 - the edge of the loop: the rows wait, nothing is lost
                    _log.exception("alerts.delivery_failed", channel=self.name)
                    pause = FAULT_S
                stop.wait(pause)
        finally:
            self.channel.close()

    def step(self, clock: Callable[[], int]) -> int:
        """Take a batch, send it, record what became of it; answers how many were taken."""
        if not self.channel.ready() or not self._waiting(clock()):
            return 0
        with writing(self.engine) as conn:
            taken = notices.claim(conn, clock(), self.channel.batch, self.name)
        self._record(list(self.channel.send(taken)), clock())
        return len(taken)

    def _waiting(self, now: int) -> bool:
        with reading(self.engine) as conn:
            return notices.waiting(conn, now, self.name)

    def _record(self, sent: Sequence[tuple[Notice, Failure | None]], now: int) -> None:
        if not sent:
            return
        with writing(self.engine) as conn:
            notices.done(conn, [notice for notice, failure in sent if failure is None], now)
            for notice, failure in sent:
                if failure is not None:
                    self._failed(conn, notice, failure, now)

    def _failed(self, conn: Connection, notice: Notice, failure: Failure, now: int) -> None:
        over = 0 if self._hopeless(notice, failure, now) else None
        jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
        notices.failed(conn, notice, now, failure.reason, jitter=jitter, give_up_after=over)
        _tell(notice, failure, given_up=over is not None)

    def _hopeless(self, notice: Notice, failure: Failure, now: int) -> bool:
        if notice.retain:
            return False
        often = notice.attempts + 1 >= self.patience.refusals
        return often and (failure.refused or now - notice.created_at >= self.patience.give_up_ms)


def _tell(notice: Notice, failure: Failure, *, given_up: bool) -> None:
    what = {"channel": notice.channel, "target": notice.target, "ticket": notice.ticket, "reason": failure.reason}
    if given_up:
        _log.error("alerts.given_up", key=notice.key, attempts=notice.attempts + 1, **what)
    else:
        _log.warning("alerts.not_sent", key=notice.key, attempts=notice.attempts + 1, **what)
