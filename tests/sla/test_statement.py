"""S1, S2, S4: the score, what enters it, and how it is told."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.case import Case
from sla.contract import Contract, Rounding, Term
from sla.instant import HOUR, MINUTE
from sla.statement import Line, MonthFacts, statement
from sla.terms import TERMS
from sla.ticket import Happening
from tests.sla.histories import examples
from tests.sla.months import (
    LATER,
    OCTOBER,
    agreed,
    at,
    billed,
    cases,
    contracts,
    facts,
    months,
    only,
    row,
    rows,
    term,
    ticket,
    ungrouped,
)

FAULTS = term("fault_count")


def late(*minutes: int) -> list[Case]:
    """Printers that took their two hours and so many minutes more."""
    return [ticket(f"L{i}", minutes=120 + extra) for i, extra in enumerate(minutes)]


@pytest.mark.parametrize(
    ("rounding", "minutes", "units"),
    [
        ("up", 60, "2"),
        ("up", 61, "3"),
        ("up", 0, "0"),
        ("down", 59, "1"),
        ("down", 60, "2"),
        ("exact", 61, "61/30"),
    ],
)
def test_S1_an_overrun_is_cut_in_units_as_the_term_says(rounding: Rounding, minutes: int, units: str) -> None:
    assert row(only(agreed(term("late_minutes", unit=30, round=rounding)), *late(minutes)), "units") == units


@pytest.mark.parametrize("rounding", ["up", "down", "exact"])
@pytest.mark.parametrize("allowance", [2, 3, "2.5"])
def test_S1_within_the_allowance_there_is_no_overrun(rounding: Rounding, allowance: int | str) -> None:
    line = only(agreed(term("late_repairs", round=rounding, allowance=allowance)), *late(1, 1))
    assert row(line, "value overrun units deduction") == "2 0 0 0"


@pytest.mark.parametrize(
    ("rate", "devices", "allowed"), [("8", 130, "11"), ("2", 150, "3"), ("2", 151, "4"), ("8", 0, "0"), ("0", 9, "0")]
)
def test_S1_per_100_is_of_the_devices_in_service_and_rounded_up(rate: str, devices: int, allowed: str) -> None:
    line = only(agreed(term("fault_count", allowance=rate, per_100=True)), devices_in_service=devices)
    assert row(line, "allowance") == allowed


@pytest.mark.parametrize(("name", "usual"), [(name, "90" if name == "self_repair_rate" else "0") for name in TERMS])
def test_S1_an_allowance_that_is_not_given_is_the_terms_usual_one(name: str, usual: str) -> None:
    assert row(only(agreed(term(name))), "allowance") == usual


@pytest.mark.parametrize(
    ("points", "cap", "deduction", "bit"),
    [("5", None, "15", "None"), ("5", 30, "15", "None"), ("5", 15, "15", "None"), ("5", 14, "14", "14"),
     ("5", 0, "0", "0"), ("0", 0, "0", "None")],
)  # fmt: skip
def test_S1_a_deduction_is_at_most_its_cap_which_is_told_where_it_bit(
    points: str, cap: int | None, deduction: str, bit: str
) -> None:
    capped = replace(term("late_repairs", points), cap=None if cap is None else Fraction(cap))
    assert row(only(agreed(capped), *late(1, 1, 1)), "deduction cap") == f"{deduction} {bit}"


@pytest.mark.parametrize(
    ("points", "deduction"), [("0.005", "1/100"), ("0.004999999", "0"), ("1.014999", "101/100"), ("1.015", "51/50")]
)
def test_S1_a_deduction_is_rounded_half_up_to_the_cent(points: str, deduction: str) -> None:
    assert row(only(agreed(term("late_repairs", points)), *late(1)), "deduction") == deduction


def test_S1_each_deduction_is_rounded_before_they_are_added() -> None:
    found = billed(agreed(*(term("late_repairs", "0.005", id) for id in "ab")), *late(1))
    assert found.score == Fraction("99.98")


def test_S1_nothing_is_divided_before_the_end() -> None:
    """Three times twenty minutes are an hour exactly, so one unit and not two."""
    thirds = [ticket(id, minutes=20) for id in "ABC"]
    assert row(only(agreed(term("fault_hours")), *thirds), "value units") == "1 1"


def test_S1_no_more_than_everything_is_lost() -> None:
    found = billed(agreed(term("late_repairs", "40")), *late(1, 1, 1))
    assert found.score == 0
    assert found.lines[0].deduction == 120


def test_S1_a_contract_without_terms_keeps_its_hundred_points() -> None:
    assert billed(agreed(), *late(1)).score == 100


def test_S2_a_ticket_of_another_kind_hall_or_time_is_not_the_contracts() -> None:
    contract = agreed(FAULTS, kinds=frozenset({"printer"}), halls=frozenset({"h-1"}), start=at("10-05 10:00"))
    others = [ticket("A", kind="pc"), ticket("B", hall="h-2"), ticket("C", "10-05 09:59"), ticket("D", "10-05 10:00")]
    assert row(only(contract, *others), "behind") == "D"


def test_S2_the_contract_at_the_clocks_start_decides_not_the_one_at_the_opening() -> None:
    """Detected before the contract began, phoned in after."""
    seen = ticket("A", source="detected")
    called = Happening("note", at("10-05 10:20"), "hall", {"source": "phone", "reported": True})
    case = replace(seen, events=(seen.events[0], called, seen.events[1]))
    terms = agreed(FAULTS, term("fault_hours", round="exact"), start=at("10-05 10:10"))
    assert rows(billed(terms, case).lines, "behind value") == ["A 1", "A 2/3"]
    assert rows(billed(replace(terms, start=at("10-05 10:21")), case).lines, "behind value") == [" 0", " 0"]


@pytest.mark.parametrize(
    ("owner", "has_vendor", "free", "counts"),
    [
        ("vendor", True, False, True),
        ("vendor", False, True, True),
        ("undetermined", True, False, True),
        ("undetermined", True, True, False),
        ("undetermined", False, False, False),
        ("hall", True, False, False),
        ("network", True, False, False),
        ("operator", True, False, False),
    ],
)
def test_S2_only_the_vendors_faults_count(owner: str, has_vendor: bool, free: bool, counts: bool) -> None:
    case = ticket("A", owner=owner, has_vendor=has_vendor)
    found = billed(agreed(FAULTS, term("fault_hours"), free_silence=free), case)
    assert [bool(line.behind) for line in found.lines] == [counts, counts]


@pytest.mark.parametrize(("changes", "counts"), [(["hall"], False), (["hall", "vendor"], True), ([], True)])
def test_C1_the_last_change_of_owner_decides(changes: list[str], counts: bool) -> None:
    case = ticket("A")
    events = [Happening("owner_changed", at("10-05 10:30"), "judge", {"owner": owner}) for owner in changes]
    line = only(agreed(FAULTS), replace(case, events=(case.events[0], *events, case.events[1])))
    assert bool(line.behind) is counts


def test_S2_a_cancelled_ticket_enters_nothing_and_is_not_open() -> None:
    case = ticket("A", minutes=300)
    events = (*case.events, Happening("cancelled", at("11-10 10:00"), "boss", {"reason": "double"}))
    found = billed(agreed(*(term(name) for name in TERMS)), replace(case, events=events, repeat_of="B"))
    assert ([line.evidence for line in found.lines], found.open) == ([()] * len(TERMS), ())


def test_S2_open_are_those_begun_before_the_months_end_and_restored_later_or_not_at_all() -> None:
    found = billed(
        agreed(FAULTS),
        ticket("never", "09-03 10:00", None),
        ticket("later", "10-31 23:00", 61),
        ticket("border", "10-31 23:00", 60),
        ticket("done", "10-31 22:59", 60),
        ticket("next", "11-01 00:00", 60),
        ticket("detected", "10-31 22:00", None, source="detected"),
        ticket("hall's", "10-31 22:00", None, owner="hall"),
    )
    assert found.open == ("never", "detected", "border", "later")


def test_S2_what_had_not_happened_by_now_is_not_known() -> None:
    case = ticket("A", minutes=180)
    contract = agreed(FAULTS, term("late_repairs"))
    found = [statement(contract, facts(case), at(now)) for now in ("10-05 09:59", "10-05 12:59", "10-05 13:00")]
    assert [rows(one.lines, "value") for one in found] == [["0", "0"], ["1", "0"], ["1", "1"]]
    assert [one.open for one in found] == [(), ("A",), ()]


def test_S2_a_call_that_was_not_made_by_now_neither_starts_the_clock_nor_makes_a_fault_of_its_source() -> None:
    seen = ticket("A", source="detected")
    called = Happening("note", at("10-05 10:20"), "hall", {"source": "phone", "reported": True})
    case = replace(seen, events=(seen.events[0], called, seen.events[1]))
    contract = agreed(FAULTS, replace(FAULTS, id="seen", sources=frozenset({"detected"})))
    found = [statement(contract, facts(case), at(now)).lines for now in ("10-05 10:19", "10-05 10:20")]
    assert [rows(one, "value") for one in found] == [["0", "1"], ["1", "1"]]
    assert [one[1].evidence[0].start for one in found] == [at("10-05 10:00"), at("10-05 10:20")]


def test_S2_a_ticket_counts_from_the_very_instant_of_its_opening() -> None:
    assert statement(agreed(FAULTS), facts(ticket("A")), at("10-05 10:00")).lines[0].value == 1


def test_S2_events_without_an_opening_are_no_ticket() -> None:
    called = Happening("note", at("10-05 10:20"), "hall", {"source": "phone", "reported": True})
    assert rows(billed(agreed(FAULTS), ticket("A", events=()), ticket("B", events=(called,))).lines, "value") == ["0"]


def test_S4_a_statement_and_its_lines_name_their_rules_and_their_version() -> None:
    found = billed(agreed(FAULTS, replace(FAULTS, id="b", group="g")))
    assert rows(found.lines, "id term rules") == ["fault_count fault_count S1 S2 v1", "b fault_count S1 S2 S3 v1"]
    assert found.rules == "S1 S2 S3 S7 v1"


def test_S7_a_statement_says_what_it_pays() -> None:
    found = billed(agreed(term("late_repairs", "5"), fee=Fraction(20000), payment="linear"), *late(1, 1, 1))
    assert (found.contract, found.vendor) == ("c", "v")
    assert (str(found.score), str(found.payment)) == ("85", "17000")


@examples
@given(contracts(), months())
def test_S1_the_score_lies_in_0_to_100_and_is_what_the_deductions_leave(contract: Contract, known: MonthFacts) -> None:
    found = statement(contract, known, LATER)
    assert 0 <= found.score <= 100
    assert found.score == max(0, 100 - sum(line.deduction for line in found.lines))
    assert (found.score * 100).denominator == 1
    assert [line.id for line in found.lines] == [one.id for one in contract.terms]


@examples
@given(contracts(), months(), st.integers(0, 99), st.integers(1, 3))
def test_S1_order_and_repetition_of_facts_change_nothing(
    contract: Contract, known: MonthFacts, seed: int, times: int
) -> None:
    again = list(known.cases) * times
    Random(seed).shuffle(again)
    patrols = [*known.missed_patrols[::-1], *known.missed_patrols]
    other = replace(known, cases=again, missed_patrols=patrols)
    assert statement(contract, other, LATER) == statement(contract, known, LATER)


@examples
@given(ungrouped, months(), cases("X"))
def test_S1_one_more_breach_never_raises_the_score(contract: Contract, known: MonthFacts, one: Case) -> None:
    """Of a printer: a kiosk that the vendor repaired late still is one that it repaired (`self_repair_rate`)."""
    more = replace(known, cases=[*known.cases, replace(one, kind="printer")])
    assert statement(contract, more, LATER).score <= statement(contract, known, LATER).score


@examples
@given(ungrouped, months(), st.integers(0, 400), st.integers(0, 400), st.sampled_from(["printer", "kiosk"]))
def test_S1_a_longer_repair_never_raises_the_score(
    contract: Contract, known: MonthFacts, minutes: int, more: int, kind: str
) -> None:
    scores = [
        statement(contract, replace(known, cases=[*known.cases, ticket("X", minutes=length, kind=kind)]), LATER).score
        for length in (minutes, minutes + more)
    ]
    assert scores[1] <= scores[0]


@examples
@given(ungrouped, months(), st.sampled_from(["0.01", "1", "17"]))
def test_S1_more_points_never_raise_the_score(contract: Contract, known: MonthFacts, more: str) -> None:
    dearer = [replace(one, points=one.points + Fraction(more)) for one in contract.terms]
    for i in range(len(dearer)):
        terms = (*contract.terms[:i], dearer[i], *contract.terms[i + 1 :])
        assert statement(replace(contract, terms=terms), known, LATER).score <= statement(contract, known, LATER).score


@examples
@given(contracts(), months())
def test_S4_a_line_can_be_computed_again_from_its_evidence(contract: Contract, known: MonthFacts) -> None:
    for line, one in zip(statement(contract, known, LATER).lines, contract.terms, strict=True):
        assert line.value == by_hand(line)
        assert line.deduction == deducted(line, one)


def by_hand(line: Line) -> Fraction | None:
    """The value of a line, from its evidence alone."""
    amounts = [one.amount for one in line.evidence]
    if line.term in ("satisfaction", "availability", "self_repair_rate") and not amounts:
        return None
    if line.term == "satisfaction":
        return amounts[0] / amounts[1]
    if line.term == "availability":
        return 100 * amounts[0] / sum(amounts)
    if line.term == "self_repair_rate":
        return Fraction(100 * amounts.count(Fraction(0)), len(amounts))
    return sum(amounts, Fraction(0)) / {"fault_hours": HOUR, "late_minutes": MINUTE}.get(line.term, 1)


def deducted(line: Line, one: Term) -> Fraction:
    """The deduction of a line from its value, as S1 is read aloud."""
    if line.value is None:
        return Fraction(0)
    short = line.term in ("satisfaction", "availability", "self_repair_rate")
    overrun = max(Fraction(0), line.allowance - line.value if short else line.value - line.allowance)
    units = overrun / one.unit * (10 if line.term == "availability" else 1)
    cut = {"up": Fraction(ceil(units)), "down": Fraction(floor(units)), "exact": units}[one.round]
    points = cut * one.points if one.cap is None else min(cut * one.points, one.cap)
    return Fraction(floor(points * 100 + Fraction(1, 2)), 100)


def test_the_month_of_a_statement_is_that_of_its_facts() -> None:
    assert billed(agreed()).month == OCTOBER
