"""Batches into the store: one transaction each, all or nothing; what waits for its time is taken up by the second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, TypeVar

import structlog
from sqlalchemy import Connection, Engine, func, select

from collector.observation import Refused, read
from recorder import heartbeats
from recorder.batch import FUTURE_MS, Batch, Outcome
from recorder.incoming import Fact, Refusal
from recorder.intake import Message
from recorder.judging import said
from recorder.killpoint import reached
from recorder.points import Points
from recorder.roster import KindPolicy, Roster, load_roster
from sla.judge import Confirmation
from store import heard, judged, streams
from store.database import reading, writing
from store.fault import StoreError
from store.metrics import Metrics
from store.readings import Readings
from store.schema import imports

DUE_LIMIT: Final = 200
AHEAD_LIMIT: Final = 10_000
STREAMS_KEPT: Final = 1_000  # of collectors that the inventory does not know
EPOCHS_KEPT: Final = 64
ANEW_AT_ONCE: Final = 20_000  # observations
PUT_OFF_MS: Final = 3_600_000
WAITING: Final = "metrics.waiting"
Item = TypeVar("Item")
_log = structlog.get_logger(__name__)


class Writer:
    """The one who writes what the recorder knows; for one thread. `collectors` are those it hears; empty for all."""

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics | None,
        rule: Confirmation,
        policies: Mapping[str, KindPolicy],
        collectors: frozenset[str] = frozenset(),
    ) -> None:
        self._engine = engine
        self._collectors = collectors
        self.points = Points(metrics)
        self._measures = metrics is not None
        self._waited: int | None = None  # samples that waited in memory by the last commit; None before anybody looked
        self._rule = rule
        self._policies = policies
        self._readings = Readings()
        self._roster = Roster()
        self._otherwise: list[int] | None = None  # devices judged by another rule; None before anybody looked

    def write(self, messages: Sequence[Message], now: int) -> Outcome:
        """Store, judge and tell a batch. Raises StoreError, OSError: nothing of it was kept, give it again."""
        with self._batch(now) as batch:
            outcome = batch.take(messages)
            self._measure(batch)
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

        A bounded part of it at once: True if more is due (an opening of all halls, an import). Each in a transaction of
        its own; what breaks one by a fault of ours is found by halving, set apart, and stops nothing.
        """
        self._keep_house(now, listening_since)
        with self._batch(now) as batch:
            waiting = judged.asides_due(batch.conn, now + FUTURE_MS, DUE_LIMIT)
            due = judged.due(batch.conn, now, DUE_LIMIT)
            self._measure(batch)
        halve(waiting, lambda part: self._take_up(part, now), lambda aside: self._set_aside_apart(aside, now))
        halve(due, lambda part: self._check(part, now), lambda n: self._put_off(n, now))
        otherwise = self._judge_anew(now)
        return otherwise or max(len(waiting), len(due)) == DUE_LIMIT

    def _judge_anew(self, now: int) -> bool:
        """After a change of `judge.confirm` or `judge.recover` (T5, O7): some at once; True if more are left."""
        if self._otherwise is None:
            with reading(self._engine) as conn:
                self._otherwise = judged.judged_otherwise(conn, said(self._rule))
            if self._otherwise:
                _log.warning("recorder.rule_changed", rule=said(self._rule), devices=len(self._otherwise))
        size = 0
        while self._otherwise and size < ANEW_AT_ONCE:
            n = self._otherwise[-1]
            try:
                with self._batch(now) as batch:
                    size += batch.judge_anew(n)
            except (StoreError, OSError):
                raise
            except Exception:  # noqa: BLE001  # a fault of ours in one stops no other
                _log.exception("recorder.step_failed", device=n)
            self._otherwise.pop()
            size += 100
        return bool(self._otherwise)

    def _keep_house(self, now: int, listening_since: int) -> None:
        """Silent collectors and full streams, which are anybody's: alone, so looked for first."""
        with reading(self._engine) as conn:
            full = judged.crowded(conn, AHEAD_LIMIT) or any(streams.surplus(conn, STREAMS_KEPT, EPOCHS_KEPT))
            due = full or heartbeats.unheard(conn, now, listening_since, self._collectors)
        if due:
            with writing(self._engine) as conn:
                heartbeats.silent(conn, now, listening_since, self._collectors)
                self._bound(conn, now)

    def _bound(self, conn: Connection, now: int) -> None:
        for stream, lowest in judged.crowded(conn, AHEAD_LIMIT).items():
            streams.pass_over(conn, stream, lowest, now)
        for collector in streams.forget(conn, STREAMS_KEPT, EPOCHS_KEPT):
            judged.count(conn, {"cloned": 1})
            _log.error("collector.cloned", collector=collector, reason=f"more than {EPOCHS_KEPT} epochs")
            heard.note_clone(conn, collector, now)

    def _take_up(self, waiting: Sequence[judged.Aside], now: int) -> None:
        """Judge again what was kept aside (O7, contracts): its device is known, its time has come."""
        with self._batch(now) as batch:
            came = [fact for aside in waiting if (fact := _fact(aside)) is not None]
            if came:
                judged.count(batch.conn, batch.take_facts(came, origin=False).counted)
                self._measure(batch)
            judged.forget_asides(batch.conn, [aside.id for aside in waiting])

    def _set_aside_apart(self, aside: judged.Aside, now: int) -> None:
        with self._batch(now) as batch:
            batch.take_facts([], [Refusal(Message("", aside.payload, now), "fault", "kept aside; see the log")])
            judged.count(batch.conn, batch.outcome.counted)
            judged.forget_asides(batch.conn, [aside.id])

    def _check(self, due: Sequence[int], now: int) -> None:
        with self._batch(now) as batch:
            batch.check(due)

    def _put_off(self, device: int, now: int) -> None:
        with self._batch(now) as batch:
            judged.check_soon(batch.conn, [device], now + PUT_OFF_MS)
            judged.count(batch.conn, {"put_off.fault": 1})

    @contextmanager
    def _batch(self, now: int) -> Iterator[Batch]:
        """A transaction beside those of other recorders; the inventory stays as it is meanwhile."""
        with ExitStack() as open_one:
            conn = open_one.enter_context(writing(self._engine, beside=True))
            while _version(conn) != self._roster.version:
                open_one.close()
                self._adopt(now)
                conn = open_one.enter_context(writing(self._engine, beside=True))
            yield Batch(conn, self._roster, self._readings, self._rule, now)

    def _adopt(self, now: int) -> None:
        """Take an import in, which may concern everything: alone."""
        with writing(self._engine) as conn:
            roster = load_roster(conn, _version(conn), self._policies)
            judged.check_all(conn, now)
            judged.adopt_asides(conn)
        self._roster = roster

    def _measure(self, batch: Batch) -> None:
        """Before the facts' commit, so that no point is lost: one that is written twice is the same point."""
        lost = self.points.write(batch.samples() if self._measures else [], batch.now)
        if self._waited is None:
            lost += _forgotten(batch.conn)
        judged.count(batch.conn, {"metrics.lost": lost})
        if self.points.waiting != self._waited:
            self._waited = self.points.waiting
            judged.gauge(batch.conn, WAITING, self._waited)
        if batch.outcome.stored:
            reached("metrics-written")


def _forgotten(conn: Connection) -> int:
    """Samples that waited in the memory of a process that is no more: they are lost, and it is said."""
    lost = judged.counted(conn).get(WAITING, 0)
    if lost:
        _log.error("recorder.points_lost", lost=lost, reason="the recorder ended while they waited in its memory")
    return lost


def halve(items: Sequence[Item], work: Callable[[Sequence[Item]], None], apart: Callable[[Item], None]) -> None:
    """Do `work` on all; where it breaks by a fault of ours on the halves, down to the one that goes to `apart`.

    Raises StoreError, OSError: these concern all.
    """
    if not items:
        return
    try:
        work(items)
    except (StoreError, OSError):
        raise
    except Exception:  # noqa: BLE001  # a fault of ours in one stops no other
        _log.exception("recorder.step_failed", items=len(items))
        if len(items) == 1:
            apart(items[0])
            return
        half = len(items) // 2
        halve(items[:half], work, apart)
        halve(items[half:], work, apart)


def _version(conn: Connection) -> int:
    return conn.scalar(select(func.max(imports.c.id))) or 0


def _fact(aside: judged.Aside) -> Fact | None:
    try:
        seen, plain = read(aside.payload)
        return Fact(seen, aside.payload, aside.at, plain)
    except Refused:  # kept by an older version that took more
        _log.warning("recorder.aside_unreadable", id=aside.id)
        return None
