"""The broker may lose, hallwatch may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.flood import run


@pytest.mark.server
@pytest.mark.slow
def test_the_broker_loses_what_it_acknowledged_and_no_fact_is_lost_nor_doubled(tmp_path: Path) -> None:
    figures = run(tmp_path, collectors=2, observations=1500, rounds=0)
    assert (figures.lost, figures.doubled, figures.facts) == (0, 0, 3000)
    assert figures.acknowledged >= 2000
    assert figures.broker_lost > 0, "the kill came after an autosave, so that it proves little"
