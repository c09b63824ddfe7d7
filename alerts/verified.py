"""What becomes of a person's word that a fault is repaired: the device confirms it, contradicts it, or is silent (K6).

Chosen from the database, decided by `sla.verification`; only memory of what was looked at is kept, to save work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import Connection

from alerts import candidates
from alerts.behind import waits_until
from alerts.candidates import DETECTED, SYSTEM, Claim
from alerts.fault import ancestor
from alerts.places import Place, Places
from alerts.recovery import SEEN_DOWN, newest_at
from alerts.setbacks import Setbacks
from alerts.tickets import Happening, ImpossibleOrder, change
from sla.instant import DAY, MINUTE, SECOND
from sla.interval import Interval
from sla.parents import unreachable
from sla.seen import Seen, distinct
from sla.verification import Verification, contradictions, verification
from store import facts, judged
from store.cases import WINDOW_MS
from store.judged import OutageRow

AT_ONCE: Final = 100
STANDS: Final = "stands"
_SCAN_EVERY_MS: Final = 10 * MINUTE
_SOONEST_MS: Final = 2 * SECOND
_LATEST_MS: Final = 5 * MINUTE
_SHARE: Final = 60
"""A claim is looked at again after this part of its age: word of the device comes soon, or not for hours."""


class Settled(NamedTuple):
    """What to write of a ticket whose restoration was a person's word, and the outage that contradicts it."""

    ticket: str
    happening: Happening
    outage: OutageRow | None = None


class _Seen(NamedTuple):
    """What was seen of a device since a claim, as far as it says anything about it."""

    outage: OutageRow | None
    seen: Sequence[Seen]
    hidden: Sequence[Interval]


@dataclass(slots=True)
class Claims:
    """The claims that wait for the device's word. What it remembers only saves work."""

    _waiting: dict[int, tuple[Claim, int]] = field(default_factory=dict)
    _entry: int = 0
    _scanned_at: int = -1 << 62

    def settled(self, conn: Connection, places: Places, now: int, setbacks: Setbacks) -> list[Settled]:
        """What is decided at `now` (ms) of the claims that wait, each alone: one that is broken stops no other."""
        doubtful = candidates.doubtful(conn)
        self._find(conn, now)
        self._wait(doubtful, now)
        due = [n for n, (claim, at) in self._waiting.items() if at <= now and not _failed(claim, now, setbacks)]
        due = due[:AT_ONCE]
        standing = {one.n: one for one in [*candidates.claims(conn, due), *doubtful]}
        found = []
        for n in due:
            claim = standing.get(n)
            if claim is None:  # taken back, verified by somebody, or closed
                del self._waiting[n]
                continue
            self._waiting[n] = claim, now + _patience(claim, now)
            if (place := places.by_number.get(claim.device)) is not None:
                look = partial(_settle, conn, place, claim, now)
                found.append(setbacks.alone(conn, _look_key(claim), now, look))
        return [one for one in found if one is not None]

    def _find(self, conn: Connection, now: int) -> None:
        """New claims by their entries; all of them now and then, should one have been committed behind a later one."""
        anew = now - self._scanned_at >= _SCAN_EVERY_MS
        newest = candidates.newest_entry(conn)
        if anew or newest > self._entry:
            numbers = None if anew else candidates.claimed(conn, self._entry)
            self._wait(candidates.claims(conn, numbers), now)
            self._entry = newest
            self._scanned_at = now if anew else self._scanned_at

    def _wait(self, found: Iterable[Claim], now: int) -> None:
        fresh = (one for one in found if one.n not in self._waiting or self._waiting[one.n][0] != one)
        self._waiting |= {one.n: (one, now) for one in fresh}


def settle(conn: Connection, one: Settled, now: int) -> None:
    """Write it; the outage that contradicts becomes the ticket's, so that its end is known as the restoration.

    Raises `ImpossibleOrder` where somebody was quicker.
    """
    try:
        change(conn, one.ticket, one.happening, now)
    except ImpossibleOrder:
        if one.happening.event != "reopened":
            raise
        at = max(newest_at(conn, one.ticket), one.happening.at)
        change(conn, one.ticket, one.happening._replace(at=at), now)
    if one.outage is not None:
        candidates.link(conn, one.outage, one.ticket)


def _settle(conn: Connection, place: Place, claim: Claim, now: int) -> Settled | None:
    known = _known(conn, place, claim, now)
    if claim.verified_at is not None:
        return _again(conn, place, claim, known, now)
    verdict = verification(claim.at, known.seen, place.clock, known.hidden, now, grace_ms=place.grace_ms)
    if verdict.at is None:
        return None
    if verdict.verdict == "rejected":
        return _contradicted(conn, place, claim, known, "rejected", verdict.at, now)
    return Settled(claim.ticket, Happening("verified", verdict.at, SYSTEM, _how(verdict)))


def _how(verdict: Verification) -> dict[str, bool]:
    return {DETECTED: True} | ({STANDS: True} if verdict.verdict == STANDS else {})


def _again(conn: Connection, place: Place, claim: Claim, known: _Seen, now: int) -> Settled | None:
    """A claim that monitoring took for good, of an outage that goes on being seen nevertheless."""
    since = (claim.verified_at or claim.at) + 1
    later = contradictions(known.seen, place.clock, known.hidden, since, grace_ms=place.grace_ms)
    if not later or later[0] > now:
        return None
    return _contradicted(conn, place, claim, known, "reopened", later[0], now)


def _contradicted(
    conn: Connection, place: Place, claim: Claim, known: _Seen, event: str, at: int, now: int
) -> Settled | None:
    """None while an ancestor may be about to explain what was seen (O5 a)."""
    outage = known.outage
    if outage is None or now < (waits_until(conn, place, [outage._replace(start=at)]) or now):
        return None
    detail = {"outage": outage.start, "reason": SEEN_DOWN}
    return Settled(claim.ticket, Happening(event, at, SYSTEM, detail), outage)


def _known(conn: Connection, place: Place, claim: Claim, now: int) -> _Seen:
    """What was seen since the claim. Only an outage that goes on over it can contradict it: a later one is another."""
    n, since = place.device.n, claim.verified_at or claim.at
    seen = distinct(facts.seen(conn, n, start=since, until=min(now, since + WINDOW_MS) + 1))
    over = [row for row in judged.outages_since(conn, n, claim.at) if row.start < claim.at]
    if not over:
        return _Seen(None, [one for one in seen if one.state != "down"], [])
    row = over[0]
    above = [ancestor(conn, one.n, round(one.interval_s * 1000), row.start) for one in place.above]
    hidden = unreachable([candidates.outage(row)], seen, above, now)
    within = [one for one in seen if one.state != "down" or row.until is None or one.ts < row.until]
    return _Seen(row, within, hidden)


def _patience(claim: Claim, now: int) -> int:
    """Until the next look: soon after the claim, then less and less often; a claim beyond all hope once a day."""
    age = now - claim.at
    if age > WINDOW_MS:
        return DAY
    return min(max(age // _SHARE, _SOONEST_MS), _LATEST_MS)


def _failed(claim: Claim, now: int, setbacks: Setbacks) -> bool:
    return setbacks.waits(_look_key(claim), now) or setbacks.waits(settle_key(claim.ticket), now)


def _look_key(claim: Claim) -> str:
    return f"look at the claim of {claim.ticket}"


def settle_key(ticket: str) -> str:
    """By what name setbacks know what was to be written."""
    return f"settle {ticket}"
