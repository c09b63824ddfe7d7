"""A month of a small city; `scripts/proof year` lives a whole year."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from sla.instant import parse
from tests.proof import year
from tests.proof.year_availability import Asking, differences, known, seconds, told, walked
from tests.proof.year_city import DAY, place
from tests.proof.year_world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
BEGAN = parse("2025-11-01T00:00:00+08:00")


def test_every_figure_of_a_small_city_is_found_again_and_nothing_that_is_changed_goes_unnoticed(tmp_path: Path) -> None:
    small = year.Size(halls=2, devices=12, months=1, pieces=2, changes=4, edits=14, after=28, pdf=0)
    figures = year.run(small, 5, tmp_path)
    assert figures.clean, figures
    assert figures.statements == 3
    assert figures.checked["clocks"] > 1


def test_seconds_painted_are_the_seconds_walked_and_the_report_says_the_same(tmp_path: Path) -> None:
    world = World(tmp_path, place(2, 2, 12, BEGAN), 2, BEGAN, BEGAN + 8 * DAY)
    world.live(world.until)
    asking = Asking(BEGAN + DAY, world.until, world.now)
    assert not list(differences(told(world, asking), seconds(world, asking, known(world, world.now))))
    assert not [sentence for n in range(3) for sentence in walked(world, Random(n))[1]]
