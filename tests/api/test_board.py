"""The board: its clocks are those of the tickets themselves, whatever happens and in whatever order it is looked at."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from alerts.tickets import Happening, ImpossibleOrder, New, change
from api.board import Board, Picture
from api.pages.facets import Asked, found
from benchmarks.board import NOW, Life, client, document, fill
from sla.instant import HOUR, MINUTE, SECOND
from store import changes, facts, inventory, tickets
from store.cases import Cases
from store.database import migrate, open_database, reading, writing
from store.readings import Readings
from store.readings import reading as said
from store.schema import device_states, notices, outages

pytestmark = pytest.mark.slow


def exact(engine: Engine, picture: Picture, now: int) -> None:
    """The board says of every open ticket what its facts say, read anew."""
    with reading(engine) as conn:
        city = inventory.load(conn)
        rows = tickets.open_tickets(conn)
        cases = Cases.of(conn, city, rows, {}, now)
    known = {one.ticket.n: one for one in picture.entries}
    assert {n: one.ticket for n, one in known.items()} == {one.n: one for one in rows}
    for row in rows:
        clock = None if row.purpose == "preventive" else cases.repair(row.n, now)
        mine = known[row.n]
        assert mine.repair(now) == clock, (row.id, mine.repair(now), clock)
        if clock is None:
            assert mine.tab_at(now) == ("preventive" if row.purpose == "preventive" else "none")
        else:
            assert (mine.due, mine.breached(now)) == (clock.due, clock.breached), row.id
            running = "breached" if clock.breached else "running"
            assert mine.tab_at(now) == ("paused" if clock.state == "paused" else running)
    assert list(picture.entries) == sorted(picture.entries, key=lambda one: one.order)


class World:
    """A city in which all kinds of things happen at random."""

    def __init__(self, path: Path, seed: int, begin: str) -> None:
        self.engine = open_database(f"sqlite:///{path}")
        migrate(self.engine)
        self.pick = random.Random(seed)
        self.now = NOW
        self.document = document(100, begin=begin)
        with writing(self.engine) as conn:
            self.city = inventory.apply(conn, self.document, NOW - 99 * HOUR, "test")
            rows = [
                {"device": one.n, "last_ts": NOW - HOUR, "state": "up", "since": NOW - HOUR}
                for one in self.city.devices.values()
            ]
            conn.execute(insert(device_states), rows)
        self.readings = Readings()
        self.closed: list[str] = []

    def happen(self) -> None:
        """One of the things that happen."""
        deeds = [self.open] * 3 + [self.event] * 6 + [self.observe] * 3 + [self.outage, self.sent, self.moved]
        self.pick.choice(deeds)()
        if self.pick.random() < 0.02:
            self.imported()

    def open(self) -> None:
        device = self.pick.choice(list(self.city.devices.values()))
        source = self.pick.choice(["phone", "detected", "import"])
        at = self.now - self.pick.randrange(-30, 600) * MINUTE // 10
        with writing(self.engine) as conn:
            if tickets.open_ticket(conn, device.n) is None:
                new = New(device.n, source, "x", device.vendor)
                change(
                    conn, new, Happening("opened", min(at, self.now + 50 * SECOND), "a", {"source": source}), self.now
                )

    def event(self) -> None:
        events = ("dispatched", "paused", "resumed", "restored", "rejected", "reopened", "cancelled", "note")
        event = self.pick.choice(events)
        detail: dict[str, Any] = {"reason": self.pick.choice(["hall_closed", "awaiting_customer", "none"])}
        detail |= {"approver": "b"} if self.pick.random() < 0.7 else {}
        with writing(self.engine) as conn:
            every = [*tickets.open_tickets(conn), *(tickets.known(conn, id) for id in self.closed)]
            if not every:
                return
            one = self.pick.choice(every)
            try:
                at = self.now - self.pick.randrange(-5, 60) * 10 * SECOND
                made = change(conn, one.id, Happening(event, at, "a", detail), self.now)
            except ImpossibleOrder:
                return
            if made.closed_at is not None:
                self.closed.append(made.id)

    def observe(self) -> None:
        device, state = self._device(), self.pick.choice(["up", "down"])
        ts = self.now - self.pick.randrange(0, 300) * SECOND
        with writing(self.engine) as conn:
            reading = said("c-01", state, (), None, 60)
            number = self.readings.intern(conn, [reading])[reading]
            facts.store(conn, [facts.Fact(device, ts, number, ts // 1000, None, None)])
            conn.execute(update(device_states).where(device_states.c.device == device).values(last_ts=self.now))

    def outage(self) -> None:
        with writing(self.engine) as conn:
            every = tickets.open_tickets(conn)
            if every:
                one = self.pick.choice(every)
                start = one.opened_at - self.pick.randrange(1, 900) * SECOND
                row = {"device": one.device, "start": start, "until": None, "confirmed_at": start, "cause": "silence"}
                conn.execute(
                    insert(outages).prefix_with("OR IGNORE").values(row | {"owner": "vendor", "ticket": one.id})
                )

    def moved(self) -> None:
        """An outage of a ticket ends, or begins at another second."""
        with writing(self.engine) as conn:
            first = conn.execute(outages.select().order_by(outages.c.id.desc()).limit(5)).all()
            if first:
                row = self.pick.choice(first)
                values = self.pick.choice([{"until": self.now - 30 * SECOND}, {"start": row.start - SECOND}])
                conn.execute(update(outages).where(outages.c.id == row.id).values(values))

    def sent(self) -> None:
        """Somebody is told of a ticket."""
        with writing(self.engine) as conn:
            every = tickets.open_tickets(conn)
            if every:
                one = self.pick.choice(every)
                row: dict[str, Any] = {
                    "key": f"ticket/{one.id}/{self.pick.random()}",
                    "channel": "mail",
                    "target": "t",
                    "body": "{}",
                }
                row |= {"ticket": one.id, "created_at": 0, "due_at": 0, "state": "sent", "sent_at": self.now}
                conn.execute(insert(notices).values(row))

    def imported(self) -> None:
        """The contract's target changes."""
        self.document["contracts"][0]["repair"]["targets"]["printer"] = 60.0 * self.pick.randrange(10, 300)
        with writing(self.engine) as conn:
            inventory.apply(conn, self.document, self.now, "test")

    def _device(self) -> int:
        with reading(self.engine) as conn:
            every = tickets.open_tickets(conn)
        return self.pick.choice(every).device if every else 1


def _compare(path: Path, seed: int, begin: str, rounds: int) -> None:
    world, board = World(path, seed, begin), Board({})
    for _ in range(rounds):
        for _ in range(world.pick.randrange(6)):
            world.happen()
        world.now += world.pick.choice([0, 1, SECOND, MINUTE, 20 * MINUTE, 7 * HOUR])
        exact(world.engine, board.look(world.engine, lambda: world.now), world.now)
    world.engine.dispose()


@pytest.mark.parametrize("begin", ["phone", "notified", "detected"])
def test_R5_the_boards_clocks_are_those_of_the_facts_read_anew(tmp_path: Path, begin: str) -> None:
    _compare(tmp_path / "a.db", 1, begin, 8)


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["phone", "notified", "detected"])
@pytest.mark.parametrize("seed", range(4))
def test_R5_the_boards_clocks_are_those_of_the_facts_through_a_long_life(tmp_path: Path, seed: int, begin: str) -> None:
    _compare(tmp_path / "a.db", seed, begin, 60)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[Engine, Life]]:
    """A city with 240 open tickets."""
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine, fill(engine, 240)
    engine.dispose()


def test_a_clock_that_is_set_back_makes_no_board_of_the_future(filled: tuple[Engine, Life]) -> None:
    engine, _ = filled
    board = Board({})
    for now in (NOW, NOW + HOUR, NOW - HOUR, NOW):
        exact(engine, board.look(engine, lambda now=now: now), now)  # type: ignore[misc]


def test_changes_that_are_no_longer_kept_are_made_up_for(filled: tuple[Engine, Life]) -> None:
    engine, life = filled
    board = Board({})
    board.look(engine, lambda: NOW)
    for _ in range(5):
        with writing(engine) as conn:
            for _ in range(30):
                life.step(conn)
            changes.prune(conn, 4)
        exact(engine, board.look(engine, lambda: NOW), NOW)
    with writing(engine) as conn:
        changes.prune(conn, 0)
    exact(engine, board.look(engine, lambda: NOW), NOW)


def test_several_threads_look_while_tickets_change(filled: tuple[Engine, Life]) -> None:
    engine, life = filled
    board, seen, over = Board({}), list[int](), threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.append(len(board.look(engine, lambda: NOW).entries))

    threads = [threading.Thread(target=watch) for _ in range(3)]
    for one in threads:
        one.start()
    for _ in range(25):
        with writing(engine) as conn:
            life.step(conn)
    over.set()
    for one in threads:
        one.join()
    assert set(seen) == {240}
    exact(engine, board.look(engine, lambda: NOW), NOW)


def test_the_page_has_a_hundred_rows_the_next_due_first(filled: tuple[Engine, Life]) -> None:
    engine, _ = filled
    with client(engine, lambda: NOW) as asking:
        first, last = asking.get("/board").text, asking.get("/board?page=3").text
        assert (first.count('class="about"'), last.count('class="about"')) == (100, 40)
        assert "1–100 / 240" in first
        assert "201–240 / 240" in last
        assert asking.get("/board?page=99").text.count('class="about"') == 40
        assert asking.get("/board?page=0").status_code == 422
        assert asking.get("/board?tab=none").text.count('class="about"') == 0


def test_filters_keep_what_fits_all_of_them_and_count_what_each_would_keep(filled: tuple[Engine, Life]) -> None:
    engine, _ = filled
    entries = Board({}).look(engine, lambda: NOW).entries
    every = found(entries, Asked(), NOW)
    assert every.tabs[""] == 240 == sum(every.counts["vendor"].values())
    assert every.tabs["running"] + every.tabs["breached"] + every.tabs["paused"] == 240
    asked = Asked(tab="breached", vendor="v-1", kind="kiosk")
    some = found(entries, asked, NOW)
    mine = [one for one in entries if one.breached(NOW) and one.tab == "running"]
    assert [one.facets[:1] + one.facets[3:4] for one in some.entries] == [("v-1", "kiosk")] * len(some.entries)
    assert some.counts["kind"]["pc"] == sum(one.facets[0] == "v-1" and one.facets[3] == "pc" for one in mine)
    assert some.counts["state"] == Counter(one.ticket.state for one in some.entries)
    assert some.tabs["breached"] == len(some.entries)
    ticket = entries[7].ticket.id
    assert [one.ticket.id for one in found(entries, Asked(q=f"{ticket.lower()} 不出纸"), NOW).entries] == [ticket]
    assert found(entries, Asked(q="nothing like it"), NOW).tabs[""] == 0


@pytest.mark.parametrize("query", ["hall=%3Cscript%3E", "q=%22%3E%3Cscript%3E", "vendor=v-9", "state=%00"])
def test_a_hostile_filter_is_shown_as_text(filled: tuple[Engine, Life], query: str) -> None:
    engine, _ = filled
    with client(engine, lambda: NOW) as asking:
        answer = asking.get(f"/board?{query}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace("<script src", "")


def test_preventive_work_is_apart_and_has_no_clock(filled: tuple[Engine, Life]) -> None:
    engine, life = filled
    with writing(engine) as conn:
        device, vendor = life.free.pop()
        made = tickets.add(conn, device, "preventive", "lowToner", NOW, vendor=vendor, condition="lowToner")
        tickets.append(conn, made.n, "opened", NOW, NOW, "hallwatch", {"source": "preventive"})
    board = Board({})
    entries = board.look(engine, lambda: NOW).entries
    assert found(entries, Asked(), NOW).tabs[""] == 240
    assert [one.ticket.id for one in found(entries, Asked("preventive"), NOW).entries] == [made.id]
    exact(engine, board.look(engine, lambda: NOW), NOW)
