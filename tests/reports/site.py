"""A small city in a database, filled with what was seen by pictures, for the tests of reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, insert

from reports.asked import Asked
from reports.availability import Report, Row, availability
from sla.instant import MINUTE, parse
from sla.judge import Confirmation, judge
from sla.owners import Owner
from sla.seen import distinct
from store import facts, planned
from store.database import migrate, open_database, writing
from store.facts import Fact
from store.inventory import apply, numbers
from store.planned import Kind, New, ScopeKind
from store.readings import Reading, Readings
from store.schema import outages
from tests.sla.histories import drawn

T0: Final = parse("2026-11-02T02:00:00Z")  # a Monday, 10:00 in Shanghai
HOURS: Final = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:30-18:00"]}}


def document() -> dict[str, Any]:
    """Two halls of two branches; a switch with two printers behind it, a printer and a PC without calendar."""
    return {
        "calendars": {"hours": HOURS},
        "branches": [{"id": "b-1", "name": "柳南"}, {"id": "b-2", "name": "=2+3"}],
        "halls": [
            {"id": "h-1", "name": "飞鹅路", "branch": "b-1", "kind": "own", "calendar": "hours", "gateway": "SW-1"},
            {"id": "h-2", "name": "河西", "branch": "b-2", "kind": "own"},
        ],
        "vendors": [{"id": "v-1", "name": "代维一公司"}, {"id": "v-2", "name": "Second"}],
        "devices": [
            {"id": "SW-1", "kind": "switch", "hall": "h-1", "interval": 60},
            {"id": "P-1", "kind": "printer", "hall": "h-1", "interval": 60, "vendor": "v-1"},
            {"id": "P-2", "kind": "printer", "hall": "h-1", "interval": 60, "vendor": "v-2"},
            {"id": "P-3", "kind": "printer", "hall": "h-2", "interval": 60, "vendor": "v-1"},
            {"id": "PC-1", "kind": "pc", "hall": "h-2", "interval": 60},
        ],
    }


class Kinds:
    """A printer's policy."""

    owners: Final[dict[str, Owner]] = {"noPaper": "hall", "jammed": "vendor"}
    stopping: Final = frozenset({"noPaper", "jammed"})
    grace_ms: Final = 15 * MINUTE


class Site:
    """The database, written as the recorder leaves it."""

    def __init__(self, path: Path, city: dict[str, Any] | None = None) -> None:
        self.url = f"sqlite:///{path / 'site.db'}"
        self.engine: Engine = open_database(self.url)
        migrate(self.engine)
        self.adopt(document() if city is None else city, T0)

    def adopt(self, city: dict[str, Any], at: int) -> None:
        with writing(self.engine) as conn:
            apply(conn, city, at, "test")
            self.numbers = numbers(conn)

    def saw(self, device: str, picture: str, minute: int = 0, confirm: int = 2) -> None:
        """One observation a minute from `minute` after T0 on, and the outages in it."""
        seen = distinct(drawn(picture, 60, T0 + minute * MINUTE))
        n = self.numbers[device]
        with writing(self.engine) as conn:
            said = [Reading("c", one.state, "\n".join(one.conditions), "", one.interval_ms) for one in seen]
            known = Readings().intern(conn, said)
            pairs = zip(seen, said, strict=True)
            facts.store(conn, [Fact(n, one.ts, known[what], one.ts // 1000, None, None) for one, what in pairs])
            for one in judge(seen, Confirmation(confirm)).outages:
                values = {"device": n, **one._asdict(), "cause": "silence", "owner": "undetermined"}
                conn.execute(insert(outages).values(values))

    def exempt(self, kind: Kind, scope: str, start: int, until: int) -> planned.Exemption:
        """Minutes after T0; maintenance was approved an hour before."""
        what: ScopeKind = "branch" if scope.startswith("b-") else "hall" if scope.startswith("h-") else "device"
        begin = T0 + start * MINUTE
        said = New(kind, what, scope, begin, T0 + until * MINUTE, "why", "boss", begin - 60 * MINUTE, "me")
        with writing(self.engine) as conn:
            return planned.record(conn, said, begin)

    def withdraw(self, one: planned.Exemption) -> None:
        with writing(self.engine) as conn:
            planned.withdraw(conn, one, T0, "me")

    def report(self, start: int, until: int, now: int | None = None, **asked: Any) -> Report:
        """Minutes after T0; known at the end, if not said otherwise."""
        period = T0 + start * MINUTE, T0 + until * MINUTE
        at = period[1] if now is None else T0 + now * MINUTE
        return availability(self.engine, Asked(*period, **asked), {"printer": Kinds()}, at)


def minutes(row: Row) -> dict[str, float]:
    """Minutes of each class that there was any of."""
    return {class_: ms / MINUTE for class_, ms in row.figures.ms.items() if ms}


def by_id(report: Report) -> dict[str | None, Row]:
    return {row.id: row for row in report.rows}
