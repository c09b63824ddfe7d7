"""A quiet month of a simulated city, lived through in seconds: what collectors would have seen goes to the recorder.

While nothing changes a device is polled every six hours, and says so; around each change as often as a collector does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import select

from alerts.loop import Alerts
from alerts.settings import AlertSettings
from collector.kind import load_kinds
from collector.observation import Observation, State
from hallwatch.compose import policies
from hallwatch.inventory import Rules, normalise, read_inventory
from recorder.intake import Message
from recorder.writer import Writer
from simulator.city import City, Device, build
from simulator.fault import Fault
from simulator.inventory import inventory_of
from simulator.quiet import quiet
from simulator.scenario import Scenario, Situation
from simulator.seeded import seeded
from sla.instant import DAY, HOUR, MINUTE, SECOND, parse
from sla.judge import Confirmation
from store import inventory
from store.database import migrate, open_database, reading, writing
from store.schema import devices, tickets
from tests.recorder.centre import EPOCH

START: Final = parse("2026-11-02T00:00:00+08:00")
DAYS: Final = 30
CALM_MS: Final = 6 * HOUR
HOURS: Final = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:30-18:00"]}}


_SLOWER: Final = ((3 * MINUTE, MINUTE), (20 * MINUTE, 5 * MINUTE), (3 * HOUR, 30 * MINUTE))


class Opened(NamedTuple):
    """A ticket: of which device, for what, when, and what became of it."""

    device: str
    hall: str
    purpose: str
    symptom: str
    at: int
    state: str


class Month(NamedTuple):
    """What was, and which tickets were opened."""

    city: City
    truth: list[Fault]
    tickets: list[Opened]


def live(folder: Path, seed: int, halls: int = 3, things: int = 33, days: int = DAYS) -> Month:
    """One month with all defaults."""
    city = build(seed, halls, things, interval_s=60)
    story = quiet(city, seed, START)
    kinds = policies(load_kinds())
    engine = open_database(f"sqlite:///{folder / 'quiet.db'}")
    migrate(engine)
    document = inventory_of(city) | {"calendars": {"all-day": HOURS}}
    with writing(engine) as conn:
        text = json.dumps(document, ensure_ascii=False)
        known = dict.fromkeys(kinds, 60.0)
        inventory.apply(conn, normalise([read_inventory(text, "city.json")], Rules(known)), START, "test")
    writer = Writer(engine, None, Confirmation(), kinds)
    alerts = Alerts(engine, AlertSettings(), kinds)
    for now, batch in _moments(city, story, START + days * DAY):
        if batch:
            writer.write(batch, now)
        writer.tick(now, START)
        alerts.step(now)
    with reading(engine) as conn:
        joined = select(devices.c.id, devices.c.hall, tickets).join(tickets, tickets.c.device == devices.c.n)
        found = [
            Opened(row[0], row.hall, row.purpose, row.symptom, row.opened_at, row.state)
            for row in conn.execute(joined.order_by(tickets.c.n))
        ]
    engine.dispose()
    return Month(city, story.truth(START, START + days * DAY), found)


def _moments(city: City, story: Scenario, until: int) -> Iterator[tuple[int, list[Message]]]:
    """What comes at once, by minutes, and the instants at which time alone may do something."""
    found: dict[int, list[Observation]] = {}
    for device in city.devices:
        for one in _polls(device, story, until):
            found.setdefault(one.ts + MINUTE - one.ts % MINUTE, []).append(one)
    asked = [at + 6 * MINUTE for at in found if any(one.state == "down" and one.interval_s == 60 for one in found[at])]
    opens = [START + day * DAY + 8 * HOUR + minute * MINUTE for day in range(DAYS) for minute in (45, 50)]
    gateways = {hall.id: hall.gateway for hall in city.halls}
    halls = {device.id: device.hall for device in city.devices}
    seq = 0
    for now in sorted({*found, *asked, *(at for at in opens if at < until)}):
        batch = []
        for one in sorted(found.get(now, ()), key=lambda one: (one.device not in gateways.values(), one.ts)):
            for said in (*_parent(one, gateways[halls[one.device]], story), one):
                seq += 1
                numbered = Observation(
                    said.device, "c-01", said.ts, said.state, said.conditions, said.interval_s, epoch=EPOCH, seq=seq
                )
                batch.append(Message(f"hallwatch/v1/obs/c-01/{said.device}", numbered.encode(), now))
        yield now, batch


def _parent(one: Observation, gateway: str, story: Scenario) -> list[Observation]:
    """O4: when a device is down, its parent is asked too."""
    if one.state != "down" or one.device == gateway:
        return []
    state, conditions = _state(story.state_at(gateway, one.ts))
    return [Observation(gateway, "c-01", one.ts, state, conditions, 60 if state == "down" else CALM_MS // SECOND)]


def _polls(device: Device, story: Scenario, until: int) -> Iterator[Observation]:
    phase = seeded("phase", device.id).randint(0, 59_999)
    at = since = START + phase
    before: State = "up"
    while at < until:
        situation = story.state_at(device.id, at)
        state, conditions = _state(situation)
        since = since if state == before else at
        planned = at + _slower(at - since) if state == "down" else at - at % CALM_MS + CALM_MS + phase
        interval_s = (planned - at if state == "down" else CALM_MS) // SECOND
        yield Observation(device.id, "c-01", at, state, conditions, interval_s)
        if state == "down" and before != "down":  # O4: asked again at once
            again = at + 3 * SECOND
            yield Observation(device.id, "c-01", again, *_state(story.state_at(device.id, again)), 60)
        before = state
        change = at - (at - situation.until) // MINUTE * MINUTE if situation.until > at else at + MINUTE
        at = max(at + MINUTE, min(planned, change))


def _slower(age: int) -> int:
    """O4: polling slows with the age of an outage."""
    return next((step for within, step in _SLOWER if age < within), 3 * HOUR)


def _state(situation: Situation) -> tuple[State, tuple[str, ...]]:
    if situation.silent or situation.closed:
        return "down", ()
    if situation.asleep:
        return "up", ("asleep",)
    bits = tuple(sorted(situation.bits))
    return ("down" if situation.stops else "degraded" if bits else "up"), bits
