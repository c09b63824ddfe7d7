"""R1-R7 on random tickets: `sla` says what a walk second by second says, and what must hold of any ticket holds."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings

from sla.repair import Repair, repair
from sla.ticket import Happening
from tests.sla.walking.agree_on_repair import differences
from tests.sla.walking.cities import seeds
from tests.sla.walking.hours import S
from tests.sla.walking.tickets import REASONS, Ticket, ticket

few = settings(max_examples=40, deadline=None)


def clock(of: Ticket, events: list[Happening]) -> Repair | None:
    """The ticket's clock with other events."""
    return repair(replace(of.case, events=tuple(events)), of.contract, of.now)


@few
@given(seeds)
def test_R1_to_R7_agree_with_a_walk_second_by_second(seed: int) -> None:
    assert list(differences(ticket(Random(seed)))) == []


@few
@given(seeds)
def test_T2_only_the_order_of_entry_at_one_instant_counts(seed: int) -> None:
    chance = Random(seed)
    of = ticket(chance)
    instants = sorted({event.at for event in of.case.events})
    chance.shuffle(instants)
    late = [event for at in instants for event in of.case.events if event.at == at]
    assert clock(of, late) == clock(of, list(of.case.events))


@few
@given(seeds)
def test_R5_a_later_restoration_never_shortens_a_repair(seed: int) -> None:
    """But where the device was seen down after the first claim and not after the second: K6."""
    chance = Random(seed)
    of = ticket(chance)
    of = of._replace(case=replace(of.case, down_seen=()))
    *before, last = of.case.events
    if last.event in ("restored", "cancelled", "verified", "reopened"):
        before, last = [*of.case.events], Happening("note", last.at, "somebody")
    later = last.at + chance.randrange(1, 2000) * S
    of = of._replace(now=max(of.now, later))
    claims = [Happening("restored", at, "somebody") for at in (last.at, later)]
    first, second = (clock(of, [*before, claim]) for claim in claims)
    if first is not None and second is not None:
        assert first.counted <= second.counted


@few
@given(seeds)
def test_R4_a_pause_that_counts_never_adds_repair_time_and_one_that_does_not_changes_nothing(seed: int) -> None:
    chance = Random(seed)
    of = ticket(chance)
    events = [event for event in of.case.events if event.event not in ("paused", "resumed")]
    at = chance.randrange(events[0].at, of.now + S, S)
    n = sum(event.at <= at for event in events)

    def paused(reason: str, approver: str) -> Repair | None:
        detail = {"reason": reason, "approver": approver}
        return clock(of, [*events[:n], Happening("paused", at, "somebody", detail), *events[n:]])

    without, counts = clock(of, events), paused(REASONS[0], "Li")
    assert paused(REASONS[0], "") == paused(REASONS[2], "Li") == without
    if without is not None and counts is not None:
        assert counts.counted <= without.counted
        assert counts.paused >= without.paused == 0
