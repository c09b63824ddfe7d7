"""`missed_patrols`: patrols that were due in the month and not made (S2, P1)."""

from __future__ import annotations

from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence
from sla.terms.measure import Measure, counted, of_things


def _missed(_term: Term, account: Account) -> list[Evidence]:
    return of_things(account.facts.missed_patrols)


MEASURE: Final = Measure(_missed, counted)
