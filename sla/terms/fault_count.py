"""`fault_count`: the vendor's faults of the month, from the sources that the term names (S2)."""

from __future__ import annotations

from typing import Final

from sla.attribution import Account
from sla.case import reports
from sla.contract import Term
from sla.evidence import Evidence
from sla.terms.measure import Measure, counted, of_ticket

SOURCES: Final = frozenset({"phone", "import"})


def _faults(term: Term, account: Account) -> list[Evidence]:
    """A ticket counts if any of its reports is of a named source; the earliest of those is noted."""
    named = SOURCES if term.sources is None else term.sources
    told = [(one, [report.source for report in reports(one.case) if report.source in named]) for one in account.begun]
    return [of_ticket(one, 1, sources[0]) for one, sources in told if sources]


MEASURE: Final = Measure(_faults, counted)
