"""One fault of one device: an outage, or all outages of one flapping, and when it opens a ticket (K1, O5, O8, O10)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from alerts.candidates import outage
from alerts.places import Place
from sla.flapping import episodes
from sla.instant import HOUR
from sla.interval import Interval, union
from sla.judge import Outage
from sla.opening import ticket_due
from sla.owners import owned
from sla.parents import EARLIER, Ancestor, unreachable
from sla.seen import Seen, distinct
from sla.spans import approved
from sla.timeline import blind_at, timeline
from store import facts, judged, planned
from store.judged import OutageRow

BACK_MS: Final = 6 * HOUR
"""How far back a flapping is looked for."""


def fault_of(conn: Connection, row: OutageRow, now: int) -> list[OutageRow]:
    """The outages that are one fault with this one, in order: those of its episode (O8), else itself alone."""
    near = [one for one in judged.outages_since(conn, row.device, row.start - BACK_MS) if one.start <= row.start]
    for episode in episodes([outage(one) for one in near], now):
        until = now if episode.until is None else episode.until
        if episode.start <= row.start <= until:
            return [one for one in near if one.start >= episode.start]
    return [row]


def flapping_until(conn: Connection, device: int, since: int, now: int) -> bool:
    """Whether the device still flaps, so that its ticket stays open though it is up (O8)."""
    near = [outage(one) for one in judged.outages_since(conn, device, since - BACK_MS)]
    return any(episode.until is None for episode in episodes(near, now))


def due_of(conn: Connection, place: Place, fault: Sequence[OutageRow], now: int) -> int | None:
    """When this fault opens a ticket (ms), also ahead of `now`; None: never as things are, or not in service then.

    Neither unreachable nor blind time counts, nor planned maintenance (A1, O5, O6). An instant ahead of `now` supposes
    that the outage goes on being seen.
    """
    outages = [outage(row) for row in fault]
    first, last = outages[0].start, outages[-1].until
    if last is not None and _too_short(place, outages, last):
        return None
    end = now if last is None else min(last, now)
    seen = distinct(facts.seen(conn, place.device.n, start=first, until=end + 1))
    whose = [part for one in outages for part in owned(one, seen, place.policy, now)]
    above = [ancestor(conn, one.n, round(one.interval_s * 1000), first) for one in place.above]
    hidden = unreachable(outages, seen, above, now)
    when = partial(
        ticket_due,
        whose,
        clock=place.clock,
        grace_ms=place.grace_ms,
        after_ms=place.after_ms,
        maintenance=_maintenance(conn, place, first),
    )
    due = when(hidden, policy=place.policy, now=now)
    if due is not None and due <= now and (blind := _blind(seen, outages, place, end)):
        due = when(union(hidden, blind), policy=place.policy, now=now)
    return due if due is not None and in_service(place, due) else None


def may_turn_blind(conn: Connection, place: Place, fault: Sequence[OutageRow], due: int, now: int) -> bool:
    """Whether `due` (ms) rests on the last observation alone, which may yet turn out to have held no longer (O6).

    Without a further one it holds for one interval only, once three are over: until then it is not known.
    """
    if fault[-1].until is not None:
        return False
    newest = facts.seen(conn, place.device.n, start=fault[-1].start, until=now + 1)[-1:]
    blind = blind_at(newest, _interval_ms(place), now)
    if blind is None:
        return False
    return now < blind and due > newest[0].ts + max(newest[0].interval_ms, _interval_ms(place))


def _maintenance(conn: Connection, place: Place, since: int) -> list[Interval]:
    """What is planned from `since` on, ahead too: the time that counts goes on after it."""
    standing = planned.standing(conn, since, kind="maintenance")
    return approved(standing.maintenance(place.device.id, place.device.hall))


def _blind(seen: Sequence[Seen], outages: Sequence[Outage], place: Place, end: int) -> list[Interval]:
    held = timeline(seen, outages, _interval_ms(place), end)
    return [Interval(one.start, one.until) for one in held if one.state == "unmonitored"]


def _interval_ms(place: Place) -> int:
    return round(place.device.interval_s * 1000)


def _too_short(place: Place, outages: Sequence[Outage], end: int) -> bool:
    """The cheap half of K1: over, and not enough open time whoever it belongs to."""
    return sum(place.clock.open_duration(one.start, one.until or end) for one in outages) < place.after_ms


def ancestor(conn: Connection, n: int, interval_ms: int, since: int) -> Ancestor:
    """The device with row number `n` as what may explain outages that began at `since` (ms) or later (O5)."""
    rows = judged.outages_since(conn, n, since - EARLIER * interval_ms)
    return Ancestor([outage(row) for row in rows], interval_ms)


def in_service(place: Place, at: int) -> bool:
    """Whether the device was in service at an instant (ms)."""
    device = place.device
    ends = [end for end in (device.retired, device.gone_at) if end is not None]
    return (device.commissioned is None or device.commissioned <= at) and all(at < end for end in ends)
