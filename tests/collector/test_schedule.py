"""When a device is asked next (O4)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.lag import Lag
from collector.schedule import Pace, Rhythm, fraction, next_slot

RHYTHM = Rhythm()


def test_the_place_of_a_device_is_the_same_on_every_machine() -> None:
    assert round(fraction("P-0001"), 12) == 0.311493745436
    assert fraction("打印机-1") == fraction("打印机-1")


def test_polls_are_spread_evenly_over_the_interval() -> None:
    counts = [0] * 10
    for number in range(5000):
        counts[int(fraction(f"P-{number:04d}") * 10)] += 1
    assert min(counts) > 420
    assert max(counts) < 580


@given(place=st.floats(0, 0.999), interval=st.floats(0.01, 86_400), after=st.floats(0, 1e8, allow_subnormal=False))
def test_the_next_slot_is_later_and_within_one_interval(place: float, interval: float, after: float) -> None:
    slot = next_slot(place, interval, after)
    assert after < slot <= after + interval * 1.000001 + 1e-6


def test_O4_after_a_first_down_the_device_is_asked_again_within_seconds() -> None:
    pace = Pace()
    assert pace.after("up", 0, 60, RHYTHM) == (60, True)
    assert pace.after("down", 60, 60, RHYTHM) == (3, False)
    assert pace.after("down", 63, 60, RHYTHM) == (30, False)


def test_O4_three_confirmations_are_asked_close_together() -> None:
    pace, rhythm = Pace(), Rhythm(recheck_s=2, confirm=3)
    waits = [pace.after("down", at, 60, rhythm).seconds for at in (0, 2, 4)]
    assert waits == [2, 2, 30]


def test_O4_polling_slows_with_the_age_of_the_outage() -> None:
    pace = Pace()
    for at, wait in ((0, 3), (3, 30), (299, 30), (300, 60), (86_399, 60), (86_400, 300)):
        assert pace.after("down", at, 60, RHYTHM).seconds == wait
    assert pace.after("degraded", 90_000, 60, RHYTHM).seconds == 60
    assert pace.after("down", 90_060, 60, RHYTHM).seconds == 3


def test_O4_no_outage_makes_a_device_be_asked_less_often_than_its_interval_before_a_day() -> None:
    pace = Pace()
    for at in range(0, 86_000, 1000):
        assert pace.after("down", at, 10, RHYTHM).seconds <= 10
    assert pace.after("down", 90_000, 1200, RHYTHM).seconds == 1200


def test_O3_unknown_neither_breaks_nor_continues_the_run() -> None:
    pace = Pace()
    pace.after("down", 0, 60, RHYTHM)
    assert pace.after("unknown", 3, 60, RHYTHM) == (60, True)
    assert pace.after("down", 63, 60, RHYTHM).seconds == 30


def test_the_lag_is_told_as_median_95_percent_and_worst() -> None:
    lag = Lag()
    for seconds in [0.01] * 94 + [1.0] * 5 + [7.0]:
        lag.note(seconds)
    figures = lag.read()
    assert figures.polls == 100
    assert 0.01 <= figures.p50 < 0.0126
    assert 1.0 <= figures.p95 < 1.26
    assert figures.worst == 7.0
    lag.turn()
    assert lag.read().polls == 100
    lag.turn()
    assert lag.read() == (0, 0.0, 0.0, 0.0)
