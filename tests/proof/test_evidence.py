"""The proof of evidence packs with few months; `scripts/proof evidence` runs it in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof import evidence
from tests.proof.bugs import BUGS, with_bug

pytestmark = pytest.mark.slow
EASY = ("no notice starts a clock", "caps are not heard", "units are rounded down", "pauses need no approver")


def test_S4_packs_agree_changed_facts_are_found_and_faults_in_the_verifier_show(tmp_path: Path) -> None:
    easy = [n for n, bug in enumerate(BUGS) if bug[0] in EASY]
    figures = evidence.run(4, seed=1, folder=tmp_path, bugs=easy, times=3)
    assert figures.clean, figures
    assert figures.bugs == len(EASY)
    assert figures.compared > 200


@pytest.mark.parametrize("n", range(len(BUGS)))
def test_each_fault_has_its_place_in_the_verifier(n: int) -> None:
    with_bug(n)
