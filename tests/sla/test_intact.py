"""A7: the intact rate."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.instant import HOUR, MINUTE
from sla.intact import Inspected, Served, by_count, by_time, inspected, together
from sla.interval import Interval
from sla.seen import Seen
from sla.spans import CLASSES, IGNORED_BY_RAW, Class, DeviceFacts, Planned, spans
from tests.sla.histories import examples

BENEATH: list[Class] = [one for one in CLASSES if one not in IGNORED_BY_RAW]
served = st.builds(Served, *[st.integers(0, 50)] * 3)


def test_A7_time_is_the_availability_of_all_devices_together() -> None:
    assert by_time([Served(9 * HOUR, HOUR), Served(5 * HOUR, 5 * HOUR)]) == Fraction(14, 20)


def test_A7_the_mean_of_all_halls_is_that_of_all_devices_together_not_of_the_rates() -> None:
    large, small = [Served(95, 5)] * 9, [Served(50, 50)]
    assert by_time([together(large), together(small)]) == by_time([*large, *small]) == Fraction(905, 1000)


def test_A7_A3_time_is_null_where_nothing_counts_or_too_little_was_seen() -> None:
    assert by_time([]) is None
    assert by_time([Served(0, 0, HOUR)]) is None
    assert by_time([Served(40, 9, 50)]) is None
    assert by_time([Served(40, 10, 50)]) == Fraction(4, 5), "half of it seen is enough"
    assert by_time([Served(1, 0, 99)], min_coverage=Fraction(0)) == 1


def test_A7_count_is_the_devices_intact_of_all_at_an_instant() -> None:
    classes: list[Class] = ["up", "up", "degraded", "down", "not_in_service"]
    assert by_count(classes) == Fraction(3, 4)
    assert inspected(classes) == Inspected(intact=3, all=4, unknown=0)


def test_A7_count_knows_no_device_that_is_not_in_service_and_none_is_null() -> None:
    assert by_count([]) is None
    assert by_count(["not_in_service"]) is None


def test_A7_what_nobody_could_see_is_not_intact_and_told_apart() -> None:
    assert inspected(["up", "unmonitored", "unreachable", "unmonitored"]) == Inspected(intact=1, all=4, unknown=2)
    assert by_count(["up", "unmonitored", "unreachable", "unmonitored"]) == Fraction(1, 4)


@pytest.mark.parametrize("class_", ["closed", "maintenance", "excluded"])
def test_A7_A2_an_inspection_sees_the_class_beneath(class_: Class) -> None:
    with pytest.raises(ValueError, match="beneath"):
        inspected(["up", class_])


def test_A7_an_inspection_in_closed_hours_counts_what_stands_there() -> None:
    closed = Calendar.parse({"zone": "UTC", "week": {}}).clock()
    halls = [
        DeviceFacts(clock=closed, seen=(Seen(0, "up", HOUR),)),
        DeviceFacts(clock=closed, seen=(Seen(0, "degraded", HOUR),), maintenance=(Planned(1, HOUR, 0),)),
        DeviceFacts(clock=closed, excluded=(Interval(0, HOUR),)),
        DeviceFacts(clock=closed, seen=(Seen(0, "up", HOUR),), retired=1),
    ]
    beneath = [spans(one, MINUTE, MINUTE + 1, HOUR, raw=True)[0].class_ for one in halls]
    assert inspected(beneath) == Inspected(intact=2, all=3, unknown=1)


def test_A7_what_is_taken_away_was_added() -> None:
    assert Served(3, 2, 1) + Served(1, 1, 1) - Served(3, 2, 1) == Served(1, 1, 1)


@examples
@given(st.lists(served, max_size=6), st.integers(0, 6))
def test_A7_A4_the_rate_of_halls_is_the_same_however_the_devices_are_parted(parts: list[Served], cut: int) -> None:
    halls = [together(parts[:cut]), together(parts[cut:])]
    assert by_time(halls) == by_time(parts)
    rate = by_time(parts)
    assert rate is None or 0 <= rate <= 1


@examples
@given(st.lists(st.sampled_from(BENEATH), max_size=12))
def test_A7_one_more_device_down_never_raises_the_rate(classes: list[Class]) -> None:
    before, after = by_count(classes), by_count([*classes, "down"])
    assert after is not None
    assert before is None or after <= before
    assert 0 <= inspected(classes).unknown <= inspected(classes).all - inspected(classes).intact
