"""The long proofs with few rounds; `scripts/proof` runs them in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof import day, delivery, kill, month, postgres

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]


def test_killing_collector_broker_and_centre_loses_and_doubles_nothing(tmp_path: Path) -> None:
    figures = kill.run(2, seed=3, folder=tmp_path)
    assert figures.clean, figures
    assert figures.facts > 40


def test_a_broker_that_was_away_for_a_day_costs_nothing(tmp_path: Path) -> None:
    figures = day.run(6, seed=3, folder=tmp_path)
    assert figures.clean, figures
    assert figures.true_outages > 0


def test_a_kill_between_any_two_steps_of_delivery_loses_nothing_and_doubles_only_under_one_id(tmp_path: Path) -> None:
    figures = delivery.run(8, seed=5, folder=tmp_path)
    assert figures.clean, figures
    assert sum(figures.kills.values()) == 8


def test_days_of_calls_outages_visits_and_mistakes_have_the_clocks_that_are_walked(tmp_path: Path) -> None:
    figures = month.run(3, each=1, seed=11, folder=tmp_path, step_ms=3_600_000)
    assert figures.clean, figures
    assert figures.clocks > 3


def test_two_recorders_on_one_postgresql_that_are_killed_lose_and_double_nothing_and_judge_as_one() -> None:
    figures = postgres.run(1, seed=2, minutes=60, faults=4)
    assert figures.clean, figures
    assert figures.outages > 5
