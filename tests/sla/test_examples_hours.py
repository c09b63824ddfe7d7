"""T1, T3, T4: dates, hours and deadlines, each as an example in `examples/` tells it."""

from __future__ import annotations

from typing import Final

import pytest

from sla.instant import first_of, render
from tests.sla.example_notation import Stretch, length, listed
from tests.sla.example_states import Check, Example, asking, prove


def dates(example: Example, expected: object) -> None:
    """`2026-10-01 = 2026-09-30T16:00:00.000Z`: the first instant of a date (T1)."""
    for text in listed(expected):
        day, first = text.split(" = ")
        assert render(first_of(example.wall.day.fromisoformat(day), example.wall.zone)) == first


def open_durations(example: Example, expected: object) -> None:
    """`11:00 - 15:00 = 2h` of open time (T4)."""
    for text in listed(expected):
        stretch, open_time = text.split(" = ")
        assert example.clock.open_duration(*example.wall.span(stretch)) == length(open_time), text


def deadlines(example: Example, expected: object) -> None:
    """`17:00 + 2h = 10-13 09:30`, and back again: so much open time lies between them (T4)."""
    clock, wall = example.clock, example.wall
    for text in listed(expected):
        start, _, rest = text.partition(" + ")
        from_, ms = wall.instant(start), length(rest.split(" = ")[0])
        found = clock.deadline(from_, ms)
        assert wall.shown(found) == example.wall.said(rest.split(" = ")[1]), text
        assert found is None or clock.open_duration(from_, found) == ms, text


def hours(example: Example, expected: object) -> None:
    """The open intervals of the period."""
    found = [Stretch(*one) for one in example.clock.open_intervals(*example.period)]
    assert example.wall.texts(found) == example.wall.texts(map(example.wall.stretch, listed(expected)))


def open_at(example: Example, expected: object) -> None:
    """Instants at which it is open."""
    assert all(example.clock.is_open(example.wall.instant(text)) for text in listed(expected))


def closed_at(example: Example, expected: object) -> None:
    """Instants at which it is closed."""
    assert not any(example.clock.is_open(example.wall.instant(text)) for text in listed(expected))


def provisional(example: Example, expected: object) -> None:
    """Periods that touch a year whose holidays are not known (T3)."""
    assert all(example.clock.provisional(*example.wall.span(text)) for text in listed(expected))


def final(example: Example, expected: object) -> None:
    """Periods that touch none."""
    assert not any(example.clock.provisional(*example.wall.span(text)) for text in listed(expected))


CHECKS: Final[dict[str, Check]] = {
    "dates": dates,
    "open": open_durations,
    "deadline": deadlines,
    "hours": hours,
    "open_at": open_at,
    "closed_at": closed_at,
    "provisional": provisional,
    "final": final,
}


@pytest.mark.parametrize("example", asking(CHECKS), ids=lambda one: one.id)
def test_the_example_comes_out_as_it_says(example: Example) -> None:
    prove(example, CHECKS)
