"""The alerts component: one thread that looks and writes rows, one thread a channel that sends them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from alerts import notify, recovery
from alerts.behind import Behind
from alerts.candidates import Recovered, bereft
from alerts.channels import channels
from alerts.delivery import Delivery
from alerts.detected import Detector, Due, open_ticket
from alerts.message import Translate
from alerts.places import KindPolicy, Places, load_places
from alerts.recovery import Again
from alerts.settings import AlertSettings
from sla.instant import DAY, HOUR, MINUTE
from store import changes, notices
from store.database import reading, writing

STOP_S: Final = 30.0
KEPT_MS: Final = 90 * DAY
_log = structlog.get_logger(__name__)


def now_ms() -> int:
    """The clock of this component."""
    return time.time_ns() // 1_000_000


class Look(NamedTuple):
    """What one look found to do: tickets to take back, faults to open, tickets to close, to reopen, to withdraw."""

    behind: list[str]
    due: list[Due]
    over: list[Recovered]
    again: list[Again]
    gone: list[str]


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
    _places: Places | None = None
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
            for name, channel in channels(self.settings).items()
        ]
        for worker in workers:
            worker.start()
        while not stop.is_set():
            try:
                self.step(now_ms())
            except Exception:  # noqa: BLE001 - the edge of the loop: the next look finds the same again
                _log.exception("alerts.look_failed")
            stop.wait(self.settings.every_s)
        for worker in workers:
            worker.join(STOP_S)

    def step(self, now: int) -> None:
        """One look at `now` (ms): what is due becomes tickets, what happened to tickets becomes notices."""
        with reading(self.engine) as conn:
            after_ms = self.settings.ticket_after_ms
            self._places = places = load_places(conn, self.policies, after_ms, self._places)
            look = self._look(conn, places, now)
            idle = not (any(look) or notify.untold(conn))
        if not idle:
            with writing(self.engine) as conn:
                self._act(conn, look, now)
                notify.tell(conn, places, self.settings, self.translate, self.zone, now)
        self._prune(now)

    def _look(self, conn: Connection, places: Places, now: int) -> Look:
        behind = self._behind.explained(conn, places, now)
        return Look(
            behind,
            self._detector.due(conn, places, now),
            [one for one in recovery.recovered(conn, now) if one.ticket not in behind],
            recovery.contradicted(conn),
            bereft(conn, now - recovery.RECENT_MS) if self._never(now) else [],
        )

    def _act(self, conn: Connection, look: Look, now: int) -> None:
        for ticket in look.behind:
            recovery.take_back(conn, ticket, now)
        for fault in look.due:
            open_ticket(conn, fault, now, self.settings.merge_gap_ms)
        for one in look.over:
            recovery.close(conn, one, now)
        for back in look.again:
            recovery.reopen(conn, back, now)
        for ticket in look.gone:
            recovery.withdraw(conn, ticket, now)

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
        with writing(self.engine) as conn:
            notices.prune(conn, now - KEPT_MS)
            changes.prune(conn)
