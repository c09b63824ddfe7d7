"""The stories by name, as the command line knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simulator.city import City
from simulator.demo import demo
from simulator.proof import proof
from simulator.quiet import quiet, still
from simulator.scenario import Scenario

SCENARIOS: Final[Mapping[str, Callable[[City, int, int], Scenario]]] = {
    "demo": demo,
    "proof": proof,
    "quiet": quiet,
    "still": still,
}
"""Each takes (city, seed, start in ms)."""
