"""Folding (T6): nothing is lost, nothing is there twice, whatever comes when and whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select

from store import facts
from store.database import open_database, reading, writing
from store.facts import DAY_MS, Fact
from store.folding import Folded, fold
from store.packing import Packed
from store.readings import Readings
from store.readings import reading as said
from store.schema import observations, segments

NOW = 100 * DAY_MS
OLD_S, NEW_S = 90 * 86_400, 99 * 86_400


def _numbers(engine: Engine) -> list[int]:
    with writing(engine) as conn:
        return sorted(Readings().intern(conn, [said("c-01", "up", (), None, n) for n in (30, 60)]).values())


def _store(engine: Engine, rows: list[Fact]) -> None:
    with writing(engine) as conn:
        facts.store(conn, rows)


def _rows(engine: Engine, device: int = 1) -> list[Packed]:
    with reading(engine) as conn:
        return facts.rows_of(conn, device)


def _counts(engine: Engine) -> tuple[int, int]:
    with reading(engine) as conn:
        raw = conn.scalar(select(func.count()).select_from(observations)) or 0
        return raw, conn.scalar(select(func.coalesce(func.sum(segments.c.count), 0))) or 0


def test_T6_folding_changes_nothing_that_is_read(engine: Engine) -> None:
    up, other = _numbers(engine)
    rows = [Fact(1, 50 * DAY_MS + n * 60_000 + n % 7, up if n < 900 else other, OLD_S, 3, n) for n in range(2_000)]
    _store(engine, rows)
    before = _rows(engine)
    with reading(engine) as conn:
        seen = facts.seen(conn, 1)
    done = fold(engine, NOW)
    assert (done.days, done.rows) == (2, 2_000)
    assert _counts(engine) == (0, 2_000)
    assert _rows(engine) == before
    with reading(engine) as conn:
        assert facts.seen(conn, 1) == seen
        assert facts.seen(conn, 1, seen[10].ts, seen[1_500].ts) == seen[10:1_500]
        assert list(facts.newest_first(conn, 1)) == seen[::-1]
        assert facts.first_ts(conn, 1) == seen[0].ts
    assert fold(engine, NOW) == Folded()


def test_T6_a_day_waits_until_all_its_rows_arrived_long_ago(engine: Engine) -> None:
    up, _ = _numbers(engine)
    _store(engine, [Fact(1, 50 * DAY_MS, up, OLD_S, 3, 1), Fact(1, 50 * DAY_MS + 5, up, NEW_S, 3, 2)])
    assert fold(engine, NOW) == Folded()
    assert fold(engine, NOW + 3 * DAY_MS).rows == 2


def test_T6_late_rows_of_a_packed_day_are_read_at_once_and_merged_later(engine: Engine) -> None:
    up, other = _numbers(engine)
    first = [Fact(1, 50 * DAY_MS + n * 60_000, up, OLD_S, 3, n) for n in range(10)]
    late = [Fact(1, 50 * DAY_MS + n * 30_000, other if n % 2 else up, NEW_S, 3, 100 + n) for n in range(10)]
    _store(engine, first)
    fold(engine, NOW)
    _store(engine, late)
    together = _rows(engine)
    assert len(together) == 15
    assert _counts(engine) == (10, 10)
    fold(engine, NOW)
    assert _counts(engine) == (10, 10)
    fold(engine, NOW + 3 * DAY_MS)
    assert _counts(engine) == (0, 15)
    assert _rows(engine) == together


def test_T6_folding_stops_when_asked(engine: Engine) -> None:
    up, _ = _numbers(engine)
    _store(engine, [Fact(1, day * DAY_MS, up, OLD_S, 3, day) for day in range(20)])
    assert fold(engine, NOW, stop=lambda: True) == Folded()
    assert fold(engine, NOW).days == 20


_BATCHES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 3 * DAY_MS), st.integers(0, 1), st.integers(0, 1)), max_size=30),
        st.sampled_from(["none", "soon", "late"]),
    ),
    max_size=6,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=_BATCHES)
def test_T6_any_order_of_arriving_and_folding_reads_the_same(
    engine: Engine, batches: list[tuple[list[tuple[int, int, int]], str]]
) -> None:
    numbers = _numbers(engine)
    with writing(engine) as conn:
        conn.execute(delete(observations))
        conn.execute(delete(segments))
    known: set[tuple[int, int]] = set()
    for rows, then in batches:
        _store(engine, [Fact(1, ts, numbers[at], NEW_S if new else OLD_S, 3, ts) for ts, at, new in rows])
        known.update((ts, numbers[at]) for ts, at, _ in rows)
        if then != "none":
            fold(engine, NOW if then == "soon" else NOW + 3 * DAY_MS)
        assert [(row.ts, row.reading) for row in _rows(engine)] == sorted(known)
        assert all(row.seq == row.ts for row in _rows(engine))


_CHILD = """
import sys
from store.database import open_database
from store.folding import fold
fold(open_database(sys.argv[1]), int(sys.argv[2]))
print("folded")
"""


@pytest.mark.slow
def test_T6_a_kill_in_the_middle_loses_and_doubles_nothing(engine: Engine, url: str) -> None:
    up, _ = _numbers(engine)
    rows = [
        Fact(d, day * DAY_MS + n * 600_000, up, OLD_S, 3, n) for d in (1, 2, 3) for day in range(40) for n in range(99)
    ]
    _store(engine, rows)
    before = [_rows(engine, device) for device in (1, 2, 3)]
    engine.dispose()
    for _ in range(2):
        child = subprocess.Popen([sys.executable, "-c", _CHILD, url, str(NOW)], stdout=subprocess.PIPE)
        began = open_database(url)
        start = _counts(began)
        while child.poll() is None and _counts(began) == start:
            time.sleep(0.005)
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        assert sum(_counts(began)) == len(rows)
        assert [_rows(began, device) for device in (1, 2, 3)] == before
        began.dispose()
