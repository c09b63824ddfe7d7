"""A small city with two vendors and two months behind it, for the tests of statements' lives."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert

from alerts.tickets import Happening, New, change
from reports import ledger
from reports.ledger import Standing, Who
from sla.instant import DAY, HOUR, MINUTE, of_wall
from store import facts, findings, heard, streams
from store.database import migrate, open_database, reading, writing
from store.heard import Collector
from store.inventory import apply, load, numbers
from store.readings import Reading, Readings
from store.schema import asides
from store.statement_events import File
from store.statement_schema import seals

ZONE: Final = ZoneInfo("Asia/Shanghai")
EPOCH: Final = "0198c0de"
SEPTEMBER, OCTOBER = "2026-09", "2026-10"


def at(wall: str) -> int:
    """An instant of the clock on the halls' walls."""
    return of_wall(datetime.fromisoformat(wall), ZONE)


NOVEMBER: Final = at("2026-11-02 09:00")
"""A Monday; the window of what is published then is over on Tuesday the 10th."""
LATER: Final = at("2026-11-10 09:00")
HOURS: Final = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}, "holidays": "none", "dates": {}}


def term(id: str, term: str, points: str, **given: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"allowance": "0", "unit": "1", "round": "up", "cap": None, "group": None}
    return {"id": id, "term": term, "points": points, **base, "sources": None, "scale": None, **given}


def contract(id: str, vendor: str, hall: str, **given: Any) -> dict[str, Any]:
    return {
        "id": id,
        "vendor": vendor,
        "valid": {"from": at("2026-01-01 00:00"), "until": at("2027-01-01 00:00")},
        "calendar": "hours",
        "covers": {"kinds": "all", "halls": [hall]},
        "repair": {"start": "phone", "warn": [50, 75, 100], "targets": {"printer": 7200}},
        "travel": {"mode": "allowance", "default": [], "halls": {}},
        "pauses": [],
        "silence": "vendor",
        "fee": "20000.00",
        "payment": "linear",
        "terms": [
            term("T1", "late_repairs", "5"),
            term("T2", "fault_count", "1.5", allowance="1"),
            term("T3", "missed_patrols", "2"),
        ],
    } | given


def document(**given: Any) -> dict[str, Any]:
    """A hall and a printer for each vendor, both polled by c-01."""
    return {
        "calendars": {"hours": HOURS},
        "branches": [{"id": "b-1", "name": "柳南"}],
        "halls": [
            {"id": id, "name": id, "branch": "b-1", "kind": "own", "calendar": "hours", "collector": "c-01"}
            for id in ("h-1", "h-2")
        ],
        "vendors": [{"id": "v-1", "name": "代维一公司"}, {"id": "v-2", "name": "二公司"}],
        "contracts": [contract("c-1", "v-1", "h-1"), contract("c-2", "v-2", "h-2")],
        "devices": [
            {"id": "P-1", "kind": "printer", "hall": "h-1", "interval": 60, "vendor": "v-1", "commissioned": None},
            {"id": "P-2", "kind": "printer", "hall": "h-2", "interval": 60, "vendor": "v-2", "commissioned": None},
        ],
    } | given


class Stated:
    """The database; `policies` of no kind."""

    policies: Final[Mapping[str, Any]] = {}

    def __init__(self, path: Path, template: Path | None = None) -> None:
        self.path = path / "stated.db"
        if template is not None:
            shutil.copy(template, self.path)
        self.engine: Engine = open_database(f"sqlite:///{self.path}")
        with reading(self.engine) as conn:
            self.numbers = numbers(conn)

    def adopt(self, **given: Any) -> None:
        with writing(self.engine) as conn:
            apply(conn, document(**given), NOVEMBER, "test")

    def ticket(self, day: str, call: str, restored: str | None, device: str = "P-1") -> str:
        """A fault that was phoned in; late where it took more than two hours."""
        opened, n = at(f"{day} {call}"), self.numbers[device]
        vendor = "v-1" if device == "P-1" else "v-2"
        with writing(self.engine) as conn:
            said = Happening("opened", opened, "desk", {"source": "phone"})
            id = change(conn, New(n, "phone", "x", vendor), said, opened).id
            if restored:
                done = at(f"{day} {restored}")
                change(conn, id, Happening("restored", done, "vendor", {"how": "repaired"}), done)
        return id

    def found(self, month: str = OCTOBER, thing: str = "h-1", contract: str = "c-1") -> None:
        """A patrol that somebody missed: a fact that comes later."""
        with writing(self.engine) as conn:
            findings.record(conn, findings.New(contract, month, "missed_patrol", thing, "never came", "boss"), LATER)

    def heard(self, heard_at: int = LATER, **said: Any) -> None:
        told = {"online": True, "backlog": 0, "oldest": 1, "next": 1} | said
        with writing(self.engine) as conn:
            heard.put(conn, Collector("c-01", EPOCH, True, heard_at, 0, told))

    def polled(self, device: str, ts: int, seq: int) -> None:
        """One observation of the collector, number `seq` of its outbox."""
        with writing(self.engine) as conn:
            one = Reading("c-01", "up", "", "", 60_000)
            known = Readings().intern(conn, [one])[one]
            stream = streams.open_stream(conn, "c-01", EPOCH, ts)
            streams.receive(conn, stream.n, [seq], ts)
            facts.store(conn, [facts.Fact(self.numbers[device], ts, known, ts // 1000, stream.n, seq)])

    def aside(self, ts: int, reason: str = "unknown_device", collector: str = "c-01") -> None:
        row = {"reason": reason, "device": "P-9", "collector": collector, "ts": ts, "at": ts, "payload": b"{}"}
        with writing(self.engine) as conn:
            conn.execute(insert(asides).values(row | {"digest": f"{ts}"}))

    def standing(self, month: str = OCTOBER, contract: str = "c-1", now: int = NOVEMBER) -> Standing:
        with reading(self.engine) as conn:
            return ledger.standing(conn, contract, month, now)

    def told(self, month: str = OCTOBER, contract: str = "c-1", now: int = NOVEMBER) -> dict[str, Any]:
        return ledger.told({}, self.standing(month, contract, now))

    def publish(self, month: str = OCTOBER, contract: str = "c-1", now: int = NOVEMBER, **given: Any) -> Standing:
        return ledger.publish(self.engine, contract, month, self.policies, Who("ann", now), **given)

    def dispute(self, line: str = "T1", now: int = NOVEMBER, files: tuple[File, ...] = (), **given: Any) -> int:
        who = Who(given.pop("by", "vendor"), now, given.pop("seen", None))
        with writing(self.engine) as conn:
            reason = given.pop("reason", "not ours")
            return ledger.dispute(conn, "c-1", given.pop("month", OCTOBER), line, reason, files, who)

    def answer(self, n: int, points: str | None, by: str = "ann", seen: int | None = None, reason: str = "so") -> None:
        back = None if points is None else Fraction(points)
        with writing(self.engine) as conn:
            ledger.answer(conn, "c-1", OCTOBER, n, back, reason, Who(by, NOVEMBER + MINUTE, seen))

    def approve(self, n: int, by: str = "bob", seen: int | None = None) -> None:
        with writing(self.engine) as conn:
            ledger.approve(conn, "c-1", OCTOBER, n, Who(by, NOVEMBER + HOUR, seen))

    def withdraw(self, n: int, by: str = "vendor", seen: int | None = None) -> None:
        with writing(self.engine) as conn:
            ledger.withdraw(conn, "c-1", OCTOBER, n, "mistaken", Who(by, NOVEMBER + DAY, seen))

    def obstacles(self, month: str = OCTOBER, contract: str = "c-1", now: int = LATER) -> list[str]:
        """Their codes."""
        return [one.code for one in self.hindering(month, contract, now)]

    def hindering(self, month: str = OCTOBER, contract: str = "c-1", now: int = LATER) -> list[ledger.Obstacle]:
        with reading(self.engine) as conn:
            stands = ledger.standing(conn, contract, month, now)
            return list(ledger.obstacles(conn, load(conn), stands, self.policies))

    def seal(self, month: str = OCTOBER, contract: str = "c-1", now: int = LATER, **overrides: str) -> Standing:
        return ledger.seal(self.engine, contract, month, self.policies, Who("ann", now), overrides)

    def sealed(self, *months: str, contract: str = "c-1") -> None:
        """Published and sealed, one after the other."""
        for month in months:
            self.publish(month, contract)
            self.seal(month, contract)

    def amend(self, month: str = OCTOBER, now: int = LATER + DAY) -> Any:
        return ledger.amend(self.engine, "c-1", month, self.policies, Who("ann", now))

    def chain(self) -> list[Any]:
        with reading(self.engine) as conn:
            return list(conn.execute(seals.select().order_by(seals.c.n)))


def made(path: Path) -> Path:
    """The file: of P-1 in September one fault in time; in October two, one of them late; of P-2 one of each month."""
    engine = open_database(f"sqlite:///{path / 'template.db'}")
    migrate(engine)
    with writing(engine) as conn:
        apply(conn, document(), at("2026-09-01 00:00"), "test")
    engine.dispose()
    city = Stated(path, path / "template.db")
    city.ticket("2026-09-08", "09:00", "10:00")
    city.ticket("2026-10-08", "09:00", "10:00")
    city.ticket("2026-10-13", "09:00", "13:00")
    city.ticket("2026-09-09", "09:00", "10:00", "P-2")
    city.ticket("2026-10-09", "09:00", "10:00", "P-2")
    city.heard()
    city.engine.dispose()
    return city.path
