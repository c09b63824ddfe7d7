"""How a term's value comes from its evidence (S2, S4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from sla.attribution import Account, Attributed
from sla.contract import Term
from sla.evidence import Evidence, Step
from sla.instant import HOUR, MINUTE
from sla.repair import Repair
from sla.ticket import N_


class Measured(NamedTuple):
    """A value in the term's measure, and how it came about."""

    value: Fraction
    step: Step


@dataclass(frozen=True, slots=True)
class Measure:
    """One term: `gather` lists what a month's account has of it, `value` makes a figure of that (None: nothing is).

    `usual` is the allowance where a contract gives none; `unit` what a contract's unit of 1 is in the value's measure;
    with `less_is_bad` the overrun is what the value lacks.
    """

    gather: Callable[[Term, Account], list[Evidence]]
    value: Callable[[Sequence[Evidence]], Measured | None]
    usual: Fraction = Fraction(0)
    unit: Fraction = Fraction(1)
    less_is_bad: bool = False


def of_ticket(one: Attributed, amount: int, note: str = "") -> Evidence:
    """A ticket with what it adds."""
    counted, target = (one.repair.counted, one.repair.target) if one.repair else (None, None)
    return Evidence(one.case.id, Fraction(amount), note, True, one.at, one.restored, counted, target)


def of_things(names: Sequence[str]) -> list[Evidence]:
    """Each thing named, once."""
    return [Evidence(name, Fraction(1)) for name in sorted(set(names))]


def of_repairs(account: Account, ms: Callable[[Repair], int]) -> list[Evidence]:
    """The repairs of the month of which any ms count."""
    timed = [(one, ms(one.repair)) for one in account.restored if one.repair]
    return [of_ticket(one, amount) for one, amount in timed if amount]


def counted(evidence: Sequence[Evidence]) -> Measured:
    """How many there are."""
    value = total(evidence)
    return Measured(value, Step(N_("{value} counted"), {"value": value}))


def hours(evidence: Sequence[Evidence]) -> Measured:
    """Their ms in hours."""
    ms = total(evidence)
    return Measured(ms / HOUR, Step(N_("{ms} ms / 3600000 = {value} hours"), {"ms": ms, "value": ms / HOUR}))


def minutes(evidence: Sequence[Evidence]) -> Measured:
    """Their ms in minutes."""
    ms = total(evidence)
    return Measured(ms / MINUTE, Step(N_("{ms} ms / 60000 = {value} minutes"), {"ms": ms, "value": ms / MINUTE}))


def total(evidence: Sequence[Evidence]) -> Fraction:
    """The sum of the amounts."""
    return sum((one.amount for one in evidence), Fraction(0))
