"""A1-A6 for many devices at once: what `tally` says of each, column by column."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import bulk
from sla.availability import Tally, figures, tally, total
from sla.bulk import Pieces, Tallies, collect, tallies, tallies_by
from sla.calendar import Calendar
from sla.clock import ALWAYS
from sla.columns import EVER, Columns
from sla.instant import DAY, HOUR
from sla.judge import Confirmation, judge
from sla.owners import Policy
from sla.profile import ProfileName
from sla.spans import DeviceFacts
from tests.sla.cities import devices, instants, profiles
from tests.sla.histories import drawn, examples

H = HOUR


def pieces(*rows: tuple[int, int, int]) -> Pieces:
    return Pieces(*np.array(rows, np.int64).reshape(-1, 3).T)


def plain(**changes: object) -> Columns:
    """Two devices that are up around the clock until the tenth hour."""
    whole = Columns(
        clocks=(ALWAYS,),
        clock=np.zeros(2, np.int64),
        commissioned=np.full(2, -EVER),
        retired=np.full(2, EVER),
        layers={"up": pieces((0, 0, 10 * H), (1, 0, 10 * H))},
        charged=np.zeros(0, np.bool_),
        outages=pieces(),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def each(found: Tallies) -> list[Tally]:
    return [found[n] for n in range(len(found))]


@examples
@given(st.lists(devices(), max_size=5), instants, instants, instants, profiles, st.integers(1, 3))
def test_A1_to_A6_tallies_and_availability_of_many_are_those_of_each(
    city: list[DeviceFacts], a: int, b: int, now: int, profile: ProfileName, chunk: int
) -> None:
    start, until = min(a, b), max(a, b)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "CHUNK", chunk)
        columns = collect(city, now)
        found = tallies(columns, start, until, now, profile)
        same = tallies_by(columns, start, until, now, ["raw", profile])[1]
    assert each(same) == each(found)
    expected = [tally(one, start, until, now, profile) for one in city]
    assert each(found) == expected
    for least in (Fraction(0), Fraction(1, 2), Fraction(1)):
        shown = [None if math.isnan(one) else one for one in found.availability(least).tolist()]
        assert shown == [figures(one, least).availability for one in expected]
        assert found.figures(least) == [figures(one, least) for one in expected]


def test_A4_groups_add_their_devices() -> None:
    rng = np.random.default_rng(1)
    columns = (rng.integers(0, 1 << 50, 50) for _ in range(7))
    found = Tallies("service", rng.integers(0, 1 << 50, (50, 9)), *columns)
    group = rng.integers(0, 4, 50)
    mine = [[one for one, n in zip(each(found), group, strict=True) if n == wanted] for wanted in range(5)]
    assert each(found.grouped(group, 5)) == [total("service", some) for some in mine]


def test_A3_coverage_is_compared_exactly_and_a_fraction_too_fine_is_refused() -> None:
    found = tallies(plain(), 0, 30 * H, 30 * H, "service")
    assert found.availability(Fraction(1, 3)).tolist() == [1.0, 1.0]
    assert np.isnan(found.availability(Fraction(333_334, 1_000_000))).all()
    with pytest.raises(ValueError, match="too fine"):
        found.availability(Fraction(0.3))


def test_C5_collecting_keeps_each_devices_outages_and_whether_they_are_charged() -> None:
    seen = drawn("uddu") + drawn("ddu", start=600_000)
    facts = DeviceFacts(seen=seen, outages=judge(seen, Confirmation()).outages, policy=Policy(vendor="v-1"))
    columns = collect([facts, replace(facts, policy=Policy())], 900_000)
    assert columns.charged.tolist() == [True, True, False, False]
    assert columns.outages.device.tolist() == [0, 0, 1, 1]
    assert columns.outages.start.tolist() == [60_000, 600_000] * 2
    assert columns.outages.until.tolist() == [180_000, 720_000] * 2


def one_up_and_blind(up: int, blind: int, bad: int = 0) -> Tallies:
    """One device alone."""
    ms = np.array([[0, 0, 0, 0, blind, 0, bad, 0, up]], np.int64)
    good_and_bad = [np.array([one], np.int64) for one in (up, bad, up, bad)]
    return Tallies("service", ms, *good_and_bad, *(np.zeros(1, np.int64) for _ in range(3)))


def test_A3_availability_is_good_by_good_and_bad_also_of_a_single_millisecond() -> None:
    assert one_up_and_blind(3, 0, bad=1).availability().tolist() == [0.75]
    assert one_up_and_blind(1, 0).availability().tolist() == [1.0]
    assert np.isnan(one_up_and_blind(0, 0).availability()).all()


@pytest.mark.parametrize(
    ("up", "blind", "least", "shown"),
    [
        (2, 1, Fraction(1, 2), True),
        (1, 1, Fraction(1, 2), True),
        (1, 2, Fraction(1, 2), False),
        (5, 3, Fraction(2, 3), False),
        (6, 3, Fraction(2, 3), True),
        (2**31 - 3, 1, Fraction(2**31 - 2, 2**31 - 1), False),
        (2**31 - 2, 1, Fraction(2**31 - 2, 2**31 - 1), True),
    ],
)
def test_A3_coverage_is_compared_to_the_last_millisecond(up: int, blind: int, least: Fraction, shown: bool) -> None:
    assert np.isnan(one_up_and_blind(up, blind).availability(least)).tolist() == [not shown]


def test_A3_a_denominator_of_31_bits_is_the_finest() -> None:
    assert one_up_and_blind(1, 0).availability(Fraction(1, 2**31 - 1)).tolist() == [1.0]
    with pytest.raises(ValueError, match="too fine"):
        one_up_and_blind(1, 0).availability(Fraction(1, 2**31))


def test_A5_plain_columns_need_not_be_cut_at_now() -> None:
    down = pieces((1, 4 * H, 8 * H))
    columns = plain(
        layers={"up": pieces((0, 0, EVER), (1, 0, EVER)), "down": down}, charged=np.ones(1, np.bool_), outages=down
    )
    one, two = each(tallies(columns, 0, 10 * H, 6 * H, "contract"))
    assert (one.good, one.bad, one.ms[4]) == (6 * H, 0, 4 * H)
    assert (two.good, two.bad, two.ms[4], two.outages, two.ended) == (4 * H, 2 * H, 4 * H, 1, 0)


def test_A1_pieces_of_one_class_may_overlap_and_service_may_end_before_it_begins() -> None:
    columns = plain(
        layers={**plain().layers, "excluded": pieces(*[(0, H, 3 * H)] * 300, (0, 2 * H, 4 * H))},
        commissioned=np.array([0, 5 * H]),
        retired=np.array([9 * H, 4 * H]),
    )
    one, two = each(tallies(columns, 0, 10 * H, 10 * H, "service"))
    assert one.ms == (H, 0, 0, 3 * H, 0, 0, 0, 0, 6 * H)
    assert two.ms == (10 * H, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("shift", range(8))
def test_A1_edges_are_told_apart_to_the_millisecond(shift: int) -> None:
    down = pieces((1, shift + 4, shift + 9))
    columns = plain(
        layers={"up": pieces((0, shift + 1, shift + 12), (1, shift + 2, shift + 15)), "down": down},
        charged=np.ones(1, np.bool_),
        outages=down,
    )
    one, two = each(tallies(columns, 0, shift + 20, shift + 20, "contract"))
    assert (one.good, one.bad, one.ms[4]) == (11, 0, shift + 9)
    assert (two.good, two.bad, two.ms[4], two.outages, two.ended_bad_ms) == (8, 5, shift + 7, 1, 5)


def test_A6_an_outage_of_a_single_millisecond_that_ends_just_now_counts_and_has_ended() -> None:
    short = pieces((1, 5, 6))
    columns = plain(layers={**plain().layers, "down": short}, charged=np.ones(1, np.bool_), outages=short)
    one, two = each(tallies(columns, 0, 10, 6, "contract"))
    assert (one.outages, one.ended, one.ended_bad_ms) == (0, 0, 0)
    assert (two.outages, two.ended, two.ended_bad_ms) == (1, 1, 1)


def test_A6_an_outage_of_years_is_counted_whole() -> None:
    long = pieces((0, -4000 * DAY, 2 * H))
    columns = plain(layers={**plain().layers, "down": long}, charged=np.ones(1, np.bool_), outages=long)
    assert tallies(columns, 0, 10 * H, 10 * H, "contract")[0].ended_bad_ms == 4000 * DAY + 2 * H


def test_A6_an_outage_of_centuries_is_refused() -> None:
    long = pieces((0, -300 * 366 * DAY, 2 * H))
    with pytest.raises(ValueError, match="278 years"):
        tallies(plain(outages=long), 0, 10 * H, 10 * H, "contract")


@pytest.mark.parametrize("years", [-300, 300])
def test_A6_an_outage_centuries_from_the_period_does_no_harm(years: int) -> None:
    begin = years * 366 * DAY
    columns = plain(outages=pieces((0, begin, begin + H)))
    assert tallies(columns, 0, 10 * H, 400 * 366 * DAY, "contract")[0].good == 10 * H


def test_A1_columns_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        plain(outages=pieces((0, 0, H), (1, 0, H), (0, 2 * H, 3 * H)))
    with pytest.raises(ValueError, match="order"):
        plain(outages=pieces((1, 0, H), (0, 0, H)))
    with pytest.raises(ValueError, match="charged"):
        plain(charged=np.ones(1, np.bool_))


def test_A4_no_devices_and_no_time_are_nothing() -> None:
    assert len(tallies(collect([], 0), 0, H, H, "raw")) == 0
    nothing = collect([], 0)
    assert nothing.charged.dtype == np.bool_
    assert nothing.clock.dtype == nothing.outages.start.dtype == np.int64
    assert each(tallies(plain(), H, H, H, "raw")) == [Tally("raw")] * 2
    assert each(tallies(plain(), H, 0, H, "raw")) == [Tally("raw")] * 2


def test_A1_equal_devices_share_a_clock_only_if_it_is_the_same_object() -> None:
    hours = Calendar.parse({"zone": "UTC"}).clock()
    columns = collect([DeviceFacts(clock=hours), DeviceFacts(), DeviceFacts(clock=hours)], 0)
    assert columns.clocks == (hours, ALWAYS)
    assert columns.clock.tolist() == [0, 1, 0]


@pytest.mark.slow
def test_A3_the_benchmark_of_availability_finds_its_three_ways_agreeing() -> None:
    from benchmarks.availability import compare

    assert [one["devices"] for one in compare(400, 1, 1)] == [400] * 3
