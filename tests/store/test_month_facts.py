"""What belongs to a contract's month, out of the database (S2, R1, T3)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from alerts.tickets import Happening, New, change
from sla.facts import Survey
from store import findings
from store.database import writing
from store.schema import outages
from tests.reports.vendors import Vendors, at, city, contract, term, vendors

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Vendors]:
    with vendors(tmp_path, contract()) as made:
        yield made


def ids(site: Vendors, month: str = "2026-10", now: str = "2026-11-20 12:00") -> list[str]:
    return [case.id for case in site.gathered(month, now=now).facts.cases]


def test_S2_tickets_of_the_month_and_its_borders_are_gathered_and_no_others(site: Vendors) -> None:
    over = site.phoned("P-5", "2026-09-03 09:00", "2026-09-03 10:00")
    late = site.phoned("P-1", "2026-09-30 09:00", "2026-10-08 10:00")
    mine = site.phoned("P-2", "2026-10-31 23:59", "2026-11-02 10:00")
    still = site.phoned("P-3", "2026-08-03 09:00")
    after = site.phoned("P-4", "2026-11-03 09:00", "2026-11-03 10:00")
    assert ids(site) == [still, late, mine]
    assert over not in ids(site)
    assert ids(site, "2026-11") == [still, mine, after]


def test_S2_a_months_first_and_last_instants_are_those_of_the_contracts_zone(site: Vendors) -> None:
    first = site.phoned("P-1", "2026-10-01 00:00", "2026-10-08 09:00")
    last = site.phoned("P-2", "2026-10-31 23:59", "2026-11-02 09:00")
    known = site.gathered()
    assert (known.month.start, known.month.until) == (at("2026-10-01 00:00"), at("2026-11-01 00:00"))
    assert [one.id for one in known.tickets] == [first, last]


def test_K4_the_ticket_that_is_repeated_comes_along_however_old(site: Vendors) -> None:
    old = site.phoned("P-1", "2026-09-10 09:00", "2026-09-10 10:00")
    again = site.phoned("P-1", "2026-10-08 09:00", "2026-10-08 10:00", repeats=old)
    assert ids(site) == [old, again]


def test_K1_preventive_work_and_other_vendors_tickets_are_left_out(site: Vendors) -> None:
    mine = site.phoned("P-1", "2026-10-08 09:00")
    site.phoned("P-2", "2026-10-08 09:00", vendor="v-2")
    site.phoned("K-1", "2026-10-08 09:00")
    with writing(site.engine) as conn:
        new = New(site.numbers["P-3"], "detected", "lowToner", "v-1", condition="lowToner")
        when = at("2026-10-08 09:00")
        change(conn, new, Happening("opened", when, "hallwatch", {"source": "detected"}), when)
    assert ids(site) == [mine]


def test_R2_a_ticket_opened_later_whose_clock_started_in_the_month_is_gathered(site: Vendors) -> None:
    joined = site.phoned("P-1", "2026-11-02 09:00")
    call = at("2026-10-30 09:00")
    site.did(joined, "note", "2026-11-02 09:30", source="phone", reported=True, reported_at=call)
    seen = site.phoned("P-2", "2026-11-02 09:00")
    start = at("2026-10-31 20:00")
    row: dict[str, Any] = {
        "device": site.numbers["P-2"],
        "start": start,
        "until": None,
        "last_ok": None,
        "confirmed_at": start,
    }
    row |= {"cause": "silence", "owner": "vendor", "ticket": seen}
    with writing(site.engine) as conn:
        conn.execute(insert(outages).values(row))
    site.phoned("P-3", "2026-11-02 09:00")
    assert ids(site) == [joined, seen]


@pytest.mark.parametrize(("wall", "count"), [("2026-10-01 00:00", 5), ("2026-10-01 00:01", 4)])
def test_S1_devices_in_service_are_those_at_the_months_first_instant(tmp_path: Path, wall: str, count: int) -> None:
    retired = {"P-2": {"vendor": "v-1", "retired": at("2026-10-01 00:00")}}
    some = {"P-1": {"vendor": "v-1", "commissioned": at(wall)}, "P-6": {"vendor": "v-1"}} | retired
    with vendors(tmp_path, contract(), devices=some) as site:
        assert site.gathered().facts.devices_in_service == count


def test_R1_a_device_that_the_inventory_dropped_in_the_month_was_in_service_at_its_start(site: Vendors) -> None:
    less = city(contract())
    less["devices"] = [one for one in less["devices"] if one["id"] != "P-5"]
    site.adopt(less, "2026-10-09 09:00")
    assert site.gathered("2026-10").facts.devices_in_service == 5
    assert site.gathered("2026-11").facts.devices_in_service == 4


def test_S2_what_people_found_counts_from_its_entry_until_it_is_withdrawn(site: Vendors) -> None:
    site.found("missed_patrol", "h-1")
    gone = site.found("missed_patrol", "h-2")
    site.found("spare_not_ready", "toner 59A", wall="2026-11-03 09:00")
    site.found("survey", "calls", total="41.5", answers=10)
    site.found("survey", "visits", total="8.5", answers=2)
    site.found("missed_patrol", "h-1", month="2026-09")
    with writing(site.engine) as conn:
        findings.withdraw(conn, gone.n, "me", "it was made", at("2026-11-04 09:00"))
    before, after = (site.gathered(now=wall).facts for wall in ("2026-11-02 12:00", "2026-11-05 12:00"))
    assert before.missed_patrols == ("h-1", "h-2")
    assert before.spares_not_ready == ()
    assert (after.missed_patrols, after.spares_not_ready) == (("h-1",), ("toner 59A",))
    assert after.satisfaction == Survey(Fraction(50), 12)


def test_T3_a_year_without_known_holidays_is_provisional(site: Vendors) -> None:
    assert not site.gathered("2026-12", now="2027-01-02 09:00").provisional
    assert site.gathered("2027-01", now="2027-02-02 09:00").provisional


def test_S2_availability_is_counted_only_where_a_term_charges_it(tmp_path: Path) -> None:
    charged = contract(terms=[term("T1", "availability", "1", allowance="99")])
    with vendors(tmp_path, charged) as site:
        counted = site.gathered().facts.availability
        assert counted is not None
        assert not counted.covered
        site.adopt(city(contract()), "2026-01-02 00:00")
        assert site.gathered().facts.availability is None


def test_T1_what_is_no_month_is_refused(site: Vendors) -> None:
    for wrong in ("2026-13", "2026-1", "October", ""):
        with pytest.raises(ValueError, match=r"month|year"):
            site.gathered(wrong)
