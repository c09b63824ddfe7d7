"""The same facts under another contract, and the tickets that make the difference (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from sla.attribution import Attributed, account
from sla.contract import Contract
from sla.facts import MonthFacts
from sla.instant import Ms
from sla.month import month_of
from sla.rectification import late_ms
from sla.statement import Statement, statement


class Standing(NamedTuple):
    """A ticket under one contract.

    `lines`: what it adds to each line in which it stands, of those that deduct under either contract. `counted` is its
    repair time and `late` how much of that is over the target, in ms, None without a clock. `begun` and `restored` are
    the months to which it belongs, as `2026-10`; None where it is not restored, or the contract does not charge it.
    """

    lines: Mapping[str, Fraction]
    counted: Ms | None = None
    late: Ms | None = None
    begun: str | None = None
    restored: str | None = None


class Difference(NamedTuple):
    """A ticket that one of the two contracts charges otherwise than the other."""

    ticket: str
    before: Standing
    after: Standing


class WhatIf(NamedTuple):
    """Both statements, and what makes them differ beside the terms themselves."""

    before: Statement
    after: Statement
    tickets: tuple[Difference, ...]


def what_if(contract: Contract, other: Contract, facts: MonthFacts, now: Ms) -> WhatIf:
    """A month's facts under its contract and under `other` terms, hours, targets, travel or start.

    A ticket is named where what it adds to some line differs, and that line deducts under one of the contracts: else it
    changes nothing; and where it stands in a line that deducts otherwise because its term is another. By their ids.
    """
    before, after = statement(contract, facts, now), statement(other, facts, now)
    charging = {line.id for one in (before, after) for line in one.lines if line.deduction}
    old = _standings(contract, facts, before, charging, now)
    new = _standings(other, facts, after, charging, now)
    nowhere = Standing({})
    pairs = [Difference(id, old.get(id, nowhere), new.get(id, nowhere)) for id in sorted(old.keys() | new.keys())]
    dearer = _repriced(contract, other, before, after)
    named = (one for one in pairs if one.before.lines != one.after.lines or dearer & one.before.lines.keys())
    return WhatIf(before, after, tuple(named))


def _repriced(contract: Contract, other: Contract, before: Statement, after: Statement) -> set[str]:
    """The lines of another term that deduct otherwise."""
    old, new = ({term.id: term for term in one.terms} for one in (contract, other))
    deducted = {line.id: line.deduction for line in before.lines}
    return {
        line.id for line in after.lines if old.get(line.id) != new[line.id] and deducted.get(line.id) != line.deduction
    }


def _standings(
    contract: Contract, facts: MonthFacts, found: Statement, charging: set[str], now: Ms
) -> dict[str, Standing]:
    lines: dict[str, dict[str, Fraction]] = {}
    for line in found.lines:
        for one in line.evidence:
            if one.ticket and line.id in charging:
                lines.setdefault(one.thing, {})[line.id] = one.amount
    tickets = account(contract, facts, now).tickets
    return {one.case.id: _standing(one, contract, lines.get(one.case.id, {})) for one in tickets}


def _standing(one: Attributed, contract: Contract, lines: Mapping[str, Fraction]) -> Standing:
    return Standing(
        lines,
        one.repair.counted if one.repair else None,
        late_ms(one.repair, "linear") if one.repair else None,
        month_of(one.at, contract.zone),
        None if one.restored is None else month_of(one.restored, contract.zone),
    )
