"""The worst devices with their outages, and blind time where it is and why, over a database (A6, C1, O6)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from reports.blind import ON_BATTERY
from reports.monthly_book import book
from sla.instant import MINUTE, render
from store import facts, heard, tickets
from store.database import writing
from store.facts import Fact
from store.folding import fold
from store.readings import Readings, reading
from store.schema import gaps, observations, outages, streams
from tests.collector.kinds.hosts import APC, APC_UPS, RFC1628, UPS, Objects, poll
from tests.reports.site import T0, Site, by_id, document
from tests.reports.test_monthly import ZONE, row, told

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.engine.dispose()


def at(minute: int) -> str:
    return render(T0 + minute * MINUTE)


def stretches(found: dict[str, Any]) -> list[tuple[str, tuple[str, ...], float, str]]:
    return [
        (one["hall"], tuple(one["devices"]), one["seconds"] / 60, one["cause"]) for one in found["blind"]["stretches"]
    ]


def test_the_worst_come_first_each_with_the_outages_that_cost_it(site: Site) -> None:
    site.saw("P-1", "u" * 10 + "d" * 20 + "u" * 70)
    site.saw("P-3", "u" * 10 + "d" * 15 + "u" * 15 + "d" * 10 + "u" * 50)
    first, second = told(site)["worst"]
    assert (first["device"], first["bad_s"], first["rank"]) == ("P-3", 1500, 1)
    assert [(one["from"], one["until"], one["counted_s"]) for one in first["outages"]] == [
        (at(10), at(25), 900),
        (at(40), at(50), 600),
    ]
    assert (second["device"], second["outages"][0]["cause"], second["outages"][0]["owner"]) == (
        "P-1",
        "silence",
        "undetermined",
    )


def test_O6_what_lies_before_a_halls_first_observation_is_no_loss_of_power(site: Site) -> None:
    for id in ("P-1", "P-2", "SW-1"):
        site.saw(id, "u" * 80, 20)
    found = [one for one in stretches(told(site)) if one[0] == "h-1"]
    assert {(one[3], one[2]) for one in found if one[3] != "not_known"} == {("not_yet", 60)}


def test_A6_an_outage_over_the_border_costs_what_lies_within_and_says_so(site: Site) -> None:
    site.saw("P-1", "u" * 10 + "d" * 90)
    (one,) = told(site, 30, 60)["worst"][0]["outages"]
    assert (one["from"], one["until"], one["counted_s"], one["crosses"]) == (at(10), None, 1800, True)


def test_what_the_worst_cost_is_their_bad_time(site: Site) -> None:
    site.saw("SW-1", "u" * 20 + "d" * 30 + "u" * 50)
    site.saw("P-1", "u" * 20 + "d" * 30 + "u" * 10 + "d" * 10 + "u" * 30)
    found = told(site)
    for one in found["worst"]:
        seconds = row(found, "device", one["device"])["seconds"]
        assert one["bad_s"] == sum(cost["counted_s"] for cost in one["outages"])
        assert one["bad_s"] == seconds["down"] + seconds["unreachable"]
    behind = found["worst"][0]
    assert [(cost["cause"], cost["owner"]) for cost in behind["outages"]] == [
        ("unreachable", None),
        ("silence", "undetermined"),
    ]


def test_C1_a_changed_owner_and_the_ticket_stand_beside_the_outage(site: Site) -> None:
    site.saw("P-1", "u" * 10 + "d" * 20 + "u" * 70)
    with writing(site.engine) as conn:
        n = site.numbers["P-1"]
        made = tickets.add(conn, n, "detected", "silence", T0, vendor="v-1")
        conn.execute(update(outages).where(outages.c.device == n).values(ticket=made.id))
        tickets.append(conn, made.n, "owner_changed", T0, T0, "boss", {"owner": "hall", "reason": "plug"})
    (one,) = told(site)["worst"][0]["outages"]
    assert (one["ticket"], one["owner"]) == (made.id, "hall")


def test_O6_a_whole_hall_that_was_silent_at_once_is_one_stretch_of_its_uplink(site: Site) -> None:
    for id in ("SW-1", "P-1", "P-2"):
        site.saw(id, "u" * 30 + "." * 40 + "u" * 30)
    site.saw("P-3", "u" * 100)
    site.saw("PC-1", "u" * 50 + "." * 20 + "u" * 30)
    found = told(site)
    assert stretches(found) == [
        ("h-1", ("P-1", "P-2", "SW-1"), 120, "uplink_or_power"),
        ("h-2", ("PC-1",), 20, "not_known"),
    ]
    assert found["blind"]["causes"] == {"not_known": 1200, "uplink_or_power": 7200}
    assert found["blind"]["seconds"] == row(found, "city", "city")["seconds"]["unmonitored"]


def test_O6_a_collector_without_heartbeat_is_the_reason_and_the_rest_of_the_silence_is_not(site: Site) -> None:
    for id in ("P-3", "PC-1"):
        site.saw(id, "u" * 10 + "." * 60 + "u" * 30)
    for id in ("SW-1", "P-1", "P-2"):
        site.saw(id, "u" * 100)
    with writing(site.engine) as conn:
        heard.begin_silence(conn, "c-01", T0 + 20 * MINUTE)
        heard.end_silence(conn, "c-01", T0 + 50 * MINUTE)
    assert told(site)["blind"]["causes"] == {"collector": 3600, "uplink_or_power": 3600}


def test_O6_a_device_that_was_never_seen_says_nothing_of_the_uplink(site: Site) -> None:
    for id in ("SW-1", "P-1", "P-2", "P-3"):
        site.saw(id, "u" * 100)
    assert stretches(told(site)) == [("h-2", ("PC-1",), 100, "not_known")]


def test_O6_lost_facts_are_the_collectors(site: Site) -> None:
    for id in ("SW-1", "P-1", "P-2", "PC-1"):
        site.saw(id, "u" * 100)
    site.saw("P-3", "u" * 30 + "." * 40 + "u" * 30)
    assert stretches(told(site))[0][3] == "not_known"
    number = site.numbers["P-3"]
    with writing(site.engine) as conn:
        conn.execute(insert(streams).values(n=1, collector="c-01", epoch="e", receipt=100, heard_at=T0 + 100 * MINUTE))
        conn.execute(insert(gaps).values(stream=1, first=31, last=69, found_at=T0 + 90 * MINUTE))
        seq = (observations.c.ts - T0) // MINUTE
        conn.execute(update(observations).where(observations.c.device == number).values(stream=1, seq=seq))
    assert stretches(told(site)) == [("h-2", ("P-3",), 40, "collector")]
    fold(site.engine, T0 + 30 * 86_400_000)
    assert stretches(told(site)) == [("h-2", ("P-3",), 40, "collector")]


def test_O6_all_of_a_hall_is_asked_also_where_one_vendor_reads(site: Site) -> None:
    for id in ("SW-1", "P-1", "P-2"):
        site.saw(id, "u" * 30 + "." * 40 + "u" * 30)
    assert stretches(told(site, vendor="v-1"))[1:] == [("h-1", ("P-1",), 40, "uplink_or_power")]


@pytest.mark.parametrize("ups", [{**RFC1628, f"{UPS}.4.1.0": 5, f"{UPS}.2.1.0": 3}, {**APC_UPS, f"{APC}.4.1.1.0": 3}])
def test_O6_power_is_the_reason_after_the_ups_ran_on_battery(tmp_path: Path, ups: Objects) -> None:
    polled = asyncio.run(poll("ups", ups))  # what its collector makes of what the UPS says
    city = document()
    city["devices"].append({"id": "U-1", "kind": "ups", "hall": "h-2", "interval": 60})
    site = Site(tmp_path, city)
    site.saw("P-3", "u" * 30 + "." * 40 + "u" * 30)
    site.saw("PC-1", "u" * 30 + "." * 40 + "u" * 30)
    site.saw("U-1", "u" * 30 + "." * 40 + "u" * 30)
    assert {one[3] for one in stretches(told(site, halls=("h-2",)))} == {"uplink_or_power"}
    assert ON_BATTERY in polled.conditions
    said = reading("c", polled.judged.state, polled.conditions, None, 60)
    with writing(site.engine) as conn:
        number = Readings().intern(conn, [said])[said]
        when = T0 + 29 * MINUTE + 1000
        facts.store(conn, [Fact(site.numbers["U-1"], when, number, when // 1000, None, None)])
    assert {one[3] for one in stretches(told(site, halls=("h-2",)))} == {"power"}
    site.engine.dispose()


def test_what_is_still_to_come_is_not_blind_for_a_reason(site: Site) -> None:
    site.saw("P-3", "u" * 100)
    found = told(site, 0, 200, now=100, halls=("h-2",))
    assert found["blind"]["causes"] == {"not_known": 6000, "to_come": 12000}
    assert stretches(found) == [("h-2", ("PC-1",), 100, "not_known")]
    assert any("not over" in words for words in book(found, str, "en", ZONE).words)


def test_the_book_lists_what_the_document_lists(site: Site) -> None:
    site.saw("P-1", "u" * 10 + "d" * 20 + "u" * 70)
    found = told(site)
    made = book(found, str, "en", ZONE)
    assert [one[1] for one in made.table("worst").rows] == ["P-1"]
    assert made.table("worst_outages").rows[0][2:5] == (at(10), at(30), 1200.0)
    assert sum(one[6] for one in made.table("blind").rows) == found["blind"]["seconds"]  # type: ignore[misc]
    total = made.table("blind_halls").total
    assert total is not None
    assert total[2] == found["blind"]["seconds"]


@pytest.mark.parametrize("profile", ["service", "contract"])
def test_A6_an_outage_over_a_night_ends_with_its_last_bad_second_not_with_the_month(site: Site, profile: Any) -> None:
    """Down from 17:00 to 9:00 in a hall that closes at 18:00: over midnight it goes on though nothing counts."""
    site.saw("P-1", "u" * 420 + "d" * 960 + "u" * 300)
    evening = by_id(site.report(-600, 840, now=1600, by="device", profile=profile))["P-1"].figures
    morning = by_id(site.report(840, 1600, by="device", profile=profile))["P-1"].figures
    assert evening.outages == 1
    assert evening.mttr_ms is None
    assert morning.outages == 0
    assert morning.mttr_ms == 90 * MINUTE
