"""Terms in one group do not charge a ticket twice (S3).

The rule goes by the largest deduction, so a group is not monotone: one more fault may make another term the largest,
which then takes its tickets from the one that deducted most before, and the sum falls. Take late repairs of 9 points,
at most 9, before faults of 1 point. Nine faults, one of them late: 9 (late) + 8 = 17 points. Ten faults, two of them
late: 10 (faults) + 0 = 10. Without groups more faults never cost less. What holds: a group never deducts more than its
terms would without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sla.contract import Term
from sla.line import Line

Charge = Callable[[Term, Mapping[str, str]], Line]
"""A term's line without some tickets: ticket to the line that charges it already."""


def settled(terms: Sequence[Term], charge: Charge) -> tuple[Line, ...]:
    """The lines of all terms in the contract's order, each group settled for itself (S3)."""
    lines: dict[str, Line] = {}
    for group in dict.fromkeys(term.group for term in terms):
        members = [term for term in terms if term.group == group]
        found = _settled(members, charge) if group is not None else (charge(term, {}) for term in members)
        lines |= {line.id: line for line in found}
    return tuple(lines[term.id] for term in terms)


def _settled(members: list[Term], charge: Charge) -> Iterator[Line]:
    """Greedy: the largest deduction first, ties in the contract's order, the rest without its tickets, and so on."""
    taken: dict[str, str] = {}
    while members:
        lines = [charge(term, taken) for term in members]
        first = max(range(len(lines)), key=lambda i: lines[i].deduction)
        line = lines[first]
        yield line
        del members[first]
        if line.deduction:
            taken |= dict.fromkeys(line.behind, line.id)
