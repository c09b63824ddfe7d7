"""A small city with people to be told, and the loop that reports to them; as a process it dies in the middle of it.

`python -m tests.hallwatch.reported DATABASE NOW WHEN` makes what is due and is killed by SIGKILL: `made` (before the
transaction), `stored` (in it, with all its rows), `committed` (after it).
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from alerts.settings import AlertSettings, Mail
from hallwatch.reporting import Reporting
from reports.making import Made, Ways
from reports.schedule import Plan
from sla.instant import Ms, parse
from store.database import open_database
from tests.reports.site import Kinds, Site, document

ZONE = ZoneInfo("Asia/Shanghai")
BOSS = "mailto:boss@operator.example"
DUTY = "mailto:duty@vendor.example"
DUE = parse("2026-12-01T06:00:00+08:00")
"""When the reports of November are due."""


def contract(id: str, vendor: str) -> dict[str, Any]:
    """One that is in force for good."""
    return {
        "id": id,
        "vendor": vendor,
        "valid": {"from": 0, "until": parse("2030-01-01T00:00:00+08:00")},
        "covers": {"kinds": "all", "halls": "all"},
        "repair": {"start": "phone", "targets": {"printer": 7200}, "warn": []},
        "travel": {"mode": "allowance", "default": [], "halls": {}},
        "terms": [],
        "pauses": [],
        "silence": "vendor",
        "fee": "20000.00",
        "payment": "none",
    }


def city() -> dict[str, Any]:
    """Two vendors with a contract each; the second has nobody to be told by mail."""
    whole = document() | {"contracts": [contract("c-1", "v-1"), contract("c-2", "v-2")]}
    whole["vendors"] = [
        {"id": "v-1", "name": "代维一公司", "notify": [DUTY, "wecom:desk"]},
        {"id": "v-2", "name": "Second", "notify": ["wecom:desk"]},
    ]
    return whole


def site(path: Path) -> Site:
    """Its database, with some facts of 2 November 2026."""
    made = Site(path, city())
    made.saw("SW-1", "u" * 60)
    made.saw("P-1", "u" * 10 + "d" * 10 + "u" * 40)
    made.saw("P-3", "u" * 55 + "d" * 5)
    return made


def reporting(
    engine: Engine, *to: str, formats: tuple[str, ...] = ("csv",), language: str = "en", **more: Any
) -> Reporting:
    """The loop; `to` get the availability report, `more` may have `branches`, `statements`, `attach_bytes`, `port`."""
    port = more.pop("port", 25)
    cap = more.pop("attach_bytes", 7 << 20)
    plan = Plan(ZONE, to, more.pop("branches", {}), more.pop("statements", False))
    ways = Ways({"printer": Kinds()}, ZONE, str, language, formats)
    mail = Mail(f"smtp://127.0.0.1:{port}", "hallwatch@site.example")
    settings = AlertSettings(mail=more.pop("mail", mail), url="https://hallwatch.example/")
    return Reporting(engine, plan, ways, settings, cap, **more)


@dataclass(slots=True)
class Dying(Reporting):
    """Kills its process at one point."""

    when: str = "made"

    def store(self, conn: Connection, found: Made, now: Ms) -> bool:
        if self.when == "made":
            die()
        done = super(Dying, self).store(conn, found, now)
        if self.when == "stored":
            die()
        return done


def die() -> None:
    """Now, without a goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(database: str, now: str, when: str) -> None:
    """Make what is due, and die."""
    loop = reporting(open_database(database), BOSS, statements=True)
    dying = Dying(loop.engine, loop.plan, loop.ways, loop.settings, loop.attach_bytes, when=when)
    dying.step(int(now))
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
