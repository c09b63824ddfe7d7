"""S7: what a score pays."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.contract import Band
from sla.payment import payment
from tests.sla.histories import examples
from tests.sla.months import agreed

BANDS = (Band(Fraction(90), Fraction(100)), Band(Fraction(80), Fraction("87.5")), Band(Fraction(60), Fraction(50)))


def test_S7_without_a_rule_the_fee_is_paid_whatever_the_score() -> None:
    assert payment(agreed(fee=Fraction(20000)), Fraction(0)) == 20000


@pytest.mark.parametrize("rule", ["none", "linear", BANDS])
def test_S7_without_a_fee_nothing_is_known(rule: object) -> None:
    assert payment(agreed(payment=rule), Fraction(100)) is None


@pytest.mark.parametrize(
    ("fee", "score", "paid"),
    [
        ("20000", "82", "16400"),
        ("20000", "0", "0"),
        ("20000", "100", "20000"),
        ("0.50", "99", "0.50"),  # 0.495
        ("100.01", "50", "50.01"),  # 50.005
        ("100.01", "49.99", "49.99"),  # 49.994999
        ("0.01", "49.99", "0"),
    ],
)
def test_S7_linear_pays_the_scores_share_to_the_cent_half_up(fee: str, score: str, paid: str) -> None:
    assert payment(agreed(fee=Fraction(fee), payment="linear"), Fraction(score)) == Fraction(paid)


@pytest.mark.parametrize(
    ("score", "paid"),
    [
        ("100", "1000"),
        ("90", "1000"),
        ("89.99", "875"),
        ("80", "875"),
        ("79.99", "500"),
        ("60", "500"),
        ("59.99", "0"),
        ("0", "0"),
    ],
)
def test_S7_the_highest_band_that_is_reached_pays_and_below_all_nothing(score: str, paid: str) -> None:
    for bands in (BANDS, BANDS[::-1]):
        assert payment(agreed(fee=Fraction(1000), payment=bands), Fraction(score)) == Fraction(paid)


@examples
@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_S7_a_payment_is_what_decimal_arithmetic_says(fee_cents: int, score_cents: int) -> None:
    fee, score = Fraction(fee_cents, 100), Fraction(score_cents, 100)
    by_hand = (Decimal(fee_cents) / 100 * Decimal(score_cents) / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert payment(agreed(fee=fee, payment="linear"), score) == Fraction(by_hand)
