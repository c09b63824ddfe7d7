"""C3, C4: supplies and counters, each as an example in `examples/` tells it."""

from __future__ import annotations

from typing import Final

import pytest

from sla.counters import Reading, steps
from sla.supplies import Supply, replacements
from tests.sla.example_notation import listed
from tests.sla.example_states import Check, Example, asking, prove


def _supply(example: Example) -> Supply:
    told = example.given["supply"]
    return Supply(1, class_=told.get("class", ""), level=int(told["level"]), capacity=int(told["capacity"]))


def quality(example: Example, expected: str) -> None:
    """What the level says (C3)."""
    assert _supply(example).quality == expected


def percent(example: Example, expected: str) -> None:
    """Per cent left, or `none`."""
    assert _supply(example).percent == (None if expected == "none" else float(expected))


def fills(example: Example, expected: str) -> None:
    """Whether use fills it."""
    assert _supply(example).is_receptacle == (expected == "yes")


def _level(text: str) -> float | None:
    """`70` per cent, `369/3000` pages, or `none`."""
    if "/" in text:
        level, _, capacity = text.partition("/")
        return Supply(1, level=int(level), capacity=int(capacity)).percent
    return None if text == "none" else float(text)


def replaced(example: Example, expected: object) -> None:
    """`11:00 from 10 to 30` of levels in per cent (C3)."""
    told = [text.rsplit(" ", 1) for text in listed(example.given["levels"])]
    levels = [(example.wall.instant(at), _level(level)) for at, level in told]
    shown = example.wall.shown
    found = [f"{shown(ts)} from {before:g} to {after:g}" for ts, before, after in replacements(levels)]
    assert found == [f"{example.wall.said(text[:5])}{text[5:]}" for text in listed(expected)]


def counted_steps(example: Example, expected: object) -> None:
    """`10:00 1000 uptime 100` and so on: the steps between them, or `restarted` (C4)."""
    told = [text.split() for text in listed(example.given["readings"])]
    readings = [Reading(example.wall.instant(at), int(value), *map(int, more[1:])) for at, value, *more in told]
    found = steps(readings, int(example.text("bits")))
    assert ["restarted" if one.restarted else str(one.amount) for one in found] == list(listed(expected))
    assert all((one.amount is None) == one.restarted for one in found)


CHECKS: Final[dict[str, Check]] = {
    "quality": quality,
    "percent": percent,
    "fills": fills,
    "replaced": replaced,
    "steps": counted_steps,
}


@pytest.mark.parametrize("example", asking(CHECKS), ids=lambda one: one.id)
def test_the_example_comes_out_as_it_says(example: Example) -> None:
    prove(example, CHECKS)
