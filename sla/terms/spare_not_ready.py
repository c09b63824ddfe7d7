"""`spare_not_ready`: spares in the vendor's keeping that were found broken or missing (S2, P4)."""

from __future__ import annotations

from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence
from sla.terms.measure import Measure, counted, of_things


def _spares(_term: Term, account: Account) -> list[Evidence]:
    return of_things(account.facts.spares_not_ready)


MEASURE: Final = Measure(_spares, counted)
