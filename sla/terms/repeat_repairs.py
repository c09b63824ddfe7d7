"""`repeat_repairs`: the month's faults that repeat an earlier one [同一故障的二次维修] (S2, K4)."""

from __future__ import annotations

from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence
from sla.terms.measure import Measure, counted, of_ticket


def _repeats(_term: Term, account: Account) -> list[Evidence]:
    """The ticket that it repeats is noted."""
    return [of_ticket(one, 1, one.case.repeat_of) for one in account.begun if one.case.repeat_of]


MEASURE: Final = Measure(_repeats, counted)
