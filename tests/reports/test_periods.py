"""Which period a report is of (T1)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from reports.periods import BadPeriod, before, label, name_of, period
from sla.instant import parse, render
from sla.interval import Interval

ZONE = ZoneInfo("Asia/Shanghai")
NOW = parse("2026-11-21T10:00:00Z")


def shown(month: str | None, start: str | None = None, until: str | None = None, now: int = NOW) -> tuple[str, str]:
    found = period(month, parse(start) if start else None, parse(until) if until else None, now, ZONE)
    return render(found.start)[:16], render(found.until)[:16]


def test_T1_a_month_begins_with_its_first_instant_in_the_zone_of_the_site() -> None:
    assert shown("2026-10") == ("2026-09-30T16:00", "2026-10-31T16:00")


def test_a_month_that_is_not_over_goes_until_now_and_one_that_has_not_begun_is_whole() -> None:
    assert shown("2026-11") == ("2026-10-31T16:00", "2026-11-21T10:00")
    assert shown("2026-12") == ("2026-11-30T16:00", "2026-12-31T16:00")


def test_without_a_period_it_is_this_month_so_far() -> None:
    assert shown(None) == shown("2026-11")
    assert shown(None, now=parse("2026-10-31T16:00:00Z")) == ("2026-10-31T16:00", "2026-11-30T16:00")


def test_an_interval_may_leave_out_either_end() -> None:
    assert shown(None, "2026-11-01T00:00:00Z") == ("2026-11-01T00:00", "2026-11-21T10:00")
    assert shown(None, None, "2026-10-10T00:00:00Z") == ("2026-09-30T16:00", "2026-10-10T00:00")
    assert shown(None, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z") == ("2026-11-01T00:00", "2026-12-01T00:00")


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "202610", "", "26-10", "0000-01", "9999-12", "2026-1", "x" * 99]
)
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(BadPeriod) as caught:
        shown(month)
    assert caught.value.place == "month"


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (("2026-10", "2026-11-01T00:00:00Z", None), "month"),
        ((None, "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"), "from"),
        ((None, "2026-12-01T00:00:00Z", None), "from"),
        ((None, "1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"), "from"),
        ((None, None, "9999-12-31T23:59:59.999Z"), "until"),
    ],
)
def test_what_is_no_period_is_refused(given: tuple[str | None, str | None, str | None], place: str) -> None:
    with pytest.raises(BadPeriod) as caught:
        shown(*given)
    assert caught.value.place == place


def test_a_week_begins_on_its_monday_in_the_zone_of_the_site() -> None:
    assert shown("2026-W41") == ("2026-10-04T16:00", "2026-10-11T16:00")
    assert shown("2026-W47") == ("2026-11-15T16:00", "2026-11-21T10:00")


@pytest.mark.parametrize("week", ["2026-W00", "2026-W54", "2027-W53", "9999-W52", "2026-W1", "0000-W01"])
def test_what_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(BadPeriod, match="month"):
        shown(week)


@pytest.mark.parametrize(
    ("given", "name", "earlier"),
    [
        (("2026-10",), "2026-10", "2026-09"),
        (("2026-03",), "2026-03", "2026-02"),
        (("2026-W41",), "2026-W41", "2026-W40"),
    ],
)
def test_a_month_is_compared_with_the_month_before_and_a_week_with_the_week(
    given: tuple[str], name: str, earlier: str
) -> None:
    within = period(*given, None, None, NOW, ZONE)
    assert name_of(within, ZONE) == name
    assert name_of(before(within, ZONE), ZONE) == earlier


def test_any_other_period_is_compared_with_as_long_a_time_before_it() -> None:
    within = period(None, parse("2026-11-01T00:00:00Z"), parse("2026-11-04T00:00:00Z"), NOW, ZONE)
    assert name_of(within, ZONE) is None
    assert [render(at)[:16] for at in before(within, ZONE)] == ["2026-10-29T00:00", "2026-11-01T00:00"]


def test_T1_the_week_before_is_whole_also_where_the_clocks_went_back_in_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    within = period("2026-W44", None, None, parse("2026-12-01T00:00:00Z"), berlin)
    assert name_of(before(within, berlin), berlin) == "2026-W43"


@pytest.mark.parametrize(
    ("start", "until", "name"),
    [
        ("2026-09-30T16:00Z", "2026-10-31T16:00Z", "2026-10"),
        ("2026-11-21T16:00Z", "2026-11-22T10:00Z", "20261122"),
        ("2026-11-20T16:00Z", "2026-11-22T16:00Z", "20261121-20261122"),
    ],
)
def test_T1_files_are_named_after_the_days_of_the_zone(start: str, until: str, name: str) -> None:
    assert label(Interval(parse(start.replace("Z", ":00Z")), parse(until.replace("Z", ":00Z"))), ZONE) == name
