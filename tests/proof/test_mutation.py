"""Mutation testing with one module; `scripts/proof` does all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof import mutation
from tests.proof.mutation import Mutant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_fault_put_into_the_intervals_is_noticed_or_argued(tmp_path: Path) -> None:
    figures = mutation.run(tmp_path, ["sla/interval.py"], ["tests/sla/test_interval.py"], "0.25")
    assert figures["clean"], figures["survivors"]
    assert isinstance(figures["mutants"], int)
    assert figures["mutants"] > 90


def test_an_argument_speaks_of_the_mutant_that_it_names_and_of_those_that_are_like_it() -> None:
    known = mutation.arguments()
    wording = Mutant("sla.x", "y", 'raise ValueError("no")', 'raise ValueError("XXnoXX")')
    other = Mutant("sla.x", "y", "a < b", "a <= b")
    assert any(one.covers(wording) for one in known)
    assert not any(one.covers(other) for one in known)
    assert all(one.why for one in known)
