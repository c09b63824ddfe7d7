"""T3 and T4: what a calendar may say, and what its clock makes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import ALWAYS, BadCalendar, Calendar, Clock
from sla.instant import DAY, HOUR, MINUTE, first_of, of_wall, parse, render
from sla.interval import Interval, total
from tests.sla.histories import examples

ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # a leap of half an hour
    "America/Sao_Paulo",  # a leap at midnight, until 2018
    "Pacific/Apia",  # 2011-12-30 never was
    "Asia/Kathmandu",
)


def clock(zone: str = "Asia/Shanghai", **document: Any) -> Clock:
    return Calendar.parse({"zone": zone, **document}).clock()


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


OFFICE = {"mon-fri": ["08:30-18:00"], "sat-sun": ["09:00-17:00"]}


def test_T3_hours_are_half_open_and_local() -> None:
    hours = clock(week=OFFICE)
    assert not hours.is_open(at("2026-11-02T08:29:59"))
    assert hours.is_open(at("2026-11-02T08:30"))
    assert hours.is_open(at("2026-11-02T17:59:59"))
    assert not hours.is_open(at("2026-11-02T18:00"))
    assert not hours.is_open(at("2026-11-01T08:30"))


def test_T3_several_spans_a_day_in_any_order_and_overlapping() -> None:
    hours = clock(week={"mon": ["13:00-18:00", "08:00-12:00", "11:00-13:30"]})
    assert hours.open_duration(at("2026-11-02T00:00"), at("2026-11-03T00:00")) == 10 * HOUR


def test_T3_day_ranges_wrap() -> None:
    hours = clock(week={"sat-mon": ["10:00-11:00"]})
    assert [hours.is_open(at(f"2026-11-0{day}T10:30")) for day in range(1, 8)] == [
        True,
        True,
        False,
        False,
        False,
        False,
        True,
    ]


def test_T3_days_may_be_a_list() -> None:
    assert clock(week={"mon,wed-thu": ["10:00-11:00"]}).open_duration(at("2026-11-02"), at("2026-11-09")) == 3 * HOUR


def test_T3_24_00_is_the_end_of_the_day() -> None:
    hours = clock(week={"mon": ["22:00-24:00"]})
    assert hours.open_intervals(at("2026-11-02"), at("2026-11-09")) == [
        Interval(at("2026-11-02T22:00"), at("2026-11-03T00:00"))
    ]


def test_T3_an_end_at_or_before_its_start_lies_on_the_next_day() -> None:
    assert clock(week={"mon": ["22:00-06:00"]}).open_duration(at("2026-11-02"), at("2026-11-09")) == 8 * HOUR
    assert clock(week={"mon": ["08:00-08:00"]}).open_duration(at("2026-11-02"), at("2026-11-09")) == DAY
    assert clock(week={"sun": ["22:00-06:00"]}).is_open(at("2026-11-02T05:59"))


def test_T3_an_exception_replaces_the_spans_that_begin_on_its_date() -> None:
    hours = clock(week={"mon-sun": ["22:00-06:00"]}, dates={"2026-11-03": "closed"})
    assert hours.is_open(at("2026-11-03T05:59"))
    assert not hours.is_open(at("2026-11-03T22:00"))
    assert not hours.is_open(at("2026-11-04T05:59"))
    assert hours.is_open(at("2026-11-04T22:00"))


def test_T3_special_hours_and_dates_as_YAML_reads_them() -> None:
    hours = clock(week=OFFICE, dates={date(2026, 10, 10): ["08:30-18:00"], "2026-10-01": "closed", "2026-10-02": []})
    assert hours.is_open(at("2026-10-10T08:30"))
    assert not hours.is_open(at("2026-10-01T12:00"))
    assert not hours.is_open(at("2026-10-02T12:00"))


def test_T3_on_a_holiday_nothing_begins_and_a_make_up_day_is_a_working_day() -> None:
    hours = clock(week={"mon-fri": ["08:30-18:00"]}, holidays="cn")
    assert not hours.is_open(at("2026-10-05T12:00"))  # a Monday in the National Day holidays
    assert hours.is_open(at("2026-10-10T08:30"))  # the Saturday that makes up for it
    assert not hours.is_open(at("2026-10-17T08:30"))  # any other Saturday


def test_T3_a_weekend_that_is_no_holiday_keeps_its_hours() -> None:
    hours = clock(week=OFFICE, holidays="cn")
    assert hours.is_open(at("2026-10-17T09:00"))
    assert not hours.is_open(at("2026-10-03T09:00"))  # a Saturday in the holidays


def test_T3_a_dated_exception_goes_before_a_holiday() -> None:
    hours = clock(week=OFFICE, holidays="cn", dates={"2026-10-05": ["10:00-16:00"], "2026-10-10": "closed"})
    assert hours.is_open(at("2026-10-05T12:00"))
    assert not hours.is_open(at("2026-10-10T12:00"))


def test_T3_a_year_that_the_holiday_set_does_not_know_is_provisional() -> None:
    hours = clock(week=OFFICE, holidays="cn")
    border = at("2027-01-01")
    assert not hours.provisional(at("2026-01-01"), border)
    assert hours.provisional(at("2026-01-01"), border + 1)
    assert hours.provisional(at("2031-01-01"), at("2031-01-02"))
    first = at("2004-01-01")
    assert not hours.provisional(first, first + DAY)
    assert hours.provisional(first - 1, first + DAY)
    assert hours.provisional(at("2003-12-31"), at("2004-01-02"))
    assert not hours.provisional(border + 1, border + 1)
    assert hours.is_open(at("2027-10-01T12:00"))


def test_T3_without_a_holiday_set_nothing_is_provisional() -> None:
    assert not clock(week=OFFICE, holidays="none").provisional(at("2031-01-01"), at("2031-01-02"))
    assert not ALWAYS.provisional(0, 1 << 50)


BAD: list[tuple[object, str, str]] = [
    ([], "", "not a table"),
    ({}, "zone", "missing"),
    ({"zone": "Asia/Shangai"}, "zone", "no zone"),
    ({"zone": "../../etc/passwd"}, "zone", "no zone"),
    ({"zone": "Asia"}, "zone", "no zone"),
    ({"zone": 8}, "zone", "no zone"),
    ({"zone": "UTC", "weak": {}}, "weak", "did you mean week"),
    ({"zone": "UTC", 7: {}}, "7", "unknown"),
    ({"zone": "UTC", "week": []}, "week", "table of days"),
    ({"zone": "UTC", "week": {"mond": []}}, "week.mond", "did you mean mon"),
    ({"zone": "UTC", "week": {"mon-": [], "-": []}}, "week.-", "no day"),
    ({"zone": "UTC", "week": {"mon-fri": [], "wed": []}}, "week.wed", "given twice"),
    ({"zone": "UTC", "week": {"mon": "open"}}, "week.mon", "neither closed nor a list"),
    ({"zone": "UTC", "week": {"mon": ["8-18"]}}, "week.mon", "HH:MM-HH:MM"),
    ({"zone": "UTC", "week": {"mon": ["08:30-24:01"]}}, "week.mon", "no time of day"),
    ({"zone": "UTC", "week": {"mon": ["08:60-09:00"]}}, "week.mon", "no time of day"),
    ({"zone": "UTC", "week": {"mon": ["24:00-06:00"]}}, "week.mon", "cannot begin at 24:00"),
    ({"zone": "UTC", "week": {"mon": ["08:30-18:00" * 9]}}, "week.mon", "HH:MM-HH:MM"),
    ({"zone": "UTC", "week": {"mon": [None]}}, "week.mon", "HH:MM-HH:MM"),
    ({"zone": "UTC", "week": {"mon": ["٠٨:٣٠-١٨:٠٠"]}}, "week.mon", "HH:MM-HH:MM"),
    ({"zone": "UTC", "week": {"mon": ["08:00-09:00"] * 49}}, "week.mon", "more than 48"),
    ({"zone": "UTC", "holidays": "us"}, "holidays", "neither none nor one of cn"),
    ({"zone": "UTC", "holidays": ["cn"]}, "holidays", "neither none nor one of cn"),
    ({"zone": "UTC", "dates": []}, "dates", "table of dates"),
    ({"zone": "UTC", "dates": {"2026-02-30": "closed"}}, "dates.2026-02-30", "not a date"),
    ({"zone": "UTC", "dates": {"2026-W40-4": "closed"}}, "dates.2026-W40-4", "not a date"),
    ({"zone": "UTC", "dates": {"2026-02-03": "shut"}}, "dates.2026-02-03", "neither closed"),
    ({"zone": "UTC", "dates": {"2026-02-03": [], date(2026, 2, 3): []}}, "dates.2026-02-03", "given twice"),
]


@pytest.mark.parametrize(("document", "place", "reason"), BAD)
def test_T3_a_calendar_that_cannot_be_meant_is_refused_with_place_and_reason(
    document: object, place: str, reason: str
) -> None:
    with pytest.raises(BadCalendar) as caught:
        Calendar.parse(document)
    assert caught.value.place == place
    assert reason in caught.value.reason


def test_T4_in_spring_the_night_shift_is_an_hour_short_and_in_autumn_an_hour_long() -> None:
    nights = clock("Europe/Berlin", week={"sat": ["22:00-06:00"]})
    for begin, hours in (("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-06", 8)):
        start = at(begin, "Europe/Berlin")
        assert nights.open_duration(start, start + 3 * DAY) == hours * HOUR


def test_T4_a_time_that_is_left_out_stands_for_the_leap() -> None:
    early = clock("Europe/Berlin", week={"sun": ["02:30-04:00"]})
    leap = parse("2026-03-29T01:00:00Z")
    assert early.open_intervals(leap - DAY, leap + DAY) == [Interval(leap, leap + HOUR)]


def test_T4_a_time_that_comes_twice_stands_for_its_first() -> None:
    early = clock("Europe/Berlin", week={"sun": ["02:30-04:00"]})
    first = parse("2026-10-25T00:30:00Z")
    assert early.open_intervals(first - DAY, first + DAY) == [Interval(first, first + 5 * HOUR // 2)]


def test_T4_a_day_that_never_was_has_no_hours() -> None:
    hours = clock("Pacific/Apia", week={"mon-sun": ["09:00-17:00"]})
    assert len(hours.open_intervals(parse("2011-12-28T10:00:00Z"), parse("2012-01-02T10:00:00Z"))) == 5


def test_T1_a_date_stands_for_its_first_instant_which_is_not_always_midnight() -> None:
    assert first_of(date(2026, 11, 1), ZoneInfo("Asia/Shanghai")) == parse("2026-10-31T16:00:00Z")
    assert first_of(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == parse("2018-11-04T03:00:00Z")


def test_T1_instants_go_to_text_and_back() -> None:
    assert render(parse("2026-11-01T08:00:00.123456+08:00")) == "2026-11-01T00:00:00.123Z"
    with pytest.raises(ValueError, match="no zone"):
        parse("2026-11-01T08:00:00")


def test_T4_an_always_closed_calendar_never_reaches_a_deadline() -> None:
    for never in (clock(), clock(week={"mon": []}), clock(week={"mon": "closed"}, holidays="cn")):
        assert never.deadline(at("2026-11-01"), 1) is None
        assert never.deadline(at("2026-11-01"), 0) == at("2026-11-01")
        assert never.next_change(at("2026-11-01")) is None
        assert not never.is_open(at("2026-11-01"))
        assert never.open_duration(0, at("2100-01-01")) == 0


def test_T4_a_calendar_that_opens_on_one_date_only_is_reached_and_then_never_again() -> None:
    once = clock(dates={"2031-05-01": ["10:00-12:00"]})
    assert once.deadline(at("2026-11-01"), 2 * HOUR) == at("2031-05-01T12:00")
    assert once.deadline(at("2026-11-01"), 2 * HOUR + 1) is None
    assert once.next_change(at("2026-11-01")) == at("2031-05-01T10:00")
    assert once.next_change(at("2031-05-01T12:00")) is None


def test_T4_24x7_never_changes_but_for_its_exceptions() -> None:
    for document in (
        {"mon-sun": ["00:00-24:00"]},
        {"mon-sun": ["07:00-07:00"]},
        {"mon-sun": ["00:00-12:00", "12:00-00:00"]},
    ):
        assert clock(week=document).next_change(at("2026-11-01")) is None
        assert clock(week=document).deadline(at("2026-11-01"), 900 * DAY) == at("2026-11-01") + 900 * DAY
    one_day_off = clock(week={"mon-sun": ["00:00-24:00"]}, dates={"2031-05-01": "closed"})
    assert one_day_off.next_change(at("2026-11-01")) == at("2031-05-01")
    assert one_day_off.next_change(at("2031-05-01")) == at("2031-05-02")
    assert one_day_off.next_change(at("2031-05-02")) is None
    assert one_day_off.open_duration(at("2026-11-01"), at("2036-11-01")) == at("2036-11-01") - at("2026-11-01") - DAY


def test_T4_a_week_that_leaves_one_minute_closed_is_not_24x7() -> None:
    nearly = clock(week={"mon-sat": ["00:00-24:00"], "sun": ["00:00-23:59"]})
    assert nearly.next_change(at("2026-11-02")) == at("2026-11-08T23:59")


def test_T4_ALWAYS_never_stops() -> None:
    assert ALWAYS.is_open(-(1 << 60))
    assert ALWAYS.open_duration(5, 12) == 7
    assert ALWAYS.open_duration(12, 5) == 0
    assert ALWAYS.deadline(5, 7) == 12
    assert ALWAYS.next_change(5) is None
    assert ALWAYS.open_intervals(5, 12) == [Interval(5, 12)]


def test_T4_a_calendar_that_never_closes_is_like_no_calendar_and_has_no_first_or_last_year() -> None:
    for always in (Clock(), clock(week={"mon-sun": ["00:00-24:00"]})):
        assert always.is_open(-(1 << 60))
        assert always.deadline(1 << 60, 7) == (1 << 60) + 7


def test_T4_no_time_has_no_open_intervals() -> None:
    assert ALWAYS.open_intervals(5, 5) == []


def test_T4_what_begins_on_the_last_evening_of_a_year_goes_on_into_the_next() -> None:
    once = clock(dates={"2026-12-31": ["22:00-06:00"]})
    assert once.deadline(at("2026-11-01"), 8 * HOUR) == at("2027-01-01T06:00")


def test_T4_a_deadline_may_lie_years_ahead() -> None:
    hours = clock(week={"mon-sun": ["00:00-23:00"]})
    assert hours.deadline(at("2026-01-05"), 500 * 23 * HOUR) == at("2026-01-05") + 499 * DAY + 23 * HOUR


def test_T4_the_first_days_and_the_last_days_of_the_years_that_are_compiled_are_open_too() -> None:
    mornings = {"mon-sun": ["00:00-12:00"]}
    assert clock(week=mornings).is_open(at("2026-12-31T11:00"))
    assert clock("UTC", week=mornings).is_open(2 * DAY + HOUR)
    assert clock("UTC", week=mornings).open_duration(parse("2200-12-31T00:00:00Z"), 1 << 61) == 12 * HOUR
    assert not clock("UTC", week=mornings).is_open(parse("2300-01-05T10:00:00Z"))
    grown = clock(week=mornings)
    assert grown.is_open(at("2026-06-01"))
    assert grown.is_open(at("2027-01-01"))


def test_T4_the_next_change_may_lie_in_the_next_year() -> None:
    assert clock(week={"mon": ["09:00-10:00"]}).next_change(at("2026-12-28T11:00")) == at("2027-01-04T09:00")


def test_T4_what_ends_where_the_first_year_begins_is_no_opening() -> None:
    assert clock(week={"wed": ["00:00-24:00"]}).next_change(-10 * DAY) == at("1970-01-07")


def test_T4_a_night_that_begins_on_a_day_that_never_was_has_no_hours() -> None:
    hours = clock("Pacific/Apia", week={"fri": ["22:00-06:00"]})
    assert hours.open_duration(parse("2011-12-28T10:00:00Z"), parse("2012-01-02T10:00:00Z")) == 0


def test_T4_an_outage_of_years_is_one_search() -> None:
    hours = clock(week={"mon-sun": ["08:00-20:00"]})
    assert hours.open_duration(at("2000-01-01"), at("2040-01-01")) == 14610 * 12 * HOUR
    assert hours.deadline(at("2000-01-01"), 14610 * 12 * HOUR) == at("2039-12-31T20:00")


@pytest.mark.slow
def test_T4_instants_beyond_what_a_clock_knows_are_closed_and_do_no_harm() -> None:
    hours = clock(week=OFFICE)
    for far in (parse("0001-01-02T00:00:00Z"), parse("9999-12-30T00:00:00Z"), -(1 << 61), 1 << 61):
        assert not hours.is_open(far)
        assert hours.open_duration(far, far + DAY) == 0
    assert hours.deadline(at("2026-11-02"), 1 << 61) is None
    assert hours.next_change(parse("9999-12-30T00:00:00Z")) is None
    assert hours.next_change(parse("0001-01-01T00:00:00Z")) == at("1970-01-01T08:30")


times = st.integers(0, 47).map(lambda n: n * 30)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    def spans() -> list[str]:
        pairs = draw(st.lists(st.tuples(times, times | st.just(1440)), max_size=2))
        return [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs]

    names = ["mon", "tue-wed", "thu", "fri", "sat-sun"]
    days = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str)
    return Calendar.parse(
        {
            "zone": draw(st.sampled_from(ZONES)),
            "week": {name: spans() for name in names},
            "holidays": draw(st.sampled_from(["none", "cn"])),
            "dates": {
                day: draw(st.sampled_from(["closed", ["10:00-15:00"]])) for day in draw(st.lists(days, max_size=3))
            },
        }
    )


instants = st.integers(parse("2026-01-01T00:00:00Z"), parse("2026-12-31T00:00:00Z"))


@examples
@given(calendars(), instants, st.integers(1, 400 * HOUR))
def test_T4_deadline_and_open_duration_are_inverses(calendar: Calendar, start: int, ms: int) -> None:
    hours = calendar.clock()
    end = hours.deadline(start, ms)
    if end is None:
        assert calendar.steady() is False
        return
    assert hours.open_duration(start, end) == ms
    assert hours.open_duration(start, end - 1) == ms - 1


@examples
@given(calendars(), instants, st.integers(0, 90 * DAY), st.integers(0, 90 * DAY))
def test_T4_open_time_adds_up_and_is_what_the_intervals_say(calendar: Calendar, start: int, a: int, b: int) -> None:
    hours = calendar.clock()
    whole = hours.open_duration(start, start + a + b)
    assert whole == hours.open_duration(start, start + a) + hours.open_duration(start + a, start + a + b)
    assert whole == total(hours.open_intervals(start, start + a + b))


@examples
@given(calendars(), instants)
def test_T4_the_next_change_is_where_is_open_changes(calendar: Calendar, start: int) -> None:
    hours = calendar.clock()
    change = hours.next_change(start)
    if change is None:
        return
    assert change > start
    assert hours.is_open(change) != hours.is_open(change - 1) == hours.is_open(start)


def walls(zone: ZoneInfo, start: datetime, minutes: int) -> list[datetime]:
    """What the clock on the wall reads, every 10 minutes."""
    return [(start + timedelta(minutes=m)).astimezone(zone).replace(tzinfo=None) for m in range(0, minutes, 10)]


WEEKS = ("2026-03-05", "2026-03-26", "2026-04-02", "2026-10-01", "2026-10-22", "2026-10-29", "2018-11-01", "2011-12-27")


@examples
@given(calendars(), st.sampled_from(WEEKS))
def test_T4_agrees_with_looking_at_the_wall_every_ten_minutes(calendar: Calendar, week: str) -> None:
    begin = datetime.fromisoformat(week).replace(tzinfo=UTC)
    read = walls(calendar.zone, begin - timedelta(days=3), 11 * 1440)
    open_ = [False] * len(read)
    for day in sorted({wall.date() for wall in read}):
        for start, until in calendar.spans_on(day):
            midnight = datetime.fromordinal(day.toordinal())
            edges = [midnight + timedelta(minutes=minutes) for minutes in (start, until)]
            first, end = (next((i for i, wall in enumerate(read) if wall >= edge), len(read)) for edge in edges)
            open_[first:end] = [True] * max(0, end - first)
    hours, zero = calendar.clock(), int(begin.timestamp()) * 1000 - 3 * DAY
    middle = range(3 * 144, 9 * 144)
    assert [hours.is_open(zero + i * 10 * MINUTE) for i in middle] == [open_[i] for i in middle]


def test_T3_the_first_fault_says_place_and_reason_in_one_line() -> None:
    with pytest.raises(BadCalendar) as caught:
        Calendar.parse({"zone": "UTC", "week": {"mon-fro": []}})
    assert str(caught.value) == "week.mon-fro: 'fro' is no day; did you mean fri?"
    with pytest.raises(BadCalendar) as caught:
        Calendar.parse(None)
    assert str(caught.value) == "not a table"
    with pytest.raises(BadCalendar) as caught:
        Calendar.parse({"zone": "UTC", "week": {"tuesday-xyz": []}})
    assert str(caught.value) == "week.tuesday-xyz: 'tuesday' is no day; did you mean tue?"
    with pytest.raises(BadCalendar) as caught:
        Calendar.parse({"zone": "UTC", "qqq": {}})
    assert str(caught.value) == "qqq: unknown"


def test_T3_as_many_spans_and_dates_as_are_allowed_are_taken() -> None:
    dates = {(date(2000, 1, 1) + timedelta(days=i)).isoformat(): "closed" for i in range(4001)}
    with pytest.raises(BadCalendar) as caught:
        Calendar.parse({"zone": "UTC", "dates": dates})
    assert (caught.value.place, caught.value.reason) == ("dates", "more than 4000")
    dates.popitem()
    assert len(Calendar.parse({"zone": "UTC", "dates": dates}).dates) == 4000
    spans = [f"{i // 2:02}:{i % 2 * 30:02}-{i // 2:02}:{i % 2 * 30 + 10:02}" for i in range(48)]
    assert len(Calendar.parse({"zone": "UTC", "week": {"mon": spans}}).week[0]) == 48


def test_T3_what_may_differ_from_the_week_is_between_the_first_and_the_last_such_date() -> None:
    dates = {"2002-03-04": "closed", "2150-05-06": []}
    assert Calendar.parse({"zone": "UTC", "dates": dates}).irregular() == (date(2002, 3, 4), date(2150, 5, 6))
    assert Calendar.parse({"zone": "UTC"}).irregular() is None
    known = Calendar.parse({"zone": "UTC", "holidays": "cn"})
    years = known.known_years()
    assert years is not None
    assert known.irregular() == (date(years[0], 1, 1), date(years[1], 12, 31))
    both = Calendar.parse({"zone": "UTC", "holidays": "cn", "dates": {"2150-05-06": []}})
    assert both.irregular() == (date(years[0], 1, 1), date(2150, 5, 6))


@pytest.mark.parametrize(
    ("week", "steady"),
    [
        ({}, False),
        ({"mon-sun": ["00:00-24:00"]}, True),
        ({"mon-sun": ["08:00-08:00"]}, True),
        ({"mon-sun": ["00:00-08:00", "08:00-00:00"]}, True),
        ({"mon-sat": ["00:00-24:00"], "sun": ["00:00-23:59"]}, None),
        ({"mon": ["00:01-24:00"], "tue-sun": ["00:00-24:00"]}, None),
        ({"mon": ["00:01-24:00"], "tue-sat": ["00:00-24:00"], "sun": ["00:00-12:00", "12:00-00:01"]}, True),
        ({"mon": ["08:00-24:00"], "tue-sat": ["00:00-24:00"], "sun": ["00:00-20:00", "20:00-08:00"]}, True),
        ({"mon": ["08:00-24:00"], "tue-sat": ["00:00-24:00"], "sun": ["00:00-20:00", "20:00-07:59"]}, None),
        ({"mon-fri": ["00:00-24:00"], "sun": ["00:00-24:00"]}, None),
        ({"mon": ["00:00-24:00"]}, None),
    ],
)
def test_T4_a_week_is_steady_where_it_never_opens_or_never_closes(week: dict[str, object], steady: bool | None) -> None:
    assert Calendar.parse({"zone": "UTC", "week": week}).steady() is steady


def test_T4_of_equal_readings_and_offsets_the_instant_is_to_the_millisecond() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    leap = parse("2026-03-29T01:00:00Z")
    assert of_wall(datetime(2026, 3, 29, 2, 30), berlin) == leap  # noqa: DTZ001 - wall time
    assert of_wall(datetime(2026, 3, 29, 1, 59, 59, 999000), berlin) == leap - 1  # noqa: DTZ001 - wall time
    assert of_wall(datetime(2026, 3, 29, 3, 0), berlin) == leap  # noqa: DTZ001 - wall time
    left_out = [datetime(2026, 3, 29, 2, minute) for minute in range(60)]  # noqa: DTZ001 - wall time
    assert {of_wall(wall, berlin) for wall in left_out} == {leap}
    assert type(of_wall(datetime(2026, 3, 29, 2, 30), berlin)) is int  # noqa: DTZ001 - wall time
    assert type(of_wall(datetime(2026, 4, 1), berlin)) is int  # noqa: DTZ001 - wall time
