"""The small city with a contract, for tests of tickets and their clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sla.instant import render
from store import inventory
from store.database import writing
from tests.api import seed
from tests.api.conftest import NOW, Served

MINUTE = 60_000
HOUR = 60 * MINUTE
TICKETS = "/api/v1/tickets"
PRINTER, OTHER = "PR-0101", "PR-0102"
Fresh = Callable[..., Any]


def contract(**given: Any) -> dict[str, Any]:
    """In force for v-1 since long ago: 2 h, half an hour of travel, from eight to eight."""
    return {
        "id": "c-1",
        "vendor": "v-1",
        "valid": {"from": NOW - 90 * 24 * HOUR, "until": NOW + 90 * 24 * HOUR},
        "calendar": "repairs",
        "covers": {"kinds": "all", "halls": ["h-01"]},
        "repair": {"start": "phone", "warn": [50, 75, 100], "targets": {"printer": 7200}},
        "travel": {"mode": "allowance", "default": [{"seconds": 1800, "from": None, "until": None}], "halls": {}},
        "pauses": ["awaiting_customer", "hall_closed"],
        "silence": "vendor",
        "fee": None,
        "payment": "none",
        "terms": [],
    } | given


def document(inside: int = 6, **given: Any) -> dict[str, Any]:
    """The inventory of the small city with the contract, which `given` changes, and so many devices in each hall."""
    city = seed.document(2, inside)
    week = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}, "holidays": "none", "dates": {}}
    city["calendars"]["repairs"] = week
    return city | {"contracts": [contract(**given)]}


def agree(city: Served, **given: Any) -> None:
    """Import it."""
    with writing(city.engine) as conn:
        inventory.apply(conn, document(**given), NOW - HOUR, "test")


@contextmanager
def agreed(fresh: Fresh, **given: Any) -> Iterator[Served]:
    """A small city of one's own with the contract."""
    with fresh() as city:
        agree(city, **given)
        yield city


def report(city: Served, device: str = OTHER, minute: float = -30, role: str = "operator", **more: Any) -> Any:
    """Report a fault, minutes from now; the answer."""
    said = {"device": device, "source": "phone", "symptom": "卡纸", "at": at(minute)} | more
    return city.as_(role).post(TICKETS, json={name: value for name, value in said.items() if value is not None})


def happen(city: Served, ticket: str, event: str, minute: float, role: str = "vendor:v-1", **more: Any) -> Any:
    """Make something happen to a ticket, minutes from now; the answer."""
    return city.as_(role).post(f"{TICKETS}/{ticket}/events", json={"event": event, "at": at(minute), **more})


def at(minute: float) -> str:
    """So many minutes from now."""
    return render(NOW + round(minute * MINUTE))
