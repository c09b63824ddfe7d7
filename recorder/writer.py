"""Batches into the store: one transaction each, all or nothing; what waits for its time is taken up by the second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import structlog
from sqlalchemy import Engine, func, select

from collector.observation import Refused, read
from recorder import heartbeats
from recorder.batch import FUTURE_MS, Batch, Outcome
from recorder.incoming import Fact
from recorder.intake import Message
from recorder.killpoint import reached
from recorder.roster import KindPolicy, Roster, load_roster
from sla.judge import Confirmation
from store import judged, streams
from store.database import writing
from store.metrics import Metrics, sample_of
from store.readings import Readings
from store.schema import imports

DUE_LIMIT: Final = 200
AHEAD_LIMIT: Final = 10_000
_log = structlog.get_logger(__name__)


class Writer:
    """The one who writes what the recorder knows; for one thread."""

    def __init__(
        self, engine: Engine, metrics: Metrics | None, rule: Confirmation, policies: Mapping[str, KindPolicy]
    ) -> None:
        self._engine = engine
        self._metrics = metrics
        self._rule = rule
        self._policies = policies
        self._readings = Readings()
        self._roster = Roster()

    def write(self, messages: Sequence[Message], now: int) -> Outcome:
        """Store, judge and tell a batch. Raises StoreError, OSError: nothing of it was kept, give it again."""
        with self._batch(now) as batch:
            outcome = batch.take(messages)
            self._measure(outcome)
            reached("before-commit")
        reached("after-commit")
        return outcome

    def set_apart(self, message: Message, now: int) -> Outcome:
        """Refuse a message that broke a batch by a fault of ours: it stops nothing, and is kept for a look.

        Its number is received with it, so that the receipt passes it. Raises StoreError, OSError.
        """
        with self._batch(now) as batch:
            return batch.set_apart(message)

    def tick(self, now: int, listening_since: int) -> bool:
        """What time alone brings: silent collectors, states due, facts whose device or time has come, full streams.

        A bounded part of it at once: True if more is due (an opening of all halls, an import).
        """
        with self._batch(now) as batch:
            conn = batch.conn
            heartbeats.silent(conn, now, listening_since)
            for stream, lowest in judged.crowded(conn, AHEAD_LIMIT).items():
                streams.pass_over(conn, stream, lowest, now)
            taken_up = self._take_up(batch, now)
            due = judged.due(conn, now, DUE_LIMIT)
            batch.check(due)
            return max(taken_up, len(due)) == DUE_LIMIT

    def _take_up(self, batch: Batch, now: int) -> int:
        """Judge again what was kept aside (O7, contracts): its device is known, its time has come. How many."""
        waiting = judged.asides_due(batch.conn, now + FUTURE_MS, DUE_LIMIT)
        came = [fact for aside in waiting if (fact := _fact(aside)) is not None]
        if came:
            outcome = batch.take_facts(came, origin=False)
            judged.count(batch.conn, outcome.counted)
            self._measure(outcome)
        judged.forget_asides(batch.conn, [aside.id for aside in waiting])
        return len(waiting)

    @contextmanager
    def _batch(self, now: int) -> Iterator[Batch]:
        with writing(self._engine) as conn:
            version, roster = conn.scalar(select(func.max(imports.c.id))) or 0, self._roster
            if version != roster.version:
                roster = load_roster(conn, version, self._policies)
                judged.check_all(conn, now)
                judged.adopt_asides(conn)
            yield Batch(conn, roster, self._readings, self._rule, now)
        self._roster = roster

    def _measure(self, outcome: Outcome) -> None:
        """Before the facts' commit, so that no point is lost: one that is written twice is the same point."""
        if self._metrics is not None and outcome.stored:
            self._metrics.write([sample_of(fact.seen) for fact in outcome.stored])
            reached("metrics-written")


def _fact(aside: judged.Aside) -> Fact | None:
    try:
        seen, plain = read(aside.payload)
        return Fact(seen, aside.payload, aside.at, plain)
    except Refused:  # kept by an older version that took more
        _log.warning("recorder.aside_unreadable", id=aside.id)
        return None
