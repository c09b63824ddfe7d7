"""The few observations around an instant, raw or folded (O1, T6)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert

from store import facts
from store.around import around
from store.database import reading, writing
from store.facts import DAY_MS, Fact
from store.folding import fold_day
from store.readings import Readings
from store.readings import reading as said
from store.schema import streams

pytestmark = pytest.mark.slow

DAY = 20_000 * DAY_MS
OLD = DAY - 3 * DAY_MS


@pytest.fixture
def observed(engine: Engine) -> Engine:
    """Three of three days before, folded, and two of the day, one of them of a collector's outbox."""
    with writing(engine) as conn:
        row = {"n": 7, "collector": "c-01", "epoch": "e-1", "receipt": 9, "heard_at": DAY}
        conn.execute(insert(streams).values(row))
        one = said("c-01", "up", ("lowToner",), None, 60)
        n = Readings().intern(conn, [one])[one]
        instants = [(OLD + minute * 60_000, None) for minute in range(3)] + [(DAY, None), (DAY + 60_000, 42)]
        stored = [Fact(1, ts, n, ts // 1000 + 5, 7 if seq else None, seq) for ts, seq in instants]
        facts.store(conn, stored)
        fold_day(conn, 1, OLD // DAY_MS, DAY // 1000)
    return engine


def test_the_last_before_and_the_first_after_in_order(observed: Engine) -> None:
    with reading(observed) as conn:
        before, after = around(conn, 1, DAY, 2)
    assert [one.ts for one in before] == [OLD + 60_000, OLD + 120_000]
    assert [one.ts for one in after] == [DAY, DAY + 60_000]


def test_T6_a_folded_one_has_no_arrival_and_another_has_its_identity(observed: Engine) -> None:
    with reading(observed) as conn:
        before, after = around(conn, 1, DAY + 60_000, 2)
    assert [one.arrived for one in before] == [None, DAY // 1000 + 5]
    assert [(one.epoch, one.seq) for one in before] == [(None, None), (None, None)]
    assert [(one.arrived, one.epoch, one.seq) for one in after] == [(DAY // 1000 + 65, "e-1", 42)]
    assert after[0].reading.conditions == "lowToner"


@pytest.mark.parametrize(("at", "counts"), [(OLD, (0, 5)), (OLD - 1, (0, 5)), (DAY + 60_001, (5, 0))])
def test_at_the_ends_there_are_fewer(observed: Engine, at: int, counts: tuple[int, int]) -> None:
    with reading(observed) as conn:
        before, after = around(conn, 1, at, 50)
        assert (len(before), len(after)) == counts
        assert around(conn, 2, at, 50) == ([], [])
