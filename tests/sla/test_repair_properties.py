"""R3-R5, R7: what holds for every repair clock, and one that walks second by second beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sla.case import Case
from sla.contract import Contract
from sla.instant import SECOND
from sla.interval import Interval, intersect, merge, subtract, total
from sla.pauses import pauses
from sla.repair import Repair, repair
from sla.ticket import Happening
from tests.sla.histories import examples
from tests.sla.lives import (
    CLOSED,
    PAUSED,
    STEP,
    afterwards,
    cases,
    clocked,
    contracts,
    instants,
    places,
    running,
)
from tests.sla.naive_repair import walked


@examples
@given(cases(), contracts(), afterwards | instants)
def test_R5_R7_the_clock_agrees_with_one_that_walks(ticket: Case, agreed: Contract, now: int) -> None:
    found, naive = repair(ticket, agreed, now), walked(ticket, agreed, now)
    assert (found is None) == (naive is None)
    if found is not None and naive is not None:
        assert (found.start, found.granted) == (naive.start, naive.granted)
        assert found.until == (naive.end if naive.closed else None)
        assert found.slices == naive.slices
        assert (found.travel, found.paused) == (naive.ms["travel"], naive.ms["paused"])
        assert found.counted == naive.ms["counted"]


@examples
@given(cases(), contracts(), afterwards | instants)
def test_R7_slices_cover_the_clock_s_time_exactly(ticket: Case, agreed: Contract, now: int) -> None:
    found = repair(ticket, agreed, now)
    if found is None:
        return
    edges = [found.start, *(one.until for one in found.slices)]
    assert edges[-1] == (now if found.until is None else found.until)
    assert [one.start for one in found.slices] == edges[:-1]
    assert all(one.start < one.until for one in found.slices)
    assert all(one.class_ != other.class_ for one, other in pairwise(found.slices))
    assert found.counted == _spent(found, "counted")
    assert found.travel == _spent(found, "travel") <= found.granted


@examples
@given(running(), contracts(), afterwards, st.integers(0, 10**6))
def test_R5_repair_time_is_open_time_less_pauses_less_travel_to_the_millisecond(
    ticket: Case, agreed: Contract, now: int, shift: int
) -> None:
    events = [event._replace(at=event.at + shift) for event in ticket.events]
    found = clocked(replace(ticket, events=events, notified_at=None, detected_at=None), agreed, now + shift)
    hours_open = agreed.clock.open_intervals(found.start, now + shift)
    meanwhile = [Interval(one.start, one.until) for one in found.slices if one.class_ == "restored"]
    open_ms = subtract(hours_open, meanwhile)
    stopped = merge(pauses(sorted(events, key=lambda one: one.at), agreed.pauses))
    paused = total(intersect(open_ms, stopped))
    assert found.paused == paused
    assert found.travel == min(found.granted, total(open_ms) - paused)
    assert found.counted == total(open_ms) - paused - found.travel


@examples
@given(running(), contracts(), afterwards)
def test_R5_the_target_is_reached_when_it_is_due_and_breached_after_it(
    ticket: Case, agreed: Contract, now: int
) -> None:
    found = clocked(ticket, agreed, now)
    if found.due is None or found.target is None:
        assert found.target is None or agreed.clock is CLOSED
    elif found.due < now:
        before = [one for one in found.slices if one.class_ == "counted" and one.start < found.due]
        assert sum(min(one.until, found.due) - one.start for one in before) == found.target
    else:
        restored = [one for one in found.slices if one.class_ == "restored"]
        stood = sum(agreed.clock.open_duration(one.start, one.until) for one in restored)
        assert found.due == agreed.clock.deadline(found.start, found.target + found.granted + found.paused + stood)
        then = clocked(ticket, agreed, found.due)
        assert (then.counted, then.breached) == (found.target, False)
        opening = found.due if agreed.clock.is_open(found.due) else agreed.clock.next_change(found.due)
        assert clocked(ticket, agreed, (opening or 0) + 1).breached


@examples
@given(running(), contracts(), afterwards, st.data())
def test_R5_a_pause_never_brings_the_due_instant_nearer(
    ticket: Case, agreed: Contract, now: int, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(places(ticket.events)))
    from_ = ticket.events[place].at
    until = from_ + data.draw(st.integers(0, 1000)) * SECOND
    pause = (
        Happening("paused", from_, "x", PAUSED),
        Happening("resumed", min([until, now, *_next(ticket.events, place)]), "x"),
    )
    before, then = clocked(ticket, agreed, now), clocked(_with(ticket, place, *pause), agreed, now)
    assert then.counted <= before.counted
    assert then.paused >= before.paused
    assert (before.due is None) == (then.due is None)
    assert (then.due or 0) >= (before.due or 0)


@examples
@given(cases(quiet=True), contracts(), afterwards, st.integers(1, 100))
def test_R5_a_later_restoration_never_shortens_the_repair(ticket: Case, agreed: Contract, now: int, steps: int) -> None:
    for i, event in enumerate(ticket.events):
        if event.event == "restored" and not _rejected(ticket.events[i:]):
            later = replace(ticket, events=_put_off(ticket.events, i, steps * STEP, now))
            assert _counted(later, agreed, now) >= _counted(ticket, agreed, now)


@examples
@given(cases(), contracts(), afterwards, st.integers(1, 100))
def test_R5_a_later_restoration_without_an_outage_never_shortens_the_repair_whatever_was_seen(
    ticket: Case, agreed: Contract, now: int, steps: int
) -> None:
    ticket = replace(ticket, outages=())
    for i, event in enumerate(ticket.events):
        if event.event == "restored" and not _rejected(ticket.events[i:]):
            later = replace(ticket, events=_put_off(ticket.events, i, steps * STEP, now))
            assert _counted(later, agreed, now) >= _counted(ticket, agreed, now)


@examples
@given(cases(), contracts(), afterwards, st.data())
def test_K2_the_order_of_entry_changes_nothing(ticket: Case, agreed: Contract, now: int, data: st.DataObject) -> None:
    distinct = list({event.at: event for event in reversed(ticket.events)}.values())
    entered = data.draw(st.permutations(distinct))
    in_order = sorted(distinct, key=lambda one: one.at)
    assert repair(replace(ticket, events=entered), agreed, now) == repair(replace(ticket, events=in_order), agreed, now)


@examples
@given(running(), contracts(), afterwards, st.data())
def test_R4_a_pause_that_does_not_count_changes_nothing(
    ticket: Case, agreed: Contract, now: int, data: st.DataObject
) -> None:
    detail = data.draw(st.sampled_from([{"reason": "dinner", "approver": "Li"}, {"reason": "hall_closed"}]))
    place = data.draw(st.sampled_from(places(ticket.events)))
    more = _with(ticket, place, Happening("paused", ticket.events[place].at, "x", detail))
    assert repair(more, agreed, now) == repair(ticket, agreed, now)


@examples
@given(running(), contracts(), afterwards, st.data())
def test_R5_a_rejected_claim_changes_nothing_where_no_pause_lasted(
    ticket: Case, agreed: Contract, now: int, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(places(ticket.events)))
    claimed = ticket.events[place].at
    rejected = min([claimed + data.draw(st.integers(0, 500)) * SECOND, now, *_next(ticket.events, place)])
    more = _with(ticket, place, Happening("restored", claimed, "x"), Happening("rejected", rejected, "x"))
    assert repair(more, agreed, now) == repair(ticket, agreed, now)


@examples
@given(running(), contracts(modes=("allowance",)), afterwards, st.integers(1, 10**7))
def test_R7_slices_of_an_open_ticket_only_grow(ticket: Case, agreed: Contract, now: int, later: int) -> None:
    first, second = clocked(ticket, agreed, now), clocked(ticket, agreed, now + later)
    clipped = [one._replace(until=min(one.until, now)) for one in second.slices if one.start < now]
    assert tuple(clipped) == first.slices


def _spent(found: Repair, class_: str) -> int:
    return sum(one.until - one.start for one in found.slices if one.class_ == class_)


def _with(ticket: Case, place: int, *more: Happening) -> Case:
    """The ticket with more events, directly after one of its own."""
    return replace(ticket, events=(*ticket.events[: place + 1], *more, *ticket.events[place + 1 :]))


def _next(events: Sequence[Happening], place: int) -> list[int]:
    """When the event after this one was, if there is one."""
    return [event.at for event in events[place + 1 : place + 2]]


def _put_off(events: Sequence[Happening], place: int, ms: int, now: int) -> list[Happening]:
    """The events with one of them later, but not after the next one."""
    moved = events[place]._replace(at=min([events[place].at + ms, now, *_next(events, place)]))
    return [*events[:place], moved, *events[place + 1 :]]


def _rejected(events: Sequence[Happening]) -> bool:
    """Whether the claim at the beginning was rejected."""
    following = [event.event for event in events[1:] if event.event in ("rejected", "reopened", "cancelled")]
    return following[:1] == ["rejected"]


def _counted(ticket: Case, agreed: Contract, now: int) -> int:
    found = repair(ticket, agreed, now)
    return 0 if found is None else found.counted
