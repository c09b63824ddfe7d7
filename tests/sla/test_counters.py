"""C4: counters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sla.counters import Reading, Step, steps
from sla.instant import DAY, MINUTE
from tests.sla.histories import examples

TICKS_A_MINUTE = 6000
W32 = 1 << 32


def step(before: tuple[int, int | None], after: tuple[int, int | None], bits: int = 32, gap: int = MINUTE) -> Step:
    (found,) = steps([Reading(0, *before), Reading(gap, *after)], bits)
    return found


def test_C4_a_step_is_the_difference() -> None:
    assert step((100, 1000), (160, 7000)) == Step(0, MINUTE, 60, False)


def test_C4_a_counter_wraps_at_its_width() -> None:
    assert step((W32 - 10, 1000), (20, 7000)).amount == 30
    assert step(((1 << 64) - 10, 1000), (20, 7000), bits=64).amount == 30


def test_C4_a_restart_gives_no_step_and_no_giant_one() -> None:
    assert step((3_000_000_000, 900_000), (5, 3000)) == Step(0, MINUTE, None, True)
    assert step((W32 - 10, 900_000), (20, 3000)) == Step(0, MINUTE, None, True)
    assert step((1000, 900_000), (4000, 3000)) == Step(0, MINUTE, None, True)


def test_C4_a_counter_that_was_set_back_without_a_restart_gives_no_giant_step() -> None:
    assert step((100_000, 1000), (5, 7000)) == Step(0, MINUTE, None, True)
    assert step((100_000, None), (5, None), bits=64).amount is None


def test_C4_an_uptime_that_wraps_at_497_days_is_no_restart_while_the_counter_goes_on() -> None:
    assert step((500, W32 - 1000), (560, 5000)) == Step(0, MINUTE, 60, False)


def test_C4_an_uptime_that_wraps_while_the_counter_begins_anew_is_a_restart() -> None:
    assert step((100_000, W32 - 1000), (5, 5000)).restarted


def test_C4_a_restart_within_a_long_gap_is_seen_though_the_uptime_rose() -> None:
    assert step((500, 1000), (9000, 2 * TICKS_A_MINUTE), gap=DAY).restarted


def test_C4_an_agents_clock_may_be_a_little_off() -> None:
    assert not step((500, 1000), (900, 1000 + 5900)).restarted
    assert not step((500, 1000), (900, 1000 + 1440 * TICKS_A_MINUTE - 6000), gap=DAY).restarted


def test_C4_without_an_uptime_the_counter_alone_tells() -> None:
    assert step((5, None), (9, None)).amount == 4
    assert step((5, 100), (9, None)).amount == 4


def test_C4_one_reading_gives_no_step() -> None:
    assert steps([]) == []
    assert steps([Reading(0, 5)]) == []


@examples
@given(st.lists(st.tuples(st.integers(0, W32 - 1), st.none() | st.integers(0, W32 - 1)), max_size=10))
def test_C4_no_step_is_negative(values: list[tuple[int, int | None]]) -> None:
    readings = [Reading(i * MINUTE, value, uptime) for i, (value, uptime) in enumerate(values)]
    found = steps(readings)
    assert len(found) == max(0, len(readings) - 1)
    assert all((one.amount is None) == one.restarted for one in found)
    assert all(one.amount is None or 0 <= one.amount < W32 for one in found)


def test_C4_the_uptime_may_be_short_by_5_minutes_and_a_thousandth_of_the_gap_and_no_more() -> None:
    expected, slack = 90_000_000 + DAY // 10, (5 * MINUTE + DAY // 1000) // 10
    for start in (0, 7 * DAY):
        readings = [
            [Reading(start, 500, 90_000_000), Reading(start + DAY, 900, expected - slack + off)] for off in (0, -1)
        ]
        assert [steps(one)[0].restarted for one in readings] == [False, True]


def test_C4_an_uptime_that_wrapped_may_be_off_by_as_much_on_either_side() -> None:
    before = W32 - 1000
    after = before + DAY // 10 - W32
    slack = (5 * MINUTE + DAY // 1000) // 10
    for off, restarted in ((0, False), (slack, False), (slack + 1, True), (-slack, False), (-slack - 1, True)):
        assert step((500, before), (900, after + off), gap=DAY).restarted is restarted, off


def test_C4_an_uptime_that_stands_still_for_a_moment_is_no_restart() -> None:
    assert step((500, 1000), (900, 1000), gap=MINUTE) == Step(0, MINUTE, 400, False)


def test_C4_a_counter_that_stands_still_goes_on() -> None:
    assert step((500, 1000), (500, 7000)) == Step(0, MINUTE, 0, False)


def test_C4_a_wrap_is_a_step_of_less_than_half_the_range() -> None:
    half = W32 // 2
    assert step((W32 - 1, None), (half - 2, None)).amount == half - 1
    assert step((W32 - 1, None), (half - 1, None)).amount is None
    assert step((W32 - 1, None), (W32 // 2 - 100, None)).amount == half - 99


def test_C4_a_counter_has_32_bits_where_nothing_else_is_said() -> None:
    assert steps([Reading(0, W32 - 1), Reading(1, 1)])[0].amount == 2
