"""C3, P3: levels by the hour, and which forecasts are worth telling."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.forecast import Forecast, Level, forecast
from sla.instant import DAY, HOUR
from sla.supply import BEYOND_DAYS, NOISE, days_left, levels_of
from tests.sla.histories import examples


def daily(*levels: float, first: int = 0) -> list[Level]:
    return [Level((first + day) * DAY, level) for day, level in enumerate(levels)]


def line(days: int, slope: float, start: float = 100.0) -> list[Level]:
    return daily(*(start - slope * day for day in range(days)))


def test_C3_only_exact_levels_become_percentages() -> None:
    hours = [(0, 800.0), (1, -3.0), (2, -2.0), (3, -1.0), (4, 0.0), (5, 500.0)]
    assert levels_of(hours, [(0, 1000.0)]) == [Level(0, 80.0), Level(4, 0.0), Level(5, 50.0)]


def test_C3_each_level_goes_by_the_capacity_of_its_hour_or_the_last_before_it() -> None:
    hours = [(0, 100.0), (2, 100.0), (4, 100.0), (6, 100.0)]
    stated = [(1, 200.0), (4, 400.0), (5, -2.0), (6, 0.0)]
    assert levels_of(hours, stated) == [Level(0, 50.0), Level(2, 50.0), Level(4, 25.0), Level(6, 25.0)]


def test_C3_without_hours_of_it_the_capacity_is_the_one_said_last() -> None:
    assert levels_of([(0, 30.0)], [], 60.0) == [Level(0, 50.0)]
    assert levels_of([(0, 0.75)], [], 1.0) == [Level(0, 75.0)]
    assert levels_of([(0, 30.0)], [(0, -2.0)], 60.0) == [Level(0, 50.0)]
    assert levels_of([(0, 30.0)], [(0, 120.0)], 60.0) == [Level(0, 25.0)], "hours say it better"


@pytest.mark.parametrize("full", [None, 0.0, -2.0])
def test_C3_without_a_capacity_there_is_no_percentage(full: float | None) -> None:
    assert levels_of([(0, 30.0)], [], full) == []
    assert levels_of([], [(0, 100.0)], full) == []


def test_P3_a_known_slope_is_told_as_it_is() -> None:
    levels = line(21, 2)
    assert days_left(levels, 20 * DAY) == Forecast(30.0, 30.0, 30.0, 0, 21)
    assert days_left(levels, 60 * DAY) == Forecast(0.0, 0.0, 0.0, 0, 21), "empty already, never less"


def test_P3_under_14_days_since_the_replacement_nothing_is_told() -> None:
    assert days_left(line(14, 1), 13 * DAY) is None
    assert days_left([*line(20, 2, 60), *daily(*range(100, 86, -1), first=20)], 33 * DAY) is None
    told = days_left([*line(20, 2, 60), *daily(*range(100, 85, -1), first=20)], 34 * DAY)
    assert told is not None
    assert told.days == pytest.approx(86)


def test_P3_no_use_is_no_forecast() -> None:
    assert days_left(daily(*[70.0] * 30), 29 * DAY) is None
    assert days_left(daily(*(40 + day / 4 for day in range(30))), 29 * DAY) is None


def test_P3_use_that_takes_longer_than_two_years_is_none() -> None:
    slope = 0.1
    days = round(100 / slope - BEYOND_DAYS)
    until = days * DAY
    told = days_left(line(days, slope), until)
    assert told is not None
    assert told.days == pytest.approx(BEYOND_DAYS)
    assert days_left(line(days, slope), until - DAY) is None


def test_P3_exactly_two_years_are_told() -> None:
    levels = line(271, 0.125, 125.0)
    assert forecast(levels, 270 * DAY) == Forecast(730.0, 730.0, 730.0, 0, 271)
    assert days_left(levels, 270 * DAY) is not None


def test_P3_an_interval_that_begins_too_early_says_nothing() -> None:
    # little use for a fortnight, then a fall: the steep end says 18 days, the middle 172
    levels = daily(*[100.0 - day / 8 for day in range(15)], *[98.0 - 12 * day for day in range(1, 7)])
    found = forecast(levels, 20 * DAY)
    assert found is not None
    assert found.days is not None
    assert found.low is not None
    assert found.low * NOISE < found.days < BEYOND_DAYS
    assert days_left(levels, 20 * DAY) is None


def test_P3_an_interval_without_an_end_is_told_without() -> None:
    levels = daily(*[100.0] * 10, *[90.0] * 10, *[80.0] * 6)
    told = days_left(levels, 25 * DAY)
    assert told is not None
    assert told.high is None
    assert told.days == pytest.approx(99.5 / 0.9 - 25)


def test_P3_a_printer_that_knows_three_levels_says_when_not_how_fast() -> None:
    third = 100 / 3
    brother = daily(*[100.0] * 20, *[2 * third] * 20, *[third] * 15)
    found = forecast(brother, 54 * DAY)
    assert found is not None
    assert found.days is not None, "a line can be laid, and means nothing"
    assert days_left(brother, 54 * DAY) is None
    assert days_left(daily(*[100.0] * 30, *[10.0] * 20, *[1.0] * 5), 54 * DAY) is None, "Canon: 100, 10, 1"


def test_P3_few_levels_around_a_replacement_are_no_coarse_steps() -> None:
    levels = daily(2, *[100.0] * 10, *[90.0] * 10, *[80.0] * 6)
    assert days_left(levels, 26 * DAY) == forecast(levels, 26 * DAY)


def test_C3_levels_without_their_sign_are_none() -> None:
    assert levels_of([(0, 4294967293.0), (1, 50.0)], [(0, 100.0)]) == [Level(1, 50.0)]


@examples
@given(st.floats(0.3, 3.0), st.integers(20, 30), st.randoms(use_true_random=False))
def test_P3_one_poll_of_five_astray_moves_it_little(slope: float, days: int, pick: random.Random) -> None:
    levels = line(days, slope)
    for block in range(1, days - 5, 5):
        at = block + pick.randrange(4)
        levels[at] = levels[at]._replace(percent=pick.uniform(0, 100))
    told = days_left(levels, (days - 1) * DAY)
    if told is not None and told.days is not None:
        assert told.days == pytest.approx(max(0.0, 100 / slope - days + 1), rel=0.25, abs=3)


@examples
@given(st.integers(0, 2**32))
def test_P3_a_level_that_only_trembles_is_not_told_to_end_soon(seed: int) -> None:
    pick = random.Random(seed)
    told = days_left(daily(*(70 + pick.uniform(-1, 1) for _ in range(60))), 59 * DAY)
    assert told is None or (told.days is not None and told.days > 300)


@examples
@given(st.lists(st.floats(0, 100), min_size=15, max_size=40), st.integers(0, 60))
def test_P3_what_is_told_is_in_order_and_never_below_nothing(levels: list[float], later: int) -> None:
    told = days_left(daily(*levels), (len(levels) - 1 + later) * DAY)
    if told is not None:
        known = [one for one in (told.low, told.days, told.high) if one is not None]
        assert known[0] >= 0
        assert all(a <= b for a, b in pairwise(known))


@examples
@given(st.integers(1, 20), st.floats(0.5, 4.0))
def test_P3_hours_and_days_say_the_same(capacity: int, slope: float) -> None:
    hours = [(hour * HOUR, capacity * (100 - slope * hour / 24) / 100) for hour in range(0, 24 * 20, 3)]
    told = days_left(levels_of(hours, [(0, float(capacity))]), hours[-1][0])
    assert told is not None
    assert told.days == pytest.approx(100 / slope - hours[-1][0] / DAY, abs=0.01)
