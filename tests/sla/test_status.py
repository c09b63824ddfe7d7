"""What a device is now, and when time alone may change that."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.instant import HOUR, MINUTE, parse
from sla.interval import Interval
from sla.judge import Confirmation, judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.seen import Seen, distinct
from sla.spans import DeviceFacts, Planned
from sla.status import Status, status
from tests.sla.histories import S, drawn, examples, histories, rules

M = MINUTE
HOURS = Calendar.parse({"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:30-18:00"]}}).clock()
OPENING = parse("2026-11-02T08:30:00+08:00")


def facts(seen: list[Seen], rule: Confirmation | None = None, **more: Any) -> DeviceFacts:
    return DeviceFacts(seen=seen, interval_ms=M, outages=judge(seen, rule or Confirmation()).outages, **more)


def test_a_device_is_what_was_seen_last_and_since_it_began() -> None:
    assert status(facts(drawn("duuu")), 3 * M) == Status("up", M, None, None, 6 * M + 1)
    assert status(facts(drawn("uudd"), policy=Policy(vendor="v")), 4 * M) == Status(
        "down", 2 * M, "silence", "undetermined", 6 * M + 1
    )
    assert status(facts(drawn("uudg")), 4 * M)[:2] == ("degraded", 3 * M)


def test_one_down_is_not_down_yet() -> None:
    assert status(facts(drawn("uud")), 2 * M)[:2] == ("up", 0)


def test_O6_at_check_at_a_silent_device_is_unmonitored_since_its_last_interval() -> None:
    silent = facts(drawn("uu"))
    check_at = status(silent, M).check_at
    assert check_at == 4 * M + 1
    assert status(silent, check_at - 1)[:2] == ("up", 0)
    assert status(silent, check_at) == Status("unmonitored", 2 * M, None, None, None)


def test_O5_behind_a_dead_switch_it_is_unreachable() -> None:
    above = Ancestor(judge(drawn("uddd"), Confirmation()).outages, M)
    assert status(facts(drawn("uudd"), ancestors=[above]), 4 * M)[:4] == ("unreachable", 2 * M, None, None)


def test_O5_what_is_seen_a_ms_later_ends_no_unreachable_time_yet() -> None:
    above = Ancestor(judge(drawn("dddu"), Confirmation()).outages, M)
    behind = facts(drawn("dd..d"), ancestors=[above])
    assert status(behind, 4 * M - 1)[:2] == ("unreachable", 0)
    assert status(behind, 4 * M)[:2] == ("down", 3 * M)


def test_at_the_instants_of_opening_and_closing_it_changes() -> None:
    seen = drawn("u" * 40, start=OPENING - 20 * M)
    assert status(facts(seen[:21], clock=HOURS), OPENING - 1) == Status("closed", seen[0].ts, None, None, OPENING)
    assert status(facts(seen, clock=HOURS), OPENING)[:2] == ("up", OPENING)
    closing = OPENING + 19 * HOUR // 2
    late = drawn("u" * 10, start=closing - 9 * M)
    assert status(facts(late, clock=HOURS), closing - 1).check_at == closing
    assert status(facts(late, clock=HOURS), closing)[:2] == ("closed", closing)


def test_O10_the_owner_changes_when_the_grace_ends() -> None:
    seen = drawn("d" * 80, start=OPENING - 20 * M)
    dead = facts(seen, clock=HOURS, policy=Policy(vendor="v"))
    early = status(dead, OPENING + 14 * M + 30 * S)
    assert early == Status("down", OPENING, "silence", "hall", OPENING + 15 * M)
    assert status(dead, OPENING + 15 * M)[:4] == ("down", OPENING + 15 * M - 15 * M, "silence", "undetermined")


def test_maintenance_is_shown_while_it_lasts_and_corrections_are_not() -> None:
    planned = facts(drawn("uuuu"), maintenance=[Planned(2 * M, 3 * M, 0)], excluded=[Interval(0, 9 * M)])
    assert status(planned, M) == Status("up", 0, None, None, 2 * M)
    assert status(planned, 2 * M) == Status("maintenance", 2 * M, None, None, 3 * M)
    assert status(planned, 3 * M)[:2] == ("up", 3 * M)


def test_a_device_not_in_service_is_unmonitored_and_says_why() -> None:
    early = facts(drawn("uuuu"), commissioned=2 * M, retired=4 * M)
    assert status(early, M) == Status("unmonitored", 0, "not_in_service", None, 2 * M)
    assert status(early, 2 * M)[:2] == ("up", 2 * M)
    assert status(early, 4 * M)[:3] == ("unmonitored", 4 * M, "not_in_service")


def test_a_device_that_was_never_seen_is_unmonitored_since_its_commissioning() -> None:
    assert status(DeviceFacts(), 7 * M) == Status("unmonitored", 7 * M, None, None, None)
    assert status(DeviceFacts(commissioned=2 * M), 7 * M) == Status("unmonitored", 2 * M, None, None, None)
    assert status(DeviceFacts(commissioned=9 * M), 7 * M)[2:] == ("not_in_service", None, 9 * M)


def test_an_observation_of_this_very_instant_counts_and_one_of_the_future_does_not() -> None:
    assert status(facts(drawn("ug")), M).state == "degraded"
    assert status(facts(drawn("ug")), M - 1) == Status("up", 0, None, None, M)


@examples
@given(histories(max_size=8), histories(max_size=8), rules, st.integers(0, 120))
def test_until_check_at_nothing_changes_by_time_alone(
    own: list[Seen], parent: list[Seen], rule: Confirmation, now_s: int
) -> None:
    now = now_s * S
    seen, above = distinct(own), distinct(parent)
    known = facts(seen, rule, ancestors=[Ancestor(judge(above, rule).outages, 4 * S)])
    assume(seen and seen[0].ts <= now)
    first = status(known, now)
    until = now + 600 * S if first.check_at is None else first.check_at
    for later in (now + 1, (now + until) // 2, until - 1):
        if now < later < until:
            assert status(known, later)[:4] == first[:4]


def test_O10_the_end_of_the_grace_is_when_to_look_again() -> None:
    start = OPENING - HOUR
    seen = [Seen(start - M, "up", 99 * M), Seen(start, "down", 99 * M), Seen(start + M, "down", 99 * M)]
    told = facts(seen, clock=HOURS, policy=Policy(vendor="v-1"))
    found = status(told, OPENING + M)
    assert (found.state, found.owner, found.check_at) == ("down", "hall", OPENING + 15 * M)
    over = facts([*seen, Seen(OPENING, "up", 99 * M)], clock=HOURS, policy=Policy(vendor="v-1"))
    assert status(over, OPENING + M).check_at != OPENING + 15 * M


def test_O7_an_edge_of_an_ancestor_in_the_future_is_when_to_look_again() -> None:
    seen = drawn("udd", interval_s=6000)
    above = Ancestor(judge(drawn("ud", start=30 * M) + drawn("dd", start=32 * M), Confirmation()).outages, M)
    assert above.outages[0].start == 31 * M
    assert status(facts(seen, ancestors=[above]), 3 * M).check_at == 31 * M


def test_A1_when_maintenance_was_approved_is_no_reason_to_look_again() -> None:
    planned = [Planned(50 * M, 60 * M, 9 * M)]
    assert status(facts(drawn("u", interval_s=60000), maintenance=planned), 3 * M).check_at == 50 * M
