"""Asks `sla` and the walk the same of a ticket, and tells where they differ."""

from __future__ import annotations

from collections.abc import Iterator

from sla.marks import marks, next_mark
from sla.repair import Repair, repair
from sla.start import start_of
from tests.sla.walking.clock import FURTHER, LATER, Walked, due, mark, walked
from tests.sla.walking.clock import next_mark as next_walked
from tests.sla.walking.hours import S
from tests.sla.walking.ticket import started
from tests.sla.walking.tickets import Ticket

PERCENT = (25, 50, 75, 100)


def differences(ticket: Ticket) -> Iterator[str]:
    """Sentences; none where all agree: start, slices, sums, due, breach, warnings."""
    case, contract, document, now = ticket
    if start_of(case, contract.begin) != started(case, contract.begin):
        yield f"it starts at {start_of(case, contract.begin)}, the walk says {started(case, contract.begin)}"
    found, expected = repair(case, contract, now), walked(case, contract, document, now)
    if found is None or expected is None:
        if (found is None) != (expected is None):
            yield f"{found}, the walk says {expected}"
        return
    told = (found.start, found.until, found.target, found.granted, found.travel, found.paused, found.counted)
    if told != expected.told:
        yield f"{told}, the walk says {expected.told}"
    yield from _slices_differ(found, expected)
    then = due(expected)
    if found.due != then and not (then == LATER and (found.due is None or found.due > now + FURTHER)):
        yield f"due at {found.due}, the walk says {then}"
    if found.breached != (expected.target is not None and expected.counted > expected.target):
        yield f"breached: {found.breached}"
    reached = [(percent, at) for percent in PERCENT if (at := mark(expected, percent)) is not None]
    if [(one.percent, one.at) for one in marks(found, PERCENT, now)] != reached:
        yield f"warnings {marks(found, PERCENT, now)}, the walk says {reached}"
    coming, later = next_mark(found, contract, now), next_walked(expected, contract.warn)
    if coming != later and not (later and later[1] == LATER and (coming is None or coming.at > now + FURTHER)):
        yield f"next {coming}, the walk says {later}"


def _slices_differ(found: Repair, expected: Walked) -> Iterator[str]:
    """R7: they cover the walk exactly, and neighbours differ."""
    classes = {t: one.class_ for one in found.slices for t in range(one.start, one.until, S)}
    if classes != expected.classes:
        t = min(t for t in {*classes, *expected.classes} if classes.get(t) != expected.classes.get(t))
        yield f"{classes.get(t)} at {t}, the walk says {expected.classes.get(t)}"
    for one, other in zip(found.slices, found.slices[1:], strict=False):
        if one.until != other.start or one.class_ == other.class_ or one.start >= one.until:
            yield f"{one} and {other} are no neighbours"
