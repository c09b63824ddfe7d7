"""K6, R5: what claims of restoration are worth, and when a ticket was open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.case import Case, Fault
from sla.interval import Interval
from sla.restoration import Opened, effective, opened
from sla.ticket import Happening
from tests.sla.histories import examples
from tests.sla.lives import STEP, afterwards, at, case, cases, did, instants, phoned

NOW = at("19:00")
LONG_AGO = at("00:00")


def facts(*outages: tuple[str, str | None], seen: tuple[str, ...] = ()) -> Case:
    faults = [Fault(at(start), None if until is None else at(until)) for start, until in outages]
    return case(phoned("09:00"), outages=faults, down_seen=[at(one) for one in seen])


def claimed(
    ticket: Case, claim: str = "11:00", *, verified: bool = False, before: str = "00:00", now: int = NOW
) -> str:
    found = effective(ticket, at(claim), verified, at(before), now)
    return "open" if found is None else next(t for t in TIMES if at(t) == found)


TIMES = ("09:50", "10:00", "10:20", "11:00", "11:30", "12:00")


@pytest.mark.parametrize(
    ("ticket", "found"),
    [
        (facts(), "11:00"),  # nothing was seen: the vendor's word
        (facts(("08:50", "10:00")), "10:00"),  # it was over before the claim
        (facts(("08:50", "11:00")), "11:00"),
        (facts(("08:50", "09:30"), ("09:40", "10:20")), "10:20"),  # the last one counts
        (facts(("08:50", "10:00"), ("11:00", "11:30")), "10:00"),  # what begins with the claim is another one
        (facts(("08:50", "12:00")), "11:00"),  # seen up late, but not seen down since
        (facts(("08:50", None)), "11:00"),
        (facts(("08:50", "12:00"), seen=("10:59", "12:00")), "11:00"),
        (facts(("08:50", "12:00"), seen=("11:00",)), "12:00"),
        (facts(("08:50", "12:00"), seen=("11:59",)), "12:00"),
        (facts(("08:50", None), seen=("11:30",)), "open"),
        (facts(("08:50", "10:00"), seen=("11:30",)), "10:00"),  # of another fault
    ],
)
def test_K6_a_claim_takes_effect(ticket: Case, found: str) -> None:
    assert claimed(ticket) == found


def test_K6_what_staff_verified_nothing_contradicts() -> None:
    ticket = facts(("08:50", None), seen=("11:30",))
    assert claimed(ticket, verified=True) == "11:00"
    assert claimed(facts(("08:50", "10:00")), verified=True) == "10:00"


def test_K6_an_outage_before_the_last_restoration_was_another_fault() -> None:
    ticket = facts(("08:50", "10:00"))
    assert claimed(ticket, before="09:59") == "10:00"
    assert claimed(ticket, before="10:00") == "11:00"


def test_K6_by_what_is_known_then() -> None:
    ticket = facts(("08:50", "12:00"), seen=("11:30",))
    assert claimed(ticket, now=at("11:29")) == "11:00"
    assert claimed(ticket, now=at("11:30")) == "open"
    assert claimed(ticket, now=at("11:59")) == "open"
    assert claimed(ticket, now=at("12:00")) == "12:00"


def spans(ticket: Case, *events: Happening, start: str = "09:00") -> tuple[list[str], str | None]:
    """The spans of a ticket with more events, as text, and when it closed."""
    found = opened(ticket, [*ticket.events, *events], at(start), NOW)
    texts = [f"{_text(one)}" for one in found.spans]
    return texts, None if found.until is None else _time(found.until)


def _text(span: Interval) -> str:
    return f"{_time(span.start)}-{_time(span.until)}"


def _time(instant: int) -> str:
    minutes = (instant - LONG_AGO) // 60_000
    return f"{minutes // 60:02}:{minutes % 60:02}"


RESTORED, REJECTED = did("restored", "11:00"), did("rejected", "11:20")


def test_R5_open_from_the_start_to_the_restoration() -> None:
    assert spans(facts()) == (["09:00-19:00"], None)
    assert spans(facts(), RESTORED) == (["09:00-11:00"], "11:00")
    assert spans(facts(), RESTORED, start="08:30") == (["08:30-11:00"], "11:00")
    assert spans(facts(), RESTORED, start="09:30") == (["09:30-11:00"], "11:00")
    assert spans(facts(), RESTORED, start="11:00") == ([], "11:00")
    assert spans(facts(), RESTORED, start="11:10") == ([], "11:10")
    assert opened(facts(), [phoned("09:00")], at("09:00"), at("10:00")) == Opened(
        [Interval(at("09:00"), at("10:00"))], None, cancelled=False
    )


def test_R5_rejected_it_was_open_from_before_on() -> None:
    assert spans(facts(("08:50", "10:00")), RESTORED, REJECTED) == (["09:00-19:00"], None)


def test_K6_contradicted_it_was_open_until_the_outage_ended() -> None:
    assert spans(facts(("08:50", "12:00"), seen=("11:30",)), RESTORED) == (["09:00-12:00"], "12:00")
    assert spans(facts(("08:50", None), seen=("11:30",)), RESTORED) == (["09:00-19:00"], None)


def test_K6_a_verified_event_after_the_claim_goes_before_contradictions() -> None:
    ticket = facts(("08:50", "12:00"), seen=("11:30",))
    assert spans(ticket, RESTORED, did("verified", "11:40")) == (["09:00-11:00"], "11:00")
    first = [did("restored", "10:00"), did("verified", "10:05"), did("reopened", "10:30")]
    assert spans(ticket, *first, RESTORED) == (["09:00-10:00", "10:30-12:00"], "12:00")  # of that claim alone


def test_K7_what_monitoring_verified_facts_that_come_late_still_contradict() -> None:
    ours = did("verified", "11:40", detected=True)
    assert spans(facts(("08:50", "12:00"), seen=("11:30",)), RESTORED, ours) == (["09:00-12:00"], "12:00")
    assert spans(facts(("08:50", "12:00")), RESTORED, ours) == (["09:00-11:00"], "11:00")
    late = facts(("08:50", "12:00"), seen=("11:30",))
    for words in ([ours, did("verified", "11:50")], [did("verified", "11:30"), ours]):
        assert spans(late, RESTORED, *words) == (["09:00-11:00"], "11:00")


def test_R5_reopened_it_is_open_again_from_then() -> None:
    events = [RESTORED, did("reopened", "11:10"), did("restored", "12:00")]
    assert spans(facts(), *events) == (["09:00-11:00", "11:10-12:00"], "12:00")
    assert spans(facts(("08:50", "10:00")), *events) == (["09:00-10:00", "11:10-12:00"], "12:00")
    assert spans(facts(("08:50", "10:00")), *events, start="10:30") == (["11:10-12:00"], "12:00")


def test_K6_reopened_at_the_restoration_the_outage_before_is_over_all_the_same() -> None:
    events = [RESTORED, did("reopened", "11:00"), did("restored", "12:00")]
    assert spans(facts(("08:50", "11:00")), *events) == (["09:00-11:00", "11:00-12:00"], "12:00")


def test_K6_what_had_ended_before_the_reopening_did_not_repair_what_was_reported_then() -> None:
    events = [RESTORED, did("reopened", "11:10"), did("restored", "12:00")]
    between = facts(("08:50", "10:00"), ("11:02", "11:05"))
    assert spans(between, *events) == (["09:00-10:00", "11:10-12:00"], "12:00")


def test_K6_what_had_ended_before_a_rejection_did_not_repair_what_was_rejected() -> None:
    events = [RESTORED, did("rejected", "11:20"), did("restored", "14:50")]
    assert spans(facts(("08:50", "10:00")), *events) == (["09:00-14:50"], "14:50")
    assert spans(facts(("08:50", "10:00"), ("11:10", "12:00")), *events) == (["09:00-12:00"], "12:00")


def test_K6_reopened_while_the_claim_was_contradicted_the_clock_never_stopped() -> None:
    events = [RESTORED, did("reopened", "11:30"), did("restored", "13:00")]
    found, closed = spans(facts(("08:50", "12:00"), seen=("11:20",)), *events)
    assert (found, closed) == (["09:00-11:30", "11:30-12:00"], "12:00")


def test_R5_cancelled_it_closes_then() -> None:
    over = did("cancelled", "11:30", reason="double")
    assert spans(facts(), over) == (["09:00-11:30"], "11:30")
    assert spans(facts(), RESTORED, over) == (["09:00-11:00"], "11:30")
    assert spans(facts(("08:50", "12:00"), seen=("11:20",)), RESTORED, over) == (["09:00-11:30"], "11:30")
    assert spans(facts(), over, start="11:40") == ([], "11:40")
    assert opened(facts(), [phoned("09:00"), over], at("09:00"), NOW).cancelled


@examples
@given(cases(), instants, afterwards | instants)
def test_K6_a_ticket_was_open_when_it_was_rejected_whatever_had_ended_before(
    ticket: Case, start: int, now: int
) -> None:
    events = [one for one in ticket.events if one.at <= now]
    found = opened(ticket, events, start, now)
    for one in events:
        if one.event == "rejected" and one.at > start:
            assert any(span.start < one.at <= span.until for span in found.spans)


@examples
@given(cases(), st.booleans(), instants, instants, afterwards | instants)
def test_K6_no_restoration_takes_effect_before_the_last_rejection_or_reopening(
    ticket: Case, verified: bool, claim: int, before: int, now: int
) -> None:
    before = min(claim, before)
    found = effective(ticket, claim, verified, before, now)
    assert found is None or before <= found
    assert found is None or found <= max([claim, *(one.until or 0 for one in ticket.outages)])


@examples
@given(cases(), instants, instants, afterwards)
def test_K6_a_later_claim_takes_effect_no_earlier_where_no_outage_is_involved(
    ticket: Case, claim: int, before: int, now: int
) -> None:
    """Whatever was seen: of an outage only what is seen after the claim contradicts it."""
    before, later = min(claim, before), claim + STEP
    quiet = replace(ticket, down_seen=())
    for one in (replace(ticket, outages=()), quiet):
        first, second = (effective(one, at_, verified=False, before=before, now=now) for at_ in (claim, later))
        assert first is not None
        assert second is not None
        assert first <= second
    assert effective(replace(ticket, outages=()), claim, verified=False, before=before, now=now) == claim
