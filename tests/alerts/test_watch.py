"""Thousands of open tickets cost little while nothing happens (R6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from alerts.places import load_places
from alerts.setbacks import Setbacks
from alerts.watch import Watch
from store.database import reading
from store.inventory import apply, numbers
from store.tickets import add, append
from tests.alerts.clocks import city, happen, site_with
from tests.alerts.site import MINUTE, T0, Site

pytestmark = pytest.mark.slow

MANY = 700


def crowded(path: Path) -> Site:
    """Many open tickets that were phoned in at T0."""
    site = site_with(path)
    more = [{"id": f"X-{n}", "kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1"} for n in range(MANY)]
    with site.write() as conn:
        document = city()
        apply(conn, {**document, "devices": document["devices"] + more}, T0, "test")
        site.numbers = numbers(conn)
        for n in range(MANY):
            ticket = add(conn, site.numbers[f"X-{n}"], "phone", "x", T0, vendor="v-1")
            append(conn, ticket.n, "opened", T0, T0, "desk", {"source": "phone"})
    return site


@contextmanager
def counted(site: Site) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    found: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(site.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(site.engine, "before_cursor_execute", note)


def test_R6_open_tickets_are_looked_at_once_and_then_when_they_are_due(tmp_path: Path) -> None:
    site, watch, setbacks = crowded(tmp_path), Watch(), Setbacks()
    with reading(site.engine) as conn:
        places = load_places(conn, {}, None)

    def due(minute: float) -> list[int]:
        with reading(site.engine) as conn:
            return watch.due(conn, places, {}, T0 + round(minute * MINUTE), setbacks)

    assert due(1) == due(1.02) == []
    with counted(site) as statements:
        assert due(1.04) == []
        assert len(statements) <= 3
    happen(site, "T-000007", "paused", 1.05, reason="hall_closed", approver="boss")
    with counted(site) as statements:
        assert due(1.06) == []
        assert len(statements) <= 20
    due(59.95)
    due(59.97)
    assert (len(due(60)), len(due(60.01))) == (500, 500)
    assert 7 not in due(60.02)
    site.engine.dispose()
