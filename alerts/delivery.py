"""From the outbox to the outside: claim, send, record; what fails comes again, what never goes is given up and said."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import structlog
from sqlalchemy import Connection, Engine

from alerts.channels.channel import Channel, Failure, Outcome
from alerts.settings import Patience
from store import attempts, notices
from store.database import reading, writing
from store.fault import StoreError
from store.notices import Notice

IDLE_S: Final = 0.5
FAULT_S: Final = 5.0
_log = structlog.get_logger(__name__)


class Tried(NamedTuple):
    """A notice that was tried, the attempt's id (None for a retained one), and what became of it."""

    notice: Notice
    attempt: int | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Delivery:
    """The worker of one channel or end point; any number of them may share the outbox, each row goes out by one.

    At least once: who dies between sending and recording leaves the row to be sent again, with the same identity,
    when the claim has run out. Each attempt is written down before it is made, and counts against its limit.
    """

    engine: Engine
    name: str
    channel: Channel
    patience: Patience = field(default_factory=Patience)

    def run(self, stop: threading.Event, clock: Callable[[], int]) -> None:
        """Deliver until told to stop; `clock` gives ms since 1970."""
        try:
            while not stop.is_set():
                try:
                    pause = 0.0 if self.step(clock) else IDLE_S
                except StoreError as error:
                    _log.error("alerts.no_database", channel=self.name, error=str(error))
                    pause = FAULT_S
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
        taken, begun = self._take(clock())
        tried = [Tried(notice, begun.get(notice.id), outcome) for notice, outcome in self.channel.send(taken)]
        self._record(tried, clock())
        return len(taken)

    def _waiting(self, now: int) -> bool:
        with reading(self.engine) as conn:
            some = notices.waiting(conn, now, rows=self.channel.rows)
            return some and attempts.slots(conn, self.channel.limit, now, 1) > 0

    def _take(self, now: int) -> tuple[list[Notice], dict[int, int]]:
        limit = self.channel.limit
        with writing(self.engine) as conn:
            attempts.lock(conn, limit, now)
            most = attempts.slots(conn, limit, now, self.channel.batch)
            taken = notices.claim(conn, now, most, rows=self.channel.rows)
            return taken, attempts.begin(conn, taken, limit.key, now)

    def _record(self, tried: Sequence[Tried], now: int) -> None:
        if not tried:
            return
        with writing(self.engine) as conn:
            attempts.end(conn, [_ending(one) for one in tried if one.attempt is not None], now)
            notices.done(conn, [one.notice for one in tried if not isinstance(one.outcome, Failure)], now)
            for notice, _attempt, outcome in tried:
                if isinstance(outcome, Failure):
                    self._failed(conn, notice, outcome, now)

    def _failed(self, conn: Connection, notice: Notice, failure: Failure, now: int) -> None:
        if failure.hold_ms:
            attempts.hold(conn, self.channel.limit.key, now, failure.hold_ms, failure.reason)
        over = 0 if self._hopeless(notice, failure, now) else None
        jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
        notices.failed(conn, notice, now, failure.reason, jitter=jitter, give_up_after=over)
        _tell(notice, failure, given_up=over is not None)

    def _hopeless(self, notice: Notice, failure: Failure, now: int) -> bool:
        if notice.retain:
            return False
        often = notice.attempts + 1 >= self.patience.refusals
        return often and (failure.refused or now - notice.created_at >= self.patience.give_up_ms)


def _ending(one: Tried) -> tuple[int, str, str]:
    """Attempt, outcome and answer, as they are written down."""
    if isinstance(one.outcome, Failure):
        return one.attempt or 0, "refused" if one.outcome.refused else "failed", one.outcome.reason
    return one.attempt or 0, "sent", one.outcome.answer


def _tell(notice: Notice, failure: Failure, *, given_up: bool) -> None:
    what = {"channel": notice.channel, "target": notice.target, "ticket": notice.ticket, "reason": failure.reason}
    if given_up:
        _log.error("alerts.given_up", key=notice.key, attempts=notice.attempts + 1, **what)
    else:
        _log.warning("alerts.not_sent", key=notice.key, attempts=notice.attempts + 1, **what)
