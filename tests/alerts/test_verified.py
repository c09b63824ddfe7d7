"""K6 at work: a person's word that it is repaired, and what the device says to that."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from alerts.places import load_places
from alerts.setbacks import Setbacks
from alerts.verified import Claims, settle
from sla.ticket import ImpossibleOrder
from store import tickets as rows
from store.cases import Cases
from store.database import reading
from store.inventory import load
from store.schema import ticket_events
from tests.alerts.seeing import happen, life, phone, saw
from tests.alerts.site import MINUTE, PRINTER, T0, Kind, Site, document

pytestmark = pytest.mark.slow

NIGHT = 8 * 60  # 18:00: closed
MORNING = 22.5 * 60  # 08:30


@pytest.fixture
def claimed(site: Site) -> Site:
    """P-1 is down from 0 on, phoned in at 1; at 20 the vendor says that it is repaired."""
    phone(site, "P-1", 1)
    site.outage("P-1", 0)
    site.look(6)
    happen(site, "restored", 20, how="repaired")
    return site


def last(site: Site) -> tuple[str, float]:
    return life(site)[-1]


def detail(site: Site) -> dict[str, object]:
    with reading(site.engine) as conn:
        return dict(rows.events(conn, 1)[-1].detail)


def closed_at(site: Site, minute: float) -> float | None:
    """When the clock of the ticket stopped, by what is known at a minute; None while it runs."""
    now = T0 + round(minute * MINUTE)
    with reading(site.engine) as conn:
        ticket = rows.known(conn, "T-000001")
        cases = Cases.of(conn, load(conn), [ticket], {"printer": PRINTER, "switch": Kind()}, now)
        found = cases.repair(ticket.n, now)
    assert found is not None
    return None if found.until is None else (found.until - T0) / MINUTE


def contracted() -> dict[str, object]:
    city = document()
    city["contracts"] = [
        {
            "id": "c-1",
            "vendor": "v-1",
            "valid": {"from": T0 - 1000 * MINUTE, "until": T0 + 10**9},
            "calendar": "hours",
            "covers": {"kinds": "all", "halls": "all"},
            "repair": {"start": "phone", "warn": [50], "targets": {"printer": 7200}},
            "travel": {"mode": "allowance", "default": [], "halls": {}},
            "pauses": [],
            "silence": "vendor",
            "fee": None,
            "payment": "none",
            "terms": [],
        }
    ]
    return city


def test_K6_the_device_is_seen_up_after_the_claim_and_verifies_it(claimed: Site) -> None:
    claimed.outage("P-1", 0, 20.5)
    saw(claimed, "P-1", "up", 20.5, 21.5)
    claimed.look(22)
    assert last(claimed) == ("verified", 20.5)
    assert detail(claimed) == {"detected": True}
    assert (claimed.ticket().state, claimed.ticket().closed_at) == ("verified", T0 + 20 * MINUTE)
    claimed.look(60)
    assert last(claimed) == ("verified", 20.5)


def test_K6_degraded_verifies_as_well_and_nobody_is_told(claimed: Site) -> None:
    claimed.outage("P-1", 0, 21)
    saw(claimed, "P-1", "degraded", 21)
    told = claimed.told()
    claimed.look(22)
    assert last(claimed) == ("verified", 21)
    assert claimed.told() == [*told, "restored"]


def test_K6_seen_down_after_the_claim_it_is_rejected_and_the_vendor_hears_of_it(claimed: Site) -> None:
    claimed.look(20.9)
    assert last(claimed) == ("restored", 20)
    saw(claimed, "P-1", "down", 21)
    claimed.look(23)
    assert last(claimed) == ("rejected", 21)
    assert claimed.told()[-1] == "rejected"
    assert claimed.ticket().closed_at is None


def test_K6_what_was_seen_first_decides_whatever_came_first(claimed: Site) -> None:
    claimed.outage("P-1", 0, 23)
    saw(claimed, "P-1", "up", 24, 23)
    saw(claimed, "P-1", "down", 22, 21)
    claimed.look(25)
    claimed.look(26)
    assert life(claimed)[-2:] == [("rejected", 21), ("restored", 23)]


def test_K6_after_a_rejection_the_end_of_the_outage_is_the_restoration_for_every_source(claimed: Site) -> None:
    saw(claimed, "P-1", "down", 21)
    claimed.look(23)
    claimed.outage("P-1", 0, 30)
    claimed.look(31)
    assert last(claimed) == ("restored", 30)


def test_K6_what_staff_rejected_monitoring_does_not_restore(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 10)
    site.look(11)
    happen(site, "rejected", 12, by="hall")
    for minute in (13, 60):
        site.look(minute)
    assert last(site) == ("rejected", 12)


def test_K3_what_the_hall_phones_in_again_monitoring_does_not_restore(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 10)
    site.look(11)
    phone(site, "P-1", 15)
    site.look(16)
    assert last(site) == ("reopened", 15)


@pytest.mark.parametrize("seen", [(NIGHT + 1, NIGHT + 300), (MORNING, MORNING + 14)])
def test_K6_silence_in_closed_hours_and_in_the_grace_contradicts_nothing(
    claimed: Site, seen: tuple[float, float]
) -> None:
    happen(claimed, "reopened", 21, by="hall")
    happen(claimed, "restored", NIGHT - 5)
    saw(claimed, "P-1", "down", *seen)
    claimed.look(MORNING + 14.9)
    assert last(claimed) == ("restored", NIGHT - 5)
    saw(claimed, "P-1", "down", MORNING + 15)
    claimed.look(MORNING + 40)
    assert last(claimed) == ("rejected", MORNING + 15)


def test_K6_sleep_contradicts_nothing(claimed: Site) -> None:
    saw(claimed, "P-1", "down", 21, 22, conditions=("asleep",))
    claimed.look(30)
    assert last(claimed) == ("restored", 20)


def test_K6_O5_unreachable_time_contradicts_nothing(claimed: Site) -> None:
    claimed.outage("SW-1", 20.5, 40)
    saw(claimed, "P-1", "down", 21, 22, 39)
    claimed.look(45)
    assert last(claimed) == ("restored", 20)
    saw(claimed, "P-1", "down", 41)
    claimed.look(50)
    assert last(claimed) == ("rejected", 41)


def test_K6_after_four_open_hours_without_a_word_the_claim_stands(claimed: Site) -> None:
    claimed.look(20 + 239)
    assert last(claimed) == ("restored", 20)
    claimed.look(20 + 246)
    assert last(claimed) == ("verified", 260)
    assert detail(claimed) == {"detected": True, "stands": True}


def test_K6_seen_down_after_it_stood_it_is_open_again_from_then(claimed: Site) -> None:
    claimed.look(270)
    saw(claimed, "P-1", "down", 300)
    claimed.look(310)
    assert last(claimed) == ("reopened", 300)


def test_K6_what_staff_verified_stands(claimed: Site) -> None:
    happen(claimed, "verified", 21, by="hall")
    saw(claimed, "P-1", "down", 22, 23)
    for minute in (25, 300):
        claimed.look(minute)
    assert last(claimed) == ("verified", 21)


def test_K6_staff_may_still_reject_what_monitoring_verified(claimed: Site) -> None:
    claimed.outage("P-1", 0, 21)
    saw(claimed, "P-1", "up", 21)
    claimed.look(22)
    happen(claimed, "rejected", 30, by="hall")
    claimed.look(40)
    assert last(claimed) == ("rejected", 30)


def test_K6_a_stray_silence_outside_of_an_outage_contradicts_nothing(site: Site) -> None:
    phone(site, "P-1", 1)
    happen(site, "restored", 20)
    saw(site, "P-1", "down", 21)
    saw(site, "P-1", "up", 22)
    site.look(23)
    assert last(site) == ("verified", 22)


def test_K6_a_claim_about_an_outage_that_no_ticket_has_yet_is_rejected_and_takes_it(site: Site) -> None:
    phone(site, "P-1", 1)
    site.outage("P-1", 0)
    happen(site, "restored", 2)
    saw(site, "P-1", "down", 2.5)
    site.look(4)
    assert last(site) == ("rejected", 2.5)
    site.outage("P-1", 0, 10)
    site.look(11)
    assert last(site) == ("restored", 10)


def test_K7_facts_that_come_after_the_verification_still_move_the_clock(tmp_path: Path) -> None:
    site = Site(tmp_path, city=contracted())
    phone(site, "P-1", 1)
    site.outage("P-1", 0)
    site.look(6)
    happen(site, "restored", 20)
    site.outage("P-1", 0, 40)
    saw(site, "P-1", "up", 40)
    site.look(41)
    assert (last(site), closed_at(site, 42)) == (("verified", 40), 20)
    saw(site, "P-1", "down", 30)  # a collector was cut off
    site.look(50)
    assert (last(site), closed_at(site, 50)) == (("verified", 40), 40)
    site.engine.dispose()


def test_K6_the_verification_itself_leaves_the_clock_as_it_was(tmp_path: Path) -> None:
    site = Site(tmp_path, city=contracted())
    phone(site, "P-1", 1)
    happen(site, "restored", 20)
    before = closed_at(site, 300)
    site.look(300)
    assert (last(site), before, closed_at(site, 300)) == (("verified", 260), 20, 20)
    site.engine.dispose()


@pytest.mark.parametrize("seed", range(5))
def test_O7_the_verdict_does_not_hang_on_the_order_of_arrival(claimed: Site, seed: int) -> None:
    claimed.outage("P-1", 0, 26)
    words = [("down", 22), ("down", 23), ("unknown", 21), ("up", 26), ("up", 27), ("down", 25)]
    random.Random(seed).shuffle(words)
    for state, minute in words:
        saw(claimed, "P-1", state, minute)  # type: ignore[arg-type]
    for minute in (30, 31):
        claimed.look(minute)
    assert life(claimed)[-2:] == [("rejected", 22), ("restored", 26)]


def test_K6_a_restart_decides_the_same_and_once(claimed: Site) -> None:
    claimed.outage("P-1", 0, 21)
    saw(claimed, "P-1", "up", 21)
    for minute in (22, 23, 24):
        claimed.alerts = claimed.started()
        claimed.look(minute)
    assert [what for what, _ in life(claimed)].count("verified") == 1


def test_K6_one_bad_ticket_stops_no_other(claimed: Site) -> None:
    phone(claimed, "P-2", 2)
    happen(claimed, "restored", 20, ticket="T-000002")
    claimed.outage("P-1", 0, 21)
    saw(claimed, "P-1", "up", 21)
    saw(claimed, "P-2", "up", 21)
    with claimed.write() as conn:  # a life that cannot be: nothing may follow on it
        bad = {"ticket": 1, "event": "opened", "at": T0 + 10 * MINUTE, "recorded_at": T0, "by": "x", "detail": {}}
        conn.execute(ticket_events.insert().values(bad))
    claimed.look(22)
    assert last(claimed) == ("restored", 20)
    assert life(claimed, "T-000002")[-1] == ("verified", 21)


def test_K6_somebody_was_quicker(claimed: Site) -> None:
    claimed.outage("P-1", 0, 21)
    saw(claimed, "P-1", "up", 21)
    with reading(claimed.engine) as conn:
        places = load_places(conn, claimed.alerts.policies, None)
        (found,) = Claims().settled(conn, places, T0 + 22 * MINUTE, Setbacks())
    happen(claimed, "rejected", 20.5, by="hall")
    with claimed.write() as conn, pytest.raises(ImpossibleOrder):
        settle(conn, found, T0 + 22 * MINUTE)
