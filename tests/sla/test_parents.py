"""O5: unreachable, with both edges, and parents three deep."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sla.interval import Interval, total
from sla.judge import Confirmation, Outage, judge
from sla.parents import Ancestor, unreachable
from sla.seen import Seen, distinct
from tests.sla import naive
from tests.sla.histories import S, drawn, examples, histories, rules

M = 60 * S
TWO = Confirmation()


def ancestor(seen: Sequence[Seen], interval_ms: int = M) -> Ancestor:
    return Ancestor(judge(seen, TWO).outages, interval_ms)


def hidden(own: Sequence[Seen], *above: Ancestor, now: int = 100 * M) -> list[tuple[float, float]]:
    found = unreachable(judge(own, TWO).outages, own, above, now)
    return [(start / M, until / M) for start, until in found]


def test_O5_a_child_that_falls_silent_after_its_switch_is_unreachable_until_the_switch_is_back() -> None:
    assert hidden(drawn("uuuddd.u"), ancestor(drawn("uuddddu"))) == [(3, 7)]


def test_O5_a_child_that_was_up_all_the_time_is_not_unreachable() -> None:
    assert hidden(drawn("uuuuuuuu"), ancestor(drawn("uuddddu"))) == []


def test_O5_only_the_part_that_the_ancestor_was_out_is_unreachable() -> None:
    own = drawn("uudddddddddddd")
    above = ancestor(drawn("uuuuuudddu"))
    assert hidden(own, above, now=14 * M) == [(6, 9)]


def test_O5a_a_child_that_was_asked_a_little_earlier_is_unreachable_from_its_own_start() -> None:
    own = drawn("udddu", start=30 * S)
    assert hidden(own, ancestor(drawn("uuddu"))) == [(1.5, 4.5)]


def test_O5a_exactly_two_of_the_ancestors_intervals_earlier_still_count() -> None:
    above = ancestor([Seen(0, "up", M), *drawn("dddu", start=3 * M)])
    assert hidden(drawn("uddddd", start=0), above, now=6 * M)[0][0] == 1
    late = ancestor([Seen(0, "up", M), *drawn("dddu", start=3 * M + 1)])
    assert hidden(drawn("uddddd", start=0), late, now=6 * M)[0][0] == 3 + 1 / M


def test_O5a_the_interval_is_the_ancestors_own() -> None:
    own = [Seen(0, "up", M), *drawn("ddd", start=M)]
    above = [Seen(0, "up", 10 * M), *drawn("dd", step_s=600, start=20 * M)]
    own += drawn("d" * 40, start=4 * M)
    assert hidden(own, ancestor(above, 10 * M), now=40 * M) == [(1, 40)]
    assert hidden(own, ancestor(above, M), now=40 * M) == [(20, 40)]


def test_O5a_an_ancestor_seen_up_after_the_childs_outage_began_does_not_explain_its_beginning() -> None:
    own = drawn("uudddddddd")
    above = ancestor(drawn("uu.uddddd", start=0))
    assert hidden(own, above, now=10 * M) == [(4, 10)]


def test_O5a_an_ancestor_seen_up_at_the_very_start_of_the_childs_outage_does_not_either() -> None:
    assert hidden(drawn("uddddd"), ancestor(drawn("uuddd")), now=6 * M) == [(2, 6)]


def test_O5a_an_outage_that_was_over_before_the_ancestors_began_is_not_explained() -> None:
    assert hidden(drawn("uddu", step_s=10), ancestor(drawn("udd", start=0, step_s=60)), now=6 * M) == []


def test_O5a_an_ancestor_never_seen_up_explains_the_beginning() -> None:
    assert hidden(drawn("uddddd"), ancestor(drawn("dddd", start=2 * M)), now=6 * M) == [(1, 6)]


def test_O5b_the_child_stays_unreachable_until_its_own_next_observation() -> None:
    own = [*drawn("uddd"), Seen(20 * M, "up", M)]
    assert hidden(own, ancestor(drawn("uddddu"))) == [(1, 20)]


def test_O5b_an_unknown_after_the_recovery_tells_nothing() -> None:
    own = [*drawn("uddd"), Seen(6 * M, "unknown", M), Seen(7 * M, "up", M)]
    assert hidden(own, ancestor(drawn("uddddu"))) == [(1, 7)]


def test_O5b_if_the_next_observation_says_down_the_child_is_down_since_the_recovery() -> None:
    own = [*drawn("uddd"), Seen(7 * M, "down", M), Seen(9 * M, "up", M)]
    assert hidden(own, ancestor(drawn("uddddu"))) == [(1, 5)]


def test_O5b_without_a_next_observation_the_child_is_unreachable_until_now() -> None:
    own = drawn("uddd")
    assert hidden(own, ancestor(drawn("uddddu")), now=30 * M) == [(1, 30)]


def test_O5b_an_observation_at_the_instant_of_the_recovery_is_the_next_one() -> None:
    assert hidden(drawn("uddddddu"), ancestor(drawn("uddddu"))) == [(1, 5)]


def test_O5b_an_observation_of_the_future_is_no_next_observation() -> None:
    own = [*drawn("uddd"), Seen(7 * M, "down", M)]
    assert hidden(own, ancestor(drawn("uddddu")), now=6 * M) == [(1, 6)]


def test_O5_an_ancestor_that_is_itself_unreachable_explains_as_well() -> None:
    branch, switch, printer = drawn("udddddddu"), drawn("uddddddd.u"), drawn("uudddddd..u")
    assert hidden(switch, ancestor(branch)) == [(1, 9)]
    assert hidden(printer, ancestor(switch), ancestor(branch)) == [(2, 10)]


def test_O5_three_deep_one_dead_at_the_top_explains_the_bottom() -> None:
    top = ancestor(drawn("uddddddu"))
    alive = ancestor(drawn("uuuuuuuu"))
    assert hidden(drawn("uuddddd.u"), alive, alive, top) == [(2, 8)]


def test_O5_blind_time_of_the_ancestor_is_part_of_its_outage() -> None:
    above = ancestor(drawn("udd..........du"))
    assert hidden(drawn("uuddddddddddddu"), above) == [(2, 14)]


def test_O5_a_switch_that_is_asked_again_and_confirmed_late_explains_from_its_first_down() -> None:
    assert hidden(drawn("uuddddddd"), ancestor(drawn("uud....d")), now=9 * M) == [(2, 9)]


def test_O5_without_ancestors_nothing_is_unreachable() -> None:
    assert unreachable([Outage(0, None, None, 0)], [], [], M) == []


@examples
@given(
    histories(seconds=60, max_size=10),
    st.lists(histories(seconds=60, max_size=10), min_size=1, max_size=3),
    rules,
    st.integers(30, 80),
)
def test_O5_agrees_with_the_naive_reading_in_every_second(
    facts: list[Seen], parents: list[list[Seen]], rule: Confirmation, now_s: int
) -> None:
    now = now_s * S
    seen, *above = (distinct(one for one in some if one.ts <= now) for some in (facts, *parents))
    ancestors = [Ancestor(judge(one, rule).outages, (3 + 4 * i) * S) for i, one in enumerate(above)]
    found = unreachable(judge(seen, rule).outages, seen, ancestors, now)
    told = {t for start, until in found for t in range(start, until, S)}
    lines = [(some, (3 + 4 * i) * S) for i, some in enumerate(parents)]
    assert told == {t for t in range(0, now, S) if naive.hidden_at(facts, lines, rule, now, t)}
    assert total(found) == len(told) * S
    assert all(isinstance(one, Interval) for one in found)


def test_O5b_an_observation_at_now_has_been() -> None:
    own = [*drawn("uddd"), Seen(7 * M, "down", M)]
    assert hidden(own, ancestor(drawn("uddddu")), now=7 * M) == [(1, 5)]


def test_O5a_an_outage_that_ends_as_the_ancestors_begins_does_not_overlap_it() -> None:
    above = ancestor([Seen(0, "up", M), *drawn("ddd", start=3 * M)])
    assert hidden(drawn("uddu"), above, now=6 * M) == []
