"""The alerts component: one thread that looks and writes rows, one thread a channel that sends them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from alerts import changed, floods, notify, recovery
from alerts.behind import Behind
from alerts.candidates import Ended, Recovered, bereft
from alerts.channels import channels
from alerts.delivery import Delivery
from alerts.detected import KNOWN_LATE_MS, Detector, Due, fault_key, open_ticket
from alerts.message import Translate
from alerts.places import KindPolicy, Places, load_places
from alerts.preventive import Preventive, Task, perform
from alerts.recovery import Again
from alerts.setbacks import Setbacks
from alerts.settings import AlertSettings
from alerts.values import Room
from alerts.verified import Claims, Settled, settle, settle_key
from alerts.warnings import say
from alerts.watch import Watch, key_of
from sla.instant import DAY, HOUR, MINUTE
from store import changes, notice_files, notices
from store.database import reading, writing
from store.fault import StoreError
from store.report_runs import File
from store.templates import newest

STOP_S: Final = 30.0
KEPT_MS: Final = 90 * DAY
_log = structlog.get_logger(__name__)


def now_ms() -> int:
    """The clock of this component."""
    return time.time_ns() // 1_000_000


class Look(NamedTuple):
    """What one look found: tickets to end, to take back, faults to open, tickets to close, reopen, withdraw; claims."""

    ended: list[Ended]
    behind: list[str]
    due: list[Due]
    over: list[Recovered]
    again: list[Again]
    gone: list[str]
    settled: list[Settled]
    tasks: list[Task]


@dataclass(slots=True)
class Alerts:
    """Tickets from outages, notices from tickets, deliveries from notices (K1, K3, K7)."""

    engine: Engine
    settings: AlertSettings
    policies: Mapping[str, KindPolicy]
    translate: Translate = str
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    _detector: Detector = field(default_factory=Detector)
    _behind: Behind = field(default_factory=Behind)
    _restored: Behind = field(default_factory=Behind)
    _claims: Claims = field(default_factory=Claims)
    _preventive: Preventive = field(default_factory=Preventive)
    _watch: Watch = field(default_factory=Watch)
    _setbacks: Setbacks = field(default_factory=Setbacks)
    _places: Places | None = None
    _last: int = 0
    _late_at: int = 0
    _pruned_at: int = 0

    def run(self, stop: threading.Event) -> None:
        """Look every second or so until told to stop; the channels work beside."""
        workers = [
            threading.Thread(
                target=Delivery(self.engine, name, channel, self.settings.patience).run,
                args=(stop, now_ms),
                name=f"alerts-{name}",
                daemon=True,
            )
            for name, channel in channels(self.settings, self._attached).items()
        ]
        for worker in workers:
            worker.start()
        while not stop.is_set():
            try:
                self.step(now_ms())
            except StoreError as error:
                _log.error("alerts.no_database", error=str(error))
            except Exception:  # noqa: BLE001 - the edge of the loop: the next look finds the same again
                _log.exception("alerts.look_failed")
            stop.wait(self.settings.every_s)
        for worker in workers:
            worker.join(STOP_S)

    def _attached(self, notice: int) -> list[File]:
        with reading(self.engine) as conn:
            return notice_files.attached(conn, notice)

    def step(self, now: int) -> None:
        """One look at `now` (ms): what is due becomes tickets, what happened to tickets becomes notices."""
        if now < self._last:
            self._start_anew()
        self._last = now
        with reading(self.engine) as conn:
            after_ms = self.settings.ticket_after_ms
            self._places = places = load_places(conn, self.policies, after_ms, self._places)
            look = self._look(conn, places, now)
            clocks = self._watch.due(conn, places, self.policies, now, self._setbacks)
            more = floods.waiting(conn, now) or changed.waiting(conn, self.settings.webhooks)
            idle = not (any(look) or clocks or notify.untold(conn) or more)
        if not idle:
            with writing(self.engine) as conn:
                for key, do in self._deeds(conn, look, now):
                    self._setbacks.alone(conn, key, now, do)
                self._tell(conn, places, clocks, now)
        self._prune(now)

    def _tell(self, conn: Connection, places: Places, clocks: list[int], now: int) -> None:
        """Messages that waited, then what happened to tickets, then what their clocks reached."""
        room = Room(places, self.settings, self.translate, self.zone, newest(conn))
        self._setbacks.alone(conn, "floods", now, partial(floods.release, conn, room, now))
        notify.tell(conn, room, now)
        changed.tell_changes(conn, room, now)
        for n in clocks:
            self._setbacks.alone(conn, key_of(n), now, partial(say, conn, room, self.policies, n, now))

    def _start_anew(self) -> None:
        """The clock stepped back: what was remembered lies ahead of it, and all of it only saves work."""
        self._detector, self._behind, self._restored, self._claims = Detector(), Behind(), Behind(), Claims()
        self._watch, self._preventive = Watch(), Preventive()
        self._setbacks.forget()
        self._late_at = self._pruned_at = 0

    def _look(self, conn: Connection, places: Places, now: int) -> Look:
        trying, late = self._setbacks, self._never(now)
        ended = [one for one in recovery.ended(conn, now) if not trying.waits(f"end {one.ticket}", now)]
        behind = self._behind.explained(conn, places, now, trying)
        if late:
            behind += self._restored.explained(conn, places, now, trying, now - KNOWN_LATE_MS)
        behind = [one for one in behind if not trying.waits(f"behind {one}", now)]
        taken = {*behind, *(one.ticket for one in ended)}
        over = [one for one in recovery.recovered(conn, now, trying) if one.ticket not in taken]
        again = recovery.contradicted(conn, now)
        gone = bereft(conn, now - recovery.RECENT_MS) if late else []
        return Look(
            ended,
            behind,
            self._detector.due(conn, places, now, trying),
            [one for one in over if not trying.waits(f"close {one.ticket}", now)],
            [one for one in again if not trying.waits(f"reopen {one.ticket}", now)],
            [one for one in gone if not trying.waits(f"withdraw {one}", now)],
            self._claims.settled(conn, places, now, trying),
            self._preventive.tasks(conn, places, now, trying),
        )

    def _deeds(self, conn: Connection, look: Look, now: int) -> Iterator[tuple[str, Callable[[], object]]]:
        """What to do, each with its name: none of them may stop the others."""
        gap = self.settings.merge_gap_ms
        yield from ((f"end {one.ticket}", partial(recovery.end, conn, one, now)) for one in look.ended)
        yield from ((f"behind {one}", partial(recovery.take_back, conn, one, now)) for one in look.behind)
        yield from ((fault_key(one.fault[-1]), partial(open_ticket, conn, one, now, gap)) for one in look.due)
        yield from ((f"close {one.ticket}", partial(recovery.close, conn, one, now)) for one in look.over)
        yield from ((f"reopen {one.ticket}", partial(recovery.reopen, conn, one, now)) for one in look.again)
        yield from ((settle_key(one.ticket), partial(settle, conn, one, now)) for one in look.settled)
        yield from ((one.key, partial(perform, conn, one, now)) for one in look.tasks)
        yield from ((f"withdraw {one}", partial(recovery.withdraw, conn, one, now)) for one in look.gone)

    def _never(self, now: int) -> bool:
        """Whether it is time to look for restored tickets whose outages late facts removed: not a thing of seconds."""
        if now - self._late_at < MINUTE:
            return False
        self._late_at = now
        return True

    def _prune(self, now: int) -> None:
        if now - self._pruned_at < HOUR:
            return
        self._pruned_at = now
        self._setbacks.forget(now - HOUR)
        with writing(self.engine) as conn:
            notices.prune(conn, now - KEPT_MS)
            changes.prune(conn)
