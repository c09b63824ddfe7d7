"""`availability`: of the vendor's devices under the profile `contract`, in percent (S2, A2, A3)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence, Step
from sla.terms.measure import Measure, Measured, total
from sla.ticket import N_

TENTH: Final = Fraction(1, 10)


def _time(_term: Term, account: Account) -> list[Evidence]:
    """Good and bad ms; none where nothing counts, or coverage is too low."""
    time = account.facts.availability
    if time is None or not time.covered or time.good_ms + time.bad_ms == 0:
        return []
    return [
        Evidence("availability", Fraction(time.good_ms), N_("ms good")),
        Evidence("availability", Fraction(time.bad_ms), N_("ms bad")),
    ]


def _share(evidence: Sequence[Evidence]) -> Measured | None:
    if not evidence:
        return None
    good, all_ = evidence[0].amount, total(evidence)
    value = 100 * good / all_
    numbers = {"good": good, "all": all_, "value": value}
    return Measured(value, Step(N_("100 x {good} ms good / {all} ms = {value} percent"), numbers))


MEASURE: Final = Measure(_time, _share, unit=TENTH, less_is_bad=True)
