"""What changes nothing may be left out: the classes and figures are those of all observations (T6, A1)."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Final

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete

from sla.availability import tally
from sla.instant import DAY
from sla.judge import Confirmation, judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.seen import Seen, State, distinct
from sla.spans import DeviceFacts, Planned, spans
from store import facts
from store.database import reading, writing
from store.facts import Fact
from store.folding import fold
from store.readings import Reading, Readings
from store.schema import observations, segments
from store.steady import Rows, Runs, Stretch, Words, rows_of, steady, thinned
from tests.sla.histories import drawn, examples

S: Final = 1000
SAID: Final[list[tuple[State, int, tuple[str, ...]]]] = [
    ("up", 0, ()),
    ("up", 0, ()),
    ("up", 10 * S, ("lowToner",)),
    ("degraded", 0, ()),
    ("down", 0, ()),
    ("down", 0, ()),
    ("down", 0, ("jammed",)),
    ("down", 10 * S, ()),
    ("unknown", 0, ()),
]
POLICY = Policy({"jammed": "hall"}, frozenset({"jammed"}), "v-1")

gaps = st.sampled_from([0, 1, 3, 3, 3, 5, 9, 10, 30, 31])
runs = st.tuples(st.integers(0, len(SAID) - 1), st.lists(gaps, min_size=1, max_size=7))
confirmations = st.builds(Confirmation, confirm=st.integers(1, 3), recover=st.integers(1, 4))
pasts = st.lists(runs, max_size=12)


def rows(past: list[tuple[int, list[int]]]) -> Rows:
    """Runs of (reading, gaps in s before each) as the database has them: in order, each once."""
    at, every = 0, set()
    for number, steps in past:
        for step in steps:
            at += step * S
            every.add((at, number))
    return Rows(*np.array(sorted(every), np.int64).reshape(-1, 2).T)


def runs_of(some: Rows) -> Runs:
    lengths = [(key, len(list(group))) for key, group in groupby(some.reading.tolist())]
    heads = np.cumsum([0, *(length for _, length in lengths)])[:-1].astype(np.int64)
    return Runs(heads, np.array([length for _, length in lengths], np.int64), [SAID[key] for key, _ in lengths])


def all_of(some: Rows) -> list[Seen]:
    return distinct(Seen(ts, *SAID[n]) for ts, n in zip(some.ts.tolist(), some.reading.tolist(), strict=True))


@examples
@given(
    past=pasts,
    above=pasts,
    rule=confirmations,
    now=st.integers(0, 300),
    start=st.integers(0, 300),
    length=st.integers(1, 300),
)
def test_T6_A1_what_is_left_out_changes_no_class_and_no_figure(
    past: list[tuple[int, list[int]]],
    above: list[tuple[int, list[int]]],
    rule: Confirmation,
    now: int,
    start: int,
    length: int,
) -> None:
    some = rows(past)
    some = some.part(some.ts <= now * S)
    seen = all_of(some)
    outages = judge(seen, rule).outages
    behind = Ancestor(judge(all_of(rows(above)), rule).outages, 3 * S)
    whole = DeviceFacts(seen=seen, outages=outages, ancestors=[behind], interval_ms=3 * S, policy=POLICY)
    few = replace(whole, seen=distinct(thinned(some, runs_of(some), outages, 3 * S)))
    period = start * S, (start + length) * S, now * S
    for raw in (False, True):
        assert spans(few, *period, raw=raw) == spans(whole, *period, raw=raw)
    assert tally(few, *period, "service") == tally(whole, *period, "service")


def test_T6_of_a_steady_month_two_observations_are_left() -> None:
    some = rows([(0, [60] * 43_200)])
    few = thinned(some, runs_of(some), [], 60 * S)
    assert [one.ts for one in few] == [some.ts[0], some.ts[-1]]
    assert few[-1].interval_ms == 0


def test_O6_a_gap_of_three_intervals_is_steady_and_one_beyond_is_blind() -> None:
    """u every 3 s, then 9 s: all of one; 9.001 s would be blind, so both sides of it stay."""
    for gap, left in ((9_000, 2), (9_001, 4)):
        ts = np.array([0, 3_000, 6_000, 6_000 + gap, 9_000 + gap], np.int64)
        some = Rows(ts, np.zeros(5, np.int64))
        assert len(thinned(some, runs_of(some), [], 3 * S)) == left


def test_O5_b_a_word_within_an_outage_that_is_not_down_stays() -> None:
    """confirm 1, recover 4: d u u u d; the middle word may be the one that ends being unreachable."""
    some = rows([(4, [3]), (0, [3, 3, 3]), (4, [3])])
    outages = judge(all_of(some), Confirmation(1, 4)).outages
    assert len(outages) == 1
    assert len(thinned(some, runs_of(some), outages, 3 * S)) == 5


def _store(conn: Connection, device: int, seen: list[Seen], arrived: int) -> None:
    readings = [Reading("c", one.state, "\n".join(one.conditions), "", one.interval_ms) for one in seen]
    numbers = Readings().intern(conn, readings)
    facts.store(
        conn,
        [Fact(device, one.ts, numbers[said], arrived, None, None) for one, said in zip(seen, readings, strict=True)],
    )


def test_T6_rows_raw_and_folded_are_read_each_once(engine: Engine) -> None:
    early, late = drawn("ud?u" * 30, 1800, start=40 * DAY), drawn("uug" * 30, 2700, start=40 * DAY)
    with writing(engine) as conn:
        _store(conn, 1, early, 45 * DAY // S)
    fold(engine, 60 * DAY)
    with writing(engine) as conn:
        _store(conn, 1, late, 70 * DAY // S)
    for start, until in ((39, 50), (40, 41), (41, 42), (43, 44), (50, 51)):
        with reading(engine) as conn:
            some = rows_of(conn, Stretch(1, start * DAY, until * DAY))
            known = facts.rows_of(conn, 1, start * DAY, until * DAY)
            assert list(zip(*(column.tolist() for column in some), strict=True)) == [row[:2] for row in known]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    picture=st.text("uuuddg?.", max_size=60),
    step_s=st.sampled_from([60, 1200, 7200, 90_000]),
    start=st.integers(0, 60),
    length=st.integers(1, 60),
    folded=st.booleans(),
)
def test_O6_a_period_is_read_with_the_words_around_it(
    engine: Engine, picture: str, step_s: int, start: int, length: int, folded: bool
) -> None:
    """Whatever lies between: the spans of a period are those of all that was ever seen, for 31 days around."""
    seen = drawn(picture, step_s, start=40 * DAY, interval_s=60)
    with writing(engine) as conn:
        for table in (observations, segments):
            conn.execute(delete(table))
        _store(conn, 1, seen, 45 * DAY // S)
    now = 40 * DAY + 60 * step_s * S
    if folded:
        fold(engine, now + 60 * DAY)
    outages = judge(seen, Confirmation()).outages
    begin = 40 * DAY + min(start, 20) * step_s * S - 7
    until = begin + min(length, 20) * step_s * S
    own = [one for one in outages if one.start < until and (one.until is None or one.until > begin)]
    low = min([begin, *(one.start for one in own)])
    with reading(engine) as conn:
        few = steady(conn, Stretch(1, low, until), now, own, 60 * S, Words())
    whole = DeviceFacts(seen=seen, outages=outages, maintenance=[Planned(begin + 5, begin + 9, 0)])
    assert spans(replace(whole, seen=few, outages=own), begin, until, now) == spans(whole, begin, until, now)
