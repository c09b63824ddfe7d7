"""A sealed statement prints its seal, what was passed over by name, and what changed since (S6)."""

from __future__ import annotations

import pytest

from reports.statement import book
from sla.instant import DAY
from tests.reports.stated import LATER, NOVEMBER, OCTOBER, SEPTEMBER, ZONE, Stated

pytestmark = pytest.mark.slow


def test_s6_a_seal_is_printed_with_what_was_passed_over_and_what_changed(stated: Stated) -> None:
    stated.sealed(SEPTEMBER)
    stated.publish()
    n = stated.dispute()
    stated.seal(dispute_open="the vendor is gone")
    stated.found()
    stated.amend(now=LATER + DAY)
    told = stated.told(now=LATER + DAY)
    made = book(told, lambda text: text, "en", ZONE)
    facts = {one.key: one.value for one in made.facts}
    assert (facts["seal"], facts["sealed_by"], facts["hash"]) == (2, "ann", told["seal"]["hash"])
    assert facts["head"] == told["head"]
    assert made.table("overrides").rows == ((f"dispute {n} of line T1 has no answer", "ann", "the vendor is gone"),)
    rows = made.table("differences").rows
    assert ("Amendment 1", "Score", "93.50", "91.50", None) in rows
    assert ("Amendment 1", "T3 Deduction", "0.00", "2.00", "+h-1") in rows


def test_s6_what_changed_between_two_publications_is_printed(stated: Stated) -> None:
    stated.publish()
    stated.found()
    stated.publish(now=LATER)
    made = book(stated.told(now=LATER), lambda text: text, "en", ZONE)
    assert ("Publication 2", "Payment", "18700.00", "18300.00", None) in made.table("differences").rows
    assert "seal" not in {one.key for one in made.facts}


def test_s6_a_statement_published_once_has_nothing_of_that(stated: Stated) -> None:
    stated.publish(OCTOBER, now=NOVEMBER)
    made = book(stated.told(), lambda text: text, "en", ZONE)
    assert {"overrides", "differences"}.isdisjoint(one.name for one in made.tables)
