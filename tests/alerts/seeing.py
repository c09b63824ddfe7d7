"""What collectors saw and what people said, for the tests of claims and of preventive work."""

from __future__ import annotations

from typing import Any

from alerts.tickets import Happening, New, change, report
from sla.seen import State
from store import facts
from store import tickets as rows
from store.database import reading
from store.facts import Fact
from store.readings import Reading, Readings
from tests.alerts.site import MINUTE, T0, Site


def saw(site: Site, device: str, state: State, *minutes: float, conditions: tuple[str, ...] = ()) -> None:
    """As the recorder stores it, in any order; minutes after T0. Outages are for `Site.outage`."""
    with site.write() as conn:
        said = Reading("c-01", state, "\n".join(conditions), "", MINUTE)
        n = Readings().intern(conn, [said])[said]
        instants = [T0 + round(minute * MINUTE) for minute in minutes]
        facts.store(conn, [Fact(site.numbers[device], ts, n, ts // 1000, None, None) for ts in instants])


def happen(site: Site, what: str, minute: float, by: str = "vendor", ticket: str = "T-000001", **detail: Any) -> None:
    """A person says so, at that minute."""
    at = T0 + round(minute * MINUTE)
    with site.write() as conn:
        change(conn, ticket, Happening(what, at, by, detail), at)


def phone(site: Site, device: str, minute: float) -> None:
    """The hall calls."""
    at = T0 + round(minute * MINUTE)
    with site.write() as conn:
        report(conn, New(site.numbers[device], "phone", "不出纸", "v-1"), at, "desk", at)


def life(site: Site, ticket: str = "T-000001") -> list[tuple[str, float]]:
    """The events of a ticket, each with its minutes after T0."""
    with reading(site.engine) as conn:
        found = rows.events(conn, rows.known(conn, ticket).n)
    return [(one.event, (one.at - T0) / MINUTE) for one in found]
