"""A vendor's statement for a month (S1-S4, S7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sla.attribution import account
from sla.charge import charge
from sla.contract import Contract
from sla.evidence import Evidence, Removed, Step
from sla.facts import Counted, MonthFacts, Survey
from sla.groups import settled
from sla.instant import Ms
from sla.interval import Interval
from sla.line import Line
from sla.payment import of_fee, payment, percentage
from sla.ticket import N_
from sla.version import cited

__all__ = ["Counted", "Evidence", "Line", "MonthFacts", "Removed", "Statement", "Step", "Survey", "statement"]

FULL: Final = Fraction(100)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a month of a contract comes to.

    `score` in points of 100 to 0.01, `payment` in the fee's currency to the cent (None: no fee). `lines` in the order
    of the contract's terms. `open` are the tickets begun before the month's end that are restored later, or not yet:
    a later month's terms of time take them (S2). `rules` made the figures.
    """

    contract: str
    vendor: str
    month: Interval
    score: Fraction
    payment: Fraction | None
    lines: tuple[Line, ...]
    open: tuple[str, ...]
    arithmetic: tuple[Step, ...]
    rules: str = cited("S1", "S2", "S3", "S7")


def statement(contract: Contract, facts: MonthFacts, now: Ms) -> Statement:
    """The statement of a month by what had happened at `now`, under one contract; tickets of others are left out.

    It depends on the set of facts only: neither their order nor their repetition changes it. Without groups a breach
    more, a longer repair or dearer points never raise the score (with groups they may: `sla.groups`); but a late kiosk
    that the vendor repaired itself also raises its `self_repair_rate`.
    """
    tickets = account(contract, facts, now)
    lines = settled(contract.terms, lambda term, taken: charge(term, tickets, taken))
    score = max(Fraction(0), FULL - sum(line.deduction for line in lines))
    return Statement(
        contract=contract.id,
        vendor=contract.vendor,
        month=facts.month,
        score=score,
        payment=payment(contract, score),
        lines=lines,
        open=tuple(one.case.id for one in tickets.open),
        arithmetic=(_scored(lines, score), *_paid(contract, score)),
    )


def _scored(lines: Sequence[Line], score: Fraction) -> Step:
    numbers = {"deductions": sum((line.deduction for line in lines), Fraction(0)), "score": score}
    if numbers["deductions"] > FULL:
        return Step(N_("100 - {deductions} is below 0, so the score is {score}"), numbers)
    return Step(N_("100 - {deductions} = {score}"), numbers)


def _paid(contract: Contract, score: Fraction) -> Iterator[Step]:
    """S7."""
    if contract.fee is None:
        return
    percent = percentage(contract, score)
    numbers = {"fee": contract.fee, "percent": percent, "payment": of_fee(contract.fee, percent)}
    yield Step(N_("{fee} x {percent} / 100 = {payment}, half up to 0.01"), numbers)
