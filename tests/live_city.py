"""A small city in which every live figure has something to say: seeds a database, and gives what its devices measured.

Four halls of two branches, two vendors with contracts, devices of every kind, two collectors, a month with outages and
tickets in every state, planned maintenance, time that nobody watched, messages refused and lost, supplies that run out.
Everything is relative to `now`; `moment` says which to take beside a real clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, update

from alerts.tickets import Happening, New, change
from sla.instant import DAY, HOUR, MINUTE, first_of, render
from store import changes, facts, heard, inventory, judged, planned, streams
from store.database import migrate, open_database, writing
from store.metrics import STATES, Sample, Tags
from store.readings import Readings, reading
from store.schema import asides, counters, device_states, notices, outages, tickets
from tests.live_city_inventory import DEVICES, Place, document

ZONE: Final = ZoneInfo("Asia/Shanghai")
STEP: Final = HOUR
OBSERVED_H: Final = 6
SUPPLIES_DAYS: Final = 40
Story = list[tuple[float, str, dict[str, Any]]]


class Told(NamedTuple):
    """A device's judged state, since how many minutes, why and whose."""

    state: str
    minutes: float
    cause: str | None = None
    owner: str | None = None


UP: Final = Told("up", 30 * 60)
STATE: Final[Mapping[str, Told]] = {
    "PR-0101": Told("down", 47, "jammed", "vendor"),
    "LI-0101": Told("down", 190, "silence", "undetermined"),
    "KI-0101": Told("down", 1.5, "noPaper", "hall"),
    "QU-0101": Told("degraded", 185, "lowPaper", "hall"),
    "UP-0101": Told("degraded", 55, "onBattery", "operator"),
    "PC-0101": Told("unmonitored", 40),
    "HA-0101": Told("maintenance", 50),
    "SW-0301": Told("down", 26, "silence", "network"),
}
"""What is not up at `now`; behind SW-0301 all are unreachable, and hall h-04 is closed."""
PAST: Final[tuple[tuple[str, float, float, str, str], ...]] = (
    ("PR-0101", 9, 3.5, "jammed", "vendor"),
    ("PR-0101", 4, 1.25, "jammed", "vendor"),
    ("LI-0201", 6, 5.0, "silence", "vendor"),
    ("KI-0201", 12, 0.5, "noPaper", "hall"),
    ("SW-0201", 3, 0.75, "silence", "network"),
    ("CO-0401", 15, 2.0, "noToner", "vendor"),
    ("PR-0301", 1, 0.3, "noToner", "vendor"),
)
"""Outages that are over: how many days ago, hours, cause, owner; they began at eleven on the clock of the halls."""


def moment(wall: int) -> int:
    """The 20th of a month at 14:20 on the clock of the halls, the newest that is not after `wall`: the halls are open,
    and the month has something behind it."""
    day = datetime.fromtimestamp(wall / 1000, ZONE)
    found = day.replace(day=20, hour=14, minute=20, second=0, microsecond=0)
    if found > day:
        found = (found.replace(day=1) - timedelta(days=1)).replace(day=20)
    return round(found.timestamp() * 1000)


NOW: Final = moment(1_795_219_200_000)
"""2026-11-20T06:20:00Z."""


def build(path: Path, now: int = NOW, url: str | None = None) -> Engine:
    """The city in a new database: of a file in the folder `path`, or of `url`."""
    engine = open_database(url or f"sqlite:///{path / 'live.db'}")
    migrate(engine)
    fill(engine, now)
    return engine


def fill(engine: Engine, now: int = NOW) -> None:
    """Write all of it into a migrated database."""
    with writing(engine) as conn:
        city = inventory.apply(conn, document(now), now - 200 * DAY, "test")
        n = {id: device.n for id, device in city.devices.items()}
        spells = {one.id: list(_spells(one, now)) for one in DEVICES}
        _outages(conn, n, spells)
        _states(conn, n, now)
        _observed(conn, n, spells, now)
        _tickets(conn, n, now)
        _planned(conn, now)
        _collectors(conn, now)
        _counted(conn, now)


def told_of(one: Place) -> Told:
    """What is judged of a device at `now`."""
    if one.id in STATE:
        return STATE[one.id]
    if one.hall == "h-03":
        return Told("unreachable", 25, "silence", "undetermined")
    return Told("closed", 140) if one.hall == "h-04" else UP


class Spell(NamedTuple):
    """An outage."""

    start: int
    until: int | None
    cause: str
    owner: str


def _spells(one: Place, now: int) -> Iterator[Spell]:
    eleven = datetime.fromtimestamp(now / 1000, ZONE).replace(hour=11, minute=0, second=0, microsecond=0)
    for id, days, hours, cause, owner in PAST:
        if id == one.id:
            start = round((eleven - timedelta(days=days)).timestamp() * 1000)
            yield Spell(start, start + round(hours * HOUR), cause, owner)
    told = told_of(one)
    if told.state in ("down", "unreachable"):
        yield Spell(_at(now, -told.minutes), None, told.cause or "", told.owner or "")


def _outages(conn: Connection, n: Mapping[str, int], spells: Mapping[str, list[Spell]]) -> None:
    rows = [
        {"device": n[id], **one._asdict(), "last_ok": one.start - MINUTE, "confirmed_at": one.start + 5000}
        for id, some in spells.items()
        for one in some
    ]
    conn.execute(insert(outages), rows)


def _states(conn: Connection, n: Mapping[str, int], now: int) -> None:
    """As the recorder leaves them, and the newest changes listed."""
    for one in DEVICES:
        told = told_of(one)
        since = _at(now, -told.minutes)
        row = {"device": n[one.id], "last_ts": now - 20_000, "state": told.state, "since": since}
        row |= {"cause": told.cause, "owner": told.owner, "last": _last(one, told, now)}
        conn.execute(insert(device_states).values(row))
        if told is not UP:
            said: dict[str, Any] = {"device": one.id, "hall": one.hall, "state": told.state, "since": render(since)}
            said |= {"cause": told.cause, "owner": told.owner, "ticket": None}
            changes.add(conn, since + 5000, "state", one.id, one.vendor, said)


def _last(one: Place, told: Told, now: int) -> dict[str, Any]:
    """The newest observation in full."""
    values: dict[str, Any] = (
        dict(values_of(one, now, now)) if told.state in ("up", "degraded", "closed", "maintenance") else {}
    )
    for index, name in enumerate(one.supplies, 1):
        values |= {f"supply.{index}.description": name, f"supply.{index}.class": 4 if "Waste" in name else 3}
    return {"v": 1, "device": one.id, "collector": one.collector, "ts": render(now - 20_000), "values": values} | {
        "state": "unknown" if told.state == "unmonitored" else "down" if told.state == "unreachable" else "up"
    }


def _observed(conn: Connection, n: Mapping[str, int], spells: Mapping[str, list[Spell]], now: int) -> None:
    """Each hour of the month so far; of hall h-02 nobody watched a day, of PC-0101 the last hours."""
    begin = first_of(datetime.fromtimestamp(now / 1000, ZONE).date().replace(day=1), ZONE) - DAY
    interned, kept = Readings(), []
    blind = {"h-02": (now - 5 * DAY, now - 4 * DAY)}
    for one in DEVICES:
        good = reading(one.collector, "up", (), None, 3600)
        bad = reading(one.collector, "down", (), "timeout", 3600)
        known = interned.intern(conn, [good, bad])
        starts = [spell.start for spell in spells[one.id]]
        ends = [spell.until for spell in spells[one.id] if spell.until is not None]
        dark = (now - 4 * HOUR, now) if one.id == "PC-0101" else blind.get(one.hall, (0, 0))
        for ts in sorted({*range(begin + 7 * len(one.id), now, STEP), *starts, *ends, now - 20_000}):
            down = any(spell.start <= ts < (spell.until or now) for spell in spells[one.id])
            if not dark[0] <= ts < dark[1]:
                said = known[bad if down else good]
                kept.append(facts.Fact(n[one.id], ts, said, ts // 1000 + 2, None, None))
    facts.store(conn, kept)


def _tickets(conn: Connection, n: Mapping[str, int], now: int) -> None:
    """Running, breached, paused, without a clock, preventive; and of the month: in time, late, repeated."""
    acknowledged: Story = [(7, "acknowledged", {})]
    late = _phoned(conn, n, "PR-0101", now, -9 * 24 * 60 - 190, "卡纸", [*acknowledged, (212, "restored", {})])
    again = _phoned(conn, n, "PR-0101", now, -4 * 24 * 60 - 190, "又卡纸", [*acknowledged, (60, "restored", {})])
    _link(conn, n["PR-0101"], late, _over(conn, n["PR-0101"], 0))
    conn.execute(update(tickets).where(tickets.c.id == again).values(repeat_of=late))
    _phoned(conn, n, "LI-0201", now, -6 * 24 * 60 - 190, "不出票", [*acknowledged, (300, "restored", {})], "v-2")
    running = _phoned(conn, n, "PR-0101", now, -40, "卡纸，打不出来", acknowledged)
    breached = _phoned(conn, n, "LI-0101", now, -205, HOSTILE, acknowledged)
    for id, ticket in (("PR-0101", running), ("LI-0101", breached)):
        open_ = (outages.c.device == n[id]) & outages.c.until.is_(None)
        conn.execute(update(outages).where(open_).values(ticket=ticket))
    pause = {"reason": "awaiting_customer", "approver": "张主管"}
    _phoned(conn, n, "CO-0101", now, -130, "复印有黑线", [(30, "paused", pause)])
    _phoned(conn, n, "KI-0101", now, -85, "触摸屏没反应", [])
    _phoned(conn, n, "PR-0302", now, -26, "不进纸", [], "v-2")
    detail = {"source": "preventive", "symptom": "lowPaper", "condition": "lowPaper"}
    new = New(n["QU-0101"], "preventive", "lowPaper", "v-1", detail=detail, condition="lowPaper")
    change(conn, new, Happening("opened", _at(now, -180), "hallwatch", detail), _at(now, -180))


HOSTILE: Final = ("票据打印不清\n\"quoted\", a=b \\ 'x'; DROP MEASUREMENT outage --\t\u202e" * 20)[:512]
"""As long as a symptom may be, and as odd."""


def _phoned(
    conn: Connection, n: Mapping[str, int], device: str, now: int, minute: float, symptom: str, story: Story,
    vendor: str = "v-1",
) -> str:  # fmt: skip
    """A ticket that was phoned in so many minutes from `now`, and what followed, in minutes after the call; its id."""
    said = {"source": "phone", "symptom": symptom}
    call = Happening("opened", _at(now, minute), "话务员03", said)
    id = change(conn, New(n[device], "phone", symptom, vendor), call, _at(now, minute)).id
    for after, event, detail in story:
        at = _at(now, minute + after)
        change(conn, id, Happening(event, at, "代维王工", detail), at)
    return id


def _over(conn: Connection, n: int, which: int) -> int:
    return judged.outages_since(conn, n, None)[which].start


def _link(conn: Connection, n: int, ticket: str, start: int) -> None:
    mine = (outages.c.device == n) & (outages.c.start == start)
    conn.execute(update(outages).where(mine).values(ticket=ticket))


def _planned(conn: Connection, now: int) -> None:
    """Maintenance now, to come, over, of a branch, and withdrawn."""
    windows: tuple[tuple[planned.ScopeKind, str, int, int], ...] = (
        ("device", "HA-0101", -50, 70),
        ("hall", "h-02", 24 * 60, 26 * 60),
        ("branch", "b-2", -8 * 24 * 60, -8 * 24 * 60 + 120),
        ("device", "CO-0201", -300, -240),
    )
    for kind, scope, begin, end in windows:
        approved = _at(now, begin - 60)
        said = planned.New(
            "maintenance", kind, scope, _at(now, begin), _at(now, end), '换线\n"x"', "张主管", approved, "me"
        )
        one = planned.record(conn, said, approved)
        if scope == "CO-0201":
            planned.withdraw(conn, one, approved + MINUTE, "me")


def _collectors(conn: Connection, now: int) -> None:
    """One that is heard, one that is not and has lost something."""
    said = {"backlog": 3, "devices": 20, "oldest": 1, "next": 400}
    heard.put(conn, heard.Collector("c-01", "e-1", True, now - 4000, 300, said))
    said = {"backlog": 120, "devices": 15, "oldest": 90, "next": 300}
    heard.put(conn, heard.Collector("c-02", "e-2", False, now - 26 * MINUTE, -42_000, said))
    heard.begin_silence(conn, "c-02", now - 26 * MINUTE)
    stream = streams.open_stream(conn, "c-02", "e-2", now - DAY)
    streams.receive(conn, stream.n, range(1, 50), now - DAY)
    streams.pass_over(conn, stream.n, 90, now - DAY)


def _counted(conn: Connection, now: int) -> None:
    """Messages by what became of them, one kept aside, notices that wait and that were given up."""
    known = {"stored": 52_000, "repeated": 120, "refused.type": 7, "refused.too_large": 2, "aside.unknown_device": 1}
    conn.execute(insert(counters), [{"name": name, "n": number} for name, number in known.items()])
    aside = {"reason": "unknown_device", "device": "X-1", "collector": "c-01", "ts": now, "at": now, "payload": b"{}"}
    conn.execute(insert(asides).values(aside | {"digest": "0"}))
    for number, state in enumerate(("waiting", "waiting", "given_up"), 1):
        row = {"key": f"test/{number}", "channel": "webhook", "target": "ops", "body": "{}", "state": state}
        conn.execute(insert(notices).values(row | {"created_at": now - HOUR, "due_at": now - HOUR, "retain": 0}))


def _at(now: int, minute: float) -> int:
    return now + round(minute * MINUTE)


def values_of(one: Place, ts: int, now: int) -> Iterator[tuple[str, float]]:
    """What a device measures at `ts`, but for round trip, loss and state."""
    yield "uptime", (ts - now + 60 * DAY) / 10
    if one.kind == "queue":
        yield "waiting", float(ts // MINUTE % 7)
        yield "counters_open", 3.0
    for index, name in enumerate(one.supplies, 1):
        if index == 1:
            yield "pages", 10_000.0 + 90 * (ts - now + SUPPLIES_DAYS * DAY) / DAY
        yield f"supply.{index}.capacity", 100.0
        yield f"supply.{index}.level", _level(one, name, ts, now)


REPLACED_DAYS: Final[Mapping[str, float]] = {"PR-0201": 8, "LI-0401": 44, "CO-0101": 0.15}
"""How long ago toner was replaced where it was not 30 days: too short for a forecast, nearly empty, just now."""


def _level(one: Place, name: str, ts: int, now: int) -> float:
    """Toner falls by 2 % a day from 98 on until 24, where it is replaced; a drum says `some`, a box stays."""
    if name == "Drum":
        return -3.0
    if "Waste" in name:
        return 70.0
    since = now - round(REPLACED_DAYS.get(one.id, 30) * DAY)
    return float(min(100, int(98 - 2 * (ts - since) / DAY) if ts >= since else int(24 - 2 * (ts - since) / DAY)))


def samples(now: int = NOW) -> Iterator[Sample]:
    """What devices measured: of six hours every five minutes, of those with supplies every four hours of 40 days."""
    for one in DEVICES:
        instants: Iterable[int] = range(now - OBSERVED_H * HOUR, now, 5 * MINUTE)
        if one.supplies:
            instants = sorted({*range(now - SUPPLIES_DAYS * DAY, now, 4 * HOUR), *instants})
        tags = Tags(one.hall, one.branch, one.kind, one.model or "", one.vendor or "")
        told = told_of(one)
        began = _at(now, -told.minutes)
        for at, ts in enumerate(instants):
            dark = told.state in ("down", "unreachable") and ts >= began
            if told.state == "unmonitored" and ts >= began:
                continue
            seen = {"loss": 1.0} if dark else {"loss": 0.0 if at % 9 else 0.2, "rtt_ms": 1.5 + at % 5 / 2 + len(one.id)}
            more = {} if dark else dict(values_of(one, ts, now))
            yield Sample(one.id, ts, {"state": STATES["down" if dark else "up"], **seen, **more}, tags)
