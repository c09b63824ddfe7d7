"""S3: terms of one group do not charge a ticket twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from hypothesis import given

from sla.contract import Contract
from sla.evidence import Removed
from sla.statement import MonthFacts, statement
from tests.sla.histories import examples
from tests.sla.months import LATER, agreed, billed, contracts, months, row, rows, term, ticket

LATE = term("late_repairs", "5", group="g")
FAULTS = term("fault_count", "1", group="g")


def test_S3_the_largest_deduction_takes_its_tickets_from_the_rest() -> None:
    for order in ([LATE, FAULTS], [FAULTS, LATE]):
        found = billed(agreed(*order), ticket("A", minutes=180), ticket("B"), ticket("C"))
        lines = {line.id: line for line in found.lines}
        assert [line.id for line in found.lines] == [one.id for one in order]
        assert row(lines["late_repairs"], "deduction behind removed") == "5 A ()"
        assert row(lines["fault_count"], "deduction behind") == "2 B C"
        assert lines["fault_count"].removed == (Removed("A", "late_repairs"),)


def test_S3_a_tie_goes_to_the_first_in_the_contract() -> None:
    late = replace(LATE, points=FAULTS.points)
    for order in ([late, FAULTS], [FAULTS, late]):
        found = billed(agreed(*order), ticket("A", minutes=180))
        assert [line.deduction for line in found.lines] == [1, 0]


def test_S3_the_rest_is_ordered_anew_after_each() -> None:
    hours = term("fault_hours", "1", round="exact", group="g")
    found = billed(agreed(replace(LATE, points=LATE.points + 1), hours, replace(FAULTS, points=FAULTS.points * 3 / 2)),
                   ticket("A", minutes=240), ticket("B"))  # fmt: skip
    assert rows(found.lines, "deduction behind") == ["6 A", "0 ", "3/2 B"]
    assert found.lines[1].removed == (Removed("A", "late_repairs"), Removed("B", "fault_count"))


def test_S3_what_deducts_nothing_removes_nothing() -> None:
    found = billed(agreed(replace(LATE, allowance=LATE.points), FAULTS), ticket("A", minutes=180))
    assert rows(found.lines, "deduction behind") == ["0 ", "1 A"]


def test_S3_the_tickets_of_a_capped_term_are_charged_all_the_same() -> None:
    found = billed(agreed(replace(LATE, cap=LATE.points), FAULTS), *(ticket(id, minutes=180) for id in "ABC"))
    assert [line.deduction for line in found.lines] == [5, 0]


def test_S3_groups_and_terms_without_one_know_nothing_of_each_other() -> None:
    others = [replace(FAULTS, id="T3", group="h"), replace(FAULTS, id="T4", group=None)]
    found = billed(agreed(LATE, *others), ticket("A", minutes=180))
    assert [line.deduction for line in found.lines] == [5, 1, 1]


def test_S3_a_patrol_is_no_ticket_even_of_the_same_name() -> None:
    found = billed(agreed(term("missed_patrols", "9", group="g"), LATE), ticket("A", minutes=180), missed_patrols=["A"])
    assert [line.deduction for line in found.lines] == [9, 5]


def test_S3_a_repair_of_the_vendors_own_counts_in_its_rate_though_it_was_charged_as_late() -> None:
    """Else being late with A would make the rate 0 of 1, and cost 90 points of it instead of 40."""
    rate = term("self_repair_rate", "0.1", group="g")
    kiosks = [ticket("A", minutes=300, kind="kiosk"), ticket("B", kind="kiosk", how="by_maker")]
    found = billed(agreed(LATE, rate), *kiosks)
    assert [line.deduction for line in found.lines] == [5, 4]
    assert found.lines[1].value == 50


def test_S3_a_repair_by_the_maker_that_was_charged_as_late_is_none_of_the_rates() -> None:
    rate = term("self_repair_rate", "0.1", group="g")
    kiosks = [ticket("A", minutes=300, kind="kiosk", how="by_maker"), ticket("B", kind="kiosk")]
    found = billed(agreed(LATE, rate), *kiosks)
    assert rows(found.lines, "value deduction") == ["1 5", "100 0"]


def test_S3_one_more_breach_may_raise_the_score_of_a_group() -> None:
    """The rule as it is: by it the largest term goes first, and another one may take more tickets with it."""
    agreement = agreed(term("late_repairs", "9", cap=9, group="g"), FAULTS)
    nine = [ticket("A", minutes=180), *(ticket(id) for id in "BCDEFGHI")]
    before, after = billed(agreement, *nine), billed(agreement, *nine, ticket("J", minutes=180))
    assert [line.deduction for line in before.lines] == [9, 8]
    assert [line.deduction for line in after.lines] == [0, 10]
    assert before.score < after.score
    loose = [replace(one, group=None) for one in agreement.terms]
    assert billed(agreed(*loose), *nine).score > billed(agreed(*loose), *nine, ticket("J", minutes=180)).score


@examples
@given(contracts(), months())
def test_S3_a_group_never_deducts_more_than_its_terms_without_it(contract: Contract, facts: MonthFacts) -> None:
    loose = replace(contract, terms=tuple(replace(one, group=None) for one in contract.terms))
    for one, free in zip(statement(contract, facts, LATER).lines, statement(loose, facts, LATER).lines, strict=True):
        assert one.deduction <= free.deduction
        assert one.behind | {gone.ticket for gone in one.removed} == free.behind


@examples
@given(contracts(), months())
def test_S3_no_ticket_stands_behind_two_deductions_of_a_group(contract: Contract, facts: MonthFacts) -> None:
    lines = [line for line in statement(contract, facts, LATER).lines if line.deduction and line.group]
    for one, other in combinations(lines, 2):
        assert one.group != other.group or one.behind.isdisjoint(other.behind)
