"""P5: the branch's scorecard."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.instant import HOUR
from sla.intact import Served
from sla.scorecard import ITEMS, Rule, Scored, scored
from tests.sla.histories import examples

FULL = Fraction(3, 10)


def card(branch: dict[str, Served], others: Served, rule: Rule | None = None) -> Scored:
    return scored("hall network interruption", FULL, branch, others, rule or Rule())


def test_P5_the_items_are_worth_three_and_two_tenths() -> None:
    assert {"hall network interruption": Fraction(3, 10), "terminal access": Fraction(1, 5)} == ITEMS


@pytest.mark.parametrize(
    ("bad", "score"),
    [(24, Fraction(0)), (23, FULL), (25, Fraction(0))],
)
def test_P5_exactly_20_per_cent_below_all_scores_nothing(bad: int, score: Fraction) -> None:
    # 100 of the branch's hours and 400 of the others': with 24 bad the branch has 76 %, all 500 hours 475 good
    others = 475 - 76
    one = card({"SW-1": Served(100 - bad, bad)}, Served(others, 400 - others))
    assert one.score == score
    if bad == 24:
        assert (one.branch, one.all, one.below) == (Fraction(76, 100), Fraction(95, 100), Fraction(1, 5))


def test_P5_points_compare_by_the_difference() -> None:
    branch, others = {"SW-1": Served(78, 22)}, Served(397, 3)  # 78 % and 95 %: 17 points, 17.9 % of 95
    assert card(branch, others).score == FULL
    assert card({"SW-1": Served(76, 24)}, Served(399, 1)).score == 0
    assert card({"SW-1": Served(76, 24)}, Served(399, 1), Rule(compare="points")).score == FULL
    seven = Rule(limit=Fraction(17, 100), compare="points")
    assert card(branch, others, seven).score == 0
    assert card(branch, others, seven).below == Fraction(17, 100)


def test_P5_a_branch_above_all_scores_in_full() -> None:
    one = card({"SW-1": Served(100, 0), "SW-2": Served(100, 0)}, Served(150, 50))
    assert (one.score, one.devices, one.hours, one.warning) == (FULL, (), (), False)
    assert (one.item, one.full) == ("hall network interruption", FULL)
    assert one.below is not None
    assert one.below < 0


def test_P5_where_nothing_served_anywhere_the_branch_is_no_worse() -> None:
    assert card({"SW-1": Served(0, 10), "SW-2": Served(0, 10)}, Served(0, 10)).score == FULL


def test_P5_without_a_figure_there_is_no_score_and_no_warning() -> None:
    one = card({"SW-1": Served(0, 0, 10)}, Served(10, 0))
    assert (one.score, one.branch, one.below, one.warning) == (None, None, None, False)
    assert (one.devices, one.hours) == ((), ())
    assert card({"SW-1": Served(10, 0)}, Served(0, 0, 1000)).score is None, "nor without one of all halls"


def test_P5_it_says_which_device_decides() -> None:
    branch = {"K-1": Served(100, 0), "K-2": Served(100, 0), "K-3": Served(20, 80)}
    one = card(branch, Served(1900, 0))
    assert one.score == 0
    assert one.devices == ("K-3",)
    assert one.warning


def test_P5_the_only_device_of_a_branch_decides() -> None:
    assert card({"SW-1": Served(100, 0)}, Served(100, 0)).devices == ("SW-1",)


def test_P5_one_blind_hour_that_had_been_bad_decides() -> None:
    branch = {f"K-{i}": Served(81 * HOUR, 19 * HOUR, HOUR) for i in range(3)}
    one = card(branch, Served(10**6 * HOUR, 0), Rule(limit=Fraction(192, 1000)))
    assert (one.score, one.devices, one.hours) == (FULL, (), ("blind_bad",))


def test_P5_one_hour_less_bad_decides() -> None:
    branch = {f"K-{i}": Served(80 * HOUR, 20 * HOUR, HOUR) for i in range(3)}
    one = card(branch, Served(10**6 * HOUR, 0), Rule(limit=Fraction(1995, 10000)))
    assert one.score == 0
    assert not one.devices
    assert one.hours == ("blind_good", "bad_blind")


def test_P5_a_branch_has_no_more_blind_time_than_it_has() -> None:
    branch = {f"K-{i}": Served(810, 190) for i in range(3)}
    assert card(branch, Served(10**6, 0), Rule(limit=Fraction(191, 1000))).hours == ()


@pytest.mark.parametrize(
    ("good", "bad", "unseen", "limit", "decides"),
    [
        # 81 of 101 against 981 of 1001 once the unseen one is bad: 18000 / 99081 below
        (81, 19, 1, Fraction(18000, 99081), ("blind_bad",)),
        (81, 19, 1, Fraction(18001, 99081), ()),
        # 81 of 101 against 981 of 1001 once it is good, which is still too far below, or just no more
        (80, 20, 1, Fraction(18000, 99081), ("bad_blind",)),
        (80, 20, 1, Fraction(18001, 99081), ("blind_good", "bad_blind")),
    ],
)
def test_P5_what_is_less_than_an_hour_is_reckoned_whole(
    good: int, bad: int, unseen: int, limit: Fraction, decides: tuple[str, ...]
) -> None:
    assert card({"SW-1": Served(good, bad, unseen)}, Served(900, 0), Rule(limit)).hours == decides


def test_P5_of_more_than_an_hour_bad_one_is_taken() -> None:
    # 80 of 99 hours against 980 of 999: 17100 / 97020 below, exactly the limit: not enough
    branch, others = {"SW-1": Served(80 * HOUR, 20 * HOUR)}, Served(900 * HOUR, 0)
    assert card(branch, others, Rule(Fraction(17100, 97020))).hours == ()
    assert card(branch, others, Rule(Fraction(17101, 97020))).hours == ("bad_blind",)


def test_P5_A3_an_hour_without_which_too_little_was_seen_decides() -> None:
    branch, others = {"SW-1": Served(6 * HOUR, 5 * HOUR, 10 * HOUR)}, Served(6000 * HOUR, 5000 * HOUR)
    assert card(branch, others).hours == ("bad_blind",), "10 of 21 hours are less than half"


def test_P5_A3_an_hour_no_longer_unseen_never_takes_the_figure_away() -> None:
    branch, others = {"SW-1": Served(9 * HOUR, 0, HOUR)}, Served(900 * HOUR, 0)
    assert card(branch, others, Rule(min_coverage=Fraction(9, 10))).hours == ()


hours = st.integers(0, 8).map(lambda h: h * HOUR)
branches = st.dictionaries(st.sampled_from(["K-1", "K-2", "K-3"]), st.builds(Served, hours, hours, hours))


@examples
@given(branches, st.builds(Served, hours, hours), st.sampled_from(["relative", "points"]))
def test_P5_one_hour_more_good_never_lowers_the_score(branch: dict[str, Served], others: Served, how: str) -> None:
    rule = Rule(compare="points" if how == "points" else "relative", min_coverage=Fraction(0))
    before = card(branch, others, rule)
    after = card(branch | {"K-9": Served(HOUR, 0)}, others, rule)
    assert before.score in (None, 0, FULL)
    assert before.score is None or (after.score is not None and after.score >= before.score)


@examples
@given(branches, st.builds(Served, hours, hours))
def test_P5_a_device_decides_where_the_score_is_another_without_it(branch: dict[str, Served], others: Served) -> None:
    one = card(branch, others)
    for name in branch if one.score is not None else ():
        rest = {other: served for other, served in branch.items() if other != name}
        assert (card(rest, others).score != one.score) == (name in one.devices)


@examples
@given(branches, st.builds(Served, hours, hours, hours), st.sampled_from([Rule(), Rule(compare="points")]))
def test_P5_what_lies_below_by_the_limit_scores_nothing_and_the_rest_in_full(
    branch: dict[str, Served], others: Served, rule: Rule
) -> None:
    one = card(branch, others, rule)
    expected = None if one.below is None else Fraction(0) if one.below >= rule.limit else FULL
    assert one.score == expected


@pytest.mark.parametrize(("unseen", "others_unseen", "score"), [(1, 0, None), (0, 2, None), (0, 1, FULL)])
def test_P5_A3_how_much_must_have_been_seen_is_asked_of_the_branch_and_of_all(
    unseen: int, others_unseen: int, score: Fraction | None
) -> None:
    rule = Rule(min_coverage=Fraction(9, 10))
    assert card({"K-1": Served(8, 0, unseen)}, Served(1, 0, others_unseen), rule).score == score
