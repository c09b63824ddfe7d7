"""What recurs by a rule: every time of it as the wall says, also in the nights in which clocks are changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.instant import HOUR, MINUTE, Ms, parse
from sla.interval import Interval
from sla.recurring import LAST, MOST, Monthly, Recurring, TooMany, Weekly

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def days(
    rule: Weekly | Monthly, first: str, last: str, opens: time = time(8), closes: time = time(9), nights: int = 0
) -> list[str]:
    """The dates on which a rule begins in Shanghai."""
    every = Recurring(rule, date.fromisoformat(first), date.fromisoformat(last), opens, closes, SHANGHAI, nights)
    return [wall(one.start, SHANGHAI)[:10] for one in every.times()]


def wall(at: Ms, zone: ZoneInfo) -> str:
    """What the wall reads."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).isoformat()


def nightly(opens: time, closes: time, first: str, last: str) -> list[Interval]:
    """Every day in Berlin."""
    rule = Weekly(frozenset(range(7)))
    return Recurring(rule, date.fromisoformat(first), date.fromisoformat(last), opens, closes, BERLIN).times()


def test_A1_a_weekly_rule_names_its_days_from_the_first_to_the_last_date() -> None:
    both = Weekly(frozenset({0, 3}))
    assert days(both, "2026-11-03", "2026-11-12") == ["2026-11-05", "2026-11-09", "2026-11-12"]
    assert days(both, "2026-11-03", "2026-11-04") == []


def test_A1_every_second_week_counts_from_the_week_of_the_first_date() -> None:
    other = Weekly(frozenset({1}), every=2)
    assert days(other, "2026-11-04", "2026-12-08") == ["2026-11-17", "2026-12-01"]
    assert days(other, "2026-11-02", "2026-11-18") == ["2026-11-03", "2026-11-17"]


def test_A1_a_monthly_rule_passes_over_months_without_its_day() -> None:
    assert days(Monthly(frozenset({31})), "2026-01-01", "2026-06-30") == ["2026-01-31", "2026-03-31", "2026-05-31"]
    last = ["2028-01-31", "2028-02-29", "2028-03-31"]
    assert days(Monthly(frozenset({LAST})), "2028-01-01", "2028-03-31") == last
    assert days(Monthly(frozenset({1, 15}), every=3), "2026-11-10", "2027-02-28") == [
        "2026-11-15",
        "2027-02-01",
        "2027-02-15",
    ]


def test_A1_a_month_counts_the_days_of_one_weekday_from_either_end() -> None:
    sundays = Monthly(frozenset({1, LAST}), weekday=6)
    assert days(sundays, "2026-11-01", "2026-12-31") == ["2026-11-01", "2026-11-29", "2026-12-06", "2026-12-27"]
    assert days(Monthly(frozenset({5}), weekday=0), "2026-11-01", "2026-12-31") == ["2026-11-30"]
    assert days(Monthly(frozenset({2}), weekday=5), "2026-11-01", "2026-11-30") == ["2026-11-14"]


def test_T1_it_has_the_hours_of_the_wall_over_midnight_too() -> None:
    rule = Weekly(frozenset({5}))
    over = Recurring(rule, date(2026, 11, 7), date(2026, 11, 7), time(22), time(2, 30), SHANGHAI).times()
    assert over == [Interval(parse("2026-11-07T22:00:00+08:00"), parse("2026-11-08T02:30:00+08:00"))]
    longer = Recurring(rule, date(2026, 11, 7), date(2026, 11, 7), time(22), time(23), SHANGHAI, nights=2).times()
    assert longer == [Interval(parse("2026-11-07T22:00:00+08:00"), parse("2026-11-09T23:00:00+08:00"))]
    whole = Recurring(rule, date(2026, 11, 7), date(2026, 11, 7), time(0), time(0)).times()
    assert whole == [Interval(parse("2026-11-07T00:00:00Z"), parse("2026-11-08T00:00:00Z"))]


def test_T1_in_spring_a_time_that_the_leap_leaves_out_is_none_and_one_across_it_is_shorter() -> None:
    assert len(nightly(time(2), time(3), "2026-03-28", "2026-03-30")) == 2
    lengths = [one.until - one.start for one in nightly(time(1, 30), time(4), "2026-03-28", "2026-03-30")]
    assert lengths == [150 * MINUTE, 90 * MINUTE, 150 * MINUTE]
    half = nightly(time(2, 30), time(3, 30), "2026-03-29", "2026-03-29")
    assert [wall(at, BERLIN)[11:] for at in half[0]] == ["03:00:00+02:00", "03:30:00+02:00"]


def test_T1_in_autumn_a_reading_that_comes_twice_stands_for_its_first() -> None:
    twice = nightly(time(2, 30), time(3, 30), "2026-10-25", "2026-10-25")[0]
    assert (wall(twice.start, BERLIN)[11:], twice.until - twice.start) == ("02:30:00+02:00", 2 * HOUR)
    assert wall(nightly(time(1), time(2, 15), "2026-10-25", "2026-10-25")[0].until, BERLIN)[11:] == "02:15:00+02:00"


def test_a_rule_of_too_many_times_is_refused() -> None:
    every, first = Weekly(frozenset(range(7))), date(2026, 1, 1)
    exact = Recurring(every, first, first + timedelta(MOST - 1), time(8), time(9))
    assert len(exact.times()) == MOST
    with pytest.raises(TooMany):
        Recurring(every, first, first + timedelta(MOST), time(8), time(9)).times()
    with pytest.raises(TooMany):
        exact.times(MOST - 1)


def _named(day: date, weekdays: Iterable[int], numbers: Iterable[int]) -> bool:
    return day.weekday() in weekdays or day.day in numbers


@given(st.sets(st.integers(0, 6), min_size=1), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_A1_the_times_are_those_of_the_days_one_by_one_in_order(named: set[int], first: date, length: int) -> None:
    last = first + timedelta(length)
    weekly = Recurring(Weekly(frozenset(named)), first, last, time(23), time(1), SHANGHAI).times()
    expected = [day for n in range(length + 1) if _named(day := first + timedelta(n), named, ())]
    assert [wall(one.start, SHANGHAI)[:10] for one in weekly] == [day.isoformat() for day in expected]
    assert {one.until - one.start for one in weekly} <= {2 * HOUR}
    numbers = {number + 1 for number in named}
    monthly = Recurring(Monthly(frozenset(numbers)), first, last, time(23), time(1), SHANGHAI).times()
    expected = [day for n in range(length + 1) if _named(day := first + timedelta(n), (), numbers)]
    assert [wall(one.start, SHANGHAI)[:10] for one in monthly] == [day.isoformat() for day in expected]
