"""A small site with a database, for the tests of alerts: outages are written as the recorder writes them."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from alerts.loop import Alerts
from alerts.settings import AlertSettings, Floods, Mail
from sla.instant import parse
from sla.owners import Owner
from store import facts, judged
from store import tickets as rows
from store.database import migrate, open_database, reading, writing
from store.facts import Fact
from store.inventory import apply, numbers
from store.schema import notices, readings
from store.tickets import Ticket

MINUTE = 60_000
HOUR = 60 * MINUTE
T0 = parse("2026-11-02T02:00:00Z")  # a Monday, 10:00 in Shanghai
HOURS = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:30-18:00"]}, "holidays": "none", "dates": {}}


def document(
    hall_name: str = "飞鹅路营业厅", notify: tuple[str, ...] = ("mailto:duty@vendor.example",)
) -> dict[str, Any]:
    """Two printers behind a switch, and a staff PC that no vendor looks after."""
    return {
        "calendars": {"hours": HOURS},
        "branches": [{"id": "liunan", "name": "柳南分公司"}],
        "halls": [
            {"id": "h-01", "name": hall_name, "branch": "liunan", "kind": "own", "calendar": "hours", "gateway": "SW-1"}
        ],
        "vendors": [{"id": "v-1", "name": "代维一公司", "notify": list(notify)}],
        "contracts": [],
        "devices": [
            {"id": "SW-1", "kind": "switch", "hall": "h-01", "interval": 30, "collector": "c-01"},
            {"id": "P-1", "kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1", "model": "HP M404"},
            {"id": "P-2", "kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1"},
            {"id": "PC-1", "kind": "pc", "hall": "h-01", "interval": 60},
        ],
    }


@dataclass(frozen=True)
class Kind:
    """A kind's policy, as the recorder's."""

    owners: Mapping[str, Owner] = field(default_factory=dict)
    stopping: frozenset[str] = frozenset()
    grace_ms: int = 15 * MINUTE
    ticket_after_ms: int = 5 * MINUTE


PRINTER = Kind({"noPaper": "hall", "jammed": "vendor"}, frozenset({"noPaper", "jammed"}))


@cache
def _empty() -> Path:
    """A migrated database: once for all tests, copied for each."""
    folder = Path(tempfile.mkdtemp(prefix="hallwatch-alerts-"))
    atexit.register(shutil.rmtree, folder, True)
    engine = open_database(f"sqlite:///{folder / 'empty.db'}")
    migrate(engine)
    engine.dispose()
    return folder / "empty.db"


class Site:
    """The database with the inventory in it, and the alerts at work on it."""

    def __init__(
        self,
        path: Path,
        settings: AlertSettings | None = None,
        city: dict[str, Any] | None = None,
        url: str | None = None,
    ) -> None:
        """In a file, or on a server where `url` names a migrated database."""
        if url is None:
            shutil.copy(_empty(), path / "site.db")
        self.engine: Engine = open_database(url or f"sqlite:///{path / 'site.db'}")
        with self.write() as conn:
            apply(conn, city or document(), T0, "test")
            self.numbers = numbers(conn)
        self.settings = settings or AlertSettings(
            mail=Mail("smtp://127.0.0.1:1"), url="http://site.example/", floods=Floods(window_ms=0)
        )
        self.alerts = self.started()

    def started(self) -> Alerts:
        """The alerts as after a restart: nothing remembered."""
        return Alerts(self.engine, self.settings, {"printer": PRINTER, "switch": Kind()})

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with writing(self.engine) as conn:
            yield conn

    def outage(self, device: str, start: float, until: float | None = None, **more: Any) -> None:
        """As the recorder writes or prolongs it; minutes after T0."""
        row: dict[str, Any] = {
            "device": self.numbers[device],
            "start": T0 + round(start * MINUTE),
            "until": None,
            "last_ok": None,
        }
        row |= {"confirmed_at": T0 + round(start * MINUTE) + 3000, "cause": "silence", "owner": "undetermined", **more}
        if until is not None:
            row["until"] = T0 + round(until * MINUTE)
        with self.write() as conn:
            judged.add_outage(conn, row)

    def remove_outages(self, device: str) -> None:
        """As the recorder does when late facts show that they never were."""
        with self.write() as conn:
            for row in judged.outages_since(conn, self.numbers[device], None):
                judged.remove_outage(conn, row.id)

    def look(self, minute: float) -> None:
        """One look of the alerts, so many minutes after T0."""
        self.alerts.step(T0 + round(minute * MINUTE))

    def tickets(self) -> list[Ticket]:
        with reading(self.engine) as conn:
            return [one for n in self.numbers.values() for one in rows.of_device(conn, n)]

    def ticket(self) -> Ticket:
        """The only one."""
        (one,) = self.tickets()
        return one

    def life(self) -> list[tuple[str, float]]:
        """The events of the only ticket, each with its minutes after T0."""
        with reading(self.engine) as conn:
            return [(one.event, (one.at - T0) / MINUTE) for one in rows.events(conn, self.ticket().n)]

    def told(self, channel: str = "mqtt", state: str | None = None) -> list[str]:
        """The events of the alerts in the outbox, or the subjects of mails."""
        query = select(notices).where(notices.c.channel == channel).order_by(notices.c.id)
        with reading(self.engine) as conn:
            found = [row for row in conn.execute(query) if state is None or row.state == state]
        return [json.loads(row.body)["event"] if channel == "mqtt" else row.subject for row in found]


def seen_down(site: Site, device: str, *minutes: float, interval_s: int = 60) -> None:
    """As the recorder stores what a collector saw, so many minutes after T0."""
    row = {"collector": "c-01", "state": "down", "conditions": "", "cause": "", "interval_ms": interval_s * 1000}
    with site.write() as conn:
        reading = conn.execute(readings.insert().values(row).returning(readings.c.n)).scalar_one()
        instants = [T0 + round(minute * MINUTE) for minute in minutes]
        facts.store(conn, [Fact(site.numbers[device], ts, reading, ts // 1000, None, None) for ts in instants])
