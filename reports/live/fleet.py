"""How many devices of each hall are in which state."""

from __future__ import annotations

from sqlalchemy import Connection

from reports.live.point import LivePoint, names, point
from reports.live.status import CODES
from sla.instant import Ms
from store.city import City
from store.live_rows import faults_of_halls
from store.pages import EVERYTHING, hall_totals


def fleet(conn: Connection, city: City, now: Ms) -> list[LivePoint]:
    """A point for each present hall."""
    present = [one for one in city.halls.values() if one.gone_at is None]
    totals, tickets = hall_totals(conn, EVERYTHING, [one.id for one in present]), faults_of_halls(conn)
    return [
        point(
            "fleet",
            {"hall": one.id, "branch": one.branch, **names(city, one.id)},
            {state: totals[one.id].get(state, 0) for state in CODES}
            | {"devices": sum(totals[one.id].values()), "tickets": tickets.get(one.id, 0)},
            now,
        )
        for one in present
    ]
