"""`late_minutes`: by how much the breaches of the month missed their targets, in minutes (S2)."""

from __future__ import annotations

from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence
from sla.rectification import late_ms
from sla.terms.measure import Measure, minutes, of_repairs


def _lateness(term: Term, account: Account) -> list[Evidence]:
    return of_repairs(account, lambda repair: late_ms(repair, term.count))


MEASURE: Final = Measure(_lateness, minutes)
