"""A child behind a dead parent is unreachable, not down (O5)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from sla.instant import Ms
from sla.interval import Interval, merge
from sla.judge import Outage
from sla.seen import Seen

EARLIER: Final = 2
"""How many of its intervals an ancestor may be late in noticing what its child noticed (O5 a)."""


class Ancestor(NamedTuple):
    """A parent, or a parent's parent: its O3 outages in order, and its polling interval."""

    outages: Sequence[Outage]
    interval_ms: Ms


def unreachable(
    own: Sequence[Outage], own_seen: Sequence[Seen], ancestors: Sequence[Ancestor], now: Ms
) -> list[Interval]:
    """The part of a device's own outages, up to `now`, that an ancestor's outage explains, as a merged list (O5).

    `own_seen` (distinct, sorted) is needed from the first recovery of an ancestor on. Blind time within is not taken
    out here: it has the earlier class (A1).
    """
    return merge(
        _explained(outage, own_seen, above, ancestor.interval_ms, now)
        for outage in own
        for ancestor in ancestors
        for above in _overlapping(outage, ancestor.outages, now)
    )


def _overlapping(own: Outage, outages: Sequence[Outage], now: Ms) -> Iterator[Outage]:
    first = max(0, bisect_left(outages, own.start, key=itemgetter(0)) - 1)
    for i in range(first, len(outages)):
        above = outages[i]
        if above.start >= _end(own, now):
            return
        if _end(above, now) > own.start:
            yield above


def _explained(own: Outage, seen: Sequence[Seen], above: Outage, interval_ms: Ms, now: Ms) -> Interval:
    start = own.start if _noticed_first(own, above, interval_ms) else max(own.start, above.start)
    recovery, until = _end(above, now), _end(own, now)
    if recovery < until:
        until = min(until, _first_word(seen, recovery, now))
    return Interval(start, until)


def _noticed_first(own: Outage, above: Outage, interval_ms: Ms) -> bool:
    """Edge (a): the child was only asked a little earlier than its ancestor."""
    if not above.start - EARLIER * interval_ms <= own.start < above.start:
        return False
    return above.last_ok is None or own.start > above.last_ok


def _first_word(seen: Sequence[Seen], recovery: Ms, now: Ms) -> Ms:
    """Edge (b): how long the child stays unreachable after its ancestor's recovery."""
    for i in range(bisect_left(seen, recovery, key=itemgetter(0)), len(seen)):
        if (one := seen[i]).ts > now:
            break
        if one.state != "unknown":
            return recovery if one.state == "down" else one.ts
    return now


def _end(outage: Outage, now: Ms) -> Ms:
    return now if outage.until is None else min(outage.until, now)
