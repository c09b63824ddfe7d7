"""O3's broken runs and O6's blind time, moment by moment."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sla.judge import Confirmation, judge
from sla.seen import Seen, distinct
from sla.timeline import Held, blind_at, timeline
from tests.sla import naive
from tests.sla.histories import S, drawn, examples, histories, rules

M = 60 * S


def cut(
    seen: list[Seen], now: int, configured: int = M, rule: Confirmation | None = None
) -> list[tuple[int, int, str]]:
    held = timeline(seen, judge(seen, rule or Confirmation()).outages, configured, now)
    return [(one.start // M, one.until // M, one.state) for one in held]


def test_O3_the_time_of_a_broken_run_belongs_to_the_last_up_or_degraded_before_it() -> None:
    assert cut(drawn("gdu"), 3 * M) == [(0, 2, "degraded"), (2, 3, "up")]


def test_O3_the_time_of_a_broken_run_is_unmonitored_if_nothing_was_seen_before_it() -> None:
    assert cut(drawn("du"), 2 * M) == [(0, 1, "unmonitored"), (1, 2, "up")]


def test_O3_a_run_that_is_not_confirmed_yet_still_belongs_to_the_last_up() -> None:
    assert cut(drawn("ud"), 2 * M) == [(0, 2, "up")]
    assert cut(drawn("udd"), 3 * M) == [(0, 1, "up"), (1, 3, "down")]


def test_O3_the_ups_that_are_too_few_to_end_an_outage_are_down() -> None:
    assert cut(drawn("udduudd"), 7 * M, rule=Confirmation(recover=3)) == [(0, 1, "up"), (1, 7, "down")]


def test_O3_the_ups_within_an_outage_say_nothing_of_its_cause() -> None:
    seen = [Seen(0, "down", M, ("jammed",)), Seen(M, "down", M, ("jammed",)), Seen(2 * M, "degraded", M, ("lowToner",))]
    held = timeline(seen, judge(seen, Confirmation(recover=2)).outages, M, 3 * M)
    assert held == [Held(0, 3 * M, "down", ("jammed",))]


def test_O3_the_conditions_of_a_broken_run_are_those_of_the_last_ok() -> None:
    seen = [Seen(0, "degraded", M, ("lowToner",)), Seen(M, "down", M, ("jammed",)), Seen(2 * M, "up", M)]
    assert timeline(seen, [], M, 3 * M)[0] == Held(0, 2 * M, "degraded", ("lowToner",))


def test_O6_exactly_three_intervals_hold() -> None:
    assert cut(drawn("u..u"), 4 * M) == [(0, 4, "up")]


def test_O6_more_than_three_intervals_hold_for_one() -> None:
    assert cut(drawn("u...u"), 5 * M) == [(0, 1, "up"), (1, 4, "unmonitored"), (4, 5, "up")]
    seen = [Seen(0, "up", M), Seen(3 * M + 1, "up", M)]
    assert [one.until for one in timeline(seen, [], M, 4 * M)] == [M, 3 * M + 1, 4 * M]


def test_O6_now_counts_as_the_next_observation() -> None:
    assert cut(drawn("u"), 3 * M) == [(0, 3, "up")]
    assert cut(drawn("u"), 4 * M) == [(0, 1, "up"), (1, 4, "unmonitored")]


def test_O6_the_interval_is_the_larger_of_the_observations_and_the_configured_one() -> None:
    slow = [Seen(0, "up", 10 * M)]
    assert cut(slow, 31 * M, configured=M) == [(0, 10, "up"), (10, 31, "unmonitored")]
    unsaid = [Seen(0, "up", 0)]
    assert cut(unsaid, 31 * M, configured=10 * M) == [(0, 10, "up"), (10, 31, "unmonitored")]


def test_O6_blind_time_within_an_outage_is_unmonitored_and_the_outage_goes_on() -> None:
    seen = drawn("udd.......du")
    assert [one[:2] for one in judge(seen, Confirmation()).outages] == [(M, 11 * M)]
    assert cut(seen, 12 * M) == [(0, 1, "up"), (1, 3, "down"), (3, 10, "unmonitored"), (10, 11, "down"), (11, 12, "up")]


def test_O6_the_time_that_an_unknown_holds_is_unmonitored() -> None:
    assert cut(drawn("u?ud?du"), 7 * M) == [
        (0, 1, "up"),
        (1, 2, "unmonitored"),
        (2, 3, "up"),
        (3, 4, "down"),
        (4, 5, "unmonitored"),
        (5, 6, "down"),
        (6, 7, "up"),
    ]


def test_O6_blind_time_within_a_broken_run_is_unmonitored() -> None:
    assert cut(drawn("ud....u"), 7 * M) == [(0, 2, "up"), (2, 6, "unmonitored"), (6, 7, "up")]


def test_O6_there_is_nothing_before_the_first_observation() -> None:
    assert timeline([], [], M, 100 * M) == []
    assert timeline(drawn("u", start=5 * M), [], M, 6 * M)[0].start == 5 * M


def test_O7_observations_of_the_future_have_not_been() -> None:
    assert cut(drawn("udd"), 2 * M, rule=Confirmation(confirm=3)) == [(0, 2, "up")]
    assert cut(drawn("u....u"), 4 * M) == [(0, 1, "up"), (1, 4, "unmonitored")]


def test_O6_blind_at_is_the_first_instant_at_which_nothing_holds() -> None:
    seen = drawn("uu")
    at = blind_at(seen, M, 2 * M)
    assert at == 4 * M + 1
    assert timeline(seen, [], M, at - 1)[-1].state == "up"
    assert timeline(seen, [], M, at)[-1].state == "unmonitored"
    assert blind_at([], M, 0) is None


@examples
@given(histories(), rules, st.sampled_from([2, 5]), st.integers(0, 120))
def test_O3_O6_agree_with_the_naive_reading_in_every_second(
    facts: list[Seen], rule: Confirmation, configured_s: int, now_s: int
) -> None:
    now = now_s * S
    seen = distinct(one for one in facts if one.ts <= now)
    held = timeline(seen, judge(seen, rule).outages, configured_s * S, now)
    by_second = {t: one.state for one in held for t in range(one.start, one.until, S)}
    told = [by_second.get(t, "unmonitored") for t in range(0, now, S)]
    assert told == [naive.state_at(facts, rule, configured_s * S, now, t) for t in range(0, now, S)]


@examples
@given(histories(), rules, st.integers(0, 120))
def test_a_timeline_has_no_holes_and_its_neighbours_differ(facts: list[Seen], rule: Confirmation, now_s: int) -> None:
    seen = distinct(facts)
    held = timeline(seen, judge(seen, rule).outages, 5 * S, now_s * S)
    for one, other in pairwise(held):
        assert one.until == other.start
        assert one[2:] != other[2:]
    assert all(one.start < one.until <= now_s * S for one in held)


def test_O6_an_unknown_that_holds_and_the_blind_time_after_it_are_one_piece() -> None:
    assert cut(drawn("u?....u"), 7 * M) == [(0, 1, "up"), (1, 6, "unmonitored"), (6, 7, "up")]


def test_O7_an_observation_at_now_holds_for_nothing_yet() -> None:
    assert cut(drawn("ug"), M) == [(0, 1, "up")]
    assert timeline(drawn("u"), [], M, 0) == []


def test_O6_blind_at_goes_by_the_last_observation() -> None:
    seen = [Seen(0, "up", 9 * M), Seen(M, "up", 2 * M)]
    assert blind_at(seen, M, 2 * M) == 7 * M + 1
    assert blind_at(seen, M, M - 1) == 27 * M + 1
