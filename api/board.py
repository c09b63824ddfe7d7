"""All open tickets with their clocks, kept in memory: only those that something happened to are read anew (R).

A clock goes on by itself, and what it will be is known: when it is due, and from when on it is over its target. So a
look at thousands costs what changed since the last one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from api.repairs import city_now
from sla.case import Case
from sla.contract import Contract
from sla.instant import Ms
from sla.repair import Repair, repair
from store import changes
from store.cases import WINDOW_MS, Cases
from store.city import City
from store.database import reading
from store.pages import change_range
from store.schema import device_states, notices, outages, tickets
from store.tickets import Ticket

Tab = Literal["running", "breached", "paused", "none", "preventive"]
TABS: Final[tuple[Tab, ...]] = ("running", "breached", "paused", "none", "preventive")
"""The most urgent first; preventive work apart."""
_OVERLAP: Final = 100
"""So many changes are looked at again: on a server a lower number may become visible after a higher one."""
_MANY: Final = 2000
_CHUNK: Final = 500
_FAR: Final = 1 << 62
NOBODY: Final = "-"
"""Stands for none: without a vendor, without a branch."""
_CLAIM: Final = "restored"


@dataclass(frozen=True, slots=True)
class Entry:
    """An open ticket, and what is known ahead of its clock: `due`, and `over_at`, from when on it is over its target.

    `contract` is None where no clock runs. `ahead` is when a fact of the future comes to count; `watched` whether what
    is observed, or only outages that move, may still change it (K6, R2), `untold` whether it starts once somebody was
    told (R2). `facets` are vendor, branch, hall, kind and state; `order` sorts those of one tab.
    """

    ticket: Ticket
    case: Case
    hall_name: str
    contract: Contract | None = None
    due: Ms | None = None
    over_at: Ms | None = None
    ahead: Ms | None = None
    watched: Literal["", "outages", "observed"] = ""
    untold: bool = False
    tab: Tab = "none"
    text: str = ""
    facets: tuple[str, ...] = ()
    order: tuple[Ms, int] = (0, 0)

    def tab_at(self, now: Ms) -> Tab:
        """Where it stands at an instant: what runs may be over its target by then."""
        return "breached" if self.tab == "running" and self.breached(now) else self.tab

    def breached(self, now: Ms) -> bool:
        """Whether more than its target is counted at an instant (R5)."""
        return self.over_at is not None and now >= self.over_at

    def repair(self, now: Ms) -> Repair | None:
        """Its clock in full at an instant."""
        return None if self.contract is None else repair(self.case, self.contract, now)


class Picture(NamedTuple):
    """The board at `now`: every open ticket in order, and up to which change it knows all."""

    now: Ms
    after: int
    city: City
    entries: tuple[Entry, ...]


class Board:
    """What is known of all open tickets. One for each process; several threads may look at once."""

    def __init__(self, policies: Mapping[str, Any]) -> None:
        self._policies = policies
        self._lock = threading.Lock()
        self._city = City()
        self._loaded = False
        self._after = 0
        self._now: Ms = 0
        self._heard: set[int] = set()
        self._entries: dict[int, Entry] = {}
        self._marks: dict[int, object] = {}
        self._ahead: dict[int, Ms] = {}
        self._untold: dict[str, int] = {}
        self._order: tuple[Entry, ...] = ()

    def look(self, engine: Engine, clock: Callable[[], Ms]) -> Picture:
        """The board as it is now, by a clock in ms; reads what happened since the last look."""
        with self._lock, reading(engine) as conn:
            self._refresh(conn, now := clock())
            return Picture(now, self._after, self._city, self._order)

    def _refresh(self, conn: Connection, now: Ms) -> None:
        first, last = change_range(conn)
        city = city_now(conn)
        gap = self._after < first - 1 if first else self._after > 0
        if not self._loaded or city is not self._city or gap or not 0 <= last - self._after <= _MANY or now < self._now:
            self._loaded = False
            self._city, self._entries, self._marks, self._ahead, self._untold = city, {}, {}, {}, {}
            self._heard = {one.id for one in changes.since(conn, last - _OVERLAP, _OVERLAP)}
            self._take(conn, tickets.c.closed_at.is_(None), now)
        else:
            wanted = self._touched(conn, last) | self._moved(conn) | self._told(conn)
            self._renew(conn, wanted | {n for n, at in self._ahead.items() if at <= now}, now)
        self._after, self._now, self._loaded = last, now, True

    def _touched(self, conn: Connection, last: int) -> set[int]:
        """The tickets of the changes that are new, closed ones too."""
        since = changes.since(conn, self._after - _OVERLAP, 2 * _OVERLAP + _MANY)
        new = [one for one in since if one.id not in self._heard]
        self._heard = {n for n in self._heard if n > last - _OVERLAP} | {one.id for one in new}
        devices = {one.ref for one in new if one.kind == "state"}
        found = {n for n, one in self._entries.items() if one.case.device in devices} if devices else set()
        for some in _chunks(sorted({one.ref for one in new if one.kind == "ticket"})):
            found |= set(conn.scalars(select(tickets.c.n).where(tickets.c.id.in_(some))))
        return found

    def _moved(self, conn: Connection) -> set[int]:
        """Those watched whose device was observed, or whose outages moved, since they were read."""
        watched = {n: self._entries[n] for n in self._marks}
        marks = _marks(conn, [one.ticket for one in watched.values()]) if watched else {}
        return {n for n, mark in marks.items() if self._marks[n] != _mark(watched[n], mark)}

    def _told(self, conn: Connection) -> set[int]:
        """Those whose clock waits for a message that has arrived since."""
        waiting, found = self._untold, set[int]()
        for some in _chunks(list(waiting)):
            sent = (notices.c.state == "sent") & notices.c.key.startswith("ticket/") & notices.c.ticket.in_(some)
            found |= {waiting[id] for id in conn.scalars(select(notices.c.ticket).where(sent))}
        return found

    def _renew(self, conn: Connection, numbers: set[int], now: Ms) -> None:
        if not numbers:
            return
        for n in numbers:
            if (gone := self._entries.pop(n, None)) is not None:
                self._untold.pop(gone.ticket.id, None)
            self._marks.pop(n, None)
            self._ahead.pop(n, None)
        for some in _chunks(sorted(numbers)):
            self._take(conn, tickets.c.n.in_(some) & tickets.c.closed_at.is_(None), now)

    def _take(self, conn: Connection, where: ColumnElement[bool], now: Ms) -> None:
        """Read some open tickets, and put all in order."""
        columns = [tickets.c[name] for name in Ticket._fields]
        found = [Ticket(*row) for row in conn.execute(select(*columns).where(where))]
        marks = _marks(conn, found)
        cases = Cases.of(conn, self._city, found, self._policies, now)
        new = {one.n: _entry(cases, one, now) for one in found}
        self._entries |= new
        self._marks |= {n: _mark(one, marks[n]) for n, one in new.items() if one.watched}
        self._ahead |= {n: one.ahead for n, one in new.items() if one.ahead is not None}
        self._untold |= {one.ticket.id: n for n, one in new.items() if one.untold}
        self._order = tuple(sorted(self._entries.values(), key=attrgetter("order")))


def _entry(cases: Cases, ticket: Ticket, now: Ms) -> Entry:
    """What is known ahead of a ticket's clock at `now`."""
    case = cases.by_number[ticket.n]
    hall = cases.city.halls.get(case.hall)
    name = hall.name if hall else case.hall
    words = (ticket.id, ticket.symptom, ticket.external_id or "", case.device, name)
    branch = (hall.branch if hall else None) or NOBODY
    entry = Entry(
        ticket,
        case,
        name,
        text="\n".join(words).casefold(),
        facets=(ticket.vendor or NOBODY, branch, case.hall, case.kind, ticket.state),
        order=(_FAR + ticket.opened_at, ticket.n),
    )
    if ticket.purpose == "preventive":
        return replace(entry, tab="preventive")
    entry = replace(
        entry,
        ahead=min(_ahead(case, now), default=None),
        watched=_watched(cases, ticket, now),
        untold=case.notified_at is None and any(one.begin == "notified" for one in cases.contracts),
    )
    clock = cases.repair(ticket.n, now)
    return entry if clock is None else _running(entry, clock, now)


def _watched(cases: Cases, ticket: Ticket, now: Ms) -> Literal["", "outages", "observed"]:
    case = cases.by_number[ticket.n]
    claims = [one.at for one in case.events if one.event == _CLAIM]
    detects = any(one.begin == "detected" and one.vendor == ticket.vendor for one in cases.contracts)
    if (claims and now <= max(claims) + WINDOW_MS) or (detects and case.outages and case.detected_at is None):
        return "observed"
    return "outages" if claims or detects else ""


def _running(entry: Entry, clock: Repair, now: Ms) -> Entry:
    over_at: Ms | None = None
    if clock.breached:
        over_at = now
    elif clock.target is not None and clock.state == "running":
        left = clock.target + clock.granted - clock.travel - clock.counted
        over_at = clock.contract.clock.deadline(now, left + 1)
    order = entry.order if clock.due is None else (clock.due, entry.ticket.n)
    tab: Tab = "paused" if clock.state == "paused" else "running"
    return replace(entry, contract=clock.contract, tab=tab, due=clock.due, over_at=over_at, order=order)


def _ahead(case: Case, now: Ms) -> Iterator[Ms]:
    """When what lies in the future will have happened: clocks differ, and reports may be some seconds ahead."""
    yield from (one.at for one in case.events if one.at > now)
    yield from (at for one in case.outages for at in one if at is not None and at > now)
    yield from (at for at in case.down_seen if at > now)


_Mark = tuple[Ms | None, object]


def _marks(conn: Connection, some: Sequence[Ticket]) -> dict[int, _Mark]:
    """What tells by ticket whether its device was observed since, and whether its outages moved."""
    found: dict[int, _Mark] = {}
    for part in _chunks(some):
        seen = select(device_states.c.device, device_states.c.last_ts)
        rows = conn.execute(seen.where(device_states.c.device.in_({one.device for one in part})))
        last = {row.device: row.last_ts for row in rows}
        edges = select(outages.c.ticket, func.count(), func.sum(outages.c.start), func.sum(outages.c.until))
        mine = outages.c.ticket.in_([one.id for one in part])
        moved = {row[0]: tuple(row[1:]) for row in conn.execute(edges.where(mine).group_by(outages.c.ticket))}
        found |= {one.n: (last.get(one.device), moved.get(one.id)) for one in part}
    return found


def _mark(entry: Entry, mark: _Mark) -> _Mark:
    return mark if entry.watched == "observed" else (None, mark[1])


def _chunks(every: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (every[i : i + _CHUNK] for i in range(0, len(every), _CHUNK))
