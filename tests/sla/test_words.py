"""S4: arithmetic in words and numbers, so that a vendor can compute it again."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.contract import Band, Contract
from sla.statement import Counted, Line, MonthFacts, Survey, statement
from sla.words import explain, grounds, number, points
from tests.sla.histories import examples
from tests.sla.months import LATER, agreed, billed, contracts, months, only, term, ticket

BANDS = (Band(Fraction(90), Fraction("97.5")),)
LATE = [ticket(id, minutes=121) for id in "ABC"]


def said(line: Line) -> str:
    """The arithmetic of a line in one."""
    return "; ".join(explain(line, str))


def test_S4_a_line_tells_its_arithmetic_step_by_step() -> None:
    assert said(only(agreed(term("late_repairs", "5")), *LATE)) == (
        "3 counted; late_repairs: 3 - 0 allowed = 3; 3 / 1 rounded up = 3 units; 3 x 5 points = 15.00; cap none"
    )


def test_S4_hours_are_told_from_their_milliseconds() -> None:
    line = only(agreed(term("fault_hours", round="exact")), ticket("A", minutes=90))
    assert explain(line, str)[0] == "5400000 ms / 3600000 = 1.5 hours"


def test_S4_repeating_decimals_are_told_as_fractions_and_rounded() -> None:
    line = only(agreed(term("late_minutes", "0.1", unit=7, round="exact")), ticket("A", minutes=142))
    assert said(line) == (
        "1320000 ms / 60000 = 22 minutes; late_minutes: 22 - 0 allowed = 22; 22 / 7 = 22/7 ≈ 3.142857 units; "
        "22/7 ≈ 3.142857 x 0.1 points = 11/35 ≈ 0.314286; cap none; 11/35 ≈ 0.314286 rounded half up = 0.31"
    )


@pytest.mark.parametrize(
    ("cap", "told"),
    [
        (20, "3 x 5 points = 15.00; the cap of 20 is not passed"),
        (15, "3 x 5 points = 15.00; the cap of 15 is not passed"),
        (14, "3 x 5 points = 15.00; at most the cap of 14"),
        ("0.005", "3 x 5 points = 15.00; at most the cap of 0.005; 0.005 rounded half up = 0.01"),
    ],
)
def test_S4_a_cap_is_told(cap: int | str, told: str) -> None:
    assert said(only(agreed(term("late_repairs", "5", cap=cap)), *LATE)).endswith(told)


def test_S4_per_100_is_told_with_the_devices_and_within_it_there_is_no_overrun() -> None:
    line = only(agreed(term("fault_count", allowance=8, per_100=True, round="down")), *LATE, devices_in_service=130)
    assert said(line) == (
        "8 x 130 devices / 100 rounded up = 11 allowed; 3 counted; "
        "fault_count: 3 is not above the 11 allowed, overrun 0; "
        "0 / 1 rounded down = 0 units; 0 x 1 points = 0.00; cap none"
    )


def test_S3_what_a_group_left_out_is_told_with_the_line_that_charges_it() -> None:
    terms = [term("late_repairs", "5", group="g"), term("fault_count", group="g"), term("fault_hours", group="g")]
    lines = billed(agreed(*terms), *LATE, ticket("D")).lines
    assert explain(lines[1], str)[:2] == ["without A, B, C, charged in late_repairs of the group g", "1 counted"]
    assert explain(lines[2], str)[:3] == [
        "without A, B, C, charged in late_repairs of the group g",
        "without D, charged in fault_count of the group g",
        "0 ms / 3600000 = 0 hours",
    ]


def test_S2_what_is_better_the_more_there_is_tells_what_it_lacks() -> None:
    kiosks = [
        ticket(id, kind="kiosk", how=how) for id, how in (("A", "repaired"), ("B", "repaired"), ("C", "by_maker"))
    ]
    assert said(only(agreed(term("self_repair_rate", "0.5")), *kiosks)).startswith(
        "100 x 2 without the maker / 3 restored = 200/3 ≈ 66.666667 percent; "
        "self_repair_rate: 90 wanted - 200/3 ≈ 66.666667 = 70/3 ≈ 23.333333; "
    )
    survey = only(agreed(term("satisfaction", allowance="4.5", unit="0.1")), satisfaction=Survey(Fraction(92), 20))
    assert explain(survey, str)[:2] == [
        "92 / 20 answers = 4.6",
        "satisfaction: 4.6 is not below the 4.5 wanted, overrun 0",
    ]
    time = only(agreed(term("availability", allowance="99.5")), availability=Counted(9932, 68))
    assert explain(time, str)[:3] == [
        "100 x 9932 ms good / 10000 ms = 99.32 percent",
        "availability: 99.5 wanted - 99.32 = 0.18",
        "0.18 / 0.1 rounded up = 2 units",
    ]


def test_S2_where_there_is_nothing_to_measure_that_is_told() -> None:
    line = only(agreed(term("satisfaction", allowance="4.5")))
    assert said(line) == "satisfaction: nothing to measure, nothing deducted"


@pytest.mark.parametrize(
    ("late", "payment", "told"),
    [
        (3, "none", ["100 - 15.00 = 85.00", "20000.00 x 100 / 100 = 20000.00, half up to 0.01"]),
        (3, "linear", ["100 - 15.00 = 85.00", "20000.00 x 85 / 100 = 17000.00, half up to 0.01"]),
        (0, BANDS, ["100 - 0.00 = 100.00", "20000.00 x 97.5 / 100 = 19500.00, half up to 0.01"]),
        (20, "linear", ["100 - 100.00 = 0.00", "20000.00 x 0 / 100 = 0.00, half up to 0.01"]),
        (21, "linear", ["100 - 105.00 is below 0, so the score is 0.00", "20000.00 x 0 / 100 = 0.00, half up to 0.01"]),
    ],
)  # fmt: skip
def test_S1_S7_a_statement_tells_its_score_and_its_payment(late: int, payment: object, told: list[str]) -> None:
    cases = [ticket(str(i), minutes=121) for i in range(late)]
    found = billed(agreed(term("late_repairs", "5"), fee=Fraction(20000), payment=payment), *cases)
    assert explain(found, str) == told


def test_S7_without_a_fee_no_payment_is_told() -> None:
    found = billed(agreed())
    assert explain(found, str) == ["100 - 0.00 = 100.00"]
    assert all(isinstance(number, Fraction) for number in found.arithmetic[0].numbers.values())


def test_S4_the_grounds_name_each_ticket_with_its_times() -> None:
    terms = [term("late_minutes"), term("fault_count", sources=frozenset({"detected"})), term("missed_patrols")]
    lines = billed(agreed(*terms), LATE[0], ticket("D", minutes=None, source="detected"), missed_patrols=["h-1"]).lines
    assert [grounds(line, str) for line in lines] == [
        [
            "A: 60000, from 2026-10-05T02:00:00.000Z, restored 2026-10-05T04:01:00.000Z, "
            "repair time 7260000 ms, target 7200000 ms"
        ],
        ["D: 1, detected, from 2026-10-05T02:00:00.000Z"],
        ["h-1: 1"],
    ]


def test_S4_words_are_translated_and_numbers_are_not() -> None:
    words = {"cap none": "无上限", "{value} counted": "{value} 项", "sum of the answers": "总和"}
    line = only(agreed(term("late_repairs", "5")), *LATE)
    assert [explain(line, lambda text: words.get(text, text))[i] for i in (0, -1)] == ["3 项", "无上限"]
    survey = only(agreed(term("satisfaction")), satisfaction=Survey(Fraction(9), 2))
    assert grounds(survey, lambda text: words.get(text, text)) == ["survey: 9, 总和", "survey: 2, number of answers"]


def test_S4_what_stands_in_a_name_is_no_hole_of_the_sentence() -> None:
    terms = [term("late_repairs", "5", group="{term}"), term("fault_count", group="{term}")]
    lines = billed(agreed(*terms), ticket("{value}", minutes=121)).lines
    assert explain(lines[1], str)[0] == "without {value}, charged in late_repairs of the group {term}"


@pytest.mark.parametrize(
    ("value", "told", "as_points"),
    [
        ("3", "3", "3.00"),
        ("0", "0", "0.00"),
        ("7/4", "1.75", "1.75"),
        ("1/2", "0.5", "0.50"),
        ("1/50", "0.02", "0.02"),
        ("1/8", "0.125", "0.125"),
        ("1/2000000000", "0.0000000005", "0.0000000005"),
        ("1e-40", f"0.{'0' * 39}1", f"0.{'0' * 39}1"),
        ("9/2", "4.5", "4.50"),
        ("1/3", "1/3 ≈ 0.333333", "1/3 ≈ 0.333333"),
        ("2/3", "2/3 ≈ 0.666667", "2/3 ≈ 0.666667"),
        ("1/60", "1/60 ≈ 0.016667", "1/60 ≈ 0.016667"),
        ("30000000", "30000000", "30000000.00"),
    ],
)
def test_S4_a_number_loses_nothing(value: str, told: str, as_points: str) -> None:
    assert (number(Fraction(value)), points(Fraction(value))) == (told, as_points)


def test_S4_the_longest_decimals_are_told_in_full() -> None:
    tiny = Fraction(1, 8 * 5**30)
    assert number(tiny) == f"0.{10**30 // (8 * 5**30):030}"
    assert Fraction(number(tiny)) == tiny


@examples
@given(st.fractions(min_value=0) | st.decimals(0, 10**12, places=9).map(Fraction))
def test_S4_a_number_can_be_read_back(value: Fraction) -> None:
    exact, _, rounded = number(value).partition(" ≈ ")
    assert Fraction(exact) == value
    assert not rounded or abs(Fraction(rounded) - value) <= Fraction(1, 2_000_000)


_SUM = re.compile(r"([\d./]+)(?: ≈ [\d.]+)? x ([\d./]+)(?: ≈ [\d.]+)? points = ([\d./]+)")


@examples
@given(contracts(), months())
def test_S4_the_sums_that_are_told_come_out(contract: Contract, known: MonthFacts) -> None:
    for line in statement(contract, known, LATER).lines:
        for units, a_unit, product in _SUM.findall(said(line)):
            assert Fraction(units) * Fraction(a_unit) == Fraction(product)
