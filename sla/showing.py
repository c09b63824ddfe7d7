"""How long a device has shown a condition, with flicker left out: what preventive work hangs on (K1) [预检预修]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sla.clock import Clock
from sla.instant import HOUR, Ms
from sla.seen import Seen
from sla.verification import ASLEEP, STANDS_AFTER_MS

CALM: Final = 3
"""So many observations in a row without the condition, and it is gone."""
ABSENT_MS: Final = HOUR
"""What comes back sooner than this is the same again, not something new."""
_SAYS: Final = frozenset({"up", "degraded"})


class Showing(NamedTuple):
    """A condition was shown from `start`; None while it is: `gone`, the first observation without it, and `sure`, the
    one that settled that (ms).
    """

    start: Ms
    gone: Ms | None = None
    sure: Ms | None = None


class Word(NamedTuple):
    """What became of a person's word that the work is done, and when (ms); `stands` for want of contradiction."""

    event: str
    at: Ms
    stands: bool = False


def showings(seen: Iterable[Seen], condition: str, calm: int = CALM) -> list[Showing]:
    """The spans in which a device showed a condition; `seen` is distinct and in order.

    Only `up` and `degraded` say that it is gone, and not in sleep, when a device says nothing of itself. Anything but
    `unknown` may show it.
    """
    found: list[Showing] = []
    absent: list[Ms] = []
    for one in seen:
        if _shows(one, condition):
            if not found or found[-1].gone is not None:
                found.append(Showing(one.ts))
            absent = []
        elif found and found[-1].gone is None and _speaks(one):
            absent.append(one.ts)
            if len(absent) >= calm:
                found[-1] = Showing(found[-1].start, absent[0], one.ts)
    return found


def without(seen: Sequence[Seen], condition: str) -> Showing | None:
    """As a showing from before all these observations, none of which shows it; None: too few of them say so."""
    calm = [one.ts for one in seen if _speaks(one)]
    if len(calm) < CALM or any(_shows(one, condition) for one in seen):
        return None
    return Showing(calm[0], calm[0], calm[CALM - 1])


def due(start: Ms, clock: Clock, after_ms: Ms, closed_at: Ms | None = None) -> Ms | None:
    """When a condition shown since `start` asks for work (ms): once it has lasted `after_ms` in the hall's hours (K1).

    One that comes back soon after earlier work on it, `closed_at`, must last `ABSENT_MS` itself: else it would go to
    and fro. None: never, for the hall does not open again.
    """
    soon = closed_at is not None and is_back(start, closed_at)
    return clock.deadline(start, max(after_ms, ABSENT_MS) if soon else after_ms)


def is_back(start: Ms, closed_at: Ms) -> bool:
    """Whether what is shown since `start` is the same that earlier work was about."""
    return start - closed_at < ABSENT_MS


def judged(
    claim: Ms, seen: Sequence[Seen], condition: str, clock: Clock, now: Ms, stands_after_ms: Ms = STANDS_AFTER_MS
) -> Word | None:
    """What becomes by `now` of a claim that the work is done (K6); None: not known yet. `seen` is distinct, in order.

    `verified` when the condition is gone after it, `rejected` when it is still shown after so much open time; without
    a word of it by then the claim stands.
    """
    after = [one for one in seen if claim < one.ts <= now and (_shows(one, condition) or _speaks(one))]
    for i in range(CALM - 1, len(after)):
        if not any(_shows(one, condition) for one in after[i - CALM + 1 : i + 1]):
            return Word("verified", after[i].ts)
    end = clock.deadline(claim, stands_after_ms)
    if end is None or end > now:
        return None
    shown = [one.ts for one in after if _shows(one, condition)]
    late = [at for at in shown if at >= end]
    if late:
        return Word("rejected", late[0])
    return None if shown else Word("verified", end, stands=True)


def _shows(one: Seen, condition: str) -> bool:
    return condition in one.conditions and one.state != "unknown"


def _speaks(one: Seen) -> bool:
    return one.state in _SAYS and ASLEEP not in one.conditions
