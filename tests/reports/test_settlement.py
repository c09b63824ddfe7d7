"""The arithmetic between a score and what was given back is true as it is printed (S1, S4, S5)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reports.standing import settled
from sla.publication import Counter


@pytest.mark.parametrize(
    ("deductions", "given", "told"),
    [
        (("60.00", "30.00"), "5.00", "100 - (90.00 - 5.00) = 15.00, where 5.00 is given back by counter-entries"),
        (("60.00", "45.00"), "5.00", "100 - (105.00 - 5.00) = 0.00, where 5.00 is given back by counter-entries"),
        (
            ("60.00", "70.00"),
            "5.00",
            "100 - (130.00 - 5.00) is below 0, so the score is 0.00; 5.00 is given back by counter-entries",
        ),
    ],
)
def test_s5_the_settlement_says_what_is_so(deductions: tuple[str, ...], given: str, told: str) -> None:
    lines = [{"id": f"T{n}", "deduction": one} for n, one in enumerate(deductions)]
    paper = {"lines": lines, "fee": None, "payment_rule": "none", "score": "0.00", "payment": None}
    counter = Counter(1, "T0", Fraction(given), "so", "ann", 0, "bob", 0)
    (step,) = settled(paper, [counter])["settlement"]
    assert step["text"].format(**step["numbers"]) == told
