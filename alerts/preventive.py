"""Degraded conditions of the vendor become preventive work, one ticket each, that closes by itself (K1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import Connection

from alerts.candidates import DETECTED, SYSTEM
from alerts.fault import in_service
from alerts.places import Place, Places
from alerts.recovery import newest_at
from alerts.setbacks import Setbacks
from alerts.settings import N_
from alerts.tickets import Happening, ImpossibleOrder, New, change
from sla.instant import DAY, HOUR, MINUTE, SECOND
from sla.seen import Seen, distinct
from sla.showing import Showing, due, is_back, judged, showings, without
from store import facts
from store import showing as rows
from store.cases import WINDOW_MS
from store.showing import Work
from store.tickets import Ticket

EVERY_MS: Final = 30 * SECOND
AT_ONCE: Final = 100
STILL_SHOWN: Final = N_("the device still says so")
_BACK_MS: Final = (2 * HOUR, DAY, 8 * DAY)
"""How far back the beginning of a condition is looked for: further only where it is not found."""
_SAYS: Final = frozenset({"up", "degraded"})
_RECHECK_MS: Final = 5 * MINUTE


class Task(NamedTuple):
    """What to write: of which ticket (of a new one where there is none yet), and what happened, in order."""

    key: str
    ticket: Ticket | None
    new: New
    happenings: tuple[Happening, ...]


@dataclass(slots=True)
class Preventive:
    """Looks at what devices say of themselves, every half minute; what it remembers only saves work."""

    _next: dict[tuple[int, str], int] = field(default_factory=dict)
    _looked_at: int = -1 << 62

    def tasks(self, conn: Connection, places: Places, now: int, setbacks: Setbacks) -> list[Task]:
        """The work that is to be opened, closed or taken up again at `now` (ms)."""
        if now - self._looked_at < EVERY_MS:
            return []
        self._looked_at = now
        looks = [*self._fresh(conn, places, now), *_unsettled(conn, places, now)]
        tried = [(key, do) for key, do in looks if not setbacks.waits(key, now)][:AT_ONCE]
        found = [setbacks.alone(conn, f"look at {key}", now, do) for key, do in tried]
        return [one for one in found if one is not None and not setbacks.waits(one.key, now)]

    def _fresh(self, conn: Connection, places: Places, now: int) -> Iterator[tuple[str, Callable[[], Task | None]]]:
        """What no work is open for."""
        taken = {(one.ticket.device, one.condition) for one in rows.working(conn)}
        shown = [
            (place, condition)
            for one in rows.degraded(conn)
            if (place := places.by_number.get(one.device)) is not None and in_service(place, now)
            for condition in one.conditions
            if _worth(place, condition) and (one.device, condition) not in taken
        ]
        known = {(place.device.n, condition) for place, condition in shown}
        self._next = {key: at for key, at in self._next.items() if key in known}
        for place, condition in shown:
            if self._next.get((place.device.n, condition), now) <= now:
                yield _key(place.device.n, condition), partial(self._due, conn, place, condition, now)

    def _due(self, conn: Connection, place: Place, condition: str, now: int) -> Task | None:
        one = _newest(conn, place, condition, now)
        if one is None or one.gone is not None:
            return None
        before = rows.newest_work(conn, place.device.n, condition)
        closed_at = None if before is None else before.closed_at
        at = due(one.start, place.clock, place.after_ms, closed_at)
        self._next[place.device.n, condition] = now + _RECHECK_MS if at is None else max(at, now + EVERY_MS)
        if at is None or at > now:
            return None
        same = before if closed_at is not None and is_back(one.start, closed_at) else None
        return _opening(place, condition, same, max(at, closed_at or at), one.start)


def perform(conn: Connection, task: Task, now: int) -> None:
    """Write it, unless somebody was quicker. Raises `ImpossibleOrder`."""
    newest = rows.newest_work(conn, task.new.device, task.new.condition or "")
    if task.ticket is None:
        if newest is None or newest.closed_at is not None:
            change(conn, task.new, task.happenings[0], now)
        return
    if newest is None or newest.id != task.ticket.id or newest.state != task.ticket.state:
        return
    first, *then = task.happenings
    try:
        with conn.begin_nested():
            change(conn, task.ticket.id, first, now, *then)
    except ImpossibleOrder:  # somebody's visit lies after what was seen: no order but after it
        last = newest_at(conn, task.ticket.id)
        first, *then = (one._replace(at=max(one.at, last)) for one in task.happenings)
        change(conn, task.ticket.id, first, now, *then)


def _unsettled(conn: Connection, places: Places, now: int) -> Iterator[tuple[str, Callable[[], Task | None]]]:
    for work in rows.working(conn):
        place = places.by_number.get(work.ticket.device)
        claimed = work.ticket.closed_at is not None
        if place is not None and (claimed or (work.state in _SAYS and work.condition not in work.conditions)):
            do = _claimed if claimed else _over
            yield _key(place.device.n, work.condition), partial(do, conn, place, work, now)


def _over(conn: Connection, place: Place, work: Work, now: int) -> Task | None:
    """The condition is gone: the toner was changed, say."""
    one = _newest(conn, place, work.condition, now)
    if one is None:
        one = without(_seen(conn, place, max(work.ticket.opened_at, now - _BACK_MS[-1]), now), work.condition)
    if one is None or one.gone is None or one.sure is None:
        return None
    at = max(one.gone, work.ticket.opened_at)
    detail = {DETECTED: True, "condition": work.condition, "until": one.gone}
    restored = Happening("restored", at, SYSTEM, detail)
    return _task(place, work, restored, Happening("verified", max(at, one.sure), SYSTEM, {DETECTED: True}))


def _claimed(conn: Connection, place: Place, work: Work, now: int) -> Task | None:
    """A person says that it is done (K6)."""
    claim = work.ticket.closed_at or 0
    seen = _seen(conn, place, claim, min(now, claim + WINDOW_MS))
    word = judged(claim, seen, work.condition, place.clock, now)
    if word is None:
        return None
    if word.event == "rejected":
        return _task(place, work, Happening("rejected", word.at, SYSTEM, {"reason": STILL_SHOWN}))
    stands = {"stands": True} if word.stands else {}
    return _task(place, work, Happening("verified", word.at, SYSTEM, {DETECTED: True, **stands}))


def _task(place: Place, work: Work, *happenings: Happening) -> Task:
    new = _new(place, work.condition)
    return Task(_key(place.device.n, work.condition), work.ticket, new, happenings)


def _opening(place: Place, condition: str, before: Ticket | None, at: int, since: int) -> Task:
    """New work, or the same again where the condition came back at once."""
    new = _new(place, condition)
    said = {"source": DETECTED, "symptom": condition, "condition": condition, "cause": condition, "since": since}
    event = "opened" if before is None else "reopened"
    return Task(_key(place.device.n, condition), before, new, (Happening(event, at, SYSTEM, said),))


def _new(place: Place, condition: str) -> New:
    return New(place.device.n, DETECTED, condition, place.device.vendor, condition=condition)


def _worth(place: Place, condition: str) -> bool:
    """Whether it is the vendor's, and does not stop the device: that is a fault."""
    policy = place.policy
    return policy.vendor is not None and policy.owners.get(condition) == "vendor" and condition not in policy.stopping


def _newest(conn: Connection, place: Place, condition: str, now: int) -> Showing | None:
    """The last time that the device showed it, from its beginning."""
    found: list[Showing] = []
    for back in _BACK_MS:
        seen = _seen(conn, place, now - back, now)
        found = showings(seen, condition)
        if found and (found[-1].gone is not None or found[-1].start > seen[0].ts):
            break
    return found[-1] if found else None


def _seen(conn: Connection, place: Place, start: int, until: int) -> list[Seen]:
    return distinct(facts.seen(conn, place.device.n, start=start, until=until + 1))


def _key(device: int, condition: str) -> str:
    return f"work {device} {condition}"
