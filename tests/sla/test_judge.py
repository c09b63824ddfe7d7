"""O3 and O7: outages, their edges, and that the order of arrival does not matter."""

from __future__ import annotations

import json
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.judge import START, Confirmation, Fold, Outage, judge, settled
from sla.seen import Seen, distinct
from tests.sla import naive
from tests.sla.histories import S, drawn, examples, histories, rules

M = 60 * S
TWO = Confirmation()


def judged(picture: str, rule: Confirmation = TWO) -> list[Outage]:
    return judge(drawn(picture), rule).outages


def test_O3_an_outage_starts_at_the_first_down_and_ends_at_the_first_up() -> None:
    assert judged("uudddu") == [Outage(2 * M, 5 * M, 1 * M, 3 * M)]


def test_O3_degraded_ends_an_outage_as_up_does() -> None:
    assert judged("uddg") == [Outage(1 * M, 3 * M, 0, 2 * M)]


def test_O3_one_down_is_no_outage() -> None:
    assert judged("udu") == []


def test_O3_one_up_breaks_an_unconfirmed_run() -> None:
    assert judged("ududududu") == []


def test_O3_unknown_neither_continues_nor_breaks_a_run() -> None:
    assert judged("ud???du") == [Outage(1 * M, 6 * M, 0, 5 * M)]
    assert judged("ud?u") == []
    assert judged("udd?") == [Outage(1 * M, None, 0, 2 * M)]


def test_O3_blind_time_neither_continues_nor_breaks_a_run() -> None:
    assert judged("ud..........du") == [Outage(1 * M, 13 * M, 0, 12 * M)]


def test_O3_an_outage_without_end_lasts() -> None:
    assert judged("udd") == [Outage(1 * M, None, 0, 2 * M)]


def test_O3_an_outage_may_be_the_first_thing_ever_seen() -> None:
    assert judged("dd") == [Outage(0, None, None, 1 * M)]
    assert judged("?dd") == [Outage(1 * M, None, None, 2 * M)]


def test_O3_fewer_than_recover_are_part_of_the_outage() -> None:
    rule = Confirmation(confirm=2, recover=3)
    assert judged("udduuduuu", rule) == [Outage(1 * M, 6 * M, 0, 2 * M)]
    assert judged("udduu", rule) == [Outage(1 * M, None, 0, 2 * M)]


def test_O3_the_end_is_the_first_of_the_recover_run_also_with_unknowns_in_it() -> None:
    assert judged("uddu?u", Confirmation(recover=2)) == [Outage(1 * M, 3 * M, 0, 2 * M)]


def test_O3_after_a_recovery_one_down_begins_a_new_run() -> None:
    assert judged("udduddu") == [Outage(1 * M, 3 * M, 0, 2 * M), Outage(4 * M, 6 * M, 3 * M, 5 * M)]


def test_O3_the_last_ok_before_the_second_outage_is_the_last_of_the_recovery() -> None:
    (_, second) = judged("udduudd", Confirmation(recover=2))
    assert second.last_ok == 4 * M


def test_O3_confirm_one_makes_every_down_an_outage() -> None:
    assert judged("udu", Confirmation(confirm=1)) == [Outage(1 * M, 2 * M, 0, 1 * M)]


@pytest.mark.parametrize("bad", [{"confirm": 0}, {"recover": 0}, {"confirm": -1}])
def test_O3_confirm_and_recover_are_at_least_one(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Confirmation(**bad)


def test_O7_of_several_at_one_instant_the_best_counts_then_the_conditions() -> None:
    facts = [
        Seen(0, "unknown", M),
        Seen(0, "down", M),
        Seen(0, "degraded", M, ("lowToner",)),
        Seen(0, "degraded", M, ("doorOpen",)),
    ]
    assert distinct(facts) == distinct(reversed(facts)) == [Seen(0, "degraded", M, ("doorOpen",))]


def test_an_outage_open_in_the_fold_is_given_again_with_its_end() -> None:
    seen = drawn("uddu")
    first = judge(seen[:3], TWO)
    assert first.outages == [Outage(1 * M, None, 0, 2 * M)]
    assert first.fold.outage == first.outages[0]
    assert judge(seen[3:], TWO, first.fold).outages == [Outage(1 * M, 3 * M, 0, 2 * M)]
    assert judge([], TWO, first.fold).outages == first.outages


def test_an_outage_whose_first_down_was_in_the_fold_is_given_when_confirmed() -> None:
    seen = drawn("udd")
    fold = judge(seen[:2], TWO).fold
    assert fold.outage is None
    assert judge(seen[2:], TWO, fold).outages == [Outage(1 * M, None, 0, 2 * M)]


@examples
@given(histories(), rules)
def test_O3_agrees_with_the_naive_reading(facts: list[Seen], rule: Confirmation) -> None:
    found = judge(distinct(facts), rule).outages
    assert [naive.Bad(*one[:3]) for one in found] == naive.outages(facts, rule, 10**9)


@examples
@given(histories(), rules, st.randoms(use_true_random=False))
def test_O7_any_order_and_repeats_give_the_same_outages(facts: list[Seen], rule: Confirmation, random: object) -> None:
    shuffled = facts + facts[::2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(distinct(shuffled), rule) == judge(distinct(facts), rule)


@examples
@given(histories(), rules, st.integers(0, 14))
def test_a_fold_goes_through_JSON_and_on(facts: list[Seen], rule: Confirmation, cut: int) -> None:
    seen = distinct(facts)
    fold = Fold.from_document(json.loads(json.dumps(judge(seen[:cut], rule).fold.as_document())))
    assert fold == judge(seen[:cut], rule).fold
    assert judge(seen[cut:], rule, fold).fold == judge(seen, rule).fold


def test_the_first_fold_is_an_empty_document() -> None:
    assert START.as_document() == {}
    assert Fold.from_document(None) is START
    assert Fold.from_document({}) is START
    assert Fold.from_document(Fold(last_ok=0).as_document()) == Fold(last_ok=0)


class Centre:
    """How a recorder uses the judge: in order where it can, from `settled` on where facts came late."""

    def __init__(self, rule: Confirmation) -> None:
        self.rule = rule
        self.facts: list[Seen] = []
        self.fold = START
        self.outages: dict[int, Outage] = {}

    def take(self, batch: list[Seen]) -> None:
        last = max((one.ts for one in self.facts), default=-1)
        self.facts += batch
        first = min(one.ts for one in batch)
        if first > last:
            self._judge(distinct(batch), self.fold)
            return
        before = sorted((one for one in self.facts if one.ts < first), key=lambda one: -one.ts)
        start = settled(before, self.rule)
        begin = -1 if start is None else start
        self.outages = {ts: one for ts, one in self.outages.items() if ts < begin}
        self._judge(distinct(one for one in self.facts if one.ts >= begin), START)

    def _judge(self, seen: list[Seen], fold: Fold) -> None:
        outages, self.fold = judge(seen, self.rule, fold)
        self.outages.update({one.start: one for one in outages})


@examples
@given(st.lists(histories(max_size=6).filter(bool), max_size=8), rules)
def test_O7_batches_in_any_order_rejudged_from_settled_give_what_judging_all_at_once_gives(
    batches: list[list[Seen]], rule: Confirmation
) -> None:
    centre = Centre(rule)
    for batch in batches:
        centre.take(batch)
        whole = judge(distinct(centre.facts), rule)
        assert list(centre.outages.values()) == whole.outages
        assert centre.fold == whole.fold


def test_O7_settled_is_the_last_of_recover_in_a_row_unknowns_ignored() -> None:
    rule = Confirmation(recover=2)
    assert settled(reversed(drawn("uu?d")), rule) == 1 * M
    assert settled(reversed(drawn("uu?u")), rule) == 3 * M
    assert settled(reversed(drawn("udud")), rule) is None
    assert settled([], rule) is None


def test_O7_settled_takes_no_more_than_it_needs() -> None:
    newest_first = iter(drawn("uuuuuuud")[::-1])
    assert settled(newest_first, TWO) == 6 * M
    assert len(list(takewhile(lambda one: True, newest_first))) >= 5


def test_O7_settled_counts_the_best_of_several_at_one_instant() -> None:
    assert settled([Seen(5, "down", M), Seen(5, "up", M)], TWO) == 5
