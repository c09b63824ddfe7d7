"""P3: days to empty."""

from __future__ import annotations

from statistics import median

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


def test_P3_of_each_run_of_one_level_the_first_poll_counts_and_the_last_of_all() -> None:
    # (0, 100), (10, 90), (20, 80), (25, 80): slopes -1, -1, -1, -0.8, -2/3, 0, their median -0.9;
    # 100, 99, 98, 102.5 at its beginning, their median 99.5: empty on day 110.56
    one = forecast(daily(*[100.0] * 10, *[90.0] * 10, *[80.0] * 6), 25 * DAY)
    assert one is not None
    assert one.points == 4
    assert one.days == pytest.approx(99.5 / 0.9 - 25)


@pytest.mark.parametrize(("polls", "steep", "flat"), [(15, 35, 71), (17, 48, 89)])
def test_P3_the_interval_is_between_two_slopes_by_their_rank(polls: int, steep: int, flat: int) -> None:
    # 15: 105 slopes, their spread 1.645 x sqrt(15 x 14 x 35 / 18) = 33.2, so from rank 35.9 to rank 1 + 69.1
    # 17: 136 slopes, their spread 1.645 x sqrt(17 x 16 x 39 / 18) = 39.9, so from rank 48.03 to rank 1 + 87.97
    levels = [100 - day - day**3 / 100 for day in range(polls)]
    slopes = sorted((levels[b] - levels[a]) / (b - a) for b in range(polls) for a in range(b))

    def days(slope: float) -> float:
        begin = sorted(level - slope * day for day, level in enumerate(levels))[polls // 2]
        return -begin / slope - (polls - 1)

    one = forecast(daily(*levels), (polls - 1) * DAY)
    assert one is not None
    ends = days(slopes[steep - 1]), days(median(slopes)), days(slopes[flat - 1])
    assert (one.low, one.days, one.high) == pytest.approx(ends)


def test_P3_a_few_points_have_the_interval_of_all_their_slopes() -> None:
    # slopes -4, -3, -8/3, -2, -2, -2; by the steepest they began at 100, 100, 110, 120, by the last at 100, 90, 90, 90
    levels = [Level(day * DAY, level) for day, level in ((0, 100.0), (5, 80.0), (10, 70.0), (15, 60.0))]
    one = forecast(levels, 15 * DAY)
    assert one is not None
    assert (one.low, one.high) == pytest.approx((105 / 4 - 15, 90 / 2 - 15))


def test_P3_the_ends_are_as_they_were_polled() -> None:
    levels = [Level(day * DAY, 100.0 - 2 * day) for day in (0, 5, 10, 14)]
    one = forecast(levels, 14 * DAY)
    assert one is not None
    assert one[:3] == pytest.approx((36, 36, 36))


def test_P3_three_polls_astray_of_five_stand() -> None:
    # smoothed 100, 97, 80, 80, 80, 82, 82: kept (0, 100), (3, 97), (6, 80), (15, 82), (18, 82), their slope -1
    levels = [Level(3 * DAY * i, level) for i, level in enumerate((100.0, 97.0, 80.0, 80.0, 80.0, 85.0, 82.0))]
    one = forecast(levels, 18 * DAY)
    assert one is not None
    assert one.days == pytest.approx(82)
    assert one.points == 5


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
    assert one.days == pytest.approx(100 - 43197 / 1440), "each of the middle of what it stands for"
    assert one.points == 364, "6172 of them by 17"


def test_P3_against_pages_the_days_follow_from_the_pages_a_day() -> None:
    # 1 % for 100 pages, 50 pages a day: half a percent a day
    levels = [Level(day * DAY, 100 - day / 2, pages=5000 + 50 * day) for day in range(41)]
    one = forecast(levels, 40 * DAY, against="pages")
    assert one is not None
    assert one.days == pytest.approx(160)
    assert forecast(levels, 50 * DAY, against="pages") == one._replace(days=150, low=150, high=150)


def test_P3_the_pages_a_day_are_those_since_the_replacement() -> None:
    # 1 % for 100 pages; 20 days of 50 a day, 20 of 100 a day: 75 a day, and 7000 are left
    printed = [*range(0, 1000, 50), *range(1000, 3001, 100)]
    levels = [Level(day * DAY, 100 - pages / 100, pages) for day, pages in enumerate(printed)]
    one = forecast(levels, 40 * DAY, against="pages")
    assert one is not None
    assert one.days == pytest.approx(7000 / 75)


def test_P3_less_than_a_page_a_day_is_printing_too() -> None:
    # 1 % a page, a page every other day: 80 pages are left
    levels = [Level(day * DAY, 100.0 - day // 2, day // 2) for day in range(41)]
    one = forecast(levels, 40 * DAY, against="pages")
    assert one is not None
    assert one.days == pytest.approx(160)


def test_P3_a_level_that_falls_without_a_page_gives_no_slope() -> None:
    levels = [Level(day * DAY, 100.0 - day, 10 * (day if day < 15 else day - 1)) for day in range(31)]
    one = forecast(levels, 30 * DAY, against="pages")
    assert one is not None
    assert one.points == 31


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
