"""A statement's life: states, disputes, counter-entries, what is refused and why (S5, S6)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.disputing import (
    MOST,
    NoDispute,
    Refused,
    check_answer,
    check_approval,
    check_dispute,
    check_withdrawal,
)
from sla.instant import parse
from sla.publication import Answer, Counter, Entry, Publication, derive, payment_after, percent_after, score_after
from sla.publication import given as given_back
from sla.workdays import after_working_days, is_working

CHINA = ZoneInfo("Asia/Shanghai")
UNTIL = 1000


class Life:
    """What people do, entry by entry, at the instant of the entry's number."""

    def __init__(self, **deductions: str) -> None:
        self.entries: list[Entry] = []
        if deductions:
            self.publish(UNTIL, **deductions)

    def _add(self, event: str, by: str, **detail: Any) -> int:
        n = len(self.entries) + 1
        self.entries.append(Entry(n, event, n, by, detail))
        return n

    def publish(self, until: int = UNTIL, **deductions: str) -> int:
        return self._add("published", "boss", until=until, deductions=deductions)

    def dispute(self, line: str) -> int:
        return self._add("disputed", "vendor", line=line, reason="not ours")

    def accept(self, n: int, points: str, by: str = "ann") -> int:
        return self._add("answered", by, dispute=n, accepted=True, points=points, reason="so it is")

    def reject(self, n: int) -> int:
        return self._add("answered", "ann", dispute=n, accepted=False, points=None, reason="no")

    def approve(self, n: int, answer: int, by: str = "bob") -> int:
        return self._add("approved", by, dispute=n, answer=answer)

    def withdraw(self, n: int) -> int:
        return self._add("withdrawn", "vendor", dispute=n, reason="mistaken")

    def stands(self, *, sealed: bool = False) -> Publication:
        return derive(self.entries, sealed=sealed)

    def fate(self, n: int) -> str:
        found = self.stands().dispute(n)
        assert found is not None
        return found.fate


@pytest.fixture
def life() -> Life:
    return Life(T1="5.00", T2="0.00")


def test_s6_a_statement_nobody_published_is_a_draft() -> None:
    assert derive([]) == Publication()
    assert derive([]).state == "draft"
    assert derive([]).until is None
    assert derive([]).newest == 0


def test_s6_published_says_until_when_one_may_dispute_and_what_each_line_deducts(life: Life) -> None:
    found = life.stands()
    assert (found.state, found.until, found.newest) == ("published", UNTIL, 1)
    assert found.deductions == {"T1": 5, "T2": 0}
    assert found.published == life.entries[0]


def test_s5_a_dispute_makes_it_disputed_until_it_is_settled(life: Life) -> None:
    n = life.dispute("T1")
    assert (life.stands().state, life.fate(n)) == ("disputed", "open")
    assert [one.n for one in life.stands().waiting] == [n]
    answer = life.accept(n, "2.00")
    assert (life.stands().state, life.fate(n)) == ("disputed", "awaiting")
    assert [one.n for one in life.stands().waiting] == [n]
    assert life.stands().counters == ()
    life.approve(n, answer)
    assert (life.stands().state, life.fate(n), life.stands().waiting) == ("answered", "accepted", ())
    assert life.stands().counters == (Counter(n, "T1", Fraction(2), "so it is", "ann", 3, "bob", 4),)


def test_s5_a_rejected_dispute_is_answered_and_gives_nothing_back(life: Life) -> None:
    n = life.dispute("T1")
    life.reject(n)
    assert (life.stands().state, life.fate(n), life.stands().counters) == ("answered", "rejected", ())
    answer = life.stands().disputes[0].answer
    assert answer is not None
    assert answer == Answer(3, 3, "ann", accepted=False, points=Fraction(0), reason="no")


def test_s5_a_withdrawn_dispute_is_as_if_it_had_not_been(life: Life) -> None:
    n = life.dispute("T1")
    life.accept(n, "2.00")
    life.withdraw(n)
    assert (life.stands().state, life.fate(n), life.stands().counters) == ("published", "withdrawn", ())
    one = life.stands().disputes[0]
    assert one.withdrawn == life.entries[-1]
    assert (one.line, one.by, one.at, one.reason) == ("T1", "vendor", 2, "not ours")


def test_s5_the_newest_answer_counts_and_an_approval_is_of_one_answer(life: Life) -> None:
    n = life.dispute("T1")
    first = life.accept(n, "2.00")
    second = life.accept(n, "3.00")
    life.approve(n, first)
    assert life.fate(n) == "awaiting"
    life.approve(n, second, by="cleo")
    (counter,) = life.stands().counters
    assert (str(counter.points), counter.approved_by) == ("3", "cleo")


def test_s6_sealed_is_sealed_whatever_was_said_before(life: Life) -> None:
    life.dispute("T1")
    assert life.stands(sealed=True).state == "sealed"


def test_s5_entries_may_come_in_any_order(life: Life) -> None:
    n = life.dispute("T1")
    life.approve(n, life.accept(n, "1.00"))
    assert derive(reversed(life.entries)) == life.stands()


def test_s6_an_acceptance_holds_for_the_figures_it_was_made_on(life: Life) -> None:
    n, other = life.dispute("T1"), life.dispute("T2")
    life.approve(n, life.accept(n, "2.00"))
    life.reject(other)
    life.publish(T1="5.00", T2="1.00", until=2000)
    assert (life.fate(n), life.fate(other), life.stands().until) == ("accepted", "rejected", 2000)
    life.publish(T1="4.00", T2="1.00")
    assert (life.fate(n), life.stands().state, life.stands().counters) == ("open", "disputed", ())
    life.approve(n, life.accept(n, "4.00"))
    assert [one.points for one in life.stands().counters] == [4]


def test_s6_an_acceptance_that_awaits_is_open_again_after_other_figures(life: Life) -> None:
    n = life.dispute("T1")
    answer = life.accept(n, "2.00")
    life.publish(T1="5.01")
    assert life.fate(n) == "open"
    life.approve(n, answer)
    assert life.fate(n) == "open"


def test_s6_a_dispute_of_a_line_that_is_no_more_lapses(life: Life) -> None:
    n = life.dispute("T1")
    life.publish(T2="0.00")
    assert (life.fate(n), life.stands().state, life.stands().waiting) == ("lapsed", "answered", ())


def test_s5_what_is_left_of_a_line_counts_what_was_accepted_approved_or_not(life: Life) -> None:
    first, second = life.dispute("T1"), life.dispute("T1")
    life.accept(first, "2.00")
    assert life.stands().left("T1", but=0) == 3
    assert life.stands().left("T1", but=first) == 5
    assert life.stands().left("T1", but=second) == 3
    life.reject(second)
    assert life.stands().left("T1", but=0) == 3
    assert life.stands().left("T2", but=0) == 0
    life.withdraw(first)
    assert life.stands().left("T1", but=0) == 5
    assert life.stands().dispute(99) is None


def counter(line: str, points: str) -> Counter:
    return Counter(1, line, Fraction(points), "", "ann", 1, "bob", 2)


def test_s5_the_score_after_counter_entries_is_exact() -> None:
    deductions = {"T1": Fraction(5), "T2": Fraction("1.33")}
    assert score_after(deductions, ()) == Fraction("93.67")
    assert score_after(deductions, [counter("T1", "2.5"), counter("T2", "0.33")]) == Fraction("96.5")
    assert given_back("T1", [counter("T1", "1"), counter("T1", "0.5"), counter("T2", "4")]) == Fraction("1.5")


def test_s5_a_counter_entry_gives_back_no_more_than_its_line_deducts() -> None:
    assert score_after({"T1": Fraction(1), "T2": Fraction(2)}, [counter("T1", "3"), counter("T9", "1")]) == 98


def test_s1_the_score_is_never_below_0_but_what_is_given_back_counts_in_full() -> None:
    deductions = {"T1": Fraction(90), "T2": Fraction(30)}
    assert score_after(deductions, ()) == 0
    assert score_after(deductions, [counter("T1", "10")]) == 0
    assert score_after(deductions, [counter("T1", "25")]) == 5


@pytest.mark.parametrize(
    ("fee", "rule", "pays"),
    [
        (None, "linear", None),
        ("20000.00", "none", "20000"),
        ("20000.00", "linear", "19300"),
        ("20000.00", {"bands": [{"from": "80", "percent": "50"}, {"from": "96.5", "percent": "98.5"}]}, "19700"),
        ("20000.00", {"bands": [{"from": "97", "percent": "100"}]}, "0"),
        ("0.01", "linear", "0.01"),
    ],
)
def test_s7_the_payment_follows_the_score_after_counter_entries(fee: str | None, rule: Any, pays: str | None) -> None:
    assert payment_after(fee, rule, Fraction("96.5")) == (None if pays is None else Fraction(pays))


def test_s7_the_percentage_is_the_one_that_the_payment_follows() -> None:
    bands = {"bands": [{"from": "95", "percent": "90"}, {"from": "0", "percent": "70"}]}
    assert [percent_after(rule, Fraction("96.5")) for rule in ("none", "linear", bands)] == [100, Fraction("96.5"), 90]


def refusal(of: Any, *given: Any) -> Refused:
    with pytest.raises(Refused) as found:
        of(*given)
    return found.value


def test_s5_a_line_may_be_disputed_until_the_window_closes(life: Life) -> None:
    check_dispute(life.stands(), "T1", UNTIL - 1)
    check_dispute(life.stands(), "T2", 1)
    late = refusal(check_dispute, life.stands(), "T1", UNTIL)
    assert str(late) == "the time to dispute it ended at 1970-01-01T00:00:01.000Z"
    assert late.place is None
    assert late.words(lambda text: f"[{text}]", str) == "[the time to dispute it ended at 1000]"


def test_s5_only_what_is_published_and_not_sealed_may_be_disputed(life: Life) -> None:
    assert str(refusal(check_dispute, derive([]), "T1", 1)) == "it is not published yet"
    assert str(refusal(check_dispute, life.stands(sealed=True), "T1", 1)) == "the month is sealed"


def test_s5_a_dispute_names_a_line_that_there_is(life: Life) -> None:
    wrong = refusal(check_dispute, life.stands(), "T9", 1)
    assert wrong.place == "line"
    assert str(wrong) == "the statement has no line T9; its lines: T1, T2"


def test_s5_a_line_has_one_waiting_dispute_and_another_after_it_is_settled(life: Life) -> None:
    n = life.dispute("T1")
    assert str(refusal(check_dispute, life.stands(), "T1", 5)) == "a dispute of line T1 is waiting already"
    check_dispute(life.stands(), "T2", 5)
    life.reject(n)
    check_dispute(life.stands(), "T1", 5)


def test_s5_disputes_are_bounded(life: Life) -> None:
    for _ in range(MOST - 1):
        life.withdraw(life.dispute("T1"))
    check_dispute(life.stands(), "T1", 5)
    life.withdraw(life.dispute("T1"))
    assert str(refusal(check_dispute, life.stands(), "T1", 5)) == f"a statement has at most {MOST} disputes"


@pytest.mark.parametrize("points", ["0.01", "4.99", "5"])
def test_s5_points_to_give_back_are_at_most_what_the_line_deducts(life: Life, points: str) -> None:
    n = life.dispute("T1")
    assert check_answer(life.stands(), n, Fraction(points)).n == n


@pytest.mark.parametrize("points", ["0", "-1", "5.01", "0.001"])
def test_s5_other_points_are_refused(life: Life, points: str) -> None:
    n = life.dispute("T1")
    wrong = refusal(check_answer, life.stands(), n, Fraction(points))
    assert wrong.place == "points"
    assert "at most the 5.00 that line T1 deducts" in str(wrong)


def test_s5_two_disputes_do_not_give_back_more_than_their_line(life: Life) -> None:
    first = life.dispute("T1")
    life.approve(first, life.accept(first, "4.00"))
    second = life.dispute("T1")
    check_answer(life.stands(), second, Fraction(1))
    assert "at most the 1.00" in str(refusal(check_answer, life.stands(), second, Fraction("1.01")))


def test_s5_an_answer_that_nobody_approved_may_be_given_anew(life: Life) -> None:
    n = life.dispute("T1")
    life.accept(n, "2.00")
    assert check_answer(life.stands(), n, Fraction(5)).n == n
    assert check_answer(life.stands(), n, None).n == n


def test_s5_what_is_settled_is_answered_no_more(life: Life) -> None:
    n = life.dispute("T1")
    life.reject(n)
    assert str(refusal(check_answer, life.stands(), n, None)) == "the dispute was rejected"
    assert str(refusal(check_withdrawal, life.stands(), n)) == "the dispute was rejected"
    other = life.dispute("T1")
    life.approve(other, life.accept(other, "1.00"))
    assert str(refusal(check_withdrawal, life.stands(), other)) == "the dispute was accepted"
    third = life.dispute("T2")
    assert check_withdrawal(life.stands(), third).n == third
    life.withdraw(third)
    assert str(refusal(check_answer, life.stands(), third, None)) == "the dispute was withdrawn"
    life.dispute("T2")
    life.publish(T1="5.00")
    gone = life.stands().disputes[-1].n
    assert "in the statement no more" in str(refusal(check_withdrawal, life.stands(), gone))


def test_s5_nothing_is_answered_after_the_seal_and_nothing_that_is_not_there(life: Life) -> None:
    n = life.dispute("T1")
    assert str(refusal(check_answer, life.stands(sealed=True), n, None)) == "the month is sealed"
    for check in (check_withdrawal, lambda found, n: check_answer(found, n, None)):
        with pytest.raises(NoDispute):
            check(life.stands(), n + 1)


def test_s5_another_person_approves(life: Life) -> None:
    n = life.dispute("T1")
    assert str(refusal(check_approval, life.stands(), n, "bob")) == "there is no acceptance to approve"
    life.accept(n, "2.00")
    assert str(refusal(check_approval, life.stands(), n, "ann")) == "ann accepted it: another person has to approve"
    assert check_approval(life.stands(), n, "bob").n == n
    life.publish(T1="4.00")
    assert str(refusal(check_approval, life.stands(), n, "bob")) == "there is no acceptance to approve"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(1, 700)), max_size=25))
def test_s5_whatever_people_do_no_line_gives_back_more_than_it_deducts(acts: list[tuple[int, int, int]]) -> None:
    life = Life(T1="5.00", T2="1.50")
    for what, which, points in acts:
        found = life.stands()
        n = found.disputes[which % len(found.disputes)].n if found.disputes else 0
        try:
            if what == 0:
                line = "T1" if which % 2 else "T2"
                check_dispute(found, line, 1)
                life.dispute(line)
            elif what == 1:
                check_answer(found, n, Fraction(points, 100))
                life.accept(n, f"{points / 100:.2f}")
            elif what == 2:
                answer = check_approval(found, n, "bob").answer
                assert answer is not None
                life.approve(n, answer.entry)
            elif what == 3:
                check_withdrawal(found, n)
                life.withdraw(n)
            else:
                life.publish(T1=f"{points / 100:.2f}", T2="1.50")
        except (Refused, NoDispute):
            pass
        found = life.stands()
        for line, amount in found.deductions.items():
            assert 0 <= given_back(line, found.counters) <= amount
            assert found.left(line, but=0) >= 0
        assert (found.state == "disputed") == bool(found.waiting)


@pytest.mark.parametrize(
    ("published", "until"),
    [
        ("2026-11-02T09:00", "2026-11-10T00:00"),  # a Monday: Tuesday to Monday
        ("2026-11-03T00:30", "2026-11-11T00:00"),  # in UTC it is still Monday
        ("2026-11-06T23:59", "2026-11-14T00:00"),  # a Friday
        ("2026-11-07T12:00", "2026-11-14T00:00"),  # a Saturday
        ("2026-09-29T09:00", "2026-10-13T00:00"),  # the National Day holidays, and a make-up Saturday before the end
    ],
)
def test_s6_the_window_is_whole_working_days_of_the_contracts_zone(published: str, until: str) -> None:
    at, end = (parse(f"{one}:00+08:00") for one in (published, until))
    assert after_working_days(at, 5, CHINA) == end


def test_s6_without_a_holiday_set_monday_to_friday_count() -> None:
    at, end = parse("2026-09-29T09:00:00+08:00"), parse("2026-10-07T00:00:00+08:00")
    assert after_working_days(at, 5, CHINA, None) == end


def test_t3_make_up_days_are_working_days_and_holidays_are_not() -> None:
    from datetime import date

    assert not is_working(date(2026, 10, 1))
    assert is_working(date(2026, 10, 10))  # a Saturday
    assert not is_working(date(2026, 10, 17))
    assert is_working(date(2026, 10, 1), None)
    assert is_working(date(2199, 1, 1))  # a Tuesday of a year that is not known
