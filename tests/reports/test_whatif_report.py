"""Past months under other terms, hours and clocks, over a database (S9)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from hallwatch.inventory.alternative import HOURS, Alternative, alternative
from hallwatch.inventory.checking import Rules
from reports.whatif import Change, book, what_if_document
from store.database import reading, writing
from store.inventory import load
from store.schema import outages
from tests.reports.stated import LATER as STATED_LATER
from tests.reports.stated import OCTOBER, SEPTEMBER, Stated
from tests.reports.vendors import KINDS, LATER, ZONE, Vendors, at, contract, term, vendors

pytestmark = pytest.mark.slow

RULES = Rules({"printer": 60.0, "kiosk": 60.0})
TERMS = [term("T1", "late_repairs", "5"), term("T2", "fault_count", "1", allowance="1")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Vendors]:
    """One repair of 3 h, one of 1 h, and half an hour of travel in each."""
    with vendors(tmp_path, contract(terms=TERMS, fee="1000.00", payment="linear")) as made:
        made.phoned("P-1", "2026-10-12 09:00", "2026-10-12 12:30")
        made.phoned("P-2", "2026-10-13 17:00", "2026-10-14 09:00")
        yield made


def tried(site: Vendors, months: tuple[str, ...] = (OCTOBER,), **change: Any) -> dict[str, Any]:
    with reading(site.engine) as conn:
        city = load(conn)
        found = alternative(city, "c-1", change, RULES)
        assert found.document is not None, found.faults
        changed = Change(found.document, found.hours, change)
        return what_if_document(conn, city, "c-1", months, changed, KINDS, at(LATER))


def scores(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["before"]["score"], one["after"]["score"]) for one in document["months"]]


def test_S9_a_longer_target_and_the_ticket_that_makes_the_difference(site: Vendors) -> None:
    found = tried(site, targets="3h")
    assert scores(found) == [("94.00", "99.00")]
    (ticket,) = found["months"][0]["tickets"]
    assert (ticket["id"], ticket["device"]) == ("T-000001", "P-1")
    assert ticket["before"] == {
        "lines": {"T1": "1", "T2": "1"},
        "counted_s": 10800.0,
        "late_s": 3600.0,
        "begun": OCTOBER,
        "restored": OCTOBER,
    }
    assert (ticket["after"]["lines"], ticket["after"]["late_s"]) == ({"T2": "1"}, 0.0)
    assert found["total"]["difference"] == {"score": "5.00", "payment": "50.00"}


def test_S9_travel_terms_and_payment_can_be_otherwise(site: Vendors) -> None:
    assert scores(tried(site, travel={"default": "90m"})) == [("94.00", "99.00")]
    dearer = [{"id": "T1", "term": "late_repairs", "points": "7.5", "round": "up"}]
    assert scores(tried(site, terms=dearer)) == [("94.00", "92.50")]
    fee = tried(site, fee="2000", payment={"bands": [{"from": 90, "percent": 80}]})
    assert fee["months"][0]["after"]["payment"] == "1600.00"
    assert fee["months"][0]["tickets"] == []


def test_S9_other_hours_by_a_name_or_as_they_would_be(site: Vendors) -> None:
    """From nine to five nothing of the second repair but the morning's counts; of the first all."""
    hours = {"zone": "Asia/Shanghai", "week": {"mon-fri": ["11:00-18:00"]}}
    found = tried(site, calendar=hours)
    assert scores(found) == [("94.00", "99.00")]
    assert found["change"] == {"calendar": hours}
    assert scores(tried(site, calendar="repairs")) == [("94.00", "94.00")]


def test_R2_a_clock_that_starts_when_monitoring_sees_the_fault(site: Vendors) -> None:
    start = at("2026-10-13 15:00")
    row: dict[str, Any] = {"device": site.numbers["P-2"], "start": start, "until": None, "last_ok": None}
    row |= {"confirmed_at": start, "cause": "silence", "owner": "vendor", "ticket": "T-000002"}
    with writing(site.engine) as conn:
        conn.execute(insert(outages).values(row))
    (ticket,) = tried(site, start="detected")["months"][0]["tickets"]
    assert (ticket["before"]["counted_s"], ticket["after"]["counted_s"]) == (60 * 60.0, 180 * 60.0)


def test_S9_months_are_added_up_and_the_mean_is_of_scores(site: Vendors) -> None:
    site.phoned("P-3", "2026-09-08 09:00", "2026-09-08 16:00")
    found = tried(site, (SEPTEMBER, OCTOBER), targets="3h")
    assert scores(found) == [("95.00", "95.00"), ("94.00", "99.00")]
    total = found["total"]
    assert (total["before"]["score"], total["after"]["score"]) == ("94.50", "97.00")
    assert (total["before"]["payment"], total["after"]["payment"]) == ("1890.00", "1940.00")
    assert (total["months"], total["tickets"], total["before"]["deductions"]) == (2, 1, "11.00")


def test_S9_the_book_has_months_lines_and_tickets(site: Vendors) -> None:
    made = book(tried(site, targets="3h"), str, "en", ZONE)
    assert made.table("months").rows[0][:4] == (OCTOBER, "94.00", "99.00", "5.00")
    assert made.table("lines").rows == ((OCTOBER, "T1", "Late repairs", "1", "0", "5.00", "0.00"),)
    assert made.table("tickets").rows[0][1:6] == ("T-000001", "P-1", "h-1", "T1: 1, T2: 1", "T2: 1")
    nothing = book(tried(site, calendar="repairs"), str, "en", ZONE)
    assert nothing.table("tickets").note == "None."
    for table in made.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_S9_of_a_sealed_month_it_is_said_whether_its_facts_still_are_those(stated: Stated) -> None:
    stated.sealed(SEPTEMBER, OCTOBER)
    stated.found(OCTOBER)
    with reading(stated.engine) as conn:
        city = load(conn)
        found = alternative(city, "c-1", {"fee": "1"}, RULES)
        assert found.document is not None
        changed, months = Change(found.document), [SEPTEMBER, OCTOBER, "2026-11"]
        told = what_if_document(conn, city, "c-1", months, changed, stated.policies, STATED_LATER)
    assert [(one["state"], one["as_sealed"]) for one in told["months"]] == [
        ("sealed", True),
        ("sealed", False),
        ("draft", None),
    ]
    assert told["head"] is not None
    made = book(told, str, "en", ZONE)
    assert any("have changed since" in words for words in made.words)


def judged(site: Vendors, **change: Any) -> Alternative:
    with reading(site.engine) as conn:
        return alternative(load(conn), "c-1", change, RULES)


@pytest.mark.parametrize(
    ("change", "place", "near"),
    [
        ({"terms": [{"id": "T1", "term": "late_repair", "points": 5, "round": "up"}]}, "terms[0].term", "late_repairs"),
        ({"terms": [{"id": "T1", "term": "late_repairs", "round": "up"}]}, "terms[0].points", None),
        ({"calendar": "repair"}, "calendar", "repairs"),
        ({"calendar": {"zone": "Asia/Shanghai", "week": {"mon": ["08:00-25:00"]}}}, "calendar.week.mon", None),
        ({"targets": {"prniter": "2h"}}, "targets.prniter", "printer"),
        ({"travel": {"mode": "actaul"}}, "travel.mode", "actual"),
        ({"start": "phoned"}, "start", "phone"),
        ({"fee": "-1"}, "fee", None),
        ({"payment": {"bands": []}}, "payment", None),
    ],
)
def test_S9_a_change_is_judged_by_the_rules_of_the_inventory(
    site: Vendors, change: dict[str, Any], place: str, near: str | None
) -> None:
    found = judged(site, **change)
    assert found.document is None
    assert (found.faults[0]["place"], found.faults[0]["near_miss"]) == (place, near)


def test_S9_what_is_not_changed_stays_as_it_is(site: Vendors) -> None:
    found = judged(site, start="notified", calendar={"zone": "Asia/Shanghai", "week": {"mon": ["08:00-09:00"]}})
    with reading(site.engine) as conn:
        before = dict(load(conn).contracts["c-1"].document)
    assert found.document is not None
    assert found.hours is not None
    same = {name: one for name, one in found.document.items() if name not in ("repair", "calendar")}
    assert same == {name: one for name, one in before.items() if name not in ("repair", "calendar")}
    assert found.document["repair"] == before["repair"] | {"start": "notified"}
    assert found.document["calendar"] == HOURS
