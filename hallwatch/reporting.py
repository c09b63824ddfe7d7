"""The loop that makes reports by the calendar and asks for their mails: each once, whoever else does the same.

A report, its files and its notices are one transaction: who dies before it leaves nothing, after it nothing to do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import structlog
from sqlalchemy import Connection, Engine

from alerts.notify import recipients
from alerts.outbox import ask, short_key
from alerts.recipient import Recipient
from alerts.settings import AlertSettings
from alerts.template import Message, filled
from hallwatch.inventory.faults import N_
from reports.making import Made, Ways, is_late, make
from reports.schedule import Due, Plan, next_at, pending
from sla.instant import HOUR, MINUTE, Ms, render
from store import notice_files, report_runs
from store.database import reading, writing
from store.fault import StoreError
from store.inventory import load
from store.report_runs import File, Run

EVERY_S: Final = 15.0
LOOK_MS: Final = 10 * MINUTE
"""How long an inventory that changed may wait to be looked at; what the clock says is due waits for nothing."""
FIRST_RETRY_MS: Final = MINUTE
LAST_RETRY_MS: Final = HOUR
KEY: Final = "report/"
log = structlog.get_logger(__name__)


class Stopping(Exception):
    """Whoever counts is told to stop; what was counted so far is lost, and counted again the next time."""


class Failing(NamedTuple):
    """A report that could not be made: why, how often, and not again before `until` (ms)."""

    reason: str
    times: int
    until: Ms


@dataclass(slots=True)
class Reporting:
    """`plan` is what is due, `ways` how it is made, `settings` how people are told; `attach_bytes` of one mail."""

    engine: Engine
    plan: Plan
    ways: Ways
    settings: AlertSettings
    attach_bytes: int = 7 << 20
    _failing: dict[str, Failing] = field(default_factory=dict)
    _looked: Ms = 0
    _next: Ms = 0
    _made: int = 0

    def run(self, stop: threading.Event, clock: Callable[[], Ms]) -> None:
        """Work until `stop`; `clock` gives ms since 1970."""
        while not stop.is_set():
            try:
                self.step(clock(), stop)
            except Stopping:
                return
            except StoreError as error:
                log.error("reports.no_database", error=str(error))
            except Exception:  # the edge of the loop: what is due stays due
                log.exception("reports.look_failed")
            stop.wait(EVERY_S)

    def stats(self) -> Mapping[str, Any]:
        """How many were made, and what fails with the reason, by key."""
        return {"made": self._made, "failing": {key: one.reason for key, one in self._failing.items()}}

    def step(self, now: Ms, stop: threading.Event | None = None) -> int:
        """Make what is due at `now` and was not made; answers how many. One that fails holds up no other."""
        if self._looked <= now < self._next:
            return 0
        with reading(self.engine) as conn:
            wanted = pending(conn, self.plan, load(conn), now)
        self._failing = {one.key: self._failing[one.key] for one in wanted if one.key in self._failing}
        ready = [one for one in wanted if self._may(one, now)]
        made = sum(self._one(due, now, stop) for due in ready)
        self._made += made
        retries = [one.until for one in self._failing.values()]
        self._looked, self._next = now, min([now + LOOK_MS, next_at(self.plan, now), *retries])
        return made

    def _may(self, due: Due, now: Ms) -> bool:
        failing = self._failing.get(due.key)
        return failing is None or not now < failing.until <= now + LAST_RETRY_MS

    def _one(self, due: Due, now: Ms, stop: threading.Event | None) -> bool:
        try:
            with reading(self.engine) as conn:
                if report_runs.made(conn, [due.key]):  # by another process, meanwhile
                    return False
            found = make(self.engine, due, self.ways, now, partial(_going_on, stop))
            with writing(self.engine) as conn:
                done = self.store(conn, found, now)
        except Stopping:
            raise
        except Exception as error:  # noqa: BLE001 - one report's fault is not the others'
            self._failed(due, error, now)
            return False
        self._failing.pop(due.key, None)
        if done:
            log.info("reports.made", key=due.key, late=is_late(due, now), files=len(found.files))
        return done

    def _failed(self, due: Due, error: Exception, now: Ms) -> None:
        times = self._failing[due.key].times + 1 if due.key in self._failing else 1
        wait = min(LAST_RETRY_MS, FIRST_RETRY_MS << min(times - 1, 10))
        self._failing[due.key] = Failing(str(error) or error.__class__.__name__, times, now + wait)
        log.error("reports.not_made", key=due.key, times=times, reason=str(error), exc_info=times == 1)

    def store(self, conn: Connection, found: Made, now: Ms) -> bool:
        """The report with its files and its notices; False, and nothing stored, where somebody else made it."""
        due = found.due
        people = recipients(due.people, self.settings)
        apart = sum(len(one.data) for one in found.files) > self.attach_bytes
        run = Run(due.key, due.at, now, _detail(found, people, now, apart=apart))
        numbers = report_runs.record(conn, run, found.files)
        if numbers is None:
            return False
        for one in people:
            self._tell(conn, found, one, [] if apart else numbers, now)
        return True

    def _tell(self, conn: Connection, found: Made, to: Recipient, numbers: Sequence[int], now: Ms) -> None:
        key = short_key(f"{KEY}{found.due.key}/{to.channel}/{to.target}")
        mail = to.channel == "mail"
        url = self._page(found.due)
        message = _message(found, self.ways.translate, url, attached=mail and bool(numbers))
        if ask(conn, key, to, message, _document(found, url), now) and mail:
            notice_files.attach(conn, key, numbers)

    def _page(self, due: Due) -> str:
        """Where people find it."""
        if not self.settings.url:
            return ""
        vendor, contract = (quote(one or "", safe="") for one in (due.vendor, due.contract))
        page = f"/statements/{vendor}/{due.month}?contract={contract}" if due.contract else "/reports"
        return f"{self.settings.url.rstrip('/')}{page}"


def _going_on(stop: threading.Event | None, _done: int, _all: int) -> None:
    if stop is not None and stop.is_set():
        raise Stopping


def _detail(found: Made, people: Sequence[Recipient], now: Ms, *, apart: bool) -> dict[str, Any]:
    due = found.due
    return {
        "report": due.report,
        "month": due.month,
        "title": found.title,
        "late": is_late(due, now),
        "files_apart": apart,
        "to": [f"{'mailto' if one.channel == 'mail' else one.channel}:{one.target}" for one in people],
        "branch": due.branch,
        "contract": due.contract,
        "vendor": due.vendor,
        "state": found.state,
    }


def _message(found: Made, translate: Callable[[str], str], url: str, *, attached: bool) -> Message:
    """Title and lines as they are, whatever braces they hold; then the files, or where they are."""
    said = N_("Attached: {files}") if attached else N_("The files are on the pages: {files}")
    names = translate(said).format(files=", ".join(_named(one) for one in found.files))
    lines = "\n".join([*found.lines, names])
    return filled(
        "{symptom}", "{list}\n" + translate(N_("Page")) + ": {url}", {"symptom": found.title, "list": lines, "url": url}
    )


def _named(file: File) -> str:
    return f"{file.name} ({-(-len(file.data) // 1024)} KiB)"


def _document(found: Made, url: str) -> dict[str, Any]:
    """The same for machines."""
    due = found.due
    return {
        "v": 1,
        "id": due.key,
        "event": "report",
        "report": due.report,
        "month": due.month,
        "branch": due.branch,
        "contract": due.contract,
        "state": found.state,
        "title": found.title,
        "due_at": render(due.at),
        "url": url or None,
    }
