"""Runs of equal readings tell of devices what their rows tell, whatever comes late or is changed (T5, T6)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, update

from sla.availability import tally
from sla.bulk import tallies
from sla.instant import DAY, MINUTE
from sla.profile import PROFILES
from store import digests, facts
from store.city import City, Device, Hall, ancestors
from store.database import reading, writing
from store.device_facts import Period, Selected
from store.digests import catch_up
from store.facts import Fact
from store.folding import fold
from store.inventory import load
from store.many_facts import Shared, short_way
from store.readings import Reading, Readings
from store.schema import observations, segments
from store.statement_schema import digests as table
from tests.reports.site import T0, Kinds, Site, document

pytestmark = pytest.mark.slow

PERIODS = ((0, 300), (-600, 0), (100, 101), (-2000, 3000), (400, 900))
POLICIES = {"printer": Kinds()}


def both_ways(site: Site, start: int, until: int, now: int = 5000) -> set[str]:
    """Compare them for minutes after T0, under every profile; answers who went the short way."""
    period = Period(T0 + start * MINUTE, T0 + until * MINUTE, T0 + now * MINUTE)
    with reading(site.engine) as conn:
        city = load(conn)
        every = list(city.devices.values())
        selected = Selected.planned(conn, city, POLICIES, period)
        found = short_way(conn, selected, every, Shared(POLICIES))
        rows = selected.seen_now(conn, found.devices)
        assert {one.id for one in (*found.devices, *found.rest)} == set(city.devices)
        for profile in PROFILES:
            counted = tallies(found.columns, *period, profile)
            for n, device in enumerate(found.devices):
                assert counted[n] == tally(rows.facts(conn, device), *period, profile), (device.id, profile)
        freed = short_way(conn, selected, found.devices, Shared(POLICIES, free_silence=True))
        counted = tallies(freed.columns, *period, "contract")
        for n, device in enumerate(freed.devices):
            facts_ = rows.facts(conn, device)
            free = replace(facts_, policy=replace(facts_.policy, free_silence=True))
            assert counted[n] == tally(free, *period, "contract"), device.id
    return {one.id for one in found.devices}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two days of a city, packed but for its last hours; the switch takes two printers with it."""
    made = Site(tmp_path)
    made.saw("SW-1", "u" * 300 + "d" * 20 + "u" * 3000, -300)
    made.saw("P-1", "u" * 300 + "d" * 25 + "g" * 100 + "?" * 20 + "u" * 3000, -300)
    made.saw("P-2", "u" * 310 + "d" * 8 + "u" * 500 + "." * 60 + "u" * 2500, -300)
    made.saw("P-3", "u" * 100 + "d" + "u" * 600 + "d" * 900 + "u" * 1900, -300)
    fold(made.engine, T0 + 30 * DAY)
    made.saw("PC-1", "u" * 500, 2600)
    yield made
    made.engine.dispose()


def note(site: Site, device: str, minute: float, state: str, conditions: str = "") -> None:
    """One observation that comes late."""
    said, ts = Reading("c", state, conditions, "", 60_000), T0 + round(minute * MINUTE)
    with writing(site.engine) as conn:
        number = Readings().intern(conn, [said])[said]
        facts.store(conn, [Fact(site.numbers[device], ts, number, ts // 1000, None, None)])


def test_T6_packed_or_not_runs_give_the_figures_of_the_rows(site: Site) -> None:
    for period in PERIODS:
        assert both_ways(site, *period) >= {"SW-1", "P-2"}
    assert both_ways(site, 0, 300) == {"SW-1", "P-1", "P-2", "P-3"}  # of PC-1 there is a word much later


def test_A5_an_outage_that_lasts_now_goes_the_short_way(site: Site) -> None:
    site.saw("PC-1", "d" * 30, 3100)
    assert "PC-1" in both_ways(site, 3000, 3130, now=3130)
    assert "PC-1" not in both_ways(site, 3000, 3110, now=3130)


@pytest.mark.parametrize("state", ["up", "unknown", "degraded"])
def test_T5_a_fact_that_comes_late_to_a_packed_day_counts_at_once(site: Site, state: str) -> None:
    note(site, "P-2", 530.5, state)
    assert "P-2" not in both_ways(site, 0, 600)
    fold(site.engine, T0 + 60 * DAY)
    assert "P-2" in both_ways(site, 0, 600)


def test_O7_several_rows_at_one_instant_are_read_as_rows(site: Site) -> None:
    note(site, "P-2", 200, "degraded", "lowToner")
    fold(site.engine, T0 + 60 * DAY)
    assert "P-2" not in both_ways(site, 0, 600)
    note(site, "PC-1", 2700, "degraded", "lowToner")
    assert "PC-1" not in both_ways(site, 2600, 2900)


def test_T5_corrections_and_their_withdrawal_count_at_once(site: Site) -> None:
    one = site.exempt("correction", "P-1", 0, 10)
    site.exempt("maintenance", "h-1", 5, 15)
    assert "P-1" in both_ways(site, 0, 300)
    site.withdraw(one)
    assert "P-1" in both_ways(site, 0, 300)


def changed(**of: Any) -> dict[str, Any]:
    made = document()
    for key, value in of.items():
        next(one for one in made["devices"] if one["id"] == key.replace("_", "-")).update(value)
    return made


def test_T5_a_changed_calendar_parent_vendor_or_interval_counts_at_once(site: Site) -> None:
    site.adopt(changed(P_3={"parent": "SW-1"}, P_1={"vendor": None}), T0)
    assert both_ways(site, 0, 300) >= {"P-1", "P-3"}
    hours = document()
    hours["calendars"]["hours"] = {"zone": "Asia/Shanghai", "week": {"mon": ["10:05-11:00"]}}
    site.adopt(hours, T0)
    assert "P-1" in both_ways(site, 0, 300)
    site.adopt(changed(P_2={"interval": 1800}, P_1={"interval": 1}), T0)
    assert both_ways(site, 0, 900) >= {"P-1", "P-2"}


def test_what_was_packed_before_there_were_digests_is_read_as_rows_until_it_has_them(site: Site) -> None:
    with writing(site.engine) as conn:
        conn.execute(delete(table).where(table.c.device == site.numbers["P-1"]))
    assert "P-1" not in both_ways(site, 0, 300)
    assert catch_up(site.engine) > 1
    assert "P-1" in both_ways(site, 0, 300)
    assert catch_up(site.engine) == 0
    with writing(site.engine) as conn:
        conn.execute(delete(table))
    assert catch_up(site.engine, stop=lambda: True) == 0


def test_a_digest_that_lacks_a_day_is_not_taken_for_whole(site: Site) -> None:
    with writing(site.engine) as conn:
        conn.execute(update(segments).where(segments.c.device == site.numbers["P-1"]).values(day=segments.c.day - 90))
        conn.execute(update(table).where(table.c.device == site.numbers["P-2"]).values(days=0))
    assert both_ways(site, 0, 300) & {"P-1", "P-2"} == set()


def test_a_gap_within_a_run_that_is_blind_by_a_shorter_interval_is_read_as_rows(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for minute in range(0, 600, 10):  # every ten minutes, without a word of when the next is due
        said = Reading("c", "up", "", "", 0)
        with writing(site.engine) as conn:
            number = Readings().intern(conn, [said])[said]
            ts = T0 + minute * MINUTE
            facts.store(conn, [Fact(site.numbers["P-3"], ts, number, ts // 1000, None, None)])
    fold(site.engine, T0 + 30 * DAY)
    assert "P-3" not in both_ways(site, 0, 300)
    site.adopt(changed(P_3={"interval": 600}), T0)
    assert "P-3" in both_ways(site, 0, 300)
    site.engine.dispose()


@pytest.mark.parametrize("seed", range(4))
def test_any_history_packed_in_any_part_gives_the_same_either_way(tmp_path: Path, seed: int) -> None:
    pick, site, short = random.Random(seed), Site(tmp_path), 0
    for _ in range(2):
        for id in site.numbers:
            picture = "".join(pick.choice("uuuuugd.?") * pick.randrange(1, 200) for _ in range(25))
            site.saw(id, picture, pick.randrange(-1500, 1500), confirm=pick.choice([1, 2, 3]))
            if pick.random() < 0.5:
                fold(site.engine, T0 + pick.randrange(4, 30) * DAY)
        for period in PERIODS:
            short += len(both_ways(site, *period, now=pick.choice([300, 900, 5000])))
        with writing(site.engine) as conn:
            for n in site.numbers.values():
                conn.execute(delete(observations).where(observations.c.device == n))
                for one in (segments, table):
                    conn.execute(delete(one).where(one.c.device == n))
            conn.exec_driver_sql("delete from outages")
    assert short > 0
    site.engine.dispose()


def test_a_run_ends_with_its_reading_and_before_an_unusual_gap() -> None:
    ts = np.array([0, 60, 120, 180, 600, 660, 720])
    found = digests.runs_of(ts, np.array([1, 1, 1, 2, 2, 2, 2]))
    assert found.tolist() == [(0, 120, 1, 60), (180, 180, 2, 0), (600, 720, 2, 60)]


def test_O5_a_line_of_ancestors_is_the_devices_own_also_in_a_circle() -> None:
    given = {"a": "b", "b": "c", "c": "a", "d": "b", "e": "e", "f": None, "g": "f", "h": "gone"}
    rows = {id: Device(n, id, "pc", "h-1", "c-01", 60.0, parent=up) for n, (id, up) in enumerate(given.items())}
    for gateway in (None, "a", "f", "gone"):
        city = City(devices=rows, halls={"h-1": Hall("h-1", "Hall", "own", gateway=gateway)})
        shared = Shared(POLICIES)
        assert {id: list(shared.line(city, one)) for id, one in rows.items()} == {
            id: ancestors(city, id) for id in rows
        }
