"""Asks `sla` and the recomputation the same of a vendor's month, and tells where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sla.month import month
from sla.statement import statement
from tests.sla.walking.months import Month
from tests.sla.walking.points import charges, entries, payment


def differences(of: Month) -> Iterator[str]:
    """Sentences; none where all agree: the month, every line's numbers and tickets, the open ones, score, payment."""
    period = month(of.name, of.contract.zone)
    if period != of.facts.month:
        yield f"the month is {period}, the wall says {of.facts.month}"
    found = statement(of.contract, of.facts, of.now)
    tickets = entries(of.contract, of.document, of.facts.cases, of.now)
    expected = charges(of.contract, tickets, of.facts)
    for line, one in zip(found.lines, expected, strict=True):
        told = (line.id, line.value, line.allowance, line.overrun, line.units, line.deduction)
        walked = (one.term.id, one.value, one.allowance, one.overrun, one.units, one.deduction)
        if told != walked:
            yield f"{one.term}: {told}, recomputed {walked}"
        if line.behind != one.tickets:
            yield f"{one.term}: {sorted(line.behind)}, recomputed {sorted(one.tickets)}"
    score = max(Fraction(0), 100 - sum((one.deduction for one in expected), Fraction(0)))
    if (found.score, found.payment) != (score, payment(of.contract, score)):
        yield f"{found.score}, {found.payment}; recomputed {score}, {payment(of.contract, score)}"
    until = of.facts.month.until
    still = {one.case.id for one in tickets if one.at < until and (one.restored is None or one.restored >= until)}
    if set(found.open) != still or len(found.open) != len(still):
        yield f"open {found.open}, recomputed {still}"
