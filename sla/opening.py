"""When a detected outage becomes a ticket (K1), and the grace after opening (O10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sla.clock import Clock
from sla.instant import MINUTE, Ms
from sla.interval import Interval, merge, subtract
from sla.owners import Owned, Policy, counts_as_vendor

GRACE_MS: Final = 15 * MINUTE
_EVER: Final = 1 << 60


def grace_end(start: Ms, clock: Clock, grace_ms: Ms) -> Ms | None:
    """Until when the hall owns an outage that began at `start` (O10).

    `start` itself where the hall was open, None where it never opens.
    """
    if clock.is_open(start):
        return start
    opening = clock.next_change(start)
    return None if opening is None else opening + grace_ms


def with_grace(owned: Sequence[Owned], clock: Clock, grace_ms: Ms) -> list[Owned]:
    """The spans of one outage, or of several with gaps between, with the hall as the owner until each one's grace ends.

    Causes stay (O10).
    """
    spans: list[Owned] = []
    reached: Ms | None = None
    end: Ms | None = None
    for one in owned:
        if one.start != reached:  # here an outage begins
            end = grace_end(one.start, clock, grace_ms)
        reached = one.until
        spans += _shared(one, end)
    return spans


def _shared(one: Owned, end: Ms | None) -> list[Owned]:
    if end is None or one.until <= end:
        return [one._replace(owner="hall")]
    if one.start < end:
        return [one._replace(until=end, owner="hall"), one._replace(start=end)]
    return [one]


def ticket_due(
    owned: Sequence[Owned],
    unreachable: Sequence[Interval],
    clock: Clock,
    grace_ms: Ms,
    after_ms: Ms,
    policy: Policy,
    now: Ms,
    maintenance: Sequence[Interval] = (),
) -> Ms | None:
    """When a fault, one outage or several in order, opens a ticket (K1, O5, O10).

    That is when its vendor's open time, unreachable time and `maintenance` (planned and approved, A1) left out, has
    lasted `after_ms`.
    `owned` and `unreachable` are what `sla.owners.owned` and `sla.parents.unreachable` say of it by `now`; what reaches
    `now` is taken to go on, so the instant may lie ahead. None: never as things are.
    """
    endless = merge([*(_going_on(Interval(*part), now) for part in unreachable), *maintenance])
    drawn_on = [one._replace(until=_going_on(Interval(*one[:2]), now).until) for one in owned]
    lasted = 0
    for one in with_grace(drawn_on, clock, grace_ms):
        if not counts_as_vendor(one.owner, policy):
            continue
        for start, until in subtract([Interval(one.start, one.until)], endless):
            due = _reached(clock, start, after_ms - lasted)
            if due is not None and due <= until:
                return due
            lasted += clock.open_duration(start, until)
    return None


def _going_on(part: Interval, now: Ms) -> Interval:
    return Interval(part.start, _EVER) if part.until >= now else part


def _reached(clock: Clock, start: Ms, missing: Ms) -> Ms | None:
    if missing > 0 or clock.is_open(start):
        return clock.deadline(start, missing)
    return clock.next_change(start)
