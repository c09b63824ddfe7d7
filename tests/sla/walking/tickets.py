"""Random tickets: reports, visits, pauses, claims that stand and claims that do not, under random contracts."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sla.calendar import Calendar
from sla.case import Case, Fault
from sla.clock import ALWAYS
from sla.contract import Contract, Granted, Start, Travel
from sla.owners import Owner
from sla.ticket import Happening, ImpossibleOrder, TicketState, after
from tests.sla.walking.cities import ZONES, awkward, hours
from tests.sla.walking.hours import Document, M, S

SOURCES = ("phone", "phone", "detected", "patrol", "vendor", "import")
REASONS = ("hall_closed", "awaiting_customer", "for_no_good_reason")
KINDS = ("printer", "printer", "copier", "pc", "kiosk")
STARTS: tuple[Start, ...] = ("phone", "notified", "detected")
WORDS = (
    "acknowledged",
    "dispatched",
    "arrived",
    "paused",
    "paused",
    "resumed",
    "restored",
    "restored",
    "verified",
    "rejected",
    "reopened",
    "cancelled",
    "note",
    "owner_changed",
)


class Ticket(NamedTuple):
    """A ticket's facts, the contract with its repair hours as they were written, and when one asks."""

    case: Case
    contract: Contract
    document: Document | None
    now: int


def ticket(chance: Random) -> Ticket:
    """One ticket about an awkward instant; one time in five some of its events have not happened yet at `now`."""
    zone = chance.choice(ZONES)
    anchor = awkward(chance, zone)
    document = hours(chance, zone, anchor)
    begin = anchor - chance.randrange(3600) * S
    one = case(chance, begin)
    now = max([one.events[-1].at, *told(one)]) + chance.choice((0, chance.randrange(300), chance.randrange(5000))) * S
    if chance.randrange(5) == 0:
        now = chance.randrange(one.events[0].at, one.events[-1].at + S, S)
    return Ticket(one, contract(chance, zone, document, begin), document, now)


def told(one: Case) -> list[int]:
    """The instants that a ticket knows of beside its events."""
    found = [edge for outage in one.outages for edge in outage if edge is not None]
    found += [*one.down_seen, one.notified_at or 0, one.detected_at or 0]
    return found


def contract(chance: Random, zone: str, document: Document | None, about: int) -> Contract:
    """Short targets and short ways; some of what it grants ends or begins while the ticket is open."""
    edge = about + chance.randrange(-900, 900) * S
    turning = (Granted(_minutes(chance, 20), until=edge), Granted(_minutes(chance, 20), start=edge))
    travel = Travel(
        chance.choice(("allowance", "actual")),
        chance.choice(((), (Granted(_minutes(chance, 15)),), turning)),
        chance.choice(({}, {"h-1": (Granted(_minutes(chance, 30)),)}, {"h-1": turning[1:]}, {"h-2": turning})),
    )
    return Contract(
        id="c-1",
        vendor="v-1",
        start=about - 5 * 3600 * S,
        until=chance.choice((about + 90 * 86400 * S, about + 90 * 86400 * S, edge)),
        zone=ZoneInfo(zone),
        clock=ALWAYS if document is None else Calendar.parse(document).clock(),
        begin=chance.choice(STARTS),
        targets={"printer": _minutes(chance, 25), "copier": chance.randrange(1, 30) * 20 * S},
        travel=travel,
        pauses=frozenset(REASONS[:2]),
    )


def _minutes(chance: Random, most: int) -> int:
    return chance.randint(1, most) * M


def case(chance: Random, begin: int, name: str = "K-1") -> Case:
    """A ticket whose events are possible, one after the other, with outages about them."""
    events = _events(chance, begin)
    outages = _outages(chance, events)
    seen = [t for one in outages for t in _within(chance, one, events[-1].at)]
    return Case(
        id=name,
        device="D-1",
        kind=chance.choice(KINDS),
        hall="h-1",
        events=tuple(events),
        outages=outages,
        down_seen=sorted(seen),
        notified_at=chance.choice((None, begin + chance.randrange(-600, 900) * S)),
        detected_at=chance.choice((None, begin + chance.randrange(-600, 300) * S)),
        owner=_owner(chance),
        has_vendor=chance.randrange(5) > 0,
        repeat_of=chance.choice((None, None, "K-0")),
    )


def _owner(chance: Random) -> Owner:
    owners: tuple[Owner, ...] = ("vendor", "vendor", "undetermined", "undetermined", "hall", "network")
    return chance.choice(owners)


def _events(chance: Random, begin: int) -> list[Happening]:
    events = [Happening("opened", begin, "somebody", _opened(chance, begin))]
    state = after(TicketState(), events[0])
    at = begin
    for _ in range(chance.randint(1, 14)):
        at += chance.choice((0, 20, 60, chance.randrange(600), chance.randrange(2000))) * S
        for _ in range(20):
            word = chance.choice(WORDS)
            event = Happening(word, at, "somebody", _detail(chance, word, at))
            try:
                state = after(state, event)
            except ImpossibleOrder:
                continue
            events.append(event)
            break
    return events


def _opened(chance: Random, at: int) -> dict[str, Any]:
    found = _reported(chance, at)
    if found["source"] == "detected" and chance.randrange(6) == 0:
        found["late"] = True
    return found


def _reported(chance: Random, at: int) -> dict[str, Any]:
    found: dict[str, Any] = {"source": chance.choice(SOURCES)}
    if chance.randrange(4) == 0:
        found["reported_at"] = at - chance.randrange(900) * S
    return found


def _detail(chance: Random, word: str, at: int) -> dict[str, Any]:
    if word == "paused":
        return {"reason": chance.choice(REASONS), "approver": chance.choice(("Li", "Li", "", " ", None))}
    if word == "resumed":
        return {"reason": chance.choice((*REASONS, None))}
    if word == "restored":
        return {"how": chance.choice((None, "repaired", "replaced_by_spare", "by_maker"))}
    if word == "cancelled":
        return {"reason": "a mistake"}
    if word == "owner_changed":
        return {"owner": _owner(chance), "reason": "seen on the spot"}
    if word == "reopened":
        return chance.choice(({}, _reported(chance, at)))
    if word == "note":
        return chance.choice(({}, {**_reported(chance, at), "reported": True}))
    return {}


def _outages(chance: Random, events: list[Happening]) -> tuple[Fault, ...]:
    """Up to three, apart from one another; the last may last. They begin and end with an event now and then."""
    first, last = events[0].at - 600 * S, events[-1].at
    instants = [chance.choice(events).at for _ in range(3)] + [chance.randrange(first, last + S, S) for _ in range(6)]
    edges = sorted(set(chance.sample(instants, chance.choice((0, 2, 2, 3, 4, 6)))))
    pairs = zip(edges[::2], [*edges[1::2], None], strict=False)
    return tuple(Fault(start, until) for start, until in pairs)


def _within(chance: Random, outage: Fault, last: int) -> list[int]:
    until = last if outage.until is None else outage.until
    return [chance.randrange(outage.start, until + S, S) for _ in range(chance.randrange(4))]
