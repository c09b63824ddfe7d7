"""Mutation testing with one module; `scripts/proof` does all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof import mutation
from tests.proof.mutation import Mutant
from tests.proof.mutation_groups import GROUPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_fault_put_into_the_payment_is_noticed_or_argued(tmp_path: Path) -> None:
    figures = mutation.run(tmp_path, ["sla/payment.py"], ["tests/sla/test_payment.py"], "0.25")
    assert figures["clean"], figures["survivors"]
    assert figures["mutants"] > 20


def test_an_argument_speaks_of_the_mutant_that_it_names_and_of_those_that_are_like_it() -> None:
    known = mutation.arguments()
    wording = Mutant("sla.x", "y", 'raise ValueError("no")', 'raise ValueError("XXnoXX")')
    other = Mutant("sla.x", "y", "a < b", "a <= b")
    assert any(one.covers(wording) for one in known)
    assert not any(one.covers(other) for one in known)
    assert all(one.why for one in known)


def test_every_module_of_the_rules_is_mutated_in_one_group() -> None:
    named = [name for group in GROUPS.values() for name in group.modules.split()]
    found = sorted(path.stem for path in (mutation.ROOT / "sla").glob("*.py") if path.stem != "__init__")
    assert sorted(named) == sorted([*found, "terms/*"])
    assert all((mutation.ROOT / path).exists() for group in GROUPS.values() for path in group.test_paths())
