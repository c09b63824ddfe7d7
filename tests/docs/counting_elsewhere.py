"""How others count the same observations: small re-implementations of what their documentation says.

Each is a dozen lines and no more than its docstring cites; docs/counting-elsewhere.md names the pages, and what was not
found. A device is one object of each product: a service, a trigger's service, a sensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from sla.interval import Interval, clip, intersect, merge, subtract, total
from sla.seen import Seen


class Given(NamedTuple):
    """The observations of a device and of its parent, planned maintenance, time without a collector, where it ends."""

    own: Sequence[Seen]
    parent: Sequence[Seen]
    maintenance: Sequence[Interval]
    blind: Sequence[Interval]
    end: int


class Counted(NamedTuple):
    """The availability of a period, what counted as bad, and what was left out or shown apart."""

    share: Fraction
    bad: list[Interval]
    out: list[Interval]


ATTEMPTS: Final = 3


def zabbix(given: Given, period: Interval) -> Counted:
    """SLI = (scheduled time - downtime) / scheduled time; downtime is every second of the schedule in which the
    service has a problem of any severity, without the SLA's excluded downtimes, which stay in the scheduled time
    (CSla::calculateSli). No answer is a problem after three failed polls (template ICMP Ping: max(#3)=0). While the
    trigger that it depends on has a problem, a trigger keeps its state; without new values, too.
    """
    parent = _problems(given.parent, [], given.end)
    bad = clip(subtract(_problems(given.own, parent, given.end), given.maintenance), *period)
    scheduled = period.until - period.start
    return Counted(Fraction(scheduled - total(bad), scheduled), bad, [])


def checkmk(given: Given, period: Interval) -> Counted:
    """Each second is in one state, the first of: unmonitored, scheduled downtime, on down host, CRIT, WARN, OK; the
    share of OK in the service period is the availability, all states together are 100 %. Soft states count like hard
    ones, WARN has its own column, unmonitored time and downtimes are included as theirs.
    """
    apart = merge([*given.blind, *given.maintenance])
    bad = subtract(_held(given.own, ("down",), given.end), apart)
    warn = subtract(_held(given.own, ("degraded",), given.end), apart)
    good = clip(subtract([period], merge([*apart, *bad, *warn])), *period)
    return Counted(
        Fraction(total(good), period.until - period.start), clip(bad, *period), clip(merge([*apart, *warn]), *period)
    )


def icinga(given: Given, period: Interval) -> Counted:
    """SLA OK percent = (total time - problem time) / total time. Problem time is time in a hard state worse than
    WARNING and not in a downtime; a state is hard at the third check; the last hard state holds until the next. Only
    time before the first check is taken from the total.
    """
    hard: list[Interval] = []
    failed = 0
    for one, until in _pairs(given.own, given.end):
        failed = failed + 1 if one.state == "down" else 0
        if failed >= ATTEMPTS:
            hard.append(Interval(one.ts, until))
    bad = clip(subtract(merge(hard), given.maintenance), *period)
    whole = period.until - period.start
    return Counted(Fraction(whole - total(bad), whole), bad, [])


def prtg(given: Given, period: Interval) -> Counted:
    """Downtime is the time between consecutive errors (a single one between two good polls is none), relative to the
    coverage; unknown time is no part of the coverage. A sensor whose master sensor is down is paused, and so it is in
    a maintenance window: it collects no data. A sensor is down from its second error on; a warning is not down.
    """
    paused = merge([*_second_errors(given.parent), *given.maintenance])
    asked = [one for one in given.own if not _within(one.ts, paused)]
    errors = [Interval(a.ts, b.ts) for a, b in pairwise(asked) if a.state == b.state == "down"]
    out = clip(merge([*paused, *given.blind]), *period)
    bad = clip(subtract(merge(errors), out), *period)
    coverage = period.until - period.start - total(out)
    return Counted(1 - Fraction(total(bad), coverage), bad, out)


def _problems(seen: Sequence[Seen], parent: Sequence[Interval], end: int) -> list[Interval]:
    """A Zabbix trigger's time in PROBLEM: three polls without answer, or any condition that was reported."""
    found: list[Interval] = []
    problem, silent = False, 0
    for one, until in _pairs(seen, end):
        silent = silent + 1 if one.state == "down" and not one.conditions else 0
        if not _within(one.ts, parent):
            problem = silent >= ATTEMPTS or bool(one.conditions)
        if problem:
            found.append(Interval(one.ts, until))
    return merge(found)


def _held(seen: Sequence[Seen], states: Iterable[str], end: int) -> list[Interval]:
    """The time in which one of these states was the last seen."""
    return merge(Interval(one.ts, until) for one, until in _pairs(seen, end) if one.state in states)


def _second_errors(seen: Sequence[Seen]) -> list[Interval]:
    """From the second error in a row to the next good poll."""
    return merge(Interval(b.ts, c.ts) for (a, b), (_, c) in pairwise(pairwise(seen)) if a.state == b.state == "down")


def _pairs(seen: Sequence[Seen], end: int) -> list[tuple[Seen, int]]:
    """Every observation with the instant of the next."""
    untils = [*(one.ts for one in seen), end][1:]
    return list(zip(seen, untils, strict=True))


def _within(instant: int, parts: Sequence[Interval]) -> bool:
    return bool(intersect([Interval(instant, instant + 1)], parts))
