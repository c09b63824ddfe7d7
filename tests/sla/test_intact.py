"""A7: the intact rate."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sla.instant import HOUR
from sla.intact import Served, by_count, by_time, inspected, together
from sla.spans import CLASSES, Class
from tests.sla.histories import examples

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


def test_A7_count_knows_no_device_that_is_not_in_service_and_none_is_null() -> None:
    assert by_count([]) is None
    assert by_count(["not_in_service"]) is None
    assert {one for one in CLASSES if inspected(one) is None} == {"not_in_service"}


def test_A7_an_inspection_counts_only_what_is_up_or_degraded_as_intact() -> None:
    assert {one for one in CLASSES if inspected(one) == Served(1, 0)} == {"up", "degraded"}


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
@given(st.lists(st.sampled_from(CLASSES), max_size=12))
def test_A7_one_more_device_down_never_raises_the_rate(classes: list[Class]) -> None:
    before, after = by_count(classes), by_count([*classes, "down"])
    assert after is not None
    assert before is None or after <= before
