"""K6: claims of restoration, each as an example in `examples/` tells it."""

from __future__ import annotations

from typing import Final

import pytest

from sla.case import Case, Fault
from sla.restoration import opened
from sla.ticket import Happening
from sla.verification import down_seen, verification
from tests.sla.example_states import Check, Example, asking, facts, hidden, prove


def verdict(example: Example, expected: str) -> None:
    """`verified at 11:02`, `rejected at …`, `stands at …` or `open` (K6)."""
    known, claim = facts(example), example.wall.instant(example.text("claim"))
    found = verification(claim, known.seen, known.clock, hidden(example), example.now)
    word, _, at = expected.partition(" at ")
    assert (found.verdict, example.wall.shown(found.at)) == (word, example.wall.said(at or "never"))


def restored(example: Example, expected: str) -> None:
    """When the claim stopped the clock, or `never` while it runs (K6)."""
    known, now, instant = facts(example), example.now, example.wall.instant
    claim, start = instant(example.text("claim")), known.seen[0].ts
    events = [Happening("opened", start, "hall"), Happening("restored", claim, "vendor")]
    if "staff" in example.given:
        events.append(Happening("verified", instant(example.text("staff")), "hall"))
    contradicting = down_seen([claim], known.seen, known.clock, hidden(example))
    faults = [Fault(one.start, one.until) for one in known.outages]
    case = Case(example.id, "P-1", "printer", "h-1", events, faults, contradicting)
    assert example.wall.shown(opened(case, events, start, now).until) == example.wall.said(expected)


CHECKS: Final[dict[str, Check]] = {
    "verdict": verdict,
    "restored": restored,
}


@pytest.mark.parametrize("example", asking(CHECKS), ids=lambda one: one.id)
def test_the_example_comes_out_as_it_says(example: Example) -> None:
    prove(example, CHECKS)
