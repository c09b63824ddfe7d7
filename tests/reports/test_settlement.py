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


def test_s7_the_settlement_says_what_the_score_then_pays() -> None:
    bands = {"bands": [{"from": "90", "percent": "100"}, {"from": "0", "percent": "70"}]}
    paper = {"lines": [{"id": "T0", "deduction": "12.00"}], "fee": "20000.00", "payment_rule": bands}
    counter = Counter(1, "T0", Fraction(3), "so", "ann", 0, "bob", 0)
    told = settled(paper | {"score": "88.00", "payment": "14000.00"}, [counter])
    assert told["payment"] == "20000.00"
    step = told["settlement"][-1]
    assert step["text"].format(**step["numbers"]) == "20000.00 x 100 / 100 = 20000.00, half up to 0.01"
