"""R6: warnings at percentages of the target."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.case import Case
from sla.contract import Contract
from sla.instant import SECOND
from sla.marks import Mark, marks, next_mark
from sla.repair import Repair, repair
from sla.ticket import Happening
from tests.sla.histories import examples
from tests.sla.lives import CLOSED, DAYTIME, PAUSED, afterwards, at, case, contract, contracts, did, phoned, running

WARN = (50, 75, 100)


def clocked(ticket: Case, now: int, agreed: Contract | None = None) -> Repair:
    found = repair(ticket, agreed or contract(), now)
    assert found is not None
    return found


def passed(now: str, *events: Happening, warn: tuple[int, ...] = WARN) -> list[Mark]:
    return marks(clocked(case(phoned("09:00"), *events), at(now)), warn, at(now))


HALF, MOST, ALL = Mark(50, at("10:30")), Mark(75, at("11:00")), Mark(100, at("11:30"))


def test_R6_a_mark_is_reached_when_the_counted_time_reaches_its_part_of_the_target() -> None:
    assert passed("10:29:59.999") == []
    assert passed("10:30") == [HALF]
    assert passed("11:00") == [HALF, MOST]


def test_R6_marks_passed_together_are_all_returned_late_rather_than_not_at_all() -> None:
    assert passed("12:00") == [HALF, MOST, ALL]
    assert passed("12:00", did("restored", "11:10")) == [HALF, MOST]


def test_R6_pauses_put_marks_off() -> None:
    pause = [did("paused", "10:40", **PAUSED), did("resumed", "10:50")]
    assert passed("12:00", *pause) == [HALF, Mark(75, at("11:10")), Mark(100, at("11:40"))]


def test_R6_marks_may_lie_beyond_the_target_and_come_in_any_order_and_twice() -> None:
    assert passed("13:00", warn=(150, 100, 50, 100)) == [HALF, ALL, Mark(150, at("12:30"))]


def test_R6_a_part_of_a_millisecond_is_reached_with_the_whole() -> None:
    agreed = contract(target=1001, travel=0, warn=WARN)
    start = at("09:00")
    assert marks(clocked(case(phoned("09:00")), at("10:00"), agreed), WARN, at("10:00")) == [
        Mark(50, start + 501),
        Mark(75, start + 751),
        Mark(100, start + 1001),
    ]
    assert next_mark(clocked(case(phoned("09:00")), start + 500, agreed), agreed, start + 500) == Mark(50, start + 501)


def test_R6_what_was_reached_before_an_earlier_instant() -> None:
    late = clocked(case(phoned("09:00")), at("12:00"))
    assert marks(late, WARN, at("10:45")) == [HALF]


def test_R6_without_a_target_there_are_no_marks() -> None:
    agreed = contract(target=None)
    found = clocked(case(phoned("09:00")), at("12:00"), agreed)
    assert (marks(found, WARN, at("12:00")), next_mark(found, agreed, at("12:00"))) == ([], None)


@pytest.mark.parametrize(
    ("now", "mark"), [("09:10", HALF), ("10:30", MOST), ("11:00", ALL), ("11:29:59.999", ALL), ("11:30", None)]
)
def test_R6_the_next_mark_if_nothing_changes(now: str, mark: Mark | None) -> None:
    assert next_mark(clocked(case(phoned("09:00")), at(now)), contract(), at(now)) == mark


@pytest.mark.parametrize(
    "event",
    [did("paused", "09:40", **PAUSED), did("restored", "09:40"), did("cancelled", "09:40", reason="double")],
)
def test_R6_nothing_comes_next_while_paused_or_closed(event: Happening) -> None:
    found = clocked(case(phoned("09:00"), event), at("09:50"))
    assert next_mark(found, contract(), at("09:50")) is None


def test_R6_nothing_comes_next_where_the_hours_never_come() -> None:
    agreed = contract(CLOSED)
    assert next_mark(clocked(case(phoned("09:00")), at("09:50"), agreed), agreed, at("09:50")) is None


@examples
@given(running(), contracts(), afterwards, st.lists(st.integers(1, 250), max_size=4))
def test_R6_each_mark_is_predicted_and_then_reached(ticket: Case, agreed: Contract, now: int, warn: list[int]) -> None:
    agreed = replace(agreed, warn=tuple(warn))
    found = clocked(ticket, now, agreed)
    while (coming := next_mark(found, agreed, now)) is not None:
        assert coming.at > now
        before, found = clocked(ticket, coming.at - 1, agreed), clocked(ticket, coming.at, agreed)
        if coming.at - 1 >= now:
            assert coming not in marks(before, warn, coming.at - 1)
        assert coming in marks(found, warn, coming.at)
        now = coming.at
    missed = set() if found.target is None or agreed.clock is CLOSED else set(warn)
    assert {one.percent for one in marks(found, warn, now)} == missed


@examples
@given(running(), contracts(), afterwards)
def test_R6_the_hundredth_percent_is_when_it_is_due(ticket: Case, agreed: Contract, now: int) -> None:
    found = clocked(ticket, now, agreed)
    if found.due is None:
        assert marks(found, (100,), now) == []
    elif found.due <= now:
        assert marks(found, (100,), now) == [Mark(100, found.due)]
    else:
        assert next_mark(found, replace(agreed, warn=(100,)), now) == Mark(100, found.due)


def test_R6_a_mark_at_closing_time_is_reached_then() -> None:
    late, closing = case(phoned("18:30")), at("20:00")
    assert next_mark(clocked(late, at("19:00")), contract(DAYTIME), at("19:00")) == Mark(50, closing)
    assert marks(clocked(late, closing), WARN, closing) == [Mark(50, closing)]
    following = closing + 12 * 3600 * SECOND + 1800 * SECOND
    assert next_mark(clocked(late, closing), contract(DAYTIME), closing) == Mark(75, following)
