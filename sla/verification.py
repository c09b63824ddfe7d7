"""What becomes of a claim of restoration: verified, rejected, or standing for want of contradiction (K6)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from sla.clock import Clock
from sla.instant import HOUR, Ms
from sla.interval import Interval
from sla.opening import GRACE_MS
from sla.seen import Seen, distinct

STANDS_AFTER_MS: Final = 4 * HOUR
ASLEEP: Final = "asleep"

Verdict = Literal["verified", "rejected", "open", "stands"]


class Verification(NamedTuple):
    """The verdict on a claim and since when it holds; no instant while it is open."""

    verdict: Verdict
    at: Ms | None


def verification(
    claim: Ms,
    seen: Sequence[Seen],
    clock: Clock,
    unreachable: Sequence[Interval],
    now: Ms,
    *,
    grace_ms: Ms = GRACE_MS,
    stands_after_ms: Ms = STANDS_AFTER_MS,
) -> Verification:
    """What monitoring says by `now` of a claim made at `claim` (K6): what comes first decides.

    `seen` are the device's observations in any order, `clock` its hall's hours, `unreachable` as
    `sla.parents.unreachable` gives it. `up` or `degraded` after the claim verifies it, a contradiction rejects it, so
    many ms of open time without one let it stand.
    """
    stands = clock.deadline(claim, stands_after_ms)
    for one in distinct(seen):
        if one.ts > now or (stands is not None and one.ts >= stands):
            break
        if one.ts > claim and one.state in ("up", "degraded"):
            return Verification("verified", one.ts)
        if one.ts >= claim and _contradicts(one, clock, unreachable, grace_ms):
            return Verification("rejected", one.ts)
    return Verification("open", None) if stands is None or stands > now else Verification("stands", stands)


def contradictions(
    seen: Iterable[Seen], clock: Clock, unreachable: Sequence[Interval], since: Ms, *, grace_ms: Ms = GRACE_MS
) -> list[Ms]:
    """The instants since `since` at which the device was seen down although it should serve, sorted (K6).

    Silence contradicts nothing in the hall's closed hours nor within O10's grace after opening, when the device may
    not be switched on yet, nor in sleep or unreachable time. A device that says what is wrong with it does at any hour.
    """
    return [one.ts for one in distinct(seen) if one.ts >= since and _contradicts(one, clock, unreachable, grace_ms)]


def down_seen(
    claims: Iterable[Ms],
    seen: Sequence[Seen],
    clock: Clock,
    unreachable: Sequence[Interval],
    *,
    grace_ms: Ms = GRACE_MS,
    stands_after_ms: Ms = STANDS_AFTER_MS,
) -> list[Ms]:
    """What contradicts any of a ticket's claims before it stands, sorted: `Case.down_seen` (K6)."""
    times = sorted(claims)
    found = contradictions(seen, clock, unreachable, times[0], grace_ms=grace_ms) if times else []
    windows = [(claim, clock.deadline(claim, stands_after_ms)) for claim in times]
    return [at for at in found if any(claim <= at and (end is None or at < end) for claim, end in windows)]


def _contradicts(one: Seen, clock: Clock, unreachable: Sequence[Interval], grace_ms: Ms) -> bool:
    if one.state != "down" or ASLEEP in one.conditions:
        return False
    if one.conditions:
        return True
    if not clock.is_open(one.ts) or clock.open_duration(one.ts - grace_ms, one.ts) < grace_ms:
        return False
    i = bisect_right(unreachable, one.ts, key=_start) - 1
    return i < 0 or one.ts >= unreachable[i].until


def _start(interval: Interval) -> Ms:
    return interval.start
