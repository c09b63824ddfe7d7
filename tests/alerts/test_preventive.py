"""K1: degraded conditions of the vendor open preventive work, one ticket each, which closes by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from alerts.loop import Alerts
from alerts.places import load_places
from alerts.preventive import Preventive, perform
from alerts.setbacks import Setbacks
from sla.instant import DAY
from sla.seen import State
from store import tickets as rows
from store.cases import Cases
from store.database import reading
from store.inventory import load
from store.judged import open_tickets
from store.schema import device_states, devices, imports, notices, tickets
from store.tickets import Ticket
from store.upsert import insert_or_replace
from tests.alerts.seeing import happen, life, phone, saw
from tests.alerts.site import MINUTE, T0, Kind, Site, document

pytestmark = pytest.mark.slow

PRINTER = Kind(
    {"lowToner": "vendor", "serviceRequested": "vendor", "lowPaper": "hall", "jammed": "vendor"}, frozenset({"jammed"})
)
TONER = ("lowToner",)


class Works(Site):
    """A site whose printers run low on things."""

    def started(self) -> Alerts:
        return Alerts(self.engine, self.settings, {"printer": PRINTER, "switch": Kind()})

    def shows(self, device: str, state: State, *minutes: float, conditions: tuple[str, ...] = ()) -> None:
        """Seen so, and judged so by the recorder; minutes after T0."""
        saw(self, device, state, *minutes, conditions=conditions)
        n, ts = self.numbers[device], T0 + round(max(minutes) * MINUTE)
        last = {"state": state, "conditions": list(conditions)}
        with self.write() as conn:
            row = {"device": n, "state": state, "since": ts, "last_ts": ts, "last": last}
            conn.execute(insert_or_replace(conn, device_states, "device"), row)

    def low(self, first: float, until: float, device: str = "P-1") -> None:
        """Low on toner, a poll a minute."""
        self.shows(device, "degraded", *_minutes(first, until), conditions=TONER)

    def full(self, first: float, until: float, device: str = "P-1") -> None:
        self.shows(device, "up", *_minutes(first, until))

    def work(self) -> list[Ticket]:
        with reading(self.engine) as conn:
            ids = conn.scalars(select(tickets.c.id).where(tickets.c.purpose == "preventive").order_by(tickets.c.n))
            return [rows.known(conn, id) for id in ids]


def _minutes(first: float, until: float) -> list[float]:
    return [first + i for i in range(round(until - first) + 1)]


@pytest.fixture
def works(tmp_path: Path) -> Any:
    made = Works(tmp_path)
    yield made
    made.engine.dispose()


def test_K1_low_toner_that_lasts_opens_work_without_a_clock(works: Works) -> None:
    works.low(0, 4)
    works.look(4.5)
    assert works.work() == []
    works.low(5, 6)
    works.look(6)
    (one,) = works.work()
    assert (one.condition, one.source, one.vendor, one.symptom) == ("lowToner", "detected", "v-1", "lowToner")
    assert life(works) == [("opened", 5)]
    with reading(works.engine) as conn:
        cases = Cases.of(conn, load(conn), [one], {"printer": PRINTER}, T0 + DAY)
        assert cases.repair(one.n, T0 + DAY) is None


def test_K1_the_vendor_is_told_once_and_that_it_is_preventive(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    with works.write() as conn:
        bodies = [json.loads(body) for body in conn.scalars(select(notices.c.body).where(notices.c.channel == "mqtt"))]
        conn.execute(update(notices).values(state="sent"))
    assert [(one["event"], one["purpose"], one["symptom"]) for one in bodies] == [("opened", "preventive", "lowToner")]
    works.full(7, 10)
    works.look(10)
    assert works.work()[0].state == "verified"
    assert works.told() == ["opened"]


def test_K1_one_ticket_for_each_device_and_condition(works: Works) -> None:
    both = ("lowToner", "serviceRequested")
    works.shows("P-1", "degraded", *_minutes(0, 10), conditions=both)
    works.low(0, 10, "P-2")
    for minute in (10, 11, 60):
        works.look(minute)
    assert sorted((one.device, one.condition) for one in works.work()) == sorted(
        [(works.numbers["P-1"], name) for name in both] + [(works.numbers["P-2"], "lowToner")]
    )


def test_K1_the_halls_paper_and_what_stops_the_device_are_no_preventive_work(works: Works) -> None:
    works.shows("P-1", "degraded", *_minutes(0, 10), conditions=("lowPaper", "jammed", "nobodyKnows"))
    works.shows("PC-1", "degraded", *_minutes(0, 10), conditions=TONER)
    works.look(20)
    assert works.work() == []


def test_K1_closed_hours_do_not_count(works: Works) -> None:
    works.low(8 * 60 - 2, 8 * 60 + 30)  # 17:58
    works.look(8 * 60 + 30)
    assert works.work() == []
    works.low(22.5 * 60, 22.5 * 60 + 4)  # 08:30
    works.look(22.5 * 60 + 4)
    assert life(works) == [("opened", 22.5 * 60 + 3)]


def test_K1_it_closes_by_itself_when_three_polls_are_without_it(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    works.full(7, 8)
    works.look(8.1)
    assert works.work()[0].closed_at is None
    works.full(9, 9)
    works.look(9.1)
    works.look(9.7)
    assert life(works) == [("opened", 5), ("restored", 7), ("verified", 9)]
    assert (works.work()[0].state, works.work()[0].closed_at) == ("verified", T0 + 7 * MINUTE)


def test_K1_a_sleeping_printer_says_nothing_of_its_toner(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    works.shows("P-1", "up", *_minutes(7, 20), conditions=("asleep",))
    works.look(20)
    assert works.work()[0].closed_at is None


def test_K1_a_flicker_neither_closes_nor_opens_twice(works: Works) -> None:
    for minute in range(0, 30, 2):
        works.low(minute, minute)
        works.look(minute + 0.5)
        works.full(minute + 1, minute + 1)
        works.look(minute + 1.5)
    assert life(works) == [("opened", 5)]


def test_K1_what_comes_back_within_the_hour_is_reopened_only_when_it_lasts_one(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    works.full(7, 10)
    works.look(10)
    works.low(11, 40)
    works.look(40)
    assert life(works)[-1] == ("verified", 9)
    works.full(41, 50)
    works.look(50)
    works.low(51, 66)  # 59 min after it was gone
    works.look(66)
    assert len(works.work()) == 1
    works.low(67, 112)
    works.look(112)
    assert life(works)[-1] == ("reopened", 111)
    assert works.told() == ["opened"]


def test_K1_what_comes_back_after_an_hour_is_new_work(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    works.full(7, 66)
    works.look(66)
    works.low(67, 73)
    works.look(73)
    assert [one.id for one in works.work()] == ["T-000001", "T-000002"]
    assert life(works, "T-000002") == [("opened", 72)]


def test_K3_a_fault_does_not_join_preventive_work(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    phone(works, "P-1", 10)
    works.outage("P-1", 12)
    works.look(20)
    assert [one for one, _ in life(works, "T-000002")] == ["opened", "note"]
    assert life(works) == [("opened", 5)]


def test_K3_the_ticket_of_a_device_is_its_fault_rather_than_preventive_work(works: Works) -> None:
    phone(works, "P-1", 0)
    works.low(0, 6)
    works.look(6)
    n = works.numbers["P-1"]
    with reading(works.engine) as conn:
        assert open_tickets(conn, [n]) == {n: "T-000001"}
    happen(works, "restored", 7)
    with reading(works.engine) as conn:
        assert open_tickets(conn, [n]) == {n: "T-000002"}


def test_K6_the_vendor_says_that_it_is_done_and_the_device_says_so_too(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    happen(works, "restored", 8)
    works.low(9, 9)
    works.full(10, 12)
    works.look(13)
    assert life(works)[-1] == ("verified", 12)


def test_K6_the_vendor_says_that_it_is_done_and_it_is_not(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    happen(works, "restored", 8)
    works.low(9, 247)
    works.look(247)
    assert life(works)[-1] == ("restored", 8)
    works.low(248, 249)
    works.look(249)
    assert life(works)[-1] == ("rejected", 248)
    works.full(250, 255)
    works.look(255)
    assert life(works)[-2:] == [("restored", 250), ("verified", 252)]


def test_K6_without_a_word_of_the_device_the_claim_stands(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    happen(works, "restored", 8)
    works.look(249)
    assert life(works)[-1] == ("verified", 248)


def test_a_visit_after_the_toner_was_changed_does_not_keep_it_open(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    happen(works, "arrived", 9)
    works.full(8, 12)
    works.look(12)
    assert life(works)[-2:] == [("restored", 9), ("verified", 10)]


def test_a_device_that_was_retired_needs_none_and_loses_what_it_had(works: Works) -> None:
    works.low(0, 6)
    works.low(0, 6, "P-2")
    works.look(6)
    with works.write() as conn:
        conn.execute(update(devices).where(devices.c.id.in_(["P-1"])).values(retired=T0 + 8 * MINUTE))
        conn.execute(update(imports).values(digest="other"))
    works.low(7, 20)
    works.look(20)
    assert [one.state for one in works.work()] == ["cancelled", "opened"]
    works.look(30)
    assert len(works.work()) == 2


def test_alerts_that_were_away_open_it_when_it_was_due(works: Works) -> None:
    works.low(0, 300)
    works.look(300)
    assert life(works) == [("opened", 5)]
    works.full(301, 420)
    works.alerts = works.started()
    works.look(430)
    assert life(works)[-2:] == [("restored", 301), ("verified", 303)]


def test_what_nobody_showed_for_a_long_time_is_gone(works: Works) -> None:
    works.low(0, 6)
    works.look(6)
    later = 9 * DAY // MINUTE
    works.full(later, later + 5)
    works.look(later + 5)
    assert life(works)[-2:] == [("restored", later), ("verified", later + 2)]


def test_K1_two_alerts_at_once_open_it_once(works: Works) -> None:
    works.low(0, 6)
    other = works.started()
    with reading(works.engine) as conn:
        places = load_places(conn, other.policies, None)
        found = [Preventive().tasks(conn, places, T0 + 6 * MINUTE, Setbacks()) for _ in range(2)]
    with works.write() as conn:
        for (task,) in found:
            perform(conn, task, T0 + 6 * MINUTE)
    assert len(works.work()) == 1


def test_forty_printers_low_on_toner_cost_no_reading_of_what_was_seen(tmp_path: Path) -> None:
    city = document()
    for n in range(40):
        city["devices"].append({"id": f"X-{n}", "kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1"})
    works = Works(tmp_path, city=city)
    for n in range(40):
        works.low(0, 6, f"X-{n}")
    works.look(6)
    assert len(works.work()) == 40
    asked: list[str] = []
    event.listen(works.engine, "before_cursor_execute", lambda *found: asked.append(found[2]))
    works.low(7, 7, "X-0")
    asked.clear()
    works.look(7)
    assert not any("observations" in one and "SELECT" in one for one in asked)
    works.engine.dispose()
