"""`late_repairs`: the breaches among what was restored in the month (S2, R5)."""

from __future__ import annotations

from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence
from sla.terms.measure import Measure, counted, of_repairs


def _breaches(_term: Term, account: Account) -> list[Evidence]:
    return of_repairs(account, lambda repair: int(repair.breached))


MEASURE: Final = Measure(_breaches, counted)
