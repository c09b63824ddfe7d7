"""One line of a vendor's statement: what a term deducts, and why (S1, S4)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sla.evidence import Evidence, Removed, Step


@dataclass(frozen=True, slots=True)
class Line:
    """What one term deducts. All numbers are exact, in the term's measure: hours, minutes, percent, points, a count.

    `value` None: there was nothing to measure. `allowance` as it applies, per hundred devices or not. `deduction` in
    points to 0.01. `cap` where it cut the deduction, else None. `group` and the tickets that it `removed`, each with
    the line that charges it instead (S3). `evidence` is what the value is made of, `arithmetic` how.
    """

    id: str
    term: str
    rules: str
    value: Fraction | None
    allowance: Fraction
    overrun: Fraction
    units: Fraction
    deduction: Fraction
    cap: Fraction | None = None
    group: str | None = None
    removed: tuple[Removed, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    arithmetic: tuple[Step, ...] = ()

    @property
    def behind(self) -> frozenset[str]:
        """The tickets that this line charges, if it deducts anything (S3)."""
        return frozenset(one.thing for one in self.evidence if one.ticket and one.amount)
