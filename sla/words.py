"""Arithmetic and evidence in words and numbers (S4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final, Protocol

from sla.evidence import Evidence, Step
from sla.instant import Ms, render
from sla.line import Line
from sla.ticket import N_

Translate = Callable[[str], str]

_DIGITS: Final = 6
_HALF: Final = Fraction(1, 2)
_INSTANTS: Final = {"start": N_("from {value}"), "until": N_("restored {value}")}
_LENGTHS: Final = {"counted": N_("repair time {value} ms"), "target": N_("target {value} ms")}
_POINTS: Final = frozenset({"full", "capped", "deduction", "deductions", "score", "fee", "payment"})
"""What is told to the cent, where that is exact."""


class Computed(Protocol):
    """A line, a statement: something that says how it was computed."""

    @property
    def arithmetic(self) -> tuple[Step, ...]:
        """In steps."""


def explain(line: Computed, translate: Translate) -> list[str]:
    """The arithmetic of a line or of a statement, a sentence a step."""
    return [_told(step, translate) for step in line.arithmetic]


def grounds(line: Line, translate: Translate) -> list[str]:
    """What stands behind a line, one each: a ticket with its amount, clock and repair time, or another thing."""
    return [_ground(one, translate) for one in line.evidence]


def number(value: Fraction) -> str:
    """A number so that nothing is lost: in decimals where they end, else as a fraction and rounded half up."""
    places = _places(value.denominator)
    if places is not None:
        return _decimal(value, places)
    rounded = floor(value * 10**_DIGITS + _HALF)
    return f"{value} ≈ {_decimal(Fraction(rounded, 10**_DIGITS), _DIGITS)}"


def points(value: Fraction) -> str:
    """Points or money: two decimals where they are exact, else as any number."""
    return _decimal(value, 2) if 100 % value.denominator == 0 else number(value)


def shown(name: str, value: Fraction | str) -> str:
    """A number of a step by its name there: points and money to the cent, where that is exact; words as they are."""
    if isinstance(value, str):
        return value
    return points(value) if name in _POINTS else number(value)


def _told(step: Step, translate: Translate) -> str:
    return translate(step.text).format(**{name: shown(name, value) for name, value in step.numbers.items()})


def _ground(one: Evidence, translate: Translate) -> str:
    told = [f"{one.thing}: {number(one.amount)}"]
    if one.note:
        told.append(translate(one.note))
    told += _parts(one, _INSTANTS, render, translate)
    told += _parts(one, _LENGTHS, str, translate)
    return ", ".join(told)


def _parts(one: Evidence, texts: Mapping[str, str], show: Callable[[Ms], str], translate: Translate) -> list[str]:
    known = {name: value for name in texts if (value := getattr(one, name)) is not None}
    return [translate(texts[name]).format(value=show(value)) for name, value in known.items()]


def _places(denominator: int) -> int | None:
    """How many decimals a fraction has; None where they never end."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


def _decimal(value: Fraction, places: int) -> str:
    """Exact, at any length: no context rounds it."""
    return f"{Decimal(f'{value * 10**places}e-{places}'):f}"
