"""Warnings of repair clocks: each mark once, to the right people, late rather than not, never too early (R6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from alerts.tickets import Happening, change
from sla.instant import HOUR
from store.schema import notices, tickets
from tests.alerts.clocks import happen, imported, phoned, said, site_with, steps, told
from tests.alerts.site import MINUTE, T0, Site

pytestmark = pytest.mark.slow

DUTY = "duty@vendor.example"
HALF = (DUTY, "50 % of the repair time used")
MOST = (DUTY, "75 % of the repair time used")
ALL = (DUTY, "100 % of the repair time used")


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Site]:
    """Without people of its own: the vendor's are told."""
    made = site_with(tmp_path)
    yield made
    made.engine.dispose()


def look(site: Site, *minutes: float) -> None:
    for minute in minutes:
        site.look(minute)


def restarted(site: Site) -> None:
    site.alerts = site.started()


def test_R6_each_mark_is_told_when_it_is_reached_and_not_before(clock: Site) -> None:
    phoned(clock)
    look(clock, 0, 59.999)
    assert told(clock) == []
    look(clock, 60)
    assert told(clock) == [HALF]
    look(clock, 89.999, 90, 119.999)
    assert told(clock) == [HALF, MOST]
    look(clock, 120, 500)
    assert told(clock) == [HALF, MOST, ALL]
    assert steps(clock) == [("warn/50", "said", 60), ("warn/75", "said", 90), ("warn/100", "said", 120)]


def test_R6_no_mark_is_told_twice_whatever_is_restarted(clock: Site) -> None:
    phoned(clock)
    for minute in (60, 60.01, 61, 89, 90, 91):
        look(clock, minute)
        restarted(clock)
    assert told(clock) == [HALF, MOST]


def test_R6_the_contracts_own_people_are_told_before_the_vendors(tmp_path: Path) -> None:
    site = site_with(tmp_path, notify=["mailto:a@own.example", "wecom:desk", "mailto:a@own.example"])
    phoned(site)
    look(site, 60)
    assert [one.whom for one in told(site)] == ["a@own.example", "desk"]
    site.engine.dispose()


def test_R6_marks_passed_together_go_out_as_one_message_that_says_so(clock: Site) -> None:
    phoned(clock)
    look(clock, 0, 100)
    assert told(clock) == [MOST]
    (body,) = said(clock)
    assert "50 %: 2026-11-02 11:00:00" in body["text"]
    assert "told late: the mark was reached at 2026-11-02 11:30:00" in body["text"]
    assert (body["document"]["passed"], body["document"]["late"]) == ([50, 75], True)
    look(clock, 101, 120)
    assert told(clock) == [MOST, ALL]


def test_R6_one_that_is_told_in_time_does_not_say_late(clock: Site) -> None:
    phoned(clock)
    look(clock, 0, 60.5)
    (body,) = said(clock)
    assert "told late" not in body["text"]
    assert "Time used: 1:00 of 2:00" in body["text"]
    assert "Due: 2026-11-02 12:00:00" in body["text"]
    assert body["document"]["due"] == "2026-11-02T04:00:00.000Z"
    assert body["document"]["event"] == "warning"


def test_R6_what_is_restored_is_not_warned_of(clock: Site) -> None:
    ticket = phoned(clock)
    look(clock, 0)
    happen(clock, ticket, "restored", 59, how="repaired")
    look(clock, 61, 120)
    assert told(clock) == []


def test_R6_a_mark_that_was_passed_unseen_is_not_told_when_the_ticket_is_over(clock: Site) -> None:
    ticket = phoned(clock)
    look(clock, 0)
    happen(clock, ticket, "restored", 70, how="repaired")
    look(clock, 71)
    assert told(clock) == []


def test_R6_a_cancelled_ticket_is_not_warned_of(clock: Site) -> None:
    ticket = phoned(clock)
    happen(clock, ticket, "cancelled", 10, reason="a mistake")
    look(clock, 61)
    assert told(clock) == []


def test_R6_a_warning_that_waits_to_be_sent_is_taken_back_when_the_ticket_is_over(clock: Site) -> None:
    ticket = phoned(clock)
    look(clock, 60)
    happen(clock, ticket, "restored", 61, how="repaired")
    look(clock, 61)
    assert told(clock, "waiting") == []
    assert told(clock, "replaced") == [HALF]


def test_K6_what_was_taken_back_is_told_after_all_when_the_restoration_is_rejected(clock: Site) -> None:
    ticket = phoned(clock)
    look(clock, 60)
    happen(clock, ticket, "restored", 61, how="repaired")
    look(clock, 61)
    happen(clock, ticket, "rejected", 62)
    look(clock, 62)
    assert told(clock, "waiting") == [HALF]


def test_R4_while_a_clock_is_paused_nothing_is_told_and_its_marks_move(clock: Site) -> None:
    ticket = phoned(clock)
    look(clock, 0)
    happen(clock, ticket, "paused", 50, reason="hall_closed", approver="boss")
    look(clock, 60, 300)
    assert told(clock) == []
    happen(clock, ticket, "resumed", 300)
    look(clock, 309.999)
    assert told(clock) == []
    look(clock, 310)
    assert told(clock) == [HALF]


def test_R6_a_mark_that_was_missed_before_a_pause_is_told_when_the_clock_goes_on(clock: Site) -> None:
    ticket = phoned(clock)
    look(clock, 0)
    happen(clock, ticket, "paused", 65, reason="hall_closed", approver="boss")
    look(clock, 66)
    assert told(clock) == []
    happen(clock, ticket, "resumed", 70)
    look(clock, 70)
    assert told(clock) == [HALF]


def test_K7_a_record_of_what_was_over_when_it_became_known_is_not_warned_of(clock: Site) -> None:
    clock.outage("P-1", 0, 300)
    look(clock, 400)
    assert clock.life() == [("opened", 5), ("restored", 300)]
    assert told(clock) == []


def test_R2_a_detected_fault_that_nobody_phoned_has_no_clock_and_no_warning(clock: Site) -> None:
    clock.outage("P-1", 0)
    look(clock, 5, 300)
    assert told(clock) == []


def test_R2_a_clock_that_starts_when_the_vendor_was_told_warns_from_then_on(tmp_path: Path) -> None:
    site = site_with(tmp_path, start="notified")
    site.outage("P-1", 0)
    look(site, 5, 70)
    assert told(site) == []
    with site.write() as conn:
        conn.execute(update(notices).values(state="sent", sent_at=T0 + 6 * MINUTE))
    look(site, 71)
    assert told(site) == [HALF]
    assert steps(site) == [("warn/50", "said", 66)]
    site.engine.dispose()


def test_K1_preventive_work_has_no_clock(clock: Site) -> None:
    phoned(clock)
    with clock.write() as conn:
        conn.execute(update(tickets).values(purpose="preventive", condition="lowToner"))
    look(clock, 60)
    assert told(clock) == []


def test_R6_a_clock_that_steps_back_an_hour_tells_nothing_twice_and_nothing_early(clock: Site) -> None:
    phoned(clock)
    look(clock, 60, 10, 59, 60, 61)
    assert told(clock) == [HALF]
    look(clock, 89.9)
    assert told(clock) == [HALF]
    look(clock, 90, 30, 91)
    assert told(clock) == [HALF, MOST]


def test_R6_a_clock_that_steps_ahead_an_hour_loses_no_mark(clock: Site) -> None:
    phoned(clock)
    look(clock, 50, 110)
    assert told(clock) == [MOST]
    look(clock, 51, 60, 120)
    assert told(clock) == [MOST, ALL]


def test_R6_a_ticket_that_lies_ahead_of_the_clock_is_warned_of_in_its_time(clock: Site) -> None:
    look(clock, 90)
    phoned(clock, minute=90)
    look(clock, 90, 30, 100, 149.9)
    assert told(clock) == []
    look(clock, 150)
    assert told(clock) == [HALF]


def test_R6_an_amended_contract_is_gone_by_at_once(clock: Site) -> None:
    phoned(clock)
    look(clock, 20)
    imported(clock, warn=[10, 100])
    look(clock, 21)
    assert told(clock) == [(DUTY, "10 % of the repair time used")]


def test_R6_late_facts_that_move_the_clock_back_tell_no_mark_again(clock: Site) -> None:
    ticket = phoned(clock)
    look(clock, 60)
    at = T0 + 10 * MINUTE
    with clock.write() as conn:
        change(conn, ticket, Happening("paused", at, "desk", {"reason": "hall_closed", "approver": "b"}), T0 + HOUR)
        change(conn, ticket, Happening("resumed", at + HOUR // 2, "desk", {}), T0 + HOUR)
    look(clock, 61, 90, 119)
    assert told(clock) == [HALF]
    look(clock, 120)
    assert told(clock) == [HALF, MOST]


def test_R6_two_alerts_at_once_tell_each_mark_once(clock: Site) -> None:
    phoned(clock)
    other = clock.started()
    for minute in (59, 60, 90):
        look(clock, minute)
        other.step(T0 + round(minute * MINUTE))
    assert told(clock) == [HALF, MOST]


@pytest.mark.slow
def test_R6_a_mark_is_told_to_everybody_or_written_down_for_nobody(
    clock: Site,
) -> None:
    phoned(clock)
    look(clock, 0)
    with clock.write() as conn:
        conn.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON notices BEGIN SELECT RAISE(ABORT, 'full'); END")
    look(clock, 60)
    assert steps(clock) == []
    with clock.write() as conn:
        conn.exec_driver_sql("DROP TRIGGER full")
    look(clock, 62)
    assert told(clock) == [HALF]
