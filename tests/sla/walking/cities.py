"""Random cities: devices behind devices, halls in many zones, periods at awkward instants; all in whole seconds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from chinese_calendar import constants
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.instant import of_wall
from sla.interval import Interval
from sla.judge import Confirmation, judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.seen import Seen, State, distinct
from sla.spans import DeviceFacts, Planned
from tests.sla.walking.city import City, Device
from tests.sla.walking.hours import Document

S = 1000
M = 60 * S

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
)
POLICIES = tuple(
    Policy(
        owners={"jammed": "vendor", "noPaper": "hall", "doorOpen": "hall", "linkDown": "network", "lowToner": "vendor"},
        stopping=frozenset({"jammed", "noPaper", "doorOpen"}),
        vendor=vendor,
        kind=kind,
    )
    for vendor, kind in (("v-1", "printer"), (None, "switch"), (None, "pc"))
)
CONDITIONS = ((), (), ("jammed",), ("doorOpen", "noPaper"), ("lowToner", "noPaper"), ("linkDown",), ("odd", "linkDown"))
STATES: tuple[State, ...] = ("up", "up", "degraded", "down", "down", "down", "unknown")

seeds = st.integers(0, 2**32 - 1)
"""Each names a city, a ticket or a month: `city(Random(seed))`."""


def city(chance: Random) -> City:
    """One line of devices, each behind the one before it, and an awkward period."""
    zone = chance.choice(ZONES)
    anchor = awkward(chance, zone)
    start = anchor - chance.choice((0, chance.randrange(25) * M, chance.randrange(1500) * S))
    until = start + chance.randint(10, 40) * M
    begin = start - chance.randrange(30) * M
    nows = [until, until + chance.randrange(900) * S, chance.randrange(start, until, S)]
    now = chance.choice([*nows, *nows, *nows, start - M])
    devices: list[Device] = []
    for _ in range(chance.randint(1, 4)):
        devices.append(_device(chance, tuple(reversed(devices)), (begin, max(until, now), anchor), zone))
    if chance.randrange(4) == 0:
        now = chance.choice([now, *(one.ts for one in devices[-1].seen if start <= one.ts < until)])
    rule = Confirmation(chance.randint(1, 4), chance.randint(1, 4))
    return City(tuple(devices), rule, begin, start, until, now)


def facts(where: City, device: Device) -> DeviceFacts:
    """What `sla` is told of a device: what was seen by now, and what it judged of it."""
    seen = _known(where, device)
    return DeviceFacts(
        commissioned=device.commissioned,
        retired=device.retired,
        clock=Calendar.parse(device.hours or {"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}).clock(),
        maintenance=device.maintenance,
        excluded=device.excluded,
        seen=seen,
        interval_ms=device.interval,
        outages=judge(seen, where.rule).outages,
        ancestors=[Ancestor(judge(_known(where, one), where.rule).outages, one.interval) for one in device.above],
        policy=device.policy,
        grace_ms=device.grace,
    )


def _known(where: City, device: Device) -> list[Seen]:
    return distinct(one for one in device.seen if one.ts <= where.now)


def awkward(chance: Random, zone: str) -> int:
    """Ends of months and years, leap days, nights in which the clock is changed, holidays, plain midnights."""
    years = (2024, 2026, 2027)
    year = chance.choice(years)
    walls = [datetime(year, month, 1) for month in range(1, 13)]  # noqa: DTZ001 - what a wall shows
    walls += [datetime(year, 2, 28), datetime(year, 2, 28) + timedelta(days=1), datetime(year, 3, 1)]  # noqa: DTZ001
    walls += [datetime(year, month, 9, hour) for month, hour in ((5, 8), (11, 18), (12, 12))]  # noqa: DTZ001
    held = [day for day in [*constants.holidays, *constants.workdays] if day.year in years]
    walls += [datetime.combine(chance.choice(held), datetime.min.time())] * 5
    instants = [of_wall(wall, ZoneInfo(zone)) for wall in walls] + [*_changes(zone)] * 3
    return chance.choice(instants)


@cache
def _changes(zone: str) -> tuple[int, ...]:
    """When the clock on the wall is changed, some years long, found by looking at it every day and half hour."""
    first, last = (of_wall(datetime(year, 1, 1), ZoneInfo(zone)) for year in (2024, 2028))  # noqa: DTZ001
    days = [t for t in range(first, last, 24 * 60 * M) if _changed(zone, t, t + 24 * 60 * M)]
    return tuple(
        t + 30 * M for day in days for t in range(day, day + 24 * 60 * M, 30 * M) if _changed(zone, t, t + 30 * M)
    )


def _changed(zone: str, t: int, later: int) -> bool:
    known = ZoneInfo(zone)
    return datetime.fromtimestamp(t // S, known).utcoffset() != datetime.fromtimestamp(later // S, known).utcoffset()


def hours(chance: Random, zone: str, anchor: int) -> Document | None:
    """Hours that open and close about the anchor now and then; None: always open."""
    if chance.randrange(3) == 0:
        return None
    wall = datetime.fromtimestamp(anchor // S, ZoneInfo(zone))
    week = {key: _spans(chance, wall) for key in chance.choice((("mon-sun",), ("mon-fri", "sat,sun"), ("sat-mon",)))}
    near = [wall.date() + timedelta(days=n) for n in (-1, 0, 1)]
    dates: dict[str, Any] = {}
    for _ in range(chance.choice((0, 0, 1, 2))):
        dates[_date(chance, near)] = chance.choice(("closed", _spans(chance, wall)))
    return {"zone": zone, "week": week, "dates": dates, "holidays": chance.choice(("none", "cn"))}


def _date(chance: Random, near: list[date]) -> str:
    return chance.choice(near).isoformat()


def _spans(chance: Random, wall: datetime) -> list[str]:
    """Up to three spans a day, the first of them near an hour of the wall."""
    minute = wall.hour * 60 + wall.minute
    found = []
    for _ in range(chance.randint(1, 3)):
        start = (minute + chance.randint(-40, 40)) % 1440
        length = chance.choice((5, 15, 45, 300, 700, 1300, 1440))
        until = (start + length) % 1440
        found.append(f"{start // 60:02}:{start % 60:02}-{_time(until)}")
    return found


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}" if minute else "24:00"


def _device(chance: Random, above: tuple[Device, ...], frame: tuple[int, int, int], zone: str) -> Device:
    begin, end, anchor = frame
    interval = chance.choice((30, 60, 90)) * S

    def instant() -> int:
        return begin + chance.randrange((end - begin) // S) * S

    return Device(
        seen=_seen(chance, begin, end, interval),
        interval=interval,
        above=above,
        hours=hours(chance, zone, anchor),
        commissioned=instant() if chance.randrange(9) == 0 else None,
        retired=instant() if chance.randrange(9) == 0 else None,
        maintenance=tuple(_planned(chance, instant()) for _ in range(_few(chance))),
        excluded=tuple(_corrected(chance, instant()) for _ in range(_few(chance))),
        policy=chance.choice(POLICIES),
        grace=chance.choice((0, 45 * S, 5 * M, 15 * M)),
    )


def _few(chance: Random) -> int:
    return chance.choice((0, 0, 0, 1, 2))


def _planned(chance: Random, start: int) -> Planned:
    return Planned(start, start + chance.randrange(600) * S, start + chance.choice((-1, 0, 1, -3600)) * S)


def _corrected(chance: Random, start: int) -> Interval:
    return Interval(start, start + chance.randrange(600) * S)


def _seen(chance: Random, begin: int, end: int, interval: int) -> tuple[Seen, ...]:
    """Polls, with bursts, gaps and doubles, in no order."""
    steps = (*[interval] * 16, *[5 * S] * 3, *[2 * interval] * 2, 3 * interval, 3 * interval + S, 8 * interval)
    t = begin + chance.choice((0, 0, chance.randrange(200))) * S
    state = chance.choice(STATES)
    found = []
    while t < end:
        if chance.randrange(3) == 0:
            state = chance.choice(STATES)
        found.append(_one(chance, t, state, interval))
        if chance.randrange(12) == 0:
            found.append(_one(chance, t, chance.choice(STATES), interval))
        if chance.randrange(12) == 0:
            found.append(chance.choice(found))
        t += chance.choice(steps)
    chance.shuffle(found)
    return tuple(found)


def _one(chance: Random, t: int, state: State, interval: int) -> Seen:
    conditions = chance.choice(CONDITIONS) if state in ("down", "degraded") else ()
    return Seen(t, state, chance.choice((0, interval, interval, 2 * interval)), conditions)
