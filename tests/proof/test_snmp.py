"""The proofs about SNMP answers with few rounds; `scripts/proof replies malformed` runs them in full."""

from __future__ import annotations

import pytest

from tests.proof import malformed, replies


@pytest.mark.slow
def test_of_answers_that_are_late_doubled_foreign_or_forged_none_is_attributed_and_each_is_counted() -> None:
    figures = replies.run(2_000, seed=3)
    assert figures.clean, figures
    assert figures.counted["late"] > 50


@pytest.mark.server
def test_mutations_of_real_answers_give_a_cause_or_a_value_and_nothing_else() -> None:
    figures = malformed.run(4_000, seed=5)
    assert figures.clean, figures
    assert figures.counted["damaged"] > 1_000
    assert figures.third["answered"] > 0
