"""Tickets and changes as rows."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from store import changes, tickets
from store.database import writing


def test_a_ticket_is_found_by_each_of_its_names(engine: Engine) -> None:
    with writing(engine) as conn:
        one = tickets.add(conn, 1, "import", "卡纸", 5, vendor="v-1", external_id="X-9")
        assert one.id == "T-000001"
        assert tickets.find(conn, one.id) == tickets.by_external_id(conn, "X-9") == tickets.open_ticket(conn, 1) == one
        assert tickets.find(conn, "T-9") is None


def test_a_closed_ticket_is_not_the_open_one_but_the_newest(engine: Engine) -> None:
    with writing(engine) as conn:
        one = tickets.add(conn, 1, "detected", "", 5)
        other = tickets.add(conn, 2, "detected", "", 4)
        tickets.set_state(conn, one.n, "restored", 9)
        assert tickets.open_ticket(conn, 1) is None
        newest = tickets.newest_ticket(conn, 1)
        assert newest is not None
        assert (newest.state, newest.closed_at) == ("restored", 9)
        assert tickets.open_tickets(conn) == [other]
        assert tickets.of_device(conn, 1) == [newest]


def test_T2_events_are_in_order_of_when_they_happened_then_of_entry(engine: Engine) -> None:
    with writing(engine) as conn:
        n = tickets.add(conn, 1, "phone", "", 5).n
        for event, at in (("restored", 50), ("opened", 5), ("note", 50)):
            tickets.append(conn, n, event, at, 60, "duty", {"text": "备注"})
        assert [one.event for one in tickets.events(conn, n)] == ["opened", "restored", "note"]
        assert tickets.events(conn, n)[0].detail == {"text": "备注"}
        assert tickets.events(conn, 99) == []


def test_an_external_id_is_one_tickets_alone(engine: Engine) -> None:
    with writing(engine) as conn:
        tickets.add(conn, 1, "import", "", 5, external_id="X-9")
        with pytest.raises(IntegrityError):
            tickets.add(conn, 2, "import", "", 5, external_id="X-9")


def test_changes_rise_and_are_bounded(engine: Engine) -> None:
    with writing(engine) as conn:
        start = changes.newest(conn)
        for n in range(10):
            changes.add(conn, n, "state", f"P-{n}", "v-1" if n % 2 else None, {"n": n})
        assert [one.at for one in changes.since(conn, start, limit=3)] == [0, 1, 2]
        assert [one.at for one in changes.since(conn, start, vendor="v-1")] == [1, 3, 5, 7, 9]
        assert changes.prune(conn, kept=4) == 7
        assert [one.at for one in changes.since(conn, 0)] == [6, 7, 8, 9]
        assert changes.newest(conn) == start + 10
