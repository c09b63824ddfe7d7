"""P4: spares."""

from __future__ import annotations

from fractions import Fraction
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.instant import DAY
from sla.spares import RATIOS, Duty, Observed, Stock, duties, limits, more_than, required, running_out
from tests.sla.histories import examples


@pytest.mark.parametrize(
    ("kind", "installed", "spares"),
    [
        ("pc", 0, 0),
        ("pc", 1, 1),
        ("pc", 200, 3),
        ("pc", 201, 4),
        ("printer", 25, 2),
        ("printer", 26, 3),
        ("printer", 100, 8),
        ("copier", 12, 1),
        ("copier", 13, 2),
    ],
)
def test_P4_required_is_the_ratio_rounded_up_and_a_whole_number_stays(kind: str, installed: int, spares: int) -> None:
    assert required(installed, RATIOS[kind]) == spares


def test_P4_the_operator_owes_what_it_did_not_supply_and_the_vendor_what_it_did_not_keep() -> None:
    assert duties([Stock("printer", installed=100, supplied=7, broken=1, missing=1)]) == [
        Duty("printer", required=8, supplied=7, kept=5, operator=1, vendor=2)
    ]


def test_P4_a_spare_more_than_required_is_the_vendors_all_the_same_when_it_breaks() -> None:
    assert duties([Stock("copier", 10, 3, broken=1)]) == [Duty("copier", 1, 3, 2, 0, 1)]
    assert duties([Stock("copier", 10, 1, broken=1, missing=1)])[0].kept == 0, "no more than there were"


def test_P4_kinds_without_a_ratio_need_none_and_ratios_are_parameters() -> None:
    assert duties([Stock("camera", 900, 0)]) == [Duty("camera", 0, 0, 0, 0, 0)]
    assert duties([Stock("camera", 900, 0)], {"camera": Fraction(1, 100)})[0].operator == 9


def test_P4_the_chance_of_running_out_by_hand() -> None:
    # 30 faults in 90 days, each spare away for 3 days: one is away in the mean; P(more than 1) = 1 - 2/e
    chance = running_out(Observed(faults=30, ms=90 * DAY, away_ms=60 * DAY, back=20), kept=1)
    assert chance is not None
    assert chance.chance == pytest.approx(1 - 2 * exp(-1), abs=1e-12)
    assert chance.low < chance.chance < chance.high


def test_P4_the_interval_is_as_wide_as_it_is_asked_to_be() -> None:
    # 10 faults in 10 days, each a day: the limits of the mean are those of the 10 faults
    observed = Observed(faults=10, ms=10 * DAY, away_ms=DAY, back=1)
    for confidence in (0.9, 0.5):
        low, high = limits(10, confidence)
        chance = running_out(observed, kept=2, confidence=confidence)
        by_hand = (more_than(2, 1.0), more_than(2, low / 10), more_than(2, high / 10))
        assert chance == pytest.approx(by_hand, rel=1e-12)


def test_P4_a_millisecond_is_data() -> None:
    assert running_out(Observed(faults=1, ms=1, away_ms=1, back=1), kept=0) is not None


def test_P4_without_data_there_is_no_chance() -> None:
    assert running_out(Observed(3, 0, DAY, 1), 1) is None
    assert running_out(Observed(3, DAY, 0, 0), 1) is None


def test_P4_no_fault_seen_may_still_be_luck() -> None:
    chance = running_out(Observed(0, 30 * DAY, 3 * DAY, 1), 0)
    assert chance is not None
    assert (chance.chance, chance.low) == (0.0, 0.0)
    assert 0.2 < chance.high < 0.3, "the upper limit of none is 3.0 faults: 0.3 spares away"


@pytest.mark.parametrize(
    ("seen", "low", "high"),
    [(0, 0.0, 2.9957), (1, 0.0513, 4.7439), (10, 5.4254, 16.9622), (100, 84.139, 118.079)],
)
def test_P4_the_limits_of_a_rate_are_those_of_the_tables(seen: int, low: float, high: float) -> None:
    assert limits(seen, 0.9) == pytest.approx((low, high), abs=1e-3)


def test_P4_large_means_stay_numbers() -> None:
    assert more_than(1_000_000, 1e6) == pytest.approx(0.5, abs=1e-3)
    assert more_than(1_010_000, 1e6) < 1e-20
    assert more_than(990_000, 1e6) == pytest.approx(1.0)
    assert more_than(10**6, 1.0) == 0.0
    assert more_than(0, 1e6) == 1.0


def test_P4_a_small_chance_stays_exact() -> None:
    assert more_than(0, 1e-20) == pytest.approx(1e-20, rel=1e-9, abs=0), "1 - exp(-1e-20) would be 0"
    assert more_than(1, 1e-6) == pytest.approx(5e-13, rel=1e-5, abs=0), "the square's half"


def test_P4_that_there_is_a_number_at_all_is_certain() -> None:
    assert more_than(-1, 3.0) == more_than(-1, 0.0) == 1.0


@examples
@given(st.integers(-1, 30), st.floats(0, 25))
def test_P4_the_tail_is_one_minus_the_terms(k: int, mean: float) -> None:
    terms = sum(exp(-mean) * mean**j / factorial(j) for j in range(k + 1))
    assert more_than(k, mean) == pytest.approx(1 - terms, abs=1e-9)


@examples
@given(st.integers(0, 40), st.floats(0, 1000), st.floats(0, 1000))
def test_P4_more_spares_or_fewer_faults_never_raise_the_chance(kept: int, mean: float, more: float) -> None:
    assert 0 <= more_than(kept + 1, mean) <= more_than(kept, mean) <= more_than(kept, mean + more) + 1e-12 <= 1 + 1e-9


@examples
@given(st.integers(0, 500), st.fractions(0, 1), st.integers(1, 9))
def test_P4_required_is_monotone_and_just_enough(installed: int, ratio: Fraction, more: int) -> None:
    spares = required(installed, ratio)
    assert spares - 1 < ratio * installed <= spares
    assert required(installed + more, ratio) >= spares


@examples
@given(st.builds(Stock, st.sampled_from(sorted(RATIOS)), *[st.integers(0, 60)] * 4))
def test_P4_what_is_not_kept_is_owed_by_somebody(stock: Stock) -> None:
    (duty,) = duties([stock])
    assert duty.kept == duty.supplied - duty.vendor >= 0
    assert duty.kept + duty.operator + duty.vendor >= duty.required
