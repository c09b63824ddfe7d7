"""`fault_hours`: the repair time of what was restored in the month, in hours (S2)."""

from __future__ import annotations

from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence
from sla.rectification import repair_ms
from sla.terms.measure import Measure, hours, of_repairs


def _repairs(term: Term, account: Account) -> list[Evidence]:
    return of_repairs(account, lambda repair: repair_ms(repair, term.count))


MEASURE: Final = Measure(_repairs, hours)
