"""What is due when and for whom: the first working day of a month, once, three months back at most (T1, T3, S2)."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports.schedule import Due, Plan, due, due_at, mail_people, months, next_at, pending
from sla.instant import DAY, HOUR, parse, render
from sla.month import month
from store import report_runs
from store.agreements import contracts_of
from store.city import City, city_of
from store.database import reading, writing
from store.report_runs import File, Run
from store.schema import imports
from tests.reports.site import T0, Site

ZONE = ZoneInfo("Asia/Shanghai")
BOSS = ("mailto:boss@operator.example",)
DUTY = ["mailto:duty@vendor.example", "wecom:desk"]


def contract(id: str = "c-1", **more: Any) -> dict[str, Any]:
    """One that is in force in all of 2026, as the inventory has it."""
    plain = {
        "id": id,
        "vendor": "v-1",
        "valid": {"from": at("2026-01-01T00:00"), "until": at("2027-01-01T00:00")},
        "covers": {"kinds": "all", "halls": "all"},
        "repair": {"start": "phone", "targets": {"printer": 7200}, "warn": []},
        "travel": {"mode": "allowance", "default": [], "halls": {}},
        "terms": [],
    }
    return plain | {"pauses": [], "silence": "vendor", "fee": "20000.00", "payment": "none"} | more


def city(*contracts: dict[str, Any], **more: Any) -> City:
    vendors = [{"id": "v-1", "name": "代维一公司", "notify": DUTY}]
    return city_of(
        {"vendors": vendors, "contracts": list(contracts), "branches": [{"id": "b-1", "name": "柳南"}]} | more
    )


def at(text: str) -> int:
    """A wall time in the site's zone."""
    return parse(f"{text}+08:00")


def keys(found: list[Due]) -> list[str]:
    return [one.key for one in found]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026-09", "2026-10-08T06:00"),  # the national holiday lasts until the 7th
        ("2026-10", "2026-11-02T06:00"),  # the 1st is a Sunday
        ("2025-12", "2026-01-04T06:00"),  # a Sunday that makes up for New Year's days off
        ("2026-03", "2026-04-01T06:00"),
    ],
)
def test_T3_reports_are_due_on_the_first_working_day_at_six(name: str, expected: str) -> None:
    assert due_at(name, Plan(ZONE)) == (at(expected), True)


def test_T3_in_a_year_whose_holidays_nobody_knows_it_is_monday_to_friday_and_says_so() -> None:
    assert due_at("2099-04", Plan(ZONE)) == (at("2099-05-01T06:00"), False)  # Labour Day, a Friday
    assert due_at("2099-04", Plan(ZONE, day=3)) == (at("2099-05-03T06:00"), True)


def test_a_day_and_an_hour_may_be_set() -> None:
    assert due_at("2026-10", Plan(ZONE, day=1, at=time(7, 30))) == (at("2026-11-01T07:30"), True)


def test_T1_the_hour_is_on_the_wall_of_the_site() -> None:
    assert due_at("2026-02", Plan(ZoneInfo("Europe/Berlin"), day=29 - 1))[0] == parse("2026-03-28T05:00:00Z")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-02T05:59:59.999", ["2026-07", "2026-08", "2026-09"]),
        ("2026-11-02T06:00", ["2026-08", "2026-09", "2026-10"]),
        ("2026-11-30T23:59", ["2026-08", "2026-09", "2026-10"]),
    ],
)
def test_at_most_three_months_are_made_late(now: str, expected: list[str]) -> None:
    assert months(Plan(ZONE), at(now)) == expected


def test_the_next_time_is_the_next_due_instant() -> None:
    plan = Plan(ZONE)
    assert next_at(plan, at("2026-11-01T00:00")) == at("2026-11-02T06:00")
    assert next_at(plan, at("2026-11-02T06:00")) == at("2026-12-01T06:00")


def test_the_availability_report_goes_to_management_and_each_branch_gets_its_own() -> None:
    branches = {"b-1": ("mailto:b@operator.example",), "b-9": BOSS, "b-2": ()}
    found = due(Plan(ZONE, BOSS, branches), city(), at("2026-11-03T00:00"))
    assert keys(found)[-2:] == ["availability/2026-10", "branch/b-1/2026-10"]  # none of branches that there are not
    assert len(found) == 6
    assert (found[-1].branch, found[-1].people) == ("b-1", ("mailto:b@operator.example",))
    assert found[-1].within == month("2026-10", ZONE)


def test_nobody_named_nothing_due() -> None:
    assert due(Plan(ZONE), city(), at("2026-11-03T00:00")) == []
    silent = city(contract(), vendors=[{"id": "v-1", "name": "v", "notify": ["wecom:desk"]}])
    assert due(Plan(ZONE), silent, at("2026-11-03T00:00")) == []


def test_a_statement_goes_to_the_mail_addresses_of_the_contract_else_of_the_vendor() -> None:
    known = city(contract(), contract("c-2", notify=["mailto:c@vendor.example"]), contract("c-3", notify=["wecom:c"]))
    people = {one.id: mail_people(known, one) for one in contracts_of(known)}
    assert people == {"c-1": tuple(DUTY[:1]), "c-2": ("mailto:c@vendor.example",), "c-3": tuple(DUTY[:1])}
    found = due(Plan(ZONE), known, at("2026-11-03T00:00"))
    assert keys(found)[-3:] == [f"statement/c-{n}/2026-10" for n in (1, 2, 3)]
    assert due(Plan(ZONE, statements=False), known, at("2026-11-03T00:00")) == []


def test_S2_a_contract_has_no_statement_of_months_before_it_was_in_force() -> None:
    valid = {"from": at("2026-10-15T00:00"), "until": at("2026-12-01T00:00")}
    assert keys(due(Plan(ZONE), city(contract(valid=valid)), at("2026-11-03T00:00"))) == ["statement/c-1/2026-10"]
    assert keys(due(Plan(ZONE), city(contract(valid=valid)), at("2027-01-20T00:00"))) == [
        "statement/c-1/2026-10",
        "statement/c-1/2026-11",
    ]


def test_S2_a_month_that_is_not_over_where_the_contract_is_has_no_statement_yet() -> None:
    hours = {"hours": {"zone": "Pacific/Honolulu", "week": {"mon-sun": ["08:00-20:00"]}}}
    known = city(contract(calendar="hours"), calendars=hours)
    plan = Plan(ZONE, day=1)
    assert keys(due(plan, known, at("2026-11-01T07:00")))[-1] == "statement/c-1/2026-09"
    last = due(plan, known, at("2026-11-01T18:00"))[-1]
    assert (last.key, render(last.at)) == ("statement/c-1/2026-10", "2026-11-01T10:00:00.000Z")


# ---- over a database


@pytest.fixture
def site(tmp_path: Path) -> Any:
    made = Site(tmp_path)
    yield made
    made.engine.dispose()


def left(site: Site, now: str, plan: Plan | None = None) -> list[str]:
    with reading(site.engine) as conn:
        return keys(pending(conn, plan or Plan(ZONE, BOSS), city(), at(now)))


def test_nothing_is_due_of_a_time_before_the_first_fact(site: Site) -> None:
    assert left(site, "2026-12-02T00:00") == []
    site.saw("P-1", "u" * 3)  # on 2 November
    assert left(site, "2026-12-02T00:00") == ["availability/2026-11"]
    assert left(site, "2026-11-30T00:00") == []


def test_what_was_due_before_the_installation_knew_its_halls_is_not_sent(site: Site) -> None:
    site.saw("P-1", "u" * 3)
    with writing(site.engine) as conn:
        conn.execute(imports.update().values(at=at("2026-12-20T00:00")))
    assert left(site, "2026-12-21T00:00") == []
    assert left(site, "2027-01-05T00:00") == ["availability/2026-12"]


def test_months_that_were_missed_are_each_due_three_at_most(site: Site) -> None:
    site.saw("P-1", "u" * 3)
    assert left(site, "2027-04-02T00:00") == [f"availability/2027-0{n}" for n in (1, 2, 3)]


@pytest.mark.slow
def test_what_was_made_is_due_no_more(site: Site) -> None:
    site.saw("P-1", "u" * 3)
    run = Run("availability/2026-11", T0, T0, {"report": "availability"})
    with writing(site.engine) as conn:
        assert report_runs.record(conn, run, [File("a.pdf", "application/pdf", b"1")]) == [1]
        assert report_runs.record(conn, run, [File("b.pdf", "application/pdf", b"2")]) is None
    assert left(site, "2026-12-02T00:00") == []
    with reading(site.engine) as conn:
        ((kept, files),) = report_runs.listed(conn)
        assert report_runs.file(conn, 1, "b.pdf") is None
        assert report_runs.file(conn, 1, "a.pdf") == (run, File("a.pdf", "application/pdf", b"1"))
    assert kept == run
    assert [one.name for one in files] == ["a.pdf"]


def test_a_vendor_is_listed_its_own_statements_only_the_last_due_first(site: Site) -> None:
    with writing(site.engine) as conn:
        for n, vendor in enumerate(["v-1", "v-2", "v-1", None]):
            report_runs.record(conn, Run(f"k-{n}", T0 + n * HOUR, T0 + DAY, {"vendor": vendor}), [])
    with reading(site.engine) as conn:
        assert [one.key for one, _ in report_runs.listed(conn, "v-1")] == ["k-2", "k-0"]
        assert [one.key for one, _ in report_runs.listed(conn, limit=2)] == ["k-3", "k-2"]


def test_T6_the_first_fact_may_have_been_folded_or_be_a_ticket(site: Site) -> None:
    with reading(site.engine) as conn:
        assert report_runs.first_fact(conn) is None
    site.saw("P-3", "d" * 3)
    with reading(site.engine) as conn:
        assert report_runs.first_fact(conn) == T0
