"""Facts: stored once, read in order, readings interned."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from sla.seen import Seen
from store import facts
from store.database import reading, writing
from store.facts import Fact
from store.readings import Readings, look_up
from store.readings import reading as said

UP = said("c-01", "up", (), None, 60)
LOW = said("c-01", "degraded", ("noPaper", "lowToner"), "trays", 60)
DAY = facts.DAY_MS


def _numbers(engine: Engine) -> tuple[int, int]:
    with writing(engine) as conn:
        found = Readings().intern(conn, [UP, LOW])
    return found[UP], found[LOW]


def test_a_fact_is_stored_once_however_often_it_arrives(engine: Engine) -> None:
    up, low = _numbers(engine)
    rows = [Fact(1, 1_000, up, 5, None, None), Fact(1, 2_000, low, 5, 1, 7)]
    with writing(engine) as conn:
        assert facts.store(conn, rows) == 2
        assert facts.store(conn, [*rows, Fact(2, 1_000, up, 9, None, None)]) == 1
        assert facts.store(conn, []) == 0
        assert len(facts.seen(conn, 1)) == 2


def test_facts_are_read_in_order_with_what_was_said(engine: Engine) -> None:
    up, low = _numbers(engine)
    with writing(engine) as conn:
        facts.store(conn, [Fact(1, ts, low if ts == 3_000 else up, 5, 1, ts) for ts in (3_000, 1_000, 2_000)])
        worse = Seen(3_000, "degraded", 60_000, ("lowToner", "noPaper"))
        assert facts.seen(conn, 1) == [Seen(1_000, "up", 60_000), Seen(2_000, "up", 60_000), worse]
        assert [one.ts for one in facts.seen(conn, 1, 1_000, 3_000)] == [1_000, 2_000]
        assert facts.said(conn, 1, 3_000)[0] == (3_000, LOW, 1, 3_000)
        assert facts.seen(conn, 2) == []


def test_the_newest_come_first_over_days_without_any(engine: Engine) -> None:
    up, _ = _numbers(engine)
    instants = [5, DAY - 1, DAY, 40 * DAY, 40 * DAY + 1]
    with writing(engine) as conn:
        facts.store(conn, [Fact(1, ts, up, 5, None, None) for ts in instants])
        assert [one.ts for one in facts.newest_first(conn, 1)] == instants[::-1]
        assert [one.ts for one in facts.newest_first(conn, 1, before=40 * DAY + 1)] == instants[3::-1]
        assert [one.ts for one in facts.newest_first(conn, 1, before=DAY)] == [DAY - 1, 5]
        assert facts.first_ts(conn, 1) == 5
        assert facts.first_ts(conn, 2) is None


def test_O7_several_at_one_instant_are_all_kept(engine: Engine) -> None:
    up, low = _numbers(engine)
    with writing(engine) as conn:
        facts.store(conn, [Fact(1, 5, up, 5, 1, 1), Fact(1, 5, low, 5, 1, 2)])
        assert {one.state for one in facts.seen(conn, 1)} == {"up", "degraded"}


def test_a_reading_has_one_number_for_good(engine: Engine) -> None:
    first, second = Readings(), Readings()
    with writing(engine) as conn:
        numbers = first.intern(conn, [UP, LOW, UP])
    with writing(engine) as conn:
        assert second.intern(conn, [LOW, UP]) == first.intern(conn, [LOW, UP]) == numbers
        assert look_up(conn, numbers.values()) == {n: one for one, n in numbers.items()}


def test_a_number_is_forgotten_with_its_transaction(engine: Engine) -> None:
    memory = Readings()

    def fail() -> None:
        with writing(engine) as conn:
            memory.intern(conn, [LOW])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with writing(engine) as conn:
        Readings().intern(conn, [UP])
    with writing(engine) as conn:
        found = memory.intern(conn, [LOW, UP])
    with reading(engine) as conn:
        assert look_up(conn, found.values()) == {found[LOW]: LOW, found[UP]: UP}
