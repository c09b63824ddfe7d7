"""A site whose contract has a repair clock of two hours from the phone call on, for the tests of warnings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from alerts.settings import AlertSettings, Floods, Mail
from alerts.tickets import Happening, New, change, report
from sla.instant import parse
from store.database import reading
from store.inventory import apply
from store.schema import escalations, notices
from tests.alerts.site import MINUTE, T0, Site, document

QUIET_FLOODS = Floods(window_ms=0, per_minute=1000)


def contract(**keys: Any) -> dict[str, Any]:
    """As an import stores it; `warn` and `start` are those of its repair clock."""
    repair = {"start": keys.pop("start", "phone"), "warn": keys.pop("warn", [50, 75, 100])}
    return {
        "id": "c-1",
        "vendor": "v-1",
        "valid": {"from": parse("2026-01-01T00:00:00Z"), "until": parse("2027-01-01T00:00:00Z")},
        "calendar": None,
        "covers": {"kinds": "all", "halls": "all"},
        "repair": {**repair, "targets": {"printer": 7200}},
        "travel": {"mode": "allowance", "default": [], "halls": {}},
        "pauses": ["hall_closed"],
        "silence": "vendor",
        "notify": [],
        "escalation": [],
        "quiet": None,
        "rotas": {},
        "fee": None,
        "payment": "none",
        "terms": [],
        **keys,
    }


def city(**keys: Any) -> dict[str, Any]:
    return {**document(), "contracts": [contract(**keys)]}


def site_with(path: Path, floods: Floods = QUIET_FLOODS, **keys: Any) -> Site:
    settings = AlertSettings(mail=Mail("smtp://127.0.0.1:1"), url="http://site.example/", floods=floods)
    return Site(path, settings, city(**keys))


class Told(NamedTuple):
    """One message about a clock: whom, and its title without the ticket and the device."""

    whom: str
    what: str


def phoned(site: Site, device: str = "P-1", minute: float = 0) -> str:
    """Somebody calls; answers the ticket."""
    at = T0 + round(minute * MINUTE)
    with site.write() as conn:
        return report(conn, New(site.numbers[device], "phone", "不出纸", "v-1"), at, "desk", at).ticket.id


def happen(site: Site, ticket: str, event: str, minute: float, **detail: Any) -> None:
    """Somebody says what happened, so many minutes after T0, when it does."""
    at = T0 + round(minute * MINUTE)
    with site.write() as conn:
        change(conn, ticket, Happening(event, at, "desk", detail), at)


def told(site: Site, state: str | None = None) -> list[Told]:
    """What was said of clocks, in order."""
    query = select(notices).where(notices.c.key.startswith("warning/")).order_by(notices.c.id)
    with reading(site.engine) as conn:
        found = [row for row in conn.execute(query) if state is None or row.state == state]
    return [Told(row.target, row.subject.split("] ")[1].split(":")[0]) for row in found]


def said(site: Site) -> list[dict[str, Any]]:
    """Their bodies."""
    query = select(notices.c.body).where(notices.c.key.startswith("warning/")).order_by(notices.c.id)
    with reading(site.engine) as conn:
        return [json.loads(body) for body in conn.scalars(query)]


def steps(site: Site) -> list[tuple[str, str, float]]:
    """The rows: step, state, and the minutes after T0 at which it was reached."""
    query = select(escalations).order_by(escalations.c.percent, escalations.c.step)
    with reading(site.engine) as conn:
        return [(row.step, row.state, (row.reached_at - T0) / MINUTE) for row in conn.execute(query)]


def imported(site: Site, **keys: Any) -> None:
    """Another inventory."""
    with site.write() as conn:
        apply(conn, city(**keys), T0, "test")
