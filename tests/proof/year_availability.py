"""Availability of every device and month, as reports tell it and as painted seconds say; and pieces truly walked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Final, NamedTuple

from reports.asked import Asked
from reports.availability import Row, availability
from sla.instant import parse
from sla.interval import Interval
from sla.judge import Confirmation
from sla.owners import Policy
from sla.profile import ProfileName
from sla.seen import Seen, State
from sla.spans import Planned
from tests.proof.year_city import CALENDARS, HOUR, INTERVAL, MINUTE, S, Thing
from tests.proof.year_people import Deed
from tests.proof.year_polls import Polls, gateway
from tests.proof.year_seconds import CLASSES, Painted, counts, paint
from tests.proof.year_world import World
from tests.sla.walking.city import City, Device
from tests.sla.walking.classes import classes
from tests.sla.walking.counted import Count, coverage
from tests.sla.walking.counted import availability as share

PROFILES: Final[tuple[ProfileName, ...]] = ("contract", "service", "raw")
MARGIN: Final = 2 * HOUR
_STATES: Final[dict[str, State]] = {"up": "up", "degraded": "degraded", "down": "down", "unknown": "unknown"}
Counts = dict[str, dict[str, Count]]


class Asking(NamedTuple):
    """The period [start, until) as it is known at `now` (ms)."""

    start: int
    until: int
    now: int


def painted(world: World, id: str, now: int) -> Painted:
    """What the generator knows of a device, as of then."""
    current = world.where.at(now).things
    told = [
        (change.at, change.things[id]) for change in world.where.changes if change.at <= now and id in change.things
    ]
    last = told[-1][1]
    place = [one for at, one in told if world.sealed is None or at <= world.sealed][-1:] or [last]
    hall, kind = place[0].hall, world.policies[last.kind]
    planned, excluded = _exempt(world, place[0], now)
    above = [] if last.kind == "switch" else [world.polls[gateway(hall)].known(now)]
    return Painted(
        polls=world.polls[id].known(now),
        words=world.words.known,
        above=above,
        hours=world.where.clock_of(hall),
        now=now,
        policy=Policy(kind.owners, kind.stopping, last.vendor, last.kind),
        grace=kind.grace_ms,
        since=_date(last.since),
        until=min((at for at in (_date(last.until), _gone(world, id, now, current)) if at is not None), default=None),
        maintenance=planned,
        excluded=excluded,
    )


def _date(text: str | None) -> int | None:
    return None if text is None else parse(f"{text}T00:00:00+08:00")


def _gone(world: World, id: str, now: int, current: Mapping[str, Thing]) -> int | None:
    """When the inventory left it out, if it does now."""
    if id in current:
        return None
    known = [change for change in world.where.changes if change.at <= now]
    last = max(n for n, change in enumerate(known) if id in change.things)
    return known[last + 1].at


def _exempt(world: World, one: Thing, now: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Maintenance approved before it began, and corrections, that somebody had entered and nobody withdrawn."""
    entered = [deed for deed in world.deeds if deed.entered <= now]
    gone = {deed.fault for deed in entered if deed.what == "withdrawal"}
    mine = [deed for deed in entered if deed.device in (one.id, one.hall) and deed.fault not in gone]
    planned = [deed for deed in mine if deed.what == "maintenance" and _approved(deed)]
    return _spans(planned), _spans(deed for deed in mine if deed.what == "correction")


def _approved(deed: Deed) -> bool:
    return bool(deed.body["approved_at"] < deed.body["start"])


def _spans(deeds: Iterator[Deed] | Sequence[Deed]) -> list[tuple[int, int]]:
    return [(deed.body["start"], deed.body["until"]) for deed in deeds]


def known(world: World, now: int) -> list[str]:
    """The devices that an inventory had named by then."""
    return sorted({id for change in world.where.changes if change.at <= now for id in change.things})


def seconds(world: World, asking: Asking, some: Sequence[str]) -> Counts:
    """The figures of some devices, painted."""
    return {id: counts(painted(world, id, asking.now), asking.start, asking.until, PROFILES) for id in some}


def told(world: World, asking: Asking) -> dict[ProfileName, dict[str, Row]]:
    """The figures of every device as reports tell them."""
    found = {}
    for profile in PROFILES:
        asked = Asked(asking.start, asking.until, by="device", profile=profile)
        report = availability(world.engine, asked, world.policies, asking.now)
        found[profile] = {str(row.id): row for row in report.rows}
    return found


def differences(rows: Mapping[ProfileName, Mapping[str, Row]], counted: Counts) -> Iterator[str]:
    """Sentences; none where every figure of every device agrees under every profile."""
    for profile, mine in rows.items():
        for id, row in mine.items():
            one, found = counted[id][profile], row.figures
            shares = found.availability, found.raw, found.coverage
            theirs = (found.ms, found.outages, *shares, found.mttr_ms, found.mtbf_ms)
            if theirs != _figures(one, profile):
                yield f"{id}, {profile}: {theirs}; painted {_figures(one, profile)}"
        for id in counted.keys() - mine.keys():
            if set(counted[id][profile].ms.values()) != {0, counted[id][profile].ms["not_in_service"]}:
                yield f"{id}, {profile}: not in the report"


def _figures(one: Count, profile: str) -> tuple[object, ...]:
    raw = _share(one.raw_good, one.raw_good + one.raw_bad)
    return (
        one.ms,
        one.outages,
        _float(share(one, profile)),
        _float(raw),
        _float(coverage(one)),
        _share(one.ended_bad, one.ended),
        _share(one.good, one.outages),
    )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _float(number: Fraction | None) -> float | None:
    return None if number is None else float(number)


def walked(world: World, chance: Random) -> tuple[int, list[str]]:
    """A piece of the year about the edge of an outage, walked second by second: how many seconds, and differences."""
    switches = [id for id, one in world.where.things.items() if one.kind == "switch"]
    ids = [id for id in known(world, world.until) if world.truth.outages(id) and id not in switches]
    id = chance.choice(ids)
    behind = chance.random() < 0.4
    above = gateway(world.where.things[id].hall)
    span = chance.choice((behind and world.truth.outages(above)) or world.truth.outages(id))
    edge = chance.choice((span.start, span.until))
    start, until = edge - MARGIN, edge + MARGIN
    now = until + chance.choice((0, 0, 30 * MINUTE, HOUR))
    one = painted(world, id, world.until)
    cut = _cut(one, start - HOUR, now)
    city = City((_device(cut),), Confirmation(), start - HOUR, start, until, now)
    shown, beneath = classes(city, city.devices[0])
    cells, _ = paint(cut, start, until)
    wrong = []
    for name, moments, mine in (("shown", shown, cells.shown), ("beneath", beneath, cells.beneath)):
        for at in range(start, until, S):
            said = CLASSES[mine[(at - cells.begin) // S]]
            if moments[at].class_ != said:
                wrong.append(f"{id} at {at}, {name}: walked {moments[at]}, painted {said}")
                break
    return (until - start) // S, wrong


def _cut(one: Painted, start: int, now: int) -> Painted:
    """The same without what was seen long before, or later."""

    def some(polls: Polls) -> Polls:
        return polls.part((polls.ts >= start) & (polls.ts <= now))

    return Painted(**{**vars(one), "polls": some(one.polls), "above": [some(above) for above in one.above], "now": now})


def _device(one: Painted) -> Device:
    return Device(
        seen=_seen(one, one.polls),
        interval=INTERVAL,
        above=tuple(Device(_seen(one, above), INTERVAL) for above in one.above),
        hours=CALENDARS[one.hours],
        commissioned=one.since,
        retired=one.until,
        maintenance=tuple(Planned(*span, span[0] - 1) for span in one.maintenance),
        excluded=tuple(Interval(*span) for span in one.excluded),
        policy=one.policy,
        grace=one.grace,
    )


def _seen(one: Painted, polls: Polls) -> tuple[Seen, ...]:
    words = [one.words[n] for n in polls.word.tolist()]
    return tuple(
        Seen(ts, _STATES[word.state], word.interval, word.conditions)
        for ts, word in zip(polls.ts.tolist(), words, strict=True)
    )
