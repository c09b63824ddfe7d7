"""Vendors with contracts over a small city, and what was phoned in, for the tests of statements; on the hall's wall."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, update

from alerts.tickets import Happening, New, change
from reports.statement import statement_document
from sla.instant import MINUTE, Ms, of_wall, render
from sla.statement import statement
from store import findings
from store.agreements import contracts_of
from store.database import migrate, open_database, reading, writing
from store.inventory import apply, load, numbers
from store.month_facts import Gathered
from store.schema import tickets
from tests.reports.site import Kinds

ZONE: Final = ZoneInfo("Asia/Shanghai")
KINDS: Final = {"printer": Kinds(), "kiosk": Kinds()}
LATER: Final = "2026-11-20 12:00"
SINCE: Final = "2026-01-01 00:00"


def at(wall: str) -> Ms:
    """`2026-10-08 10:31` in Shanghai."""
    return of_wall(datetime.fromisoformat(wall), ZONE)


def shown(wall: str) -> str:
    """The same instant as JSON has it."""
    return render(at(wall))


def term(id: str, term: str, points: str, **given: Any) -> dict[str, Any]:
    """A term as an import normalises it."""
    base = {"allowance": "0", "unit": "1", "round": "up", "cap": None, "group": None, "sources": None, "scale": None}
    return {"id": id, "term": term, "points": points, **base, **given}


def contract(id: str = "c-1", vendor: str = "v-1", **given: Any) -> dict[str, Any]:
    """Of all printers: 2 h from the call in the repair hours, half an hour of travel."""
    return {
        "id": id,
        "vendor": vendor,
        "valid": {"from": at(SINCE), "until": at("2028-01-01 00:00")},
        "calendar": "repairs",
        "covers": {"kinds": ["printer"], "halls": "all"},
        "repair": {"start": "phone", "warn": [100], "targets": {"printer": 7200}},
        "travel": {"mode": "allowance", "default": [{"seconds": 1800, "from": None, "until": None}], "halls": {}},
        "pauses": [],
        "silence": "vendor",
        "fee": None,
        "payment": "none",
        "terms": [],
    } | given


def city(*contracts: dict[str, Any], devices: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Two halls without hours of their own with printers and kiosks; on Chinese holidays nobody repairs."""
    named = {f"P-{n}": {"vendor": "v-1"} for n in range(1, 6)} | {"K-1": {"kind": "kiosk", "vendor": "v-1"}}
    named |= devices or {}
    week = {"mon-fri": ["08:30-18:00"]}
    return {
        "calendars": {"repairs": {"zone": "Asia/Shanghai", "week": week, "holidays": "cn", "dates": {}}},
        "branches": [{"id": "b-1", "name": "柳南"}],
        "halls": [{"id": f"h-{n}", "name": f"厅{n}", "branch": "b-1", "kind": "own"} for n in (1, 2)],
        "vendors": [{"id": "v-1", "name": "代维一公司"}, {"id": "v-2", "name": "Second"}],
        "contracts": list(contracts),
        "devices": [{"id": id, "kind": "printer", "hall": "h-1", "interval": 60} | one for id, one in named.items()],
    }


@cache
def _empty() -> Path:
    """A migrated database: once for all tests, copied for each."""
    folder = Path(tempfile.mkdtemp(prefix="hallwatch-vendors-"))
    atexit.register(shutil.rmtree, folder, True)
    engine = open_database(f"sqlite:///{folder / 'empty.db'}")
    migrate(engine)
    engine.dispose()
    return folder / "empty.db"


class Vendors:
    """The database, and people who phone and repair."""

    def __init__(self, place: Path, document: dict[str, Any]) -> None:
        shutil.copy(_empty(), place / "vendors.db")
        self.engine: Engine = open_database(f"sqlite:///{place / 'vendors.db'}")
        self.adopt(document)

    def adopt(self, document: dict[str, Any], wall: str = SINCE) -> None:
        """Import it."""
        with writing(self.engine) as conn:
            apply(conn, document, at(wall), "test")
            self.numbers = numbers(conn)

    def phoned(self, device: str, call: str, restored: str | None = None, **given: Any) -> str:
        """A ticket by phone, of v-1 if no other is given; restored by the vendor. Its id."""
        new = New(self.numbers[device], "phone", given.get("symptom", "卡纸"), given.get("vendor", "v-1"))
        with writing(self.engine) as conn:
            id = change(conn, new, Happening("opened", at(call), "desk", {"source": "phone"}), at(call)).id
            if given.get("repeats"):
                conn.execute(update(tickets).where(tickets.c.id == id).values(repeat_of=given["repeats"]))
        if restored is not None:
            self.did(id, "restored", restored, how=given.get("how", "repaired"))
        return id

    def did(self, ticket: str, event: str, wall: str, **detail: Any) -> None:
        """What somebody did to a ticket."""
        with writing(self.engine) as conn:
            change(conn, ticket, Happening(event, at(wall), "vendor", detail), at(wall))

    def found(self, kind: findings.Kind, thing: str, month: str = "2026-10", **given: Any) -> findings.Finding:
        """A finding for c-1."""
        total = Decimal(given["total"]) if "total" in given else None
        new = findings.New("c-1", month, kind, thing, "seen", "me", total, given.get("answers"))
        with writing(self.engine) as conn:
            return findings.record(conn, new, at(given.get("wall", "2026-11-02 09:00")))

    def gathered(self, month: str = "2026-10", contract: str = "c-1", now: str = LATER) -> Gathered:
        """The facts."""
        with reading(self.engine) as conn:
            known = load(conn)
            mine = {one.id: one for one in contracts_of(known)}[contract]
            return Gathered.of(conn, known, mine, month, KINDS, at(now))

    def stated(self, month: str = "2026-10", contract: str = "c-1", now: str = LATER) -> dict[str, Any]:
        """The statement's document; its score is the one of `sla.statement`, exactly."""
        with reading(self.engine) as conn:
            document = statement_document(conn, load(conn), contract, month, KINDS, at(now))
        facts = self.gathered(month, contract, now)
        found = statement(facts.contract, facts.facts, at(now))
        assert Fraction(document["score"]) == found.score
        assert [Fraction(line["deduction"]) for line in document["lines"]] == [one.deduction for one in found.lines]
        return document


@contextmanager
def vendors(place: Path, *contracts: dict[str, Any], **given: Any) -> Iterator[Vendors]:
    """A city of one's own."""
    made = Vendors(place, city(*contracts, **given))
    yield made
    made.engine.dispose()


def line(document: dict[str, Any], id: str) -> dict[str, Any]:
    """One of its lines."""
    return next(one for one in document["lines"] if one["id"] == id)


def minutes(seconds: float) -> float:
    """Of a clock."""
    return seconds * 1000 / MINUTE
