"""T3, T4 about awkward instants: `sla` says of random calendars what the clock on the wall shows."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings

from tests.sla.walking.agree_on_hours import differences, some_hours
from tests.sla.walking.cities import seeds


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_T3_T4_agree_with_the_clock_on_the_wall(seed: int) -> None:
    assert list(differences(some_hours(Random(seed)))) == []
