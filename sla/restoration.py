"""When a ticket was open, by what is known at an instant; what claims of restoration are worth (K3, K6, R5)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final, NamedTuple

from sla.case import DETECTED, Case
from sla.instant import Ms
from sla.interval import Interval
from sla.ticket import Happening

_LONG_AGO: Final = -(1 << 62)
_TURNS: Final = frozenset({"restored", "verified", "rejected", "reopened", "cancelled"})


class Opened(NamedTuple):
    """The spans in which a ticket was open, in order; when it closed (None while open); whether by being cancelled."""

    spans: list[Interval]
    until: Ms | None
    cancelled: bool


def opened(case: Case, events: Iterable[Happening], start: Ms, now: Ms) -> Opened:
    """When a ticket was open since its clock's `start` (R5), from its events by `now`, in order. Spans may touch."""
    spans: list[Interval] = []
    begin, before = start, _LONG_AGO
    claim: Ms | None = None
    verified = False
    for what, at, _by, detail in events:
        if what not in _TURNS:
            continue
        if what == "restored":
            claim, verified = at, False
        elif what == "verified":
            verified = verified or not detail.get(DETECTED)  # what monitoring saw is weighed anew as facts come (K7)
        elif what == "rejected":
            claim, before = None, at
        else:
            closed = effective(case, claim, verified, before, now)
            _add(spans, begin, at if closed is None else min(at, closed))
            if what == "cancelled":
                return Opened(spans, max(at, start), True)
            begin, before, claim = max(at, start), at, None
    closed = effective(case, claim, verified, before, now)
    _add(spans, begin, now if closed is None else closed)
    return Opened(spans, None if closed is None else max(closed, start), False)


def effective(case: Case, claim: Ms | None, verified: bool, before: Ms, now: Ms) -> Ms | None:
    """When a claim of restoration took effect, as known at `now`; None: it did not, or nothing is claimed (K6).

    Never before `before`, the last rejection or reopening: what had ended by then had not repaired it.
    """
    if claim is None:
        return None
    for start, end in reversed(case.outages):
        if start < claim and (end is None or end > before):
            until = None if end is None or end > now else end
            if not verified and _contradicted(case, claim, until, now):
                return until
            return claim if until is None else min(claim, until)
    return claim


def _contradicted(case: Case, claim: Ms, until: Ms | None, now: Ms) -> bool:
    """Whether the device was seen down after the claim, before the end of the outage."""
    i = bisect_left(case.down_seen, claim)
    return i < len(case.down_seen) and case.down_seen[i] <= now and (until is None or case.down_seen[i] < until)


def _add(spans: list[Interval], start: Ms, until: Ms) -> None:
    if start < until:
        spans.append(Interval(start, until))
