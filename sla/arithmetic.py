"""A line's arithmetic, step by step, so that it can be computed again without the system (S4)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from sla.contract import Term
from sla.evidence import Step
from sla.line import Line
from sla.terms import TERMS
from sla.terms.measure import Measured
from sla.ticket import N_

_OVERRUN: Final = {
    False: (
        N_("{term}: {value} - {allowance} allowed = {overrun}"),
        N_("{term}: {value} is not above the {allowance} allowed, overrun 0"),
    ),
    True: (
        N_("{term}: {allowance} wanted - {value} = {overrun}"),
        N_("{term}: {value} is not below the {allowance} wanted, overrun 0"),
    ),
}
_UNITS: Final = {
    "up": N_("{overrun} / {unit} rounded up = {units} units"),
    "down": N_("{overrun} / {unit} rounded down = {units} units"),
    "exact": N_("{overrun} / {unit} = {units} units"),
}


def steps(line: Line, term: Term, measured: Measured | None, devices: int) -> tuple[Step, ...]:
    """How a line came to deduct what it does, from its value to points; `devices` in service, for `per_100`."""
    return (*_left_out(line), *_allowed(line, term, devices), *_computed(line, term, measured))


def _left_out(line: Line) -> Iterator[Step]:
    """S3: what the group took out."""
    for charged_in in dict.fromkeys(one.charged_in for one in line.removed):
        tickets = ", ".join(one.ticket for one in line.removed if one.charged_in == charged_in)
        numbers = {"tickets": tickets, "line": charged_in, "group": str(line.group)}
        yield Step(N_("without {tickets}, charged in {line} of the group {group}"), numbers)


def _allowed(line: Line, term: Term, devices: int) -> Iterator[Step]:
    if term.per_100 and term.allowance is not None:
        numbers = {"rate": term.allowance, "devices": Fraction(devices), "allowance": line.allowance}
        yield Step(N_("{rate} x {devices} devices / 100 rounded up = {allowance} allowed"), numbers)


def _computed(line: Line, term: Term, measured: Measured | None) -> Iterator[Step]:
    if measured is None:
        yield Step(N_("{term}: nothing to measure, nothing deducted"), {"term": line.term})
        return
    yield measured.step
    over, within = _OVERRUN[TERMS[line.term].less_is_bad]
    numbers = {"value": measured.value, "allowance": line.allowance, "overrun": line.overrun}
    yield Step(over if line.overrun else within, {"term": line.term, **numbers})
    unit = term.unit * TERMS[line.term].unit
    yield Step(_UNITS[term.round], {"overrun": line.overrun, "unit": unit, "units": line.units})
    yield from _deducted(line, term)


def _deducted(line: Line, term: Term) -> Iterator[Step]:
    """S1: points, cap, rounding."""
    full = line.units * term.points
    yield Step(N_("{units} x {points} points = {full}"), {"units": line.units, "points": term.points, "full": full})
    if term.cap is None:
        yield Step(N_("cap none"), {})
    elif line.cap is None:
        yield Step(N_("the cap of {cap} is not passed"), {"cap": term.cap})
    else:
        yield Step(N_("at most the cap of {cap}"), {"cap": term.cap})
    capped = full if line.cap is None else line.cap
    if capped != line.deduction:
        yield Step(N_("{capped} rounded half up = {deduction}"), {"capped": capped, "deduction": line.deduction})
