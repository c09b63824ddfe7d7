"""The tickets of the year as the generator knows them: what hallwatch was told, and what truly was seen beside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import select

from sla.case import Case, Fault
from sla.owners import Owner
from sla.ticket import Happening
from store.database import reading
from store.schema import devices, outages, ticket_events, tickets
from tests.proof.year_availability import painted
from tests.proof.year_city import HOUR, MINUTE
from tests.proof.year_people import CLOCKS
from tests.proof.year_seconds import Bad, Painted, explained
from tests.proof.year_world import World
from tests.sla.walking.classes import whose

STANDS: Final = 4 * HOUR
GRACE: Final = 15 * MINUTE
FOREVER: Final = 1 << 60
_OWNERS: Final[dict[str, Owner]] = {
    "vendor": "vendor", "hall": "hall", "network": "network", "operator": "operator", "undetermined": "undetermined",
}  # fmt: skip


class Known(NamedTuple):
    """A device as the generator knows it at an instant: its outages, and what of them a parent explains."""

    one: Painted
    outages: list[Bad]
    hidden: list[tuple[int, int]]

    @classmethod
    def of(cls, one: Painted) -> Known:
        """Judge it, and its parents."""
        mine = one.outages
        pairs = ((bad, over) for bad in mine for over in one.over)
        found = (explained(one, bad, one.now if bad.until is None else bad.until, over) for bad, over in pairs)
        return cls(one, mine, [span for span in found if span is not None])

    def words_of(self, bad: Bad) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The `down` words of an outage: when, and with which conditions."""
        polls, until = self.one.polls, self.one.now + 1 if bad.until is None else bad.until
        low, high = bisect_left(polls.ts, bad.start), bisect_left(polls.ts, until)
        for i in range(low, high):
            word = self.one.words[polls.word[i]]
            if word.state == "down":
                yield int(polls.ts[i]), word.conditions

    def owner(self, bad: Bad) -> str:
        """Whose its last word says it is (C1)."""
        return whose(list(self.words_of(bad))[-1][1], self.one.policy, down=True)[1]


class Told(NamedTuple):
    """A ticket as it stands in the database: facts that people and monitoring entered, and which outages it has."""

    id: str
    device: str
    vendor: str | None
    repeat_of: str | None
    events: list[Happening]
    starts: list[int]


def told(world: World) -> list[Told]:
    """All tickets of faults."""
    with reading(world.engine) as conn:
        events: dict[int, list[Happening]] = {}
        query = select(ticket_events).order_by(ticket_events.c.at, ticket_events.c.entry)
        for row in conn.execute(query):
            events.setdefault(row.ticket, []).append(Happening(row.event, row.at, row.by, row.detail))
        starts: dict[str, list[int]] = {}
        for row in conn.execute(select(outages).where(outages.c.ticket.is_not(None)).order_by(outages.c.start)):
            starts.setdefault(row.ticket, []).append(row.start)
        rows = conn.execute(
            select(tickets, devices.c.id.label("name")).join(devices, devices.c.n == tickets.c.device)
            .where(tickets.c.purpose == "fault").order_by(tickets.c.n)
        )  # fmt: skip
        return [
            Told(row.id, row.name, row.vendor, row.repeat_of, events[row.n], starts.get(row.id, [])) for row in rows
        ]


def cases(world: World, some: Sequence[Told], wall: Mapping[str, int], now: int) -> list[Case]:
    """Each ticket with what was truly seen of it."""
    known: dict[str, Known] = {}
    for one in some:
        if one.device not in known:
            known[one.device] = Known.of(painted(world, one.device, now))
    return [_case(world, one, known[one.device], wall.get(one.id)) for one in some]


def _case(world: World, one: Told, known: Known, notified: int | None) -> Case:
    places = world.where.at(known.one.now if world.sealed is None else world.sealed).things
    thing = places[one.device] if one.device in places else world.where.things[one.device]
    mine = [bad for bad in known.outages if bad.start in one.starts]
    assert len(mine) == len(one.starts), (one, mine)
    claims = [event.at for event in one.events if event.event == "restored"]
    owners = [known.owner(bad) for bad in mine]
    owner = "vendor" if "vendor" in owners else owners[0] if owners else "undetermined"
    return Case(
        id=one.id,
        device=one.device,
        kind=thing.kind,
        hall=thing.hall,
        events=one.events,
        outages=[Fault(bad.start, bad.until) for bad in mine],
        down_seen=sorted({at for claim in claims for at in _contradictions(known, claim)}),
        notified_at=notified,
        detected_at=_detected(known, mine),
        owner=_OWNERS[owner],
        has_vendor=one.vendor is not None,
        repeat_of=one.repeat_of,
    )


def _detected(known: Known, mine: Sequence[Bad]) -> int | None:
    """R2: the first second that is the vendor's, also after closed hours (O10), and that no parent explains."""
    clock = CLOCKS[known.one.hours]
    for bad in mine:
        free = bad.start if clock.is_open(bad.start) else (clock.next_change(bad.start) or FOREVER) + GRACE
        words = list(known.words_of(bad))
        ends = [at for at, _ in words[1:]] + [known.one.now if bad.until is None else bad.until]
        for (start, conditions), end in zip(words, ends, strict=True):
            _, owner = whose(conditions, known.one.policy, down=True)
            if owner == "vendor" or (owner == "undetermined" and known.one.policy.vendor is not None):
                at = max(start, free)
                for low, high in sorted(known.hidden):
                    at = high if low <= at < high else at
                if at < end:
                    return at
    return None


def _contradictions(known: Known, claim: int) -> Iterator[int]:
    """K6: seen down after a claim and before it stands, though it should serve."""
    clock = CLOCKS[known.one.hours]
    stands = clock.deadline(claim, STANDS)
    polls = known.one.polls
    for i in range(bisect_left(polls.ts, claim), len(polls.ts)):
        at, word = int(polls.ts[i]), known.one.words[polls.word[i]]
        if stands is not None and at >= stands:
            return
        if word.state == "down" and (word.conditions or _serving(known, at)):
            yield at


def _serving(known: Known, at: int) -> bool:
    """Open for a quarter of an hour, and within reach."""
    clock = CLOCKS[known.one.hours]
    up = all(clock.is_open(at - back) for back in range(0, GRACE + 1, MINUTE))
    return up and not any(low <= at < high for low, high in known.hidden)
