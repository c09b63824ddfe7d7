"""O5 (a): a child asked earlier than its ancestor waits for word of it, for a bounded time."""

from __future__ import annotations

import pytest

from sla.judge import START, Fold, Outage
from sla.suspicion import PATIENCE_MS, Above, wait_until

T = 1_000_000
INTERVAL = 30_000
BOUND = 2 * INTERVAL + PATIENCE_MS
CHILD = Outage(T, None, T - 60_000, T + 3_000)


@pytest.mark.parametrize(
    ("fold", "until"),
    [
        pytest.param(Fold(T - 20_000, T + 9_000, 1), T + 9_000 + BOUND, id="its first down is not confirmed"),
        pytest.param(Fold(T - 20_000, T - 9_000, 1), T - 9_000 + BOUND, id="its first down came first"),
        pytest.param(Fold(T - 1), T + BOUND, id="its last word is older than the outage"),
        pytest.param(Fold(T), None, id="it was up when the outage began"),
        pytest.param(Fold(T + 5_000), None, id="it was up since"),
        pytest.param(Fold(T - 20_000, T + 9_000, 0, T + 12_000), None, id="it is in an outage: O5 decides"),
        pytest.param(START, None, id="it was never heard"),
    ],
)
def test_O5_a_the_wait_is_bounded_and_ends_with_the_ancestors_word(fold: Fold, until: int | None) -> None:
    assert wait_until(CHILD, [Above(fold, INTERVAL)]) == until


def test_O5_a_an_ancestor_that_fails_after_the_outage_is_not_waited_for() -> None:
    over = CHILD._replace(until=T + 8_000)
    assert wait_until(over, [Above(Fold(T + 1_000, T + 9_000, 1), INTERVAL)]) is None


def test_O5_a_of_several_ancestors_the_longest_wait_counts() -> None:
    assert wait_until(CHILD, [Above(Fold(T + 1), 1), Above(Fold(T - 1), INTERVAL), Above(Fold(T - 1), 1)]) == T + BOUND


def test_O5_a_without_ancestors_nothing_waits() -> None:
    assert wait_until(CHILD, []) is None


def test_O5a_an_ancestor_first_seen_down_as_the_outage_ends_explains_nothing_of_it() -> None:
    own = Outage(10, 20, 5, 15)
    assert wait_until(own, [Above(Fold(last_ok=5, start=20, downs=1), 60_000)]) is None
    assert wait_until(own, [Above(Fold(last_ok=5, start=19, downs=1), 60_000)]) == 19 + 150_000
