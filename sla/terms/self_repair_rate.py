"""`self_repair_rate`: how many of the kiosks and queue machines the vendor restored without the maker (S2)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from sla.attribution import Account
from sla.contract import Term
from sla.evidence import Evidence, Step
from sla.terms.measure import Measure, Measured, of_ticket, total
from sla.ticket import N_

KINDS: Final = frozenset({"kiosk", "queue"})
MAKER: Final = "by_maker"


def _restored(_term: Term, account: Account) -> list[Evidence]:
    """All of them: 1 stands against the vendor, 0 does not; how it was restored is noted."""
    machines = [one for one in account.restored if one.case.kind in KINDS]
    return [of_ticket(one, int(one.how == MAKER), one.how) for one in machines]


def _rate(evidence: Sequence[Evidence]) -> Measured | None:
    """In percentage points; None where none was restored."""
    if not evidence:
        return None
    own = len(evidence) - total(evidence)
    value = 100 * own / len(evidence)
    numbers = {"own": own, "all": Fraction(len(evidence)), "value": value}
    return Measured(value, Step(N_("100 x {own} without the maker / {all} restored = {value} percent"), numbers))


MEASURE: Final = Measure(_restored, _rate, usual=Fraction(90), less_is_bad=True)
