"""R1, R3-R5, R7: the repair clock, by hand."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from sla.calendar import ALWAYS
from sla.case import Fault
from sla.contract import Contract, Granted, Travel
from sla.instant import DAY, HOUR, MINUTE, parse
from sla.repair import Repair, repair
from sla.ticket import Happening
from tests.sla.lives import (
    BASE,
    CLOSED,
    LATER,
    PAUSED,
    at,
    case,
    clocked,
    contract,
    did,
    hours,
    phoned,
)

Cut = list[tuple[str, int]]


def cut(found: Repair) -> Cut:
    """Its slices as classes and minutes."""
    return [(one.class_, (one.until - one.start) // MINUTE) for one in found.slices]


def test_R1_R7_a_typical_repair_explains_itself() -> None:
    ticket = case(
        phoned("09:00"),
        did("acknowledged", "09:01"),
        did("dispatched", "09:05"),
        did("arrived", "09:40"),
        did("paused", "09:50", **PAUSED),
        did("resumed", "10:10"),
        did("restored", "11:00", how="repaired"),
    )
    found = clocked(ticket)
    assert cut(found) == [("travel", 30), ("counted", 20), ("paused", 20), ("counted", 50)]
    assert (found.start, found.until, found.state) == (at("09:00"), at("11:00"), "restored")
    assert (found.travel, found.paused, found.counted) == (30 * MINUTE, 20 * MINUTE, 70 * MINUTE)
    assert (found.target, found.due, found.breached) == (2 * HOUR, None, False)
    assert found.contract == contract()


def test_R5_equality_is_no_breach() -> None:
    def restored(when: str) -> Repair:
        return clocked(case(phoned("09:00"), did("restored", when)))

    assert (restored("11:30").counted, restored("11:30").breached) == (2 * HOUR, False)
    assert restored("11:30:00.001").breached


def test_R5_due_is_when_the_counted_time_reaches_the_target() -> None:
    ticket = case(phoned("09:00"), did("paused", "10:00", **PAUSED), did("resumed", "10:15"))
    assert clocked(ticket, now=at("09:10")).due == at("11:30")
    assert clocked(ticket, now=at("10:10")).due is None
    assert clocked(ticket, now=at("10:15")).due == at("11:45")


def test_R5_due_stays_once_the_target_was_reached_whatever_is_paused_then() -> None:
    ticket = case(phoned("09:00"), did("paused", "12:00", **PAUSED), did("resumed", "13:00"))
    assert clocked(ticket, now=at("14:00")).due == at("11:30")


@pytest.mark.parametrize(
    ("agreed", "events"),
    [
        (contract(), [did("paused", "09:30", **PAUSED)]),
        (contract(), [did("restored", "09:30")]),
        (contract(), [did("cancelled", "09:30", reason="double")]),
        (contract(target=None), []),
        (contract(clock=CLOSED), []),
    ],
)
def test_R5_nothing_is_due_while_paused_or_closed_without_target_or_hours(
    agreed: Contract, events: list[Happening]
) -> None:
    found = clocked(case(phoned("09:00"), *events), agreed, at("10:00"))
    assert (found.due, found.breached) == (None, False)


def test_R1_a_kind_without_a_target_has_a_clock_all_the_same() -> None:
    found = clocked(case(phoned("09:00"), did("restored", "17:00")), contract(target=None))
    assert (found.target, found.counted, found.breached) == (None, 7 * HOUR + 30 * MINUTE, False)


def test_R1_a_contract_that_does_not_cover_the_start_gives_no_clock() -> None:
    ticket = case(phoned("09:00"))
    for agreed in (
        replace(contract(), start=at("09:00") + 1),
        replace(contract(), until=at("09:00")),
        replace(contract(), kinds=frozenset({"pc"})),
        replace(contract(), halls=frozenset({"h-2"})),
    ):
        assert repair(ticket, agreed, LATER) is None
    covering = replace(contract(), kinds=frozenset({"printer"}), halls=frozenset({"h-1"}))
    assert repair(ticket, replace(covering, start=at("09:00"), until=at("09:00") + 1), LATER) is not None


def test_R2_there_is_no_clock_before_its_start() -> None:
    assert repair(case(phoned("09:00")), contract(), at("09:00") - 1) is None
    assert clocked(case(phoned("09:00")), now=at("09:00")).slices == ()


def test_R2_a_detected_fault_that_nobody_phoned_has_no_clock() -> None:
    ticket = case(did("opened", "09:05", source="detected"), did("restored", "11:00"))
    assert repair(ticket, contract(), LATER) is None


def test_R2_a_call_that_joins_later_starts_the_clock_then() -> None:
    joined = did("note", "09:30", source="phone", reported=True, reported_at=at("09:30"))
    found = clocked(case(did("opened", "09:05", source="detected"), joined, did("restored", "11:00")))
    assert cut(found) == [("travel", 30), ("counted", 60)]


def test_R2_a_call_before_the_opening_starts_the_clock_by_its_true_time() -> None:
    joined = did("note", "09:05", source="phone", reported=True, reported_at=at("08:55"))
    found = clocked(case(did("opened", "09:05", source="detected"), joined, did("restored", "11:00")))
    assert (found.start, found.counted) == (at("08:55"), 95 * MINUTE)


def test_R2_R5_a_call_that_reopens_starts_the_clock_and_what_was_before_is_none() -> None:
    ticket = case(
        did("opened", "09:05", source="detected"),
        did("restored", "09:20"),
        did("reopened", "09:30", source="phone"),
        did("restored", "11:00"),
    )
    assert cut(clocked(ticket)) == [("travel", 30), ("counted", 60)]


def test_R2_R7_a_start_between_restoration_and_reopening_begins_restored() -> None:
    ticket = case(
        did("opened", "09:05", source="detected"),
        did("restored", "09:20"),
        did("reopened", "09:30", source="phone", reported_at=at("09:25")),
        did("restored", "10:10"),
    )
    assert cut(clocked(ticket)) == [("restored", 5), ("travel", 30), ("counted", 10)]


def test_R2_R5_a_clock_that_starts_after_the_restoration_has_nothing_to_count() -> None:
    ticket = replace(case(did("opened", "09:05", source="detected"), did("restored", "10:00")), notified_at=at("10:30"))
    found = clocked(ticket, contract(begin="notified"))
    assert (found.start, found.until, found.counted, found.slices) == (at("10:30"), at("10:30"), 0, ())


def test_R3_travel_is_the_first_unpaused_open_time_and_once_per_ticket() -> None:
    ticket = case(
        phoned("09:00"),
        did("paused", "09:10", **PAUSED),
        did("resumed", "09:20"),
        did("restored", "09:30"),
        did("reopened", "09:45"),
        did("restored", "10:30"),
    )
    assert cut(clocked(ticket)) == [
        ("travel", 10),
        ("paused", 10),
        ("travel", 10),
        ("restored", 15),
        ("travel", 10),
        ("counted", 35),
    ]


def test_R3_what_a_quick_repair_leaves_of_the_travel_time_is_not_used() -> None:
    found = clocked(case(phoned("09:00"), did("restored", "09:20")))
    assert (found.granted, found.travel, found.counted) == (30 * MINUTE, 20 * MINUTE, 0)


def test_R3_the_allowance_is_that_of_the_hall_at_the_start() -> None:
    entries = {"h-1": (Granted(10 * MINUTE, until=at("09:00")), Granted(50 * MINUTE, at("09:00")))}
    agreed = replace(contract(), travel=Travel("allowance", (Granted(HOUR),), entries))
    assert clocked(case(phoned("08:59")), agreed).granted == 10 * MINUTE
    assert clocked(case(phoned("09:00")), agreed).granted == 50 * MINUTE


@pytest.mark.parametrize(
    ("events", "minutes"),
    [
        ([], 30),
        ([did("dispatched", "09:10")], 30),
        ([did("dispatched", "09:10"), did("arrived", "09:25")], 15),
        ([did("dispatched", "09:10"), did("arrived", "10:30")], 30),
        ([did("arrived", "09:10"), did("dispatched", "09:30")], 30),  # an arrival before is none
        ([did("arrived", "09:05"), did("dispatched", "09:10"), did("arrived", "09:22")], 12),
        ([did("dispatched", "09:10"), did("arrived", "09:15"), did("dispatched", "09:20"), did("arrived", "09:50")], 5),
        ([did("restored", "09:40")], 0),
        ([did("dispatched", "09:10"), did("restored", "09:40")], 0),
        ([did("dispatched", "09:10"), did("restored", "09:40"), did("rejected", "09:45")], 30),
        ([did("dispatched", "09:10"), did("restored", "09:20"), did("reopened", "09:30")], 30),
        ([did("dispatched", "09:10"), did("restored", "09:15"), did("reopened", "09:20"), did("arrived", "09:21")], 11),
        ([did("dispatched", "09:10"), did("cancelled", "09:40", reason="double")], 0),
    ],
)
def test_R3_actual_travel_is_granted_from_dispatched_to_arrived(events: list[Happening], minutes: int) -> None:
    assert clocked(case(phoned("09:00"), *events), contract(mode="actual")).granted == minutes * MINUTE


def test_R3_actual_travel_counts_repair_hours_alone() -> None:
    ticket = case(phoned("09:00"), did("dispatched", "11:50"), did("arrived", "13:10"))
    found = clocked(ticket, contract(hours("08:00-12:00", "13:00-20:00"), travel=HOUR, mode="actual"))
    assert found.granted == 20 * MINUTE


@pytest.mark.parametrize(
    "detail",
    [
        {"reason": "lunch", "approver": "Li"},
        {"reason": "hall_closed"},
        {"reason": "hall_closed", "approver": "  "},
        {"reason": "hall_closed", "approver": None},
    ],
)
def test_R4_a_pause_without_a_listed_reason_and_an_approver_counts_nothing(detail: dict[str, object]) -> None:
    found = clocked(case(phoned("09:00"), did("paused", "09:40", **detail)), now=at("10:30"))
    assert (found.paused, found.due, found.state) == (0, at("11:30"), "running")


def test_R4_the_union_of_pauses_counts() -> None:
    other = {**PAUSED, "reason": "awaiting_customer"}
    ticket = case(
        phoned("09:00"),
        did("paused", "09:40", **PAUSED),
        did("paused", "09:50", **other),
        did("resumed", "10:00", reason="hall_closed"),
        did("resumed", "10:10", reason="awaiting_customer"),
        did("paused", "10:20", **PAUSED),  # and one within another
        did("paused", "10:25", **other),
        did("resumed", "10:30", reason="awaiting_customer"),
        did("resumed", "10:40"),
    )
    found = clocked(ticket, now=at("11:00"))
    assert cut(found) == [
        ("travel", 30),
        ("counted", 10),
        ("paused", 30),
        ("counted", 10),
        ("paused", 20),
        ("counted", 20),
    ]


def test_R4_resumed_without_a_reason_ends_all_pauses_and_one_of_another_reason_none() -> None:
    other = {"reason": "lunch", "approver": "Li"}
    ticket = case(
        phoned("09:00"),
        did("paused", "10:00", **PAUSED),
        did("paused", "10:05", **other),
        did("resumed", "10:10", reason="lunch"),
        did("paused", "10:20", **{**PAUSED, "reason": "awaiting_customer"}),
        did("resumed", "10:30"),
    )
    assert clocked(ticket).paused == 30 * MINUTE


def test_R4_pauses_that_touch_are_one_slice() -> None:
    ticket = case(
        phoned("09:00"),
        did("paused", "10:00", **PAUSED),
        did("resumed", "10:10"),
        did("paused", "10:10", **PAUSED),
        did("resumed", "10:20"),
        did("paused", "10:30", **PAUSED),
        did("resumed", "10:30"),
        did("restored", "11:00"),
    )
    assert cut(clocked(ticket)) == [("travel", 30), ("counted", 30), ("paused", 20), ("counted", 40)]


def test_R4_R7_a_pause_over_closing_time_counts_its_open_time() -> None:
    ticket = case(phoned("09:00"), did("paused", "11:50", **PAUSED), did("resumed", "13:05"), did("restored", "13:30"))
    found = clocked(ticket, contract(hours("08:00-12:00", "13:00-20:00")))
    assert cut(found)[2:] == [("paused", 10), ("closed", 60), ("paused", 5), ("counted", 25)]
    assert found.paused == 15 * MINUTE


def test_R4_a_pause_before_the_start_counts_from_it() -> None:
    joined = did("note", "09:30", source="phone", reported=True)
    ticket = case(
        did("opened", "09:00", source="detected"), did("paused", "09:10", **PAUSED), joined, did("resumed", "09:40")
    )
    assert cut(clocked(ticket, now=at("10:20"))) == [("paused", 10), ("travel", 30), ("counted", 10)]
    assert clocked(ticket, now=at("09:35")).state == "paused"


def test_R4_R7_a_pause_at_the_very_beginning_and_one_on_another_day() -> None:
    next_day = Happening("paused", at("09:00", "2026-11-03"), "vendor", PAUSED)
    ticket = case(phoned("19:00"), did("paused", "19:00", **PAUSED), did("resumed", "19:10"), next_day)
    found = clocked(ticket, now=at("09:30", "2026-11-03"))
    assert cut(found) == [
        ("paused", 10),
        ("travel", 30),
        ("counted", 20),
        ("closed", 720),
        ("counted", 60),
        ("paused", 30),
    ]


def test_R4_a_claim_ends_all_pauses_whatever_it_says_of_reasons() -> None:
    other = {**PAUSED, "reason": "awaiting_customer"}
    pauses_ = [did("paused", "09:40", **PAUSED), did("paused", "09:45", **other)]
    ticket = case(
        phoned("09:00"), *pauses_, did("restored", "10:00", reason="awaiting_customer"), did("rejected", "10:30")
    )
    assert clocked(ticket, now=at("11:00")).paused == 20 * MINUTE


def test_R4_R5_a_claim_ends_all_pauses_also_if_it_is_rejected() -> None:
    ticket = case(phoned("09:00"), did("paused", "09:40", **PAUSED), did("restored", "10:00"), did("rejected", "10:30"))
    found = clocked(ticket, now=at("11:00"))
    assert cut(found) == [("travel", 30), ("counted", 10), ("paused", 20), ("counted", 60)]


def test_R5_rejections_count_as_if_never_restored_however_many() -> None:
    ticket = case(
        phoned("09:00"),
        did("restored", "09:50"),
        did("rejected", "10:00"),
        did("restored", "10:05"),
        did("rejected", "10:20"),
        did("restored", "11:00"),
    )
    assert cut(clocked(ticket)) == [("travel", 30), ("counted", 90)]


def test_R5_R7_a_ticket_may_be_reopened_several_times() -> None:
    ticket = case(
        phoned("09:00"),
        did("restored", "10:00"),
        did("reopened", "10:11"),
        did("restored", "10:30"),
        did("verified", "10:31"),
        did("reopened", "10:40"),
    )
    found = clocked(ticket, now=at("11:00"))
    assert cut(found) == [
        ("travel", 30),
        ("counted", 30),
        ("restored", 11),
        ("counted", 19),
        ("restored", 10),
        ("counted", 20),
    ]
    assert (found.until, found.due) == (None, at("11:51"))


def test_R5_reopened_at_the_instant_of_its_restoration_it_was_open_all_the_time() -> None:
    ticket = case(phoned("09:00"), did("restored", "10:00"), did("reopened", "10:00"), did("restored", "10:20"))
    assert cut(clocked(ticket)) == [("travel", 30), ("counted", 50)]


def test_R7_a_ticket_cancelled_after_its_restoration_was_restored_meanwhile() -> None:
    ticket = case(phoned("09:00"), did("restored", "10:00"), did("cancelled", "10:30", reason="double"))
    found = clocked(ticket)
    assert cut(found) == [("travel", 30), ("counted", 30), ("restored", 30)]
    assert (found.until, found.state, found.due) == (at("10:30"), "cancelled", None)


def test_R5_a_call_while_the_repair_hours_are_closed_waits_for_them() -> None:
    found = clocked(case(phoned("06:30")), now=at("08:20"))
    assert cut(found) == [("closed", 90), ("travel", 20)]
    assert found.due == at("10:30")


def test_R5_due_exactly_at_closing_time_is_breached_after_the_next_opening() -> None:
    ticket, opening = case(phoned("17:30")), at("08:00", "2026-11-03")
    assert clocked(ticket).due == at("20:00")
    assert not clocked(ticket, now=opening).breached
    assert clocked(ticket, now=opening).due == at("20:00")
    assert clocked(ticket, now=opening + 1).breached


def test_R7_always_closed_hours_explain_themselves() -> None:
    assert cut(clocked(case(phoned("09:00")), contract(CLOSED), at("10:00"))) == [("closed", 60)]


def test_R5_around_the_clock_nothing_is_closed() -> None:
    ticket = case(phoned("23:00"))
    found = clocked(ticket, contract(ALWAYS), at("01:00", "2026-11-03"))
    assert (cut(found), found.due) == ([("travel", 30), ("counted", 90)], at("01:30", "2026-11-03"))


def test_R5_the_two_nights_of_summer_time() -> None:
    nightly = hours("01:00-05:00", zone="Europe/Berlin")
    agreed = replace(
        contract(nightly, target=3 * HOUR, travel=0), zone=ZoneInfo("Europe/Berlin"), start=BASE - 400 * DAY
    )
    for start, due in (
        ("2026-03-29T01:30:00+01:00", "2026-03-30T01:30:00+02:00"),  # that night has three hours: half an hour is left
        ("2026-10-25T01:30:00+02:00", "2026-10-25T03:30:00+01:00"),  # and that one five
    ):
        ticket = case(Happening("opened", parse(start), "hall", {"source": "phone"}))
        found = clocked(ticket, agreed, parse(start))
        assert found.due == parse(due)
        assert clocked(ticket, agreed, parse(due)).counted == 3 * HOUR


def test_K6_the_end_of_the_outage_before_the_claim_is_the_restoration() -> None:
    ticket = replace(case(phoned("09:00"), did("restored", "11:00")), outages=[Fault(at("08:50"), at("10:00"))])
    assert cut(clocked(ticket)) == [("travel", 30), ("counted", 30)]
    assert clocked(ticket).until == at("10:00")


def test_K6_rejected_after_a_restoration_by_the_outage_s_end_it_was_never_restored() -> None:
    ticket = replace(
        case(phoned("09:00"), did("restored", "11:00"), did("rejected", "11:30")),
        outages=[Fault(at("08:50"), at("10:00"))],
    )
    assert cut(clocked(ticket, now=at("12:00"))) == [("travel", 30), ("counted", 150)]


# --- properties -------------------------------------------------------------------------------------------------------
