"""K6: what monitoring says of a claim of restoration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import ALWAYS
from sla.clock import Clock
from sla.instant import HOUR, MINUTE
from sla.interval import Interval
from sla.seen import Seen, State
from sla.verification import Verdict, Verification, contradictions, down_seen, verification
from tests.sla.histories import examples, histories
from tests.sla.lives import CLOSED, at, hours

HALL = hours("08:30-18:00")
CLAIM = at("10:00")


def seen(when: str, state: State, *conditions: str, day: str = "2026-11-02") -> Seen:
    return Seen(at(when, day), state, MINUTE, conditions)


def judged(
    *facts: Seen,
    claim: int = CLAIM,
    clock: Clock = HALL,
    now: int = at("10:30"),
    unreachable: tuple[Interval, ...] = (),
) -> Verification:
    return verification(claim, facts, clock, unreachable, now)


@pytest.mark.parametrize(
    ("facts", "verdict", "when"),
    [
        ([], "open", None),
        ([seen("10:01", "up")], "verified", "10:01"),
        ([seen("10:01", "degraded")], "verified", "10:01"),
        ([seen("10:00", "up")], "open", None),  # not after it
        ([seen("09:59", "down"), seen("10:02", "up")], "verified", "10:02"),
        ([seen("10:01", "down"), seen("10:02", "up")], "rejected", "10:01"),
        ([seen("10:00", "down")], "rejected", "10:00"),
        ([seen("10:02", "up"), seen("10:03", "down")], "verified", "10:02"),  # another fault
        ([seen("10:03", "down"), seen("10:02", "up")], "verified", "10:02"),  # in any order
        ([seen("10:01", "down"), seen("10:01", "up")], "verified", "10:01"),  # O7
        ([seen("10:01", "unknown")], "open", None),
        ([seen("10:01", "down", "asleep")], "open", None),
        ([seen("10:01", "up", "asleep")], "verified", "10:01"),
        ([seen("10:31", "up")], "open", None),  # has not been yet
        ([seen("10:30", "up")], "verified", "10:30"),
    ],
)
def test_K6_what_is_seen_first_after_the_claim_decides(facts: list[Seen], verdict: Verdict, when: str | None) -> None:
    assert judged(*facts) == Verification(verdict, None if when is None else at(when))


def test_K6_unreachable_time_contradicts_nothing() -> None:
    cut_off = (Interval(at("09:00"), at("09:10")), Interval(at("10:01"), at("10:05")))
    assert judged(seen("10:01", "down"), seen("10:04", "down"), unreachable=cut_off).verdict == "open"
    assert judged(seen("10:05", "down"), unreachable=cut_off) == Verification("rejected", at("10:05"))
    assert judged(seen("10:00", "down"), unreachable=cut_off) == Verification("rejected", at("10:00"))


def test_K6_repaired_at_five_to_closing_and_switched_off() -> None:
    claim, closing = at("17:55"), [seen("18:00", "down"), seen("23:00", "down")]
    morning = [seen(when, "down", day="2026-11-03") for when in ("08:30", "08:40", "08:44")]
    now = at("09:00", "2026-11-03")
    assert judged(*closing, *morning, claim=claim, clock=HALL, now=now).verdict == "open"
    on = seen("08:45", "up", day="2026-11-03")
    assert judged(*closing, *morning, on, claim=claim, now=now) == Verification("verified", on.ts)
    still = on._replace(state="down")
    assert judged(*closing, *morning, still, claim=claim, now=now) == Verification("rejected", still.ts)


def test_K6_a_device_that_says_what_is_wrong_contradicts_at_any_hour() -> None:
    claim, now = at("17:55"), at("09:00", "2026-11-03")
    night, grace = seen("18:00", "down", "jammed"), seen("08:30", "down", "jammed", day="2026-11-03")
    assert judged(night, claim=claim, now=now) == Verification("rejected", night.ts)
    assert judged(grace, claim=claim, now=now) == Verification("rejected", grace.ts)
    cut_off = (Interval(at("10:00"), at("10:05")),)
    assert judged(seen("10:02", "down", "jammed"), unreachable=cut_off) == Verification("rejected", at("10:02"))
    assert judged(seen("10:02", "down", "asleep", "jammed")).verdict == "open"
    assert contradictions([night, grace, night._replace(conditions=())], HALL, [], claim) == [grace.ts]
    assert contradictions([night, grace], HALL, [], claim) == [night.ts, grace.ts]


def test_O10_without_grace_the_first_look_after_opening_counts() -> None:
    look = seen("08:30", "down", day="2026-11-03")
    assert verification(at("17:55"), [look], HALL, [], look.ts, grace_ms=0) == Verification("rejected", look.ts)


def test_K6_after_four_open_hours_without_contradiction_the_claim_stands() -> None:
    assert judged(now=at("14:00") - 1).verdict == "open"
    assert judged(now=at("14:00")) == Verification("stands", at("14:00"))
    assert judged(seen("14:00", "down"), now=at("15:00")) == Verification("stands", at("14:00"))
    assert judged(seen("13:59", "down"), now=at("15:00")) == Verification("rejected", at("13:59"))
    assert judged(claim=at("16:00"), now=at("12:00", "2026-11-03")) == Verification("stands", at("10:30", "2026-11-03"))


def test_K6_where_the_hall_never_opens_a_claim_waits_for_the_device_or_for_staff() -> None:
    assert judged(seen("11:00", "down"), clock=CLOSED, now=at("19:00")).verdict == "open"
    assert judged(seen("11:00", "up"), clock=CLOSED, now=at("19:00")) == Verification("verified", at("11:00"))


def test_K6_contradictions_are_those_of_open_reachable_time_in_order() -> None:
    facts = [
        seen("12:00", "down"),
        seen("09:59", "down"),
        seen("10:00", "down"),
        seen("10:01", "up"),
        seen("11:00", "down"),
        seen("18:00", "down"),
    ]
    cut_off = [Interval(at("11:00"), at("11:01"))]
    assert contradictions(facts, HALL, cut_off, CLAIM) == [at("10:00"), at("12:00")]


def test_K6_what_contradicts_a_claim_does_so_before_it_stands() -> None:
    facts = [seen(when, "down") for when in ("09:59", "10:10", "12:50", "13:30", "16:59", "17:00")]
    assert down_seen([], facts, HALL, []) == []
    assert down_seen([CLAIM], facts, HALL, []) == [at(when) for when in ("10:10", "12:50", "13:30")]
    assert down_seen([at("13:00"), CLAIM], facts, HALL, []) == [
        at(when) for when in ("10:10", "12:50", "13:30", "16:59")
    ]
    assert down_seen([CLAIM], facts, CLOSED, []) == []
    assert down_seen([at("10:10")], facts[:2], HALL, []) == [at("10:10")]
    early = [seen("08:30", "down")]
    assert down_seen([at("08:30")], early, HALL, []) == []
    assert down_seen([at("08:30")], early, HALL, [], grace_ms=0) == [at("08:30")]


@examples
@given(histories(seconds=6 * 3600), st.integers(0, 6 * HOUR), st.integers(0, 8 * HOUR))
def test_K6_a_verdict_stays_as_time_goes_on(facts: list[Seen], claim: int, now: int) -> None:
    first, later = (verification(claim, facts, ALWAYS, [], at_) for at_ in (now, now + HOUR))
    assert first.verdict == "open" or first == later
    if first.verdict == "rejected":
        assert first.at in down_seen([claim], facts, ALWAYS, [])
