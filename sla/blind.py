"""Why nothing was seen: the collector, a hall's uplink or power, or not known (O6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from sla.instant import Ms
from sla.interval import Interval, intersect, merge, subtract

Cause = Literal["not_yet", "collector", "power", "uplink_or_power", "not_known", "to_come"]
"""`not_yet`: before anything of the hall was ever seen; `collector`: no heartbeat, or facts that it lost; `power`: all
of a hall silent after its UPS ran on battery; `uplink_or_power`: all of a hall silent at once; `to_come`: after now."""


class Silent(NamedTuple):
    """One device of a hall: when it was in service, and when nothing was seen of it; merged lists."""

    service: Sequence[Interval]
    silent: Sequence[Interval]


class Why(NamedTuple):
    """What explains blind time, and when: a merged list."""

    cause: Cause
    when: Sequence[Interval]


class Blind(NamedTuple):
    """[start, until) of blind time with one cause."""

    start: Ms
    until: Ms
    cause: Cause


def together(devices: Iterable[Silent]) -> list[Interval]:
    """When all devices in service were silent at once, and were two or more: of one alone nobody can tell (O6)."""
    turns = sorted(turn for one in devices for turn in _turns(one))
    found: list[Interval] = []
    serving = silent = 0
    for n, (at, more, quieter) in enumerate(turns):
        serving, silent = serving + more, silent + quieter
        if n + 1 < len(turns) and silent > 1 and silent == serving:
            found.append(Interval(at, turns[n + 1][0]))
    return merge(found)


def _turns(one: Silent) -> Iterator[tuple[Ms, int, int]]:
    """The instants at which a device's service or silence begins and ends."""
    for start, until in one.service:
        yield from ((start, 1, 0), (until, -1, 0))
    for start, until in intersect(one.service, one.silent):
        yield from ((start, 0, 1), (until, 0, -1))


def attributed(blind: Interval, reasons: Iterable[Why], slack_ms: Ms) -> list[Blind]:
    """Cut a device's blind time by what explains it, the first that does; the rest is not known (O6).

    Blind time begins with the last poll and ends with the next, not with the event behind it: what sticks out by at
    most `slack_ms` on either side of an explanation belongs to it.
    """
    left, found = [blind], []
    for cause, when in reasons:
        mine = merge(_drawn(part, one, slack_ms) for part in left for one in intersect([part], when))
        found += [Blind(*one, cause) for one in mine]
        left = subtract(left, mine)
    return sorted([*found, *(Blind(*one, "not_known") for one in left)])


def _drawn(part: Interval, one: Interval, slack_ms: Ms) -> Interval:
    start = part.start if one.start - part.start <= slack_ms else one.start
    return Interval(start, part.until if part.until - one.until <= slack_ms else one.until)
