"""The walk at length with few rounds; `scripts/proof walking` runs it in full."""

from __future__ import annotations

from tests.proof import walking


def test_random_cities_tickets_and_months_walked_second_by_second_agree() -> None:
    figures = walking.run(4, seed=7)
    assert figures.clean, figures
    assert (figures.cities, figures.tickets, figures.months) == (4, 4, 4)
    assert figures.seconds_walked > 10_000
