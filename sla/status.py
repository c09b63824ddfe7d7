"""What a device is now: the state of the status message (contracts: MQTT, status)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from sla.instant import Ms
from sla.opening import grace_end
from sla.owners import Owner
from sla.seen import Seen
from sla.spans import Class, DeviceFacts, spans
from sla.timeline import blind_at

Shown = Literal["up", "degraded", "down", "unreachable", "unmonitored", "maintenance", "closed"]

NOT_IN_SERVICE: Final = "not_in_service"

_SHOWN: Final[dict[Class, Shown]] = {
    "not_in_service": "unmonitored",
    "closed": "closed",
    "maintenance": "maintenance",
    "excluded": "unmonitored",
    "unmonitored": "unmonitored",
    "unreachable": "unreachable",
    "down": "down",
    "degraded": "degraded",
    "up": "up",
}

_NEWEST: Final = 16
"""So many outages of an ancestor, at most, may lie in the 5 min that a collector may be ahead (O7)."""


class Status(NamedTuple):
    """The state, the instant since when, why and whose, and when time alone may change it (None: never)."""

    state: Shown
    since: Ms
    cause: str | None
    owner: Owner | None
    check_at: Ms | None


def status(facts: DeviceFacts, now: Ms) -> Status:
    """The state at `now`: the classes of A1, corrections aside; not in service is `unmonitored`, with that cause.

    `since` is no earlier than the first observation in `facts` (or the commissioning, where there is none): while a
    state goes on, keep the earlier one. At `check_at`, and whenever a fact comes, ask again.
    """
    beneath = replace(facts, excluded=(), seen=_until(facts.seen, now))
    cut = spans(beneath, min(_begin(facts), now), now + 1, now, now + 1)
    last = cut[-1]
    state, since = _SHOWN[last.class_], last.start
    for one in reversed(cut[:-1]):
        if one.class_ != last.class_:
            break
        since = one.start
    cause = NOT_IN_SERVICE if last.class_ == NOT_IN_SERVICE else last.cause
    return Status(state, since, cause, last.owner, min(_changes(facts, now), default=None))


def _until(seen: Sequence[Seen], now: Ms) -> Sequence[Seen]:
    """What was seen by `now`: the next ms, until which the state at `now` is drawn, says nothing of it (O5 b)."""
    return seen if not seen or seen[-1].ts <= now else seen[: bisect_right(seen, now, key=itemgetter(0))]


def _begin(facts: DeviceFacts) -> Ms:
    if facts.seen:
        return facts.seen[0].ts
    return facts.commissioned if facts.commissioned is not None else 1 << 62


def _changes(facts: DeviceFacts, now: Ms) -> Iterator[Ms]:
    """The instants after `now` at which another class may apply, or another owner."""
    candidates = [facts.commissioned, facts.retired, facts.clock.next_change(now)]
    candidates += [blind_at(facts.seen, facts.interval_ms, now)]
    candidates += [edge for one in facts.maintenance for edge in one[:2]]
    candidates += _of_the_future(facts, now)
    if facts.outages and facts.outages[-1].until is None:
        candidates.append(grace_end(facts.outages[-1].start, facts.clock, facts.grace_ms))
    return (at for at in candidates if at is not None and at > now)


def _of_the_future(facts: DeviceFacts, now: Ms) -> list[Ms | None]:
    """What a collector whose clock is ahead has seen already: it counts when its time has come."""
    ahead: list[Ms | None] = [one.ts for one in facts.seen[bisect_right(facts.seen, now, key=itemgetter(0)) :]]
    for above in facts.ancestors:
        ahead += [edge for one in above.outages[-_NEWEST:] for edge in one[:2]]
    return ahead
