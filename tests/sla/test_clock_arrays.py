"""T4 over arrays: element by element what the clock says."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.clock import ALWAYS, Clock
from sla.clock_arrays import NEVER, Clocks, deadlines, open_durations
from sla.instant import DAY, HOUR, MINUTE, parse
from tests.sla.histories import examples

NIGHTS: Final = {"zone": "Europe/Berlin", "week": {"sat-sun": ["22:00-06:00"], "wed": ["08:30-12:00", "13:00-24:00"]}}
ONCE: Final = {"zone": "Asia/Shanghai", "dates": {"2031-05-01": ["09:00-17:00"]}}
DOCUMENTS: Final = (
    NIGHTS,
    ONCE,
    {"zone": "Asia/Shanghai", "week": {"mon-fri": ["08:30-18:00"]}, "holidays": "cn"},
    {"zone": "UTC"},
    {"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}, "dates": {"2026-10-25": "closed"}},
)

clocks = st.sampled_from([ALWAYS, *(Calendar.parse(document).clock() for document in DOCUMENTS)])
instants = st.one_of(
    st.integers(parse("2026-10-23T00:00:00Z"), parse("2026-10-28T00:00:00Z")),
    st.integers(parse("2025-01-01T00:00:00Z"), parse("2028-01-01T00:00:00Z")),
    st.just(parse("2026-10-25T01:00:00Z")),
)
durations = st.one_of(st.integers(-HOUR, 3 * DAY), st.sampled_from([0, 1, 8 * HOUR, 8 * HOUR + 1]))


@examples
@given(clocks, st.lists(st.tuples(instants, instants), max_size=6))
def test_T4_open_durations_are_the_clocks(clock: Clock, pairs: list[tuple[int, int]]) -> None:
    from_, until = np.array(pairs, np.int64).reshape(-1, 2).T
    assert open_durations(clock, from_, until).tolist() == [clock.open_duration(*pair) for pair in pairs]


@examples
@given(clocks, st.lists(st.tuples(instants, durations), max_size=6))
def test_T4_deadlines_are_the_clocks_and_NEVER_stands_for_none(clock: Clock, pairs: list[tuple[int, int]]) -> None:
    from_, ms = np.array(pairs, np.int64).reshape(-1, 2).T
    expected = [clock.deadline(*pair) for pair in pairs]
    assert deadlines(clock, from_, ms).tolist() == [NEVER if at is None else at for at in expected]


@examples
@given(clocks, st.lists(st.tuples(instants, st.integers(1, 3 * DAY)), min_size=1, max_size=6))
def test_T4_arrays_of_deadlines_and_durations_are_inverses(clock: Clock, pairs: list[tuple[int, int]]) -> None:
    from_, ms = np.array(pairs, np.int64).T
    found = deadlines(clock, from_, ms)
    some = found != NEVER
    assert (open_durations(clock, from_[some], found[some]) == ms[some]).all()


def test_T4_a_single_day_far_ahead_is_found_and_nothing_after_it() -> None:
    day = parse("2031-05-01T09:00:00+08:00")
    from_ = np.array([parse("2026-01-01T00:00:00Z")] * 3)
    found = deadlines(Calendar.parse(ONCE).clock(), from_, np.array([1, 8 * HOUR, 8 * HOUR + 1]))
    assert found.tolist() == [day + 1, day + 8 * HOUR, NEVER]


@pytest.mark.slow
def test_T4_instants_beyond_what_a_clock_knows_are_closed_and_do_no_harm() -> None:
    far, week = 1 << 60, Calendar.parse({"zone": "UTC", "week": {"mon": ["09:00-10:00"]}}).clock()
    from_, until = np.array([-far, 0, far, -far]), np.array([0, far, far + 1, far])
    for clock in (week, ALWAYS):
        expected = [clock.open_duration(*pair) for pair in zip(from_.tolist(), until.tolist(), strict=True)]
        assert open_durations(clock, from_, until).tolist() == expected
    assert deadlines(week, from_, np.full(4, HOUR)).tolist() == [
        4 * DAY + 10 * HOUR,
        4 * DAY + 10 * HOUR,
        NEVER,
        4 * DAY + 10 * HOUR,
    ]
    assert deadlines(week, from_, np.full(4, far)).tolist() == [NEVER] * 4


def test_T4_no_time_has_passed_at_once_also_while_closed() -> None:
    hours, begin = Calendar.parse({"zone": "UTC", "week": {"mon-sun": ["09:00-10:00"]}}).clock(), 3 * HOUR
    found = deadlines(hours, np.full(3, begin), np.array([0, 1, -1]))
    assert found.tolist() == [begin, 9 * HOUR + 1, begin]


def test_T4_an_hour_a_week_is_followed_for_years() -> None:
    hours = Calendar.parse({"zone": "UTC", "week": {"mon": ["09:00-10:00"]}}).clock()
    monday = parse("2026-01-05T00:00:00Z")
    assert deadlines(hours, np.array([monday]), np.array([200 * HOUR])).tolist() == [
        monday + 199 * 7 * DAY + 10 * HOUR,
    ]


def test_T4_days_off_long_ago_still_put_off_what_is_due_years_later() -> None:
    off = {f"2025-12-0{day}": "closed" for day in range(1, 6)}
    hours = Calendar.parse({"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}, "dates": off}).clock()
    begin, due = parse("2025-11-01T00:00:00Z"), parse("2027-01-02T00:00:00Z")
    assert deadlines(hours, np.array([begin]), np.array([due - begin - 5 * DAY])).tolist() == [due]


def test_T4_a_clock_that_is_never_open_gives_whole_numbers_too() -> None:
    never, from_ = Calendar.parse({"zone": "UTC"}).clock(), np.array([0, DAY])
    assert open_durations(never, from_, from_ + DAY).dtype == np.int64
    assert deadlines(never, from_, from_ + DAY).dtype == np.int64


def test_T4_any_shape_is_kept() -> None:
    from_ = np.arange(0, 6 * HOUR, HOUR).reshape(2, 3)
    assert open_durations(ALWAYS, from_, from_ + 5).tolist() == [[5, 5, 5], [5, 5, 5]]
    assert deadlines(ALWAYS, from_, np.full((2, 3), 5)).tolist() == (from_ + 5).tolist()
    assert deadlines(ALWAYS, from_, np.zeros((2, 3), np.int64)).tolist() == from_.tolist()


@examples
@given(st.lists(clocks, min_size=1, max_size=4), st.data())
def test_T4_many_clocks_in_one_table(some: list[Clock], data: st.DataObject) -> None:
    low, high = parse("2026-10-23T00:00:00Z"), parse("2026-10-28T00:00:00Z")
    at = data.draw(st.lists(st.integers(low, high), min_size=1, max_size=8))
    which = [data.draw(st.integers(0, len(some) - 1)) for _ in at]
    found = Clocks.of(some, low, high).opened(np.array(which), np.array(at))
    assert found.tolist() == [some[n].open_duration(low, t) for n, t in zip(which, at, strict=True)]


def test_T4_many_clocks_in_one_table_begin_at_its_low_end_also_before_1970() -> None:
    nights = Calendar.parse({"zone": "UTC", "week": {"mon-sun": ["22:00-06:00"]}}).clock()
    found = Clocks.of([nights, ALWAYS, Calendar.parse({"zone": "UTC"}).clock(), nights], -DAY, DAY)
    assert found.opened(np.arange(4), np.full(4, -DAY)).tolist() == [0, 0, 0, 0]
    assert found.opened(np.arange(4), np.full(4, 5 * HOUR)).tolist() == [5 * HOUR, 29 * HOUR, 0, 5 * HOUR]
    assert found.keys.dtype == found.lines.starts.dtype == np.int64
    assert found.opened(np.arange(4), np.full(4, DAY)).tolist() == [8 * HOUR, 48 * HOUR, 0, 8 * HOUR]


@pytest.mark.slow
def test_T4_a_million_in_less_than_a_second() -> None:
    rng = np.random.default_rng(1)
    from_ = rng.integers(parse("2025-01-01T00:00:00Z"), parse("2027-01-01T00:00:00Z"), 1_000_000)
    ms = rng.integers(0, 100 * HOUR, 1_000_000)
    clock = Calendar.parse(NIGHTS).clock()
    began = time.process_time()
    open_durations(clock, from_, from_ + 30 * DAY + MINUTE)
    between = time.process_time()
    deadlines(clock, from_, ms)
    assert between - began < 1
    assert time.process_time() - between < 1
