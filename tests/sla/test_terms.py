"""S2: what each term counts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from sla.case import Fault
from sla.instant import HOUR, MINUTE
from sla.statement import Counted, MonthFacts, Survey
from sla.ticket import Happening
from tests.sla.histories import examples
from tests.sla.months import agreed, at, billed, months, only, row, rows, term, ticket, tickets_of


@pytest.mark.parametrize(
    ("sources", "counted"), [(None, "I P"), ({"detected", "patrol"}, "D T"), ({"vendor"}, "V"), (set(), "")]
)
def test_S2_fault_count_counts_faults_of_its_sources(sources: set[str] | None, counted: str) -> None:
    named = {"P": "phone", "D": "detected", "T": "patrol", "V": "vendor", "I": "import"}
    cases = [ticket(id, source=source) for id, source in named.items()]
    counting = term("fault_count", sources=None if sources is None else frozenset(sources))
    line = only(agreed(counting), *cases)
    assert (tickets_of(line), line.value) == (counted, Fraction(len(counted.split())))


def test_S2_any_report_of_a_named_source_makes_a_fault_count_and_is_noted() -> None:
    joined = Happening("note", at("10-05 10:20"), "hall", {"source": "phone", "reported": True})
    detected = ticket("A", source="detected")
    line = only(agreed(term("fault_count")), replace(detected, events=(detected.events[0], joined, detected.events[1])))
    assert [(one.thing, one.note, one.start) for one in line.evidence] == [("A", "phone", at("10-05 10:20"))]


def test_S2_fault_hours_add_the_repair_times_whatever_the_target() -> None:
    line = only(agreed(term("fault_hours")), ticket("A", minutes=50), ticket("B", minutes=200, kind="pc"))
    assert line.value == Fraction(25, 6)
    assert rows(line.evidence, "thing amount") == [f"A {50 * MINUTE}", f"B {200 * MINUTE}"]


def test_S2_late_repairs_are_breaches_and_equality_is_none() -> None:
    cases = [ticket(id, minutes=minutes) for id, minutes in (("A", 119), ("B", 120), ("C", 121))]
    line = only(agreed(term("late_repairs")), *cases, ticket("D", minutes=999, kind="pc"))
    assert tickets_of(line) == "C"
    (late,) = line.evidence
    assert (late.counted, late.target, late.start, late.until) == (
        121 * MINUTE,
        2 * HOUR,
        at("10-05 10:00"),
        at("10-05 12:01"),
    )


def test_S2_late_minutes_are_what_lies_beyond_the_target() -> None:
    cases = [ticket(id, minutes=minutes) for id, minutes in (("A", 120), ("B", 130), ("C", 145))]
    line = only(agreed(term("late_minutes")), *cases)
    assert row(line, "value behind") == "35 B C"


def test_S2_by_rectification_a_late_repair_counts_from_its_start() -> None:
    cases = [ticket(id, minutes=minutes) for id, minutes in (("A", 120), ("B", 130))]
    assert only(agreed(term("late_minutes", count="rectification")), *cases).value == 130
    assert only(agreed(term("fault_hours", count="rectification")), *cases).value == Fraction(13, 6)


def test_S2_repeats_are_counted_with_the_ticket_that_they_repeat() -> None:
    line = only(agreed(term("repeat_repairs")), ticket("A"), ticket("B", "10-09 10:00", repeat_of="A"))
    assert rows([line], "value behind") == ["1 B"]
    assert rows(line.evidence, "thing amount note") == ["B 1 A"]


@pytest.mark.parametrize("name", ["missed_patrols", "spare_not_ready"])
def test_S2_patrols_and_spares_are_counted_once_each(name: str) -> None:
    line = only(agreed(term(name)), missed_patrols=["b", "a", "b"], spares_not_ready=["a", "b"])
    assert row(line, "value behind") == "2 "
    assert [one.thing for one in line.evidence] == ["a", "b"]


def test_S2_the_self_repair_rate_is_of_kiosks_and_queue_machines() -> None:
    cases = [
        ticket("A", kind="kiosk", how="repaired"),
        ticket("B", kind="queue", how="replaced_by_spare"),
        ticket("C", kind="kiosk", how="by_maker"),
        ticket("D", kind="printer", how="by_maker"),
        ticket("E", "10-31 23:30", kind="kiosk", how="by_maker"),
        ticket("F", minutes=None, kind="kiosk"),
    ]
    line = only(agreed(term("self_repair_rate")), *cases)
    assert row(line, "value allowance overrun") == "200/3 90 70/3"
    assert rows(line.evidence, "thing amount note") == ["A 0 repaired", "B 0 replaced_by_spare", "C 1 by_maker"]


def test_S2_a_detected_kiosk_without_a_clock_is_restored_too_and_without_a_word_it_was_repaired() -> None:
    line = only(agreed(term("self_repair_rate")), ticket("A", kind="kiosk", source="detected"))
    assert [(one.counted, one.until, one.note) for one in line.evidence] == [(None, at("10-05 11:00"), "repaired")]
    assert line.value == 100


def test_S2_the_last_restoration_says_how() -> None:
    events = [
        Happening("opened", at("10-05 10:00"), "hall", {"source": "phone"}),
        Happening("restored", at("10-05 11:00"), "vendor", {"how": "repaired"}),
        Happening("rejected", at("10-05 11:05"), "hall"),
        Happening("restored", at("10-06 11:00"), "vendor", {"how": "by_maker"}),
    ]
    assert only(agreed(term("self_repair_rate")), ticket("A", kind="kiosk", events=events)).value == 0


@pytest.mark.parametrize(
    ("survey", "expected"), [(Survey(Fraction(84), 20), "21/5 3/10 3"), (Survey(Fraction(95), 20), "19/4 0 0")]
)
def test_S2_satisfaction_is_the_mean_of_the_answers(survey: Survey, expected: str) -> None:
    line = only(agreed(term("satisfaction", allowance="4.5", unit="0.1")), satisfaction=survey)
    assert row(line, "value overrun units") == expected
    told = [f"survey {survey.total} sum of the answers", "survey 20 number of answers"]
    assert rows(line.evidence, "thing amount note") == told


def test_S2_availability_is_in_percent_and_its_unit_in_tenths() -> None:
    time = Counted(9932 * HOUR, 68 * HOUR)
    line = only(agreed(term("availability", allowance="99.5", unit=5, round="exact")), availability=time)
    assert (line.value, line.overrun, line.units) == (Fraction("99.32"), Fraction("0.18"), Fraction("0.36"))
    told = [f"availability {9932 * HOUR} ms good", f"availability {68 * HOUR} ms bad"]
    assert rows(line.evidence, "thing amount note") == told


def test_S2_half_of_the_time_is_fifty_percent() -> None:
    assert row(only(agreed(term("availability")), availability=Counted(7, 7)), "value") == "50"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("self_repair_rate", {}),
        ("satisfaction", {}),
        ("satisfaction", {"satisfaction": Survey(Fraction(0), 0)}),
        ("availability", {}),
        ("availability", {"availability": Counted(0, 0)}),
        ("availability", {"availability": Counted(1, 99, covered=False)}),
    ],
)
def test_S2_where_there_is_nothing_to_measure_nothing_is_charged(name: str, known: dict[str, object]) -> None:
    line = only(agreed(term(name, points="10", allowance=100)), **known)
    assert row(line, "value overrun units deduction") == "None 0 0 0"


@pytest.mark.parametrize(
    ("begun", "minutes", "started", "restored"),
    [
        ("09-30 23:00", 59, False, False),
        ("09-30 23:00", 60, False, True),
        ("09-30 23:59", 2, False, True),
        ("10-01 00:00", 2, True, True),
        ("10-31 23:58", 1, True, True),
        ("10-31 23:58", 2, True, False),
        ("10-31 23:59", None, True, False),
        ("11-01 00:00", 1, False, False),
    ],
)
def test_S2_a_fault_belongs_to_the_month_of_its_start_and_a_repair_to_that_of_its_restoration(
    begun: str, minutes: int | None, started: bool, restored: bool
) -> None:
    found = billed(agreed(term("fault_count"), term("fault_hours")), ticket("A", begun, minutes))
    assert [bool(line.behind) for line in found.lines] == [started, restored]


def test_S2_a_ticket_reopened_after_the_month_is_open_again_and_not_of_the_month_of_its_earlier_restoration() -> None:
    first = ticket("A", "10-31 23:00", 10)
    again = (*first.events, Happening("reopened", at("11-01 00:00"), "hall", {"source": "phone"}))
    found = billed(agreed(term("fault_count"), term("fault_hours")), replace(first, events=again))
    assert [tickets_of(line) for line in found.lines] == ["A", ""]
    assert found.open == ("A",)


def test_S2_what_counts_is_the_end_of_the_outage_where_it_ended_before_the_claim() -> None:
    claimed = ticket("A", "10-31 21:00", 190, outages=(Fault(at("10-31 20:55"), at("10-31 23:40")),))
    (late,) = only(agreed(term("late_repairs")), claimed).evidence
    assert (late.until, late.counted) == (at("10-31 23:40"), 160 * MINUTE)


@examples
@given(months())
def test_S2_every_ticket_term_names_each_ticket_once_and_only_what_adds(facts: MonthFacts) -> None:
    names = ["fault_count", "fault_hours", "late_repairs", "late_minutes", "repeat_repairs"]
    for line in billed(agreed(*(term(name) for name in names)), *facts.cases).lines:
        things = [one.thing for one in line.evidence]
        assert len(things) == len(set(things)) == len(line.behind)
        assert sum(one.amount for one in line.evidence) == (line.value or 0) * {
            "fault_hours": HOUR,
            "late_minutes": MINUTE,
        }.get(line.term, 1)
