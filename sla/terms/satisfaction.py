"""`satisfaction`: the mean of the month's survey, on its scale (S2)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence, Step
from sla.terms.measure import Measure, Measured
from sla.ticket import N_


def _answers(_term: Term, account: Account) -> list[Evidence]:
    survey = account.facts.satisfaction
    if survey is None or not survey.count:
        return []
    return [
        Evidence("survey", survey.total, N_("sum of the answers")),
        Evidence("survey", Fraction(survey.count), N_("number of answers")),
    ]


def _mean(evidence: Sequence[Evidence]) -> Measured | None:
    if not evidence:
        return None
    answers, count = (one.amount for one in evidence)
    numbers = {"total": answers, "count": count, "value": answers / count}
    return Measured(answers / count, Step(N_("{total} / {count} answers = {value}"), numbers))


MEASURE: Final = Measure(_answers, _mean, less_is_bad=True)
