"""S9: the same facts under other terms, hours, allowances."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given

from sla.contract import Contract, Granted, Travel
from sla.instant import HOUR, MINUTE
from sla.statement import MonthFacts, statement
from sla.whatif import Difference, Standing, WhatIf, what_if
from tests.sla.histories import examples
from tests.sla.months import DAYTIME, LATER, agreed, contracts, facts, months, term, ticket

LATE = term("late_repairs", "5")
FAULTS = term("fault_count", "1")
CITY = facts(ticket("A", minutes=130), ticket("B", minutes=180), ticket("C", minutes=60))


def asked(other: Contract, known: MonthFacts = CITY, contract: Contract | None = None) -> WhatIf:
    """What if this contract held instead of the plain one."""
    return what_if(contract or agreed(LATE, FAULTS), other, known, LATER)


def named(found: WhatIf) -> str:
    """The tickets that make the difference."""
    return " ".join(one.ticket for one in found.tickets)


def stood(one: Difference) -> tuple[str, list[str], list[str]]:
    """In which lines a ticket stood with how much, before and after."""
    before, after = ([f"{id} {amount}" for id, amount in side.lines.items()] for side in (one.before, one.after))
    return one.ticket, before, after


def test_S9_a_longer_target_frees_the_tickets_that_were_late_by_less() -> None:
    found = asked(agreed(LATE, FAULTS, targets={"printer": 150 * MINUTE}))
    assert (str(found.before.score), str(found.after.score)) == ("87", "92")
    october = {"begun": "2026-10", "restored": "2026-10"}
    one = Fraction(1)
    before = Standing({"late_repairs": one, "fault_count": one}, 130 * MINUTE, 10 * MINUTE, **october)
    after = Standing({"fault_count": one}, 130 * MINUTE, 0, **october)
    assert found.tickets == (Difference("A", before, after),)


def test_S9_travel_changes_repair_times_but_only_what_changes_a_line_is_named() -> None:
    """C is shorter by twenty minutes too, which is nothing to its lines."""
    found = asked(agreed(LATE, FAULTS, travel=Travel("allowance", (Granted(20 * MINUTE),))))
    assert named(found) == "A"
    assert found.tickets[0].after.counted == 110 * MINUTE


def test_S9_a_term_more_or_less_names_the_tickets_that_it_charges() -> None:
    assert named(asked(agreed(FAULTS))) == "A B"
    assert named(asked(agreed(LATE, FAULTS, term("fault_hours")))) == "A B C"


def test_S9_a_term_that_deducts_nothing_before_or_after_makes_no_difference() -> None:
    generous = term("fault_hours", allowance=100)
    assert named(asked(agreed(LATE, FAULTS, generous))) == ""


def test_S9_other_points_make_the_difference_on_the_tickets_that_they_price() -> None:
    found = asked(agreed(replace(LATE, points=Fraction(7)), FAULTS))
    assert found.before.score - found.after.score == Fraction(4)
    assert named(found) == "A B"
    assert all(one.before == one.after for one in found.tickets)


def test_S9_other_points_of_a_line_that_deducts_as_before_name_nobody() -> None:
    capped = replace(LATE, cap=Fraction(3))
    found = asked(agreed(replace(capped, points=Fraction(7)), FAULTS), contract=agreed(capped, FAULTS))
    assert (found.before.score, named(found)) == (found.after.score, "")


def test_S9_other_hours_shorten_a_repair_that_lay_outside_of_them() -> None:
    night = facts(ticket("N", "10-05 18:30", 180), ticket("D", "10-05 08:00", 180))
    found = asked(agreed(LATE, FAULTS, clock=DAYTIME), night)
    assert named(found) == "N"
    assert [(one.counted, one.late) for one in found.tickets[0][1:] if isinstance(one, Standing)] == [
        (3 * HOUR, HOUR),
        (90 * MINUTE, 0),
    ]


def test_S9_another_start_moves_a_fault_to_another_month() -> None:
    seen = ticket("A", "11-01 00:10", detected_at=ticket("A", "10-31 23:50").events[0].at)
    found = asked(agreed(LATE, FAULTS, begin="detected"), facts(seen))
    assert [(one.before.begun, one.after.begun) for one in found.tickets] == [("2026-11", "2026-10")]
    assert [stood(one) for one in found.tickets] == [("A", [], ["fault_count 1"])]


def test_S9_a_ticket_that_gets_or_loses_its_clock_or_its_contract_is_named() -> None:
    seen = facts(ticket("A", minutes=180, source="detected", detected_at=ticket("A").events[0].at))
    terms = [LATE, term("fault_count", sources=frozenset({"detected"}))]
    begun = asked(agreed(*terms, begin="detected"), seen, agreed(*terms))
    assert [(one.before.counted, one.after.counted) for one in begun.tickets] == [(None, 180 * MINUTE)]
    gone = asked(agreed(*terms, kinds=frozenset()), seen, agreed(*terms))
    assert [one.after for one in gone.tickets] == [Standing({})]


def test_S9_a_repair_by_the_vendor_that_is_counted_no_more_is_named() -> None:
    rate = term("self_repair_rate", "0.1")
    kiosks = facts(
        ticket("A", kind="kiosk", how="by_maker"), ticket("B", kind="kiosk"), ticket("C", kind="queue", hall="h-2")
    )
    found = asked(agreed(rate, halls=frozenset({"h-1"})), kiosks, agreed(rate))
    assert [stood(one) for one in found.tickets] == [("C", ["self_repair_rate 0"], [])]


def test_S9_the_months_are_those_of_the_contracts_zone() -> None:
    found = asked(agreed(), facts(ticket("A", "10-31 23:50", 30)))
    assert [(one.before.begun, one.before.restored) for one in found.tickets] == [("2026-10", "2026-11")]


def test_S9_an_open_ticket_has_a_month_of_its_start_only() -> None:
    found = asked(agreed(), facts(ticket("A", minutes=None)))
    assert [(one.before.begun, one.before.restored) for one in found.tickets] == [("2026-10", None)]


@examples
@given(contracts(), months())
def test_S9_the_same_contract_makes_no_difference(contract: Contract, known: MonthFacts) -> None:
    found = what_if(contract, contract, known, LATER)
    assert found.before == found.after == statement(contract, known, LATER)
    assert found.tickets == ()


@examples
@given(contracts(), contracts(), months())
def test_S9_without_a_ticket_named_the_lines_that_deduct_rest_on_the_same_tickets(
    contract: Contract, other: Contract, known: MonthFacts
) -> None:
    found = what_if(contract, other, known, LATER)
    assert [(one.ticket, one.after, one.before) for one in what_if(other, contract, known, LATER).tickets] == [
        tuple(one) for one in found.tickets
    ]
    if not found.tickets:
        charged = [{line.id: line.behind for line in one.lines if line.behind} for one in (found.before, found.after)]
        deducting = {line.id for one in (found.before, found.after) for line in one.lines if line.deduction}
        assert all(charged[0].get(id) == charged[1].get(id) for id in deducting)
