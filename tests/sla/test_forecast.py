"""P3: days to empty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.forecast import Forecast, Level, forecast
from sla.instant import DAY, HOUR
from tests.sla.histories import examples


def daily(*levels: float | None, first: int = 0) -> list[Level]:
    return [Level((first + day) * DAY, level) for day, level in enumerate(levels)]


def test_P3_a_line_of_two_points_a_day_is_empty_when_it_reaches_nothing() -> None:
    levels = daily(*(100 - 2 * day for day in range(21)))  # 60 % on day 20
    assert forecast(levels, 20 * DAY) == Forecast(30.0, 30.0, 30.0, 0, 21)
    later = forecast(levels, 25 * DAY)
    assert later is not None
    assert later.days == 25.0, "from now on, not from the last poll on"


def test_P3_under_14_days_of_data_there_is_no_forecast() -> None:
    assert forecast([], 0) is None
    assert forecast(daily(*range(90, 76, -1)), 13 * DAY) is None, "14 polls, 13 days"
    assert forecast(daily(*range(90, 75, -1)), 14 * DAY) is not None


def test_P3_only_what_came_after_the_last_replacement_counts() -> None:
    before = daily(*(40 - 2 * day for day in range(20)))
    after = daily(*(100 - day for day in range(15)), first=20)
    one = forecast([*before, *after], 34 * DAY)
    assert one is not None
    assert one.days == pytest.approx(86)
    assert one.since == 20 * DAY
    assert forecast([*before, *after[:14]], 33 * DAY) is None, "13 days since it"


def test_P3_a_level_that_does_not_fall_is_never_empty() -> None:
    assert forecast(daily(*[70.0] * 20), 19 * DAY) == Forecast(None, None, None, 0, 2)
    rising = forecast(daily(*(50 + day / 2 for day in range(20))), 19 * DAY)
    assert rising is not None
    assert rising.days is None


def test_P3_what_should_be_empty_already_is_0_days() -> None:
    one = forecast(daily(*(40 - 2 * day for day in range(20))), 30 * DAY)
    assert one is not None
    assert one.days == 0.0


def test_P3_levels_that_are_not_known_are_passed_over() -> None:
    levels = daily(*(None if day % 3 else 100.0 - day for day in range(31)))
    one = forecast(levels, 30 * DAY)
    assert one is not None
    assert one.days == pytest.approx(70)


def test_P3_steps_of_10_per_cent_do_not_break_it() -> None:
    # 1 % a day, shown in tens, polled every hour: a new level every ten days
    levels = [Level(hour * HOUR, 100.0 - hour // 240 * 10) for hour in range(45 * 24)]
    one = forecast(levels, 45 * DAY)
    assert one is not None
    assert one.days == pytest.approx(55, abs=6)
    assert one.points == 6, "five levels and the last poll"


def test_P3_one_step_late_in_the_data_is_a_slow_fall_with_a_wide_interval() -> None:
    one = forecast(daily(*[100.0] * 18, 90.0, 90.0, 90.0), 20 * DAY)
    assert one is not None
    assert one.days is not None
    assert one.days > 100
    assert one.high is None, "it may as well never be empty"


def test_P3_a_month_of_polls_every_minute_is_thinned() -> None:
    levels = [Level(minute * 60_000, 100.0 - minute / 1440) for minute in range(0, 30 * 1440, 7)]
    one = forecast(levels, levels[-1].ts)
    assert one is not None
    assert one.days == pytest.approx(70, abs=0.1)
    assert one.points <= 400


def test_P3_against_pages_the_days_follow_from_the_pages_a_day() -> None:
    # 1 % for 100 pages, 50 pages a day: half a percent a day
    levels = [Level(day * DAY, 100 - day / 2, pages=5000 + 50 * day) for day in range(41)]
    one = forecast(levels, 40 * DAY, against="pages")
    assert one is not None
    assert one.days == pytest.approx(160)
    assert forecast(levels, 50 * DAY, against="pages") == one._replace(days=150, low=150, high=150)


def test_P3_polls_that_do_not_know_their_pages_are_left_out() -> None:
    levels = [Level(day * DAY, 100.0 - day, pages=None if day % 2 else 10 * day) for day in range(31)]
    one = forecast([*levels, Level(31 * DAY, None, 310)], 30 * DAY, against="pages")
    assert one is not None
    assert one.days == pytest.approx(70)
    assert one.points == 16


def test_P3_where_nothing_was_printed_pages_say_nothing() -> None:
    assert forecast([Level(day * DAY, 80.0, 7) for day in range(20)], 19 * DAY, against="pages") is None


lines = st.tuples(st.integers(3, 8), st.floats(0.2, 0.9), st.floats(80, 100))


@examples
@given(lines, st.integers(0, 5))
def test_P3_the_forecast_of_an_exact_line_is_exact(line: tuple[int, float, float], later: int) -> None:
    weeks, slope, level = line
    days = 5 * weeks
    one = forecast(daily(*(level - slope * day for day in range(days))), (days + later) * DAY)
    assert one is not None
    assert one.days == pytest.approx(max(0, level / slope - days - later), abs=1e-6)
    assert (one.low, one.high) == pytest.approx((one.days, one.days), abs=1e-6)


@examples
@given(lines, st.lists(st.tuples(st.integers(0, 4), st.floats(0, 100)), min_size=8, max_size=8))
def test_P3_one_poll_of_five_may_say_anything(line: tuple[int, float, float], strays: list[tuple[int, float]]) -> None:
    weeks, slope, level = line[0] + 1, line[1], line[2]
    true = [level - slope * day for day in range(5 * weeks)]
    said = list(true)
    for block, (place, stray) in enumerate(strays[:weeks]):
        if 0 < 5 * block + place < len(said) - 1:
            said[5 * block + place] = stray
    one = forecast(daily(*said), (len(said) - 1) * DAY)
    assert one is not None
    assert one.days == pytest.approx(true[-1] / slope, rel=0.2)


@examples
@given(st.lists(st.floats(0, 100), min_size=15, max_size=40))
def test_P3_the_interval_holds_the_forecast(levels: list[float]) -> None:
    falling = sorted(levels, reverse=True)
    one = forecast(daily(*falling), (len(levels) - 1) * DAY)
    assert one is not None
    if one.days is not None:
        assert one.low is not None
        assert 0 <= one.low <= one.days <= (one.days if one.high is None else one.high)
    else:
        assert one.high is None
