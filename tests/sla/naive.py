"""O3, O5 and O6 once more, second by second and without a thought for speed; `sla` must agree with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sla.judge import Confirmation
from sla.seen import Seen

S = 1000
OK = ("up", "degraded")


class Bad(NamedTuple):
    """An outage: the first second in it, the first after it (None: it lasts), the last ok second before it."""

    start: int
    until: int | None
    last_ok: int | None


def counted(facts: Sequence[Seen], now: int) -> list[Seen]:
    """One observation an instant, in order, none from after now."""
    return _counted(tuple(facts), now)


@lru_cache(maxsize=8)
def _counted(facts: tuple[Seen, ...], now: int) -> list[Seen]:
    order = ["up", "degraded", "down", "unknown"]
    best: dict[int, Seen] = {}
    for one in sorted(facts, key=lambda one: (order.index(one.state), "\n".join(one.conditions), one.interval_ms)):
        if one.ts <= now:
            best.setdefault(one.ts, one)
    return [best[ts] for ts in sorted(best)]


def outages(facts: Sequence[Seen], rule: Confirmation, now: int) -> list[Bad]:
    """Read O3 aloud: look at every `down` that is not part of an outage yet."""
    return _outages(tuple(facts), rule, now)


@lru_cache(maxsize=8)
def _outages(facts: tuple[Seen, ...], rule: Confirmation, now: int) -> list[Bad]:
    told = [one for one in counted(facts, now) if one.state != "unknown"]
    found: list[Bad] = []
    i = 0
    while i < len(told):
        run = 0
        while i + run < len(told) and told[i + run].state == "down":
            run += 1
        if run < rule.confirm:
            i += max(run, 1)
            continue
        ends = [
            j
            for j in range(i + run, len(told) - rule.recover + 1)
            if all(told[j + k].state in OK for k in range(rule.recover))
        ]
        last_ok = max((one.ts for one in told[:i] if one.state in OK), default=None)
        found.append(Bad(told[i].ts, told[ends[0]].ts if ends else None, last_ok))
        if not ends:
            break
        i = ends[0]
    return found


def covers(bad: Bad, t: int) -> bool:
    """Whether a second lies in an outage."""
    return bad.start <= t and (bad.until is None or t < bad.until)


def state_at(facts: Sequence[Seen], rule: Confirmation, configured: int, now: int, t: int) -> str:
    """up, degraded, down or unmonitored in the second that begins at t."""
    told = counted(facts, now)
    before = [one for one in told if one.ts <= t]
    if not before:
        return "unmonitored"
    last = before[-1]
    following = min((one.ts for one in told if one.ts > t), default=now)
    interval = max(last.interval_ms, configured)
    if following - last.ts > 3 * interval and t >= last.ts + interval:
        return "unmonitored"
    if last.state == "unknown":
        return "unmonitored"
    if any(covers(bad, t) for bad in outages(facts, rule, now)):
        return "down"
    good = [one.state for one in before if one.state in OK]
    return good[-1] if good else "unmonitored"


def hidden_at(
    facts: Sequence[Seen], above: Sequence[tuple[Sequence[Seen], int]], rule: Confirmation, now: int, t: int
) -> bool:
    """Whether a second of a child's outage is explained by an ancestor (facts, interval): O5."""
    own = [bad for bad in outages(facts, rule, now) if covers(bad, t)]
    if not own:
        return False
    mine = own[0]
    return any(
        _hides(mine, bad, interval, facts, now, t)
        for ancestor, interval in above
        for bad in outages(ancestor, rule, now)
    )


def _hides(mine: Bad, bad: Bad, interval: int, facts: Sequence[Seen], now: int, t: int) -> bool:
    if covers(bad, t):
        return True
    overlap = mine.start < (now if bad.until is None else bad.until) and bad.start < (mine.until or now)
    if not overlap:
        return False
    if t < bad.start:  # edge a
        since_ok = bad.last_ok is None or mine.start > bad.last_ok
        return since_ok and mine.start >= bad.start - 2 * interval
    assert bad.until is not None  # edge b
    for one in counted(facts, now):
        if one.ts >= bad.until and one.state != "unknown":
            return one.state in OK and t < one.ts
    return True
