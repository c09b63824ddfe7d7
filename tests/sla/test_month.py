"""T1, S2: months in a contract's zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.instant import HOUR, parse, render
from sla.month import month, month_of
from tests.sla.histories import examples

ZONES = ["Asia/Shanghai", "UTC", "America/New_York", "Pacific/Kiritimati", "America/St_Johns", "America/Sao_Paulo"]


@pytest.mark.parametrize(
    ("text", "zone", "start", "until"),
    [
        ("2026-10", "Asia/Shanghai", "2026-09-30T16:00:00.000Z", "2026-10-31T16:00:00.000Z"),
        ("2026-12", "Asia/Shanghai", "2026-11-30T16:00:00.000Z", "2026-12-31T16:00:00.000Z"),
        ("2028-02", "UTC", "2028-02-01T00:00:00.000Z", "2028-03-01T00:00:00.000Z"),
        ("2026-03", "Europe/Berlin", "2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"),
    ],
)
def test_S2_a_month_goes_from_its_first_instant_to_the_next_months(
    text: str, zone: str, start: str, until: str
) -> None:
    found = month(text, ZoneInfo(zone))
    assert (render(found.start), render(found.until)) == (start, until)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "2026-10-01", "October", "٢٠٢٦-١٠", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"month"):
        month(text, ZoneInfo("UTC"))


def test_S2_the_last_instant_of_a_month_is_its_own_and_the_border_the_next_months() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    border = month("2026-10", zone).until
    assert [month_of(border + ms, zone) for ms in (-1, 0)] == ["2026-10", "2026-11"]


def test_T1_what_is_read_twice_at_a_months_border_is_the_new_months() -> None:
    zone = ZoneInfo("America/St_Johns")  # in 2009 clocks went back at one minute past midnight
    border = parse("2009-11-01T00:00:00-02:30")
    assert month("2009-11", zone).start == month("2009-10", zone).until == border
    again = parse("2009-10-31T23:30:00-03:30")
    assert again > border
    assert [month_of(at, zone) for at in (border - 1, border, again)] == ["2009-10", "2009-11", "2009-11"]


@examples
@given(st.integers(0, 200 * 365 * 24).map(lambda hours: hours * HOUR), st.sampled_from(ZONES))
def test_T1_an_instant_lies_in_its_month(at: int, zone: str) -> None:
    start, until = month(month_of(at, ZoneInfo(zone)), ZoneInfo(zone))
    assert start <= at < until
