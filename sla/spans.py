"""Time cut into spans of exactly one class each, the first of the nine that applies (A1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, get_args

from sla.clock import ALWAYS, Clock
from sla.instant import Ms
from sla.interval import Interval, clip, merge, subtract
from sla.judge import Outage
from sla.opening import GRACE_MS, with_grace
from sla.owners import Owner, Policy, blame, owned
from sla.parents import Ancestor, unreachable
from sla.seen import Seen
from sla.timeline import Held, timeline

Class = Literal[
    "not_in_service",
    "closed",
    "maintenance",
    "excluded",
    "unmonitored",
    "unreachable",
    "down",
    "degraded",
    "up",
]

CLASSES: Final[tuple[Class, ...]] = get_args(Class)
"""In the order of A1: the first that applies counts."""

IGNORED_BY_RAW: Final[frozenset[Class]] = frozenset({"closed", "maintenance", "excluded"})
"""What the profile `raw` takes as if absent, so that the state beneath shows (A2)."""


class Planned(NamedTuple):
    """Maintenance in [start, until); it counts where it was approved before it began (A1)."""

    start: Ms
    until: Ms
    approved_at: Ms


class Span(NamedTuple):
    """[start, until) of one class; `cause` and `owner` where it is down or degraded (C1)."""

    start: Ms
    until: Ms
    class_: Class
    cause: str | None = None
    owner: Owner | None = None


Layer = tuple[Class, list[Span]]


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """All that the classes of one device depend on.

    `seen` is distinct and sorted, `outages` what `judge` made of it, `ancestors` the parent and the parent's parents.
    To be exact at the edges of a period `seen` begins with the last `up` or `degraded` at or before it, and goes on
    to the first observation after it that is not `unknown` (O3, O5 b, O6), and the outages reach as far.
    `excluded` are the corrections that stand, `interval_ms` the configured polling interval, `clock` the hall's.
    """

    commissioned: Ms | None = None
    retired: Ms | None = None
    clock: Clock = ALWAYS
    maintenance: Sequence[Planned] = ()
    excluded: Sequence[Interval] = ()
    seen: Sequence[Seen] = ()
    interval_ms: Ms = 60_000
    outages: Sequence[Outage] = ()
    ancestors: Sequence[Ancestor] = ()
    policy: Policy = field(default_factory=Policy)
    grace_ms: Ms = GRACE_MS


def spans(facts: DeviceFacts, start: Ms, until: Ms, now: Ms, end: Ms | None = None, raw: bool = False) -> list[Span]:
    """Cut [start, until) into spans that cover it exactly, one class each, neighbours different (A1, C1, O10).

    What lies after `now` is unmonitored where no earlier class applies. With `end` (after `now`) what holds at `now` is
    drawn on to there. `raw` takes closed, maintenance and excluded as if absent (A2).
    """
    return cut([*layers(facts, now, end), *framed(facts, start, until)], start, until, raw=raw)


def cut(laid: Iterable[Layer], start: Ms, until: Ms, *, raw: bool = False) -> list[Span]:
    """Spans of [start, until) from layers in order, each laid over those before; the ground is unmonitored (A1).

    `raw` leaves out the layers that it ignores (A2).
    """
    if until <= start:
        return []
    whole = [Span(start, until, "unmonitored")]
    for class_, layer in laid:
        if not (raw and class_ in IGNORED_BY_RAW):
            whole = _overlay(whole, layer)
    return _joined(whole)


def layers(facts: DeviceFacts, now: Ms, end: Ms | None = None) -> Iterator[Layer]:
    """What is known of each class from `up` to `maintenance`, whatever the period, the first that applies last (A1).

    Each layer is sorted and without overlaps.
    """
    held = timeline(facts.seen, facts.outages, facts.interval_ms, now, end)
    known_until = now if end is None else end
    yield "up", [Span(one.start, one.until, "up") for one in held if one.state == "up"]
    yield "degraded", [_degraded(one, facts.policy) for one in held if one.state == "degraded"]
    yield "down", _down(facts, known_until)
    yield _plain("unreachable", unreachable(facts.outages, facts.seen, facts.ancestors, known_until))
    yield _plain("unmonitored", [Interval(one.start, one.until) for one in held if one.state == "unmonitored"])
    yield _plain("excluded", merge(facts.excluded))
    yield _plain("maintenance", approved(facts.maintenance))


def framed(facts: DeviceFacts, start: Ms, until: Ms) -> Iterator[Layer]:
    """The two layers above those, of [start, until): `closed`, then `not_in_service` (A1)."""
    period = [Interval(start, until)]
    yield _plain("closed", subtract(period, facts.clock.open_intervals(start, until)))
    yield _plain("not_in_service", subtract(period, in_service(facts, start, until)))


def approved(maintenance: Iterable[Planned]) -> list[Interval]:
    """The planned maintenance that counts, merged (A1 3)."""
    return merge(Interval(one.start, one.until) for one in maintenance if one.approved_at < one.start)


def in_service(facts: DeviceFacts, start: Ms, until: Ms) -> list[Interval]:
    """The part of [start, until) from commissioning to retirement (A1 1)."""
    first = start if facts.commissioned is None else facts.commissioned
    last = until if facts.retired is None else facts.retired
    return clip([Interval(first, last)], start, until)


def _degraded(held: Held, policy: Policy) -> Span:
    return Span(held.start, held.until, "degraded", *blame(held.conditions, policy, down=False))


def _down(facts: DeviceFacts, now: Ms) -> list[Span]:
    return [
        Span(one.start, one.until, "down", one.cause, one.owner)
        for outage in facts.outages
        for one in with_grace(owned(outage, facts.seen, facts.policy, now), facts.clock, facts.grace_ms)
    ]


def _plain(class_: Class, intervals: Iterable[Interval]) -> Layer:
    return class_, [Span(start, until, class_) for start, until in intervals]


def _overlay(under: Sequence[Span], over: Sequence[Span]) -> list[Span]:
    """Lay sorted spans over others that cover a period; what lies outside of the period falls away."""
    if not over:
        return list(under)
    start, until = under[0].start, under[-1].until
    cuts: list[Span] = []
    shown = [one._replace(start=max(one.start, start), until=min(one.until, until)) for one in over]
    shown = [one for one in shown if one.start < one.until]
    j = 0
    for below in under:
        at = below.start
        while j < len(shown) and shown[j].start < below.until:
            if shown[j].start > at:
                cuts.append(below._replace(start=at, until=shown[j].start))
            if shown[j].start >= below.start:
                cuts.append(shown[j])
            at = max(at, shown[j].until)
            if shown[j].until > below.until:
                break
            j += 1
        if at < below.until:
            cuts.append(below._replace(start=at))
    return cuts


def _joined(cuts: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for one in cuts:
        if joined and joined[-1][1:] == (one.start, *one[2:]):
            joined[-1] = one._replace(start=joined[-1].start)
        else:
            joined.append(one)
    return joined
