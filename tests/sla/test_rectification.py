"""The rectification rule beside the linear one: a timely repair counts nothing, a late one all of its time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.contract import Counting
from sla.instant import HOUR, MINUTE
from sla.rectification import late_ms, repair_ms
from sla.repair import Repair, repair
from tests.sla.histories import examples
from tests.sla.months import LATER, agreed, ticket

H2 = 2 * HOUR


def repaired(minutes: int, kind: str = "printer") -> Repair:
    """A repair that took so long; printers have two hours, PCs no target."""
    found = repair(ticket("A", minutes=minutes, kind=kind), agreed(), LATER)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("minutes", "count", "hours_ms", "late"),
    [
        (119, "linear", 119 * MINUTE, 0),
        (120, "linear", H2, 0),
        (121, "linear", 121 * MINUTE, MINUTE),
        (119, "rectification", 0, 0),
        (120, "rectification", 0, 0),
        (121, "rectification", 121 * MINUTE, 121 * MINUTE),
    ],
)
def test_S2_a_repair_counts_as_its_term_says(minutes: int, count: Counting, hours_ms: int, late: int) -> None:
    one = repaired(minutes)
    assert (repair_ms(one, count), late_ms(one, count)) == (hours_ms, late)


def test_S2_without_a_target_nothing_is_late_and_only_the_linear_rule_counts_hours() -> None:
    one = repaired(9 * 60, "pc")
    assert (late_ms(one, "linear"), late_ms(one, "rectification")) == (0, 0)
    assert (repair_ms(one, "linear"), repair_ms(one, "rectification")) == (9 * HOUR, 0)


@examples
@given(st.integers(0, 600))
def test_S2_rectification_counts_all_or_nothing_and_never_less_late_time_than_linear(minutes: int) -> None:
    one = repaired(minutes)
    assert repair_ms(one, "rectification") in (0, repair_ms(one, "linear"))
    assert late_ms(one, "rectification") >= late_ms(one, "linear")
    assert (late_ms(one, "linear") > 0) == (late_ms(one, "rectification") > 0) == one.breached
