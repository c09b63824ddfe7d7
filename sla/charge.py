"""A term's line from a month's account (S1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import ceil

from sla.arithmetic import steps
from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Removed
from sla.line import Line
from sla.rounding import in_units, to_cents
from sla.terms import TERMS
from sla.terms.measure import Measured
from sla.version import cited


def charge(term: Term, account: Account, taken: Mapping[str, str]) -> Line:
    """What a term deducts, without the tickets that another line of its group has `taken` (S1, S3, S4).

    A ticket that adds nothing to a line stays: a repair of the vendor's own goes on counting in `self_repair_rate`,
    or else a charge elsewhere would cost it there once more.
    """
    measure = TERMS[term.term]
    gathered = measure.gather(term, account)
    gone = {one.thing for one in gathered if one.ticket and one.amount and one.thing in taken}
    evidence = tuple(one for one in gathered if not (one.ticket and one.thing in gone))
    removed = tuple(Removed(one, taken[one]) for one in sorted(gone))
    measured = measure.value(evidence)
    line = _line(term, measured, account.facts.devices_in_service)
    line = replace(line, removed=removed, evidence=evidence)
    return replace(line, arithmetic=steps(line, term, measured, account.facts.devices_in_service))


def _line(term: Term, measured: Measured | None, devices: int) -> Line:
    """S1: overrun, units, points, cap, rounding."""
    measure, value, allowance = TERMS[term.term], measured.value if measured else None, allowed(term, devices)
    overrun = _overrun(value, allowance, less_is_bad=measure.less_is_bad)
    units = in_units(overrun, term.unit * measure.unit, term.round)
    full = units * term.points
    return Line(
        id=term.id,
        term=term.term,
        rules=cited("S1", "S2") if term.group is None else cited("S1", "S2", "S3"),
        value=value,
        allowance=allowance,
        overrun=overrun,
        units=units,
        deduction=to_cents(full if term.cap is None else min(full, term.cap)),
        cap=term.cap if term.cap is not None and term.cap < full else None,
        group=term.group,
    )


def allowed(term: Term, devices: int) -> Fraction:
    """The allowance: the contract's, of `per_100` for the devices in service and rounded up, else the term's usual."""
    if term.allowance is None:
        return TERMS[term.term].usual
    return Fraction(ceil(term.allowance * devices / 100)) if term.per_100 else term.allowance


def _overrun(value: Fraction | None, allowance: Fraction, *, less_is_bad: bool) -> Fraction:
    if value is None:
        return Fraction(0)
    return max(Fraction(0), allowance - value if less_is_bad else value - allowance)
