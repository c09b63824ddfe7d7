"""The year lived through: polls, people, inventory, alerts and delivery, each at its time, by a clock that is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from alerts.channels.channel import Outcome, Sent
from alerts.delivery import Delivery
from alerts.loop import Alerts
from alerts.settings import AlertSettings, Floods
from alerts.tickets import Happening, ImpossibleOrder, New, change, report
from collector.kind import load_kinds
from hallwatch.compose import policies
from hallwatch.inventory import Rules, normalise, read_inventory
from sla.clock import Clock
from sla.month import month_of
from store import complaints, findings, folding, heard, inventory, planned, seals
from store import tickets as rows
from store.attempts import Limit
from store.city import City
from store.database import migrate, open_database, reading, writing
from store.lanes import Lane, within
from store.notices import Notice, Rows
from store.schema import gaps
from store.streams import open_stream
from tests.proof.year_city import DAY, HOUR, INTERVAL, MINUTE, ZONE, Place
from tests.proof.year_city import inventory as document
from tests.proof.year_feed import Feed
from tests.proof.year_people import CLOCKS, Deed, people
from tests.proof.year_polls import Polls, Words, polls
from tests.proof.year_truth import Truth, truth

EPOCH: Final = "0198c0de-0000-7000-8000-0000000{name}"


class Wall:
    """The outer wall: whoever is told answers at once. `told` is when each ticket's vendor first was."""

    batch = 500
    limit = Limit("mqtt")

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self.told: dict[str, int] = {}

    @property
    def rows(self) -> Rows:
        """All of the channel."""
        return within(Lane("mqtt"))

    def ready(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing to close."""

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """All of them arrive."""
        for notice in notices:
            if notice.ticket is not None and notice.key.startswith("ticket/"):
                self.told.setdefault(notice.ticket, self._clock())
            yield notice, Sent()


class World:
    """Everything that runs, and what is to come. `now` is what every clock in it says (ms)."""

    def __init__(self, folder: Path, where: Place, seed: int, began: int, until: int) -> None:
        self.where, self.now, self.until = where, began, until
        self.truth: Truth = truth(seed, where, began, until)
        self.words = Words()
        self.polls: dict[str, Polls] = polls(where, self.truth, self.words)
        self.deeds = people(seed, where, self.truth)
        self.policies = policies(load_kinds())
        self.url = f"sqlite:///{folder / 'year.db'}"
        self.engine = open_database(self.url)
        migrate(self.engine)
        things = where.things
        acted: dict[str, list[int]] = {id: [] for id in things}
        for deed in self.deeds:
            if deed.device in acted:
                acted[deed.device].append(deed.entered)
        streams = {id: (one, acted[id]) for id, one in self.polls.items()}
        names = {id: one.collector for id, one in things.items()}
        self._feed = Feed(self.engine, self.words, streams, names, self.policies)
        self.alerts = Alerts(self.engine, AlertSettings(floods=Floods(window_ms=0)), self.policies)
        self.wall = Wall(lambda: self.now)
        self._delivery = Delivery(self.engine, "mqtt", self.wall)
        self._changes = list(where.changes)
        self._left = self.deeds[:]
        self._looks = self._interesting()
        self.tickets: dict[int, str] = {}
        self.exempt: dict[int, planned.Exemption] = {}
        self.found: list[Deed] = []
        self.sealed: int | None = None  # who checks an amendment goes by the places of the seal (S6)
        self.counted: Counter[str] = Counter()
        self._import(began - DAY)

    @property
    def observations(self) -> int:
        """How many were stored."""
        return self._feed.observations

    def city(self) -> City:
        """The inventory as it is."""
        with reading(self.engine) as conn:
            return inventory.load(conn)

    def live(self, until: int, progress: Callable[[int], None] = lambda _now: None) -> None:
        """Go on until then, from one instant of interest to the next."""
        while self.now < until:
            while self._looks and self._looks[0] <= self.now:
                self._looks.pop(0)
            self.now = min(self._looks[0] if self._looks else until, self.now // DAY * DAY + DAY, until)
            self._import(self.now)
            self._feed.until(self.now, everything=self.now == until)
            self._people(self.now)
            if self.now % DAY == 0:
                self._daily(progress)
            else:
                self.alerts.step(self.now)
                self._delivery.step(lambda: self.now)

    def _interesting(self) -> list[int]:
        """Some times a day, and when a fault is due whose clock does not wait for the phone."""
        found = {day + hour * HOUR for day in range(self.now, self.until, DAY) for hour in (4, 12)}
        for id, one in self.where.things.items():
            if one.vendor in ("v-2", "v-3"):
                lasting = [span for span in self.truth.outages(id) if span.until - span.start > 10 * MINUTE]
                found |= {_due(CLOCKS[self.where.clock_of(one.hall)], span.start) for span in lasting}
        return sorted(found)

    def _daily(self, progress: Callable[[int], None]) -> None:
        with writing(self.engine) as conn:
            for name in sorted({one.collector for one in self.where.things.values()}):
                epoch = EPOCH.format(name=name)
                said = {"online": True, "backlog": 0, "oldest": 1, "next": 1, "epoch": epoch}
                heard.put(conn, heard.Collector(name, epoch, True, self.now, 0, said))
                self._silences(conn, name)
        if self.now // DAY % 30 == 0:
            folding.fold(self.engine, self.now)
        progress(self.now)

    def _silences(self, conn: Connection, name: str) -> None:
        for told in (self.truth.late, self.truth.lost, self.truth.dead):
            for one in told.get(name, ()):
                if self.now - DAY <= one.until < self.now:
                    heard.begin_silence(conn, name, one.start)
                    heard.end_silence(conn, name, one.until)
        for one in self.truth.lost.get(name, ()):
            if self.now - DAY <= one.until < self.now:
                stream = open_stream(conn, name, EPOCH.format(name=name), self.now)
                first = one.start // MINUTE
                row = {"stream": stream.n, "first": first, "last": first + 9, "found_at": self.now}
                conn.execute(gaps.insert(), row)

    def _import(self, now: int) -> None:
        while self._changes and self._changes[0].at <= now:
            change_ = self._changes.pop(0)
            text = json.dumps(document(self.where, change_.things), ensure_ascii=False)
            known = dict.fromkeys(self.policies, INTERVAL / 1000)
            with writing(self.engine) as conn:
                ready = normalise([read_inventory(text, "city.json")], Rules(known))
                inventory.apply(conn, ready, change_.at, "proof")
                self._feed.inventory_changed(conn, len(self._changes))

    def _people(self, until: int) -> None:
        while self._left and self._left[0].entered < until:
            deed = self._left.pop(0)
            try:
                with writing(self.engine) as conn:
                    done = _DOES[deed.what](self, conn, deed)
            except ImpossibleOrder:
                self.counted["refused"] += 1
            else:
                self.counted[deed.what if done else "nothing"] += 1


def _due(clock: Clock, start: int) -> int:
    """When monitoring says that it is a fault: K1 and O10, and a little later."""
    if clock.is_open(start):
        return start + 7 * MINUTE
    return (clock.next_change(start) or start) + 22 * MINUTE


def _report(world: World, conn: Connection, deed: Deed) -> bool:
    n = inventory.numbers(conn).get(deed.device)
    if n is None:
        return False
    said = deed.body
    outside = f"E-{deed.fault}-{said['at']}" if said["source"] == "import" else None
    new = New(n, said["source"], said["symptom"], world.where.things[deed.device].vendor, outside)
    world.tickets[deed.fault] = report(conn, new, said["at"], "话务员", deed.entered).ticket.id
    return True


def _event(world: World, conn: Connection, deed: Deed) -> bool:
    ticket = world.tickets.get(deed.fault)
    if ticket is None:
        return False
    detail = {name: value for name, value in deed.body.items() if name not in ("event", "at")}
    change(conn, ticket, Happening(deed.body["event"], deed.body["at"], "代维王工", detail), deed.entered)
    return True


def _work(world: World, conn: Connection, deed: Deed) -> bool:
    """The vendor goes after what monitoring alone has seen."""
    if deed.fault not in world.tickets:
        n = inventory.numbers(conn).get(deed.device)
        found = None if n is None else rows.open_ticket(conn, n)
        if found is None:
            return False
        world.tickets[deed.fault] = found.id
    return _event(world, conn, deed)


def _exempt(world: World, conn: Connection, deed: Deed) -> bool:
    kind: planned.Kind = "maintenance" if deed.what == "maintenance" else "correction"
    scope: planned.ScopeKind = "hall" if deed.device in world.where.halls else "device"
    said = deed.body
    new = planned.New(
        kind, scope, deed.device, said["start"], said["until"], "计划", "张主管", said.get("approved_at"), "proof"
    )
    world.exempt[deed.fault] = planned.record(conn, new, deed.entered)
    return True


def _withdraw(world: World, conn: Connection, deed: Deed) -> bool:
    planned.withdraw(conn, world.exempt[deed.fault], deed.entered, "proof")
    return True


def _complain(world: World, conn: Connection, deed: Deed) -> bool:
    device = inventory.load(conn).devices.get(deed.device)
    if device is None:
        return False
    found = rows.open_ticket(conn, device.n)
    ticket = found.id if found else None
    new = complaints.New(device.hall, device.n, ticket, deed.body["kind"], "太慢了", deed.body["at"], "hall")
    complaints.record(conn, new, deed.entered)
    return True


def _find(world: World, conn: Connection, deed: Deed) -> bool:
    said: Mapping[str, Any] = deed.body
    month = month_of(said["at"], ZoneInfo(ZONE))
    if seals.of_month(conn, said["contract"], month):
        return False
    total = Decimal(said["total"]) if "total" in said else None
    new = findings.New(said["contract"], month, said["kind"], said["thing"], "巡检", "proof", total, said.get("count"))
    findings.record(conn, new, deed.entered)
    world.found.append(deed)
    return True


_DOES: Final[dict[str, Callable[[World, Connection, Deed], bool]]] = {
    "report": _report,
    "event": _event,
    "work": _work,
    "maintenance": _exempt,
    "correction": _exempt,
    "withdrawal": _withdraw,
    "complaint": _complain,
    "finding": _find,
}
__all__ = ["CLOCKS", "Wall", "World"]
