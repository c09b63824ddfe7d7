"""Statements over a database, each computed by hand; their score is the one of `sla.statement`, exactly (S1-S4, S7)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from reports.statement import book, decimal, exact
from reports.statement_tables import sentence
from sla.instant import MINUTE
from sla.judge import Confirmation, judge
from sla.seen import distinct
from store import facts
from store.database import writing
from store.facts import Fact
from store.readings import Reading, Readings
from store.schema import outages
from tests.reports.vendors import ZONE, Vendors, at, city, contract, line, minutes, shown, term, vendors
from tests.sla.histories import drawn

pytestmark = pytest.mark.slow

TERMS = [
    term("T1", "late_repairs", "5", group="repair"),
    term("T2", "fault_count", "1", allowance={"per_100": "8"}, cap="30"),
    term("T3", "repeat_repairs", "2"),
]
PAID: dict[str, Any] = {"terms": TERMS, "fee": "20000.00", "payment": "linear"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Vendors]:
    with vendors(tmp_path, contract(**PAID)) as made:
        yield made


def figures(document: dict[str, Any]) -> tuple[Any, ...]:
    """Value and deduction of each line, the score."""
    return *((one["value"], one["deduction"]) for one in document["lines"]), document["score"]


def test_R1_a_repair_over_a_holiday_counts_the_hours_of_two_working_days(site: Vendors) -> None:
    """30 min on 30 September and 151 on 8 October, less 30 of travel: 151 min, 31 too many; 1 to 7 October are off."""
    id = site.phoned("P-1", "2026-09-30 17:30", "2026-10-08 11:01")
    october, september = site.stated(), site.stated("2026-09")
    (ticket,) = october["tickets"]
    assert minutes(ticket["clock"]["counted_s"]) == 151
    assert minutes(ticket["clock"]["travel_s"]) == 30
    assert figures(october) == (("1", "5.00"), ("0", "0.00"), ("0", "0.00"), "95.00")
    assert figures(september) == (("0", "0.00"), ("1", "0.00"), ("0", "0.00"), "100.00")
    assert (september["open"], october["open"]) == ([id], [])
    assert october["payment"] == "19000.00"
    slices = [(one["class"], one["from"], one["until"]) for one in ticket["clock"]["slices"]]
    assert slices == [
        ("travel", shown("2026-09-30 17:30"), shown("2026-09-30 18:00")),
        ("closed", shown("2026-09-30 18:00"), shown("2026-10-08 08:30")),
        ("counted", shown("2026-10-08 08:30"), shown("2026-10-08 11:01")),
    ]


def test_R5_equal_to_the_target_is_no_breach(site: Vendors) -> None:
    site.phoned("P-1", "2026-09-30 17:30", "2026-10-08 10:30")
    assert line(site.stated(), "T1")["value"] == "0"


@pytest.mark.parametrize(("faults", "deduction"), [(1, "0.00"), (2, "1.00"), (3, "2.00")])
def test_S1_per_100_is_rounded_up_for_the_devices_in_service(site: Vendors, faults: int, deduction: str) -> None:
    """8 of 100 for 5 printers are 0.4: one fault is free."""
    for n in range(faults):
        site.phoned(f"P-{n + 1}", "2026-10-09 09:00", "2026-10-09 09:30")
    stated = site.stated()
    assert stated["devices_in_service"] == 5
    assert (line(stated, "T2")["allowance"], line(stated, "T2")["deduction"]) == ("1", deduction)


def test_S2_two_vendors_are_charged_for_their_own(tmp_path: Path) -> None:
    halls = [{"kinds": ["printer"], "halls": [f"h-{n}"]} for n in (1, 2)]
    both = (
        contract(covers=halls[0], terms=TERMS),
        contract("c-2", "v-2", covers=halls[1], terms=[term("X", "late_repairs", "7")]),
    )
    with vendors(tmp_path, *both, devices={"P-9": {"hall": "h-2", "vendor": "v-2"}}) as site:
        site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 16:00")
        site.phoned("P-9", "2026-10-09 09:00", "2026-10-09 17:00", vendor="v-2")
        first, second = site.stated(), site.stated(contract="c-2")
    assert (first["score"], second["score"]) == ("95.00", "93.00")
    assert [one["device"] for one in second["tickets"]] == ["P-9"]
    assert (first["vendor_name"], second["vendor_name"]) == ("代维一公司", "Second")


def test_S2_two_contracts_of_one_vendor_have_a_statement_each(tmp_path: Path) -> None:
    kiosks = contract(
        "c-2", covers={"kinds": ["kiosk"], "halls": "all"}, terms=[term("X", "self_repair_rate", "1", allowance="90")]
    )
    with vendors(tmp_path, contract(**PAID), kiosks) as site:
        site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 16:00")
        site.phoned("K-1", "2026-10-09 09:00", "2026-10-09 10:00", how="by_maker")
        assert site.stated()["score"] == "95.00"
        other = site.stated(contract="c-2")
    assert figures(other) == (("0", "90.00"), "10.00")
    assert other["payment"] is None


def test_R1_a_contract_that_ended_in_the_month_charges_what_began_before_its_end(tmp_path: Path) -> None:
    ended = {"from": at("2026-01-01 00:00"), "until": at("2026-10-15 00:00")}
    with vendors(tmp_path, contract(valid=ended, **PAID)) as site:
        before = site.phoned("P-1", "2026-10-14 09:00", "2026-10-16 17:00")
        site.phoned("P-2", "2026-10-15 09:00", "2026-10-15 17:00")
        stated = site.stated()
    assert [one["id"] for one in stated["tickets"]] == [before]
    assert stated["score"] == "95.00"
    assert any("score starts at 100" in words for words in book(stated, str, "en", ZONE).words)


def test_S2_a_ticket_restored_in_the_next_month_is_open_here_and_late_there(site: Vendors) -> None:
    id = site.phoned("P-1", "2026-10-30 16:00", "2026-11-02 15:00")
    october, november = site.stated(), site.stated("2026-11")
    assert october["open"] == [id]
    assert line(october, "T2")["value"] == "1"
    assert (line(october, "T1")["value"], line(november, "T1")["value"]) == ("0", "1")
    assert line(november, "T2")["value"] == "0"


def test_S6_what_becomes_of_an_open_ticket_later_changes_nothing_of_a_month_that_is_over(site: Vendors) -> None:
    id = site.phoned("P-1", "2026-10-30 16:00")
    before, later = site.stated(now="2026-11-01 00:00"), site.stated(now="2026-11-02 08:00")
    site.did(id, "restored", "2026-11-02 15:00", how="repaired")
    after = site.stated(now="2026-11-20 12:00")
    told = [{name: value for name, value in one.items() if name != "known_at"} for one in (before, later, after)]
    assert told[0] == told[1] == told[2]
    (ticket,) = after["tickets"]
    assert (ticket["restored_at"], minutes(ticket["clock"]["counted_s"])) == (None, 90)
    assert line(after, "T2")["evidence"][0]["until"] is None


def test_S2_a_month_that_runs_is_told_so_far(site: Vendors) -> None:
    site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 17:00")
    early, late = site.stated(now="2026-10-09 16:00"), site.stated(now="2026-10-20 16:00")
    assert (early["running"], early["score"], early["open"]) == (True, "100.00", ["T-000001"])
    assert (late["score"], late["open"]) == ("95.00", [])


def test_K4_a_repeat_belongs_to_the_month_in_which_it_began_and_names_the_earlier_ticket(site: Vendors) -> None:
    first = site.phoned("P-1", "2026-09-29 09:00", "2026-09-29 10:00")
    again = site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 10:00")
    stated = site.stated()
    charged = line(stated, "T3")
    assert (charged["value"], charged["deduction"]) == ("1", "2.00")
    assert [(one["thing"], one["note"]) for one in charged["evidence"]] == [(again, first)]
    assert [one["id"] for one in stated["tickets"]] == [again]
    assert line(site.stated("2026-09"), "T3")["value"] == "0"


def test_S3_a_ticket_of_a_group_is_charged_once_and_told_where(tmp_path: Path) -> None:
    """181 min too many are 4 hours begun, 8 points: more than the 5 of being late."""
    terms = [TERMS[0], term("T2", "late_minutes", "2", unit="60", group="repair")]
    with vendors(tmp_path, contract(terms=terms)) as site:
        id = site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 14:31")
        stated = site.stated()
    assert figures(stated) == (("0", "0.00"), ("181", "8.00"), "92.00")
    assert line(stated, "T1")["removed"] == [{"ticket": id, "charged_in": "T2"}]


def test_S2_findings_of_the_month_are_charged(tmp_path: Path) -> None:
    """A mean of 4.15 lacks 0.35 of 4.5: 4 units of 0.1, of half a point."""
    terms = [
        term("P", "missed_patrols", "2"),
        term("S", "spare_not_ready", "3"),
        term("Q", "satisfaction", "0.5", allowance="4.5", unit="0.1", scale="5"),
    ]
    with vendors(tmp_path, contract(terms=terms)) as site:
        site.found("missed_patrol", "h-1")
        site.found("missed_patrol", "h-2")
        site.found("spare_not_ready", "toner 59A")
        site.found("survey", "calls", total="41.5", answers=10)
        stated = site.stated()
    assert figures(stated) == (("2", "4.00"), ("1", "3.00"), ("4.15", "2.00"), "91.00")
    assert [one["thing"] for one in stated["findings"]] == ["h-1", "h-2", "toner 59A", "calls"]


def saw(site: Vendors, device: str, start: str, picture: str) -> None:
    """One observation a minute, and the outages in it."""
    seen, n = distinct(drawn(picture, 60, at(start))), site.numbers[device]
    with writing(site.engine) as conn:
        said = [Reading("c", one.state, "\n".join(one.conditions), "", one.interval_ms) for one in seen]
        known = Readings().intern(conn, said)
        facts.store(conn, [Fact(n, one.ts, known[what], 0, None, None) for one, what in zip(seen, said, strict=True)])
        for one in judge(seen, Confirmation(2)).outages:
            values = {"device": n, **one._asdict(), "cause": "silence", "owner": "undetermined"}
            conn.execute(insert(outages).values(values))


@pytest.mark.parametrize(("silence", "value", "deduction"), [("vendor", "90", "9.50"), ("free", "100", "0.00")])
def test_A2_availability_is_counted_while_the_contract_is_in_force(
    tmp_path: Path, silence: str, value: str, deduction: str
) -> None:
    """90 minutes up and 10 silent ones: 90 %, 9.5 points of percentage too few, 95 units of a tenth, of 0.1 point."""
    hour = {"from": at("2026-10-12 09:00"), "until": at("2026-10-12 10:40")}
    terms = [term("A", "availability", "0.1", allowance="99.5")]
    some = contract(terms=terms, valid=hour, silence=silence, covers={"kinds": ["printer"], "halls": ["h-2"]})
    with vendors(tmp_path, some, devices={"P-9": {"hall": "h-2", "vendor": "v-1"}}) as site:
        saw(site, "P-9", "2026-10-12 09:00", "u" * 45 + "d" * 10 + "u" * 45)
        stated = site.stated()
    found = line(stated, "A")
    assert (found["value"], found["deduction"]) == (value, deduction)
    assert sum(Fraction(one["amount"]) for one in found["evidence"]) == (100 if silence == "vendor" else 90) * MINUTE


def test_A3_too_little_seen_charges_nothing(tmp_path: Path) -> None:
    with vendors(tmp_path, contract(terms=[term("A", "availability", "1", allowance="99")])) as site:
        saw(site, "P-1", "2026-10-12 09:00", "ud" * 50)
        assert figures(site.stated()) == ((None, "0.00"), "100.00")


@pytest.mark.parametrize(
    ("payment", "paid", "rule"),
    [
        ("none", "10000.01", "none"),
        ("linear", "9300.01", "linear"),
        ({"bands": [{"from": "90", "percent": "97.5"}, {"from": "0", "percent": "50"}]}, "9750.01", None),
    ],
)
def test_S7_the_payment_is_to_the_cent(tmp_path: Path, payment: Any, paid: str, rule: str | None) -> None:
    with vendors(tmp_path, contract(terms=[term("P", "missed_patrols", "7")], fee="10000.01", payment=payment)) as site:
        site.found("missed_patrol", "h-1")
        stated = site.stated()
    assert (stated["score"], stated["payment"], stated["fee"]) == ("93.00", paid, "10000.01")
    assert stated["payment_rule"] == (rule or payment)


def test_S1_what_goes_on_for_ever_is_told_to_six_digits_and_exactly(tmp_path: Path) -> None:
    terms = [term("H", "fault_hours", "1", round="exact")]
    with vendors(tmp_path, contract(terms=terms)) as site:
        site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 10:50")
        found = line(site.stated(), "H")
    assert (found["value"], found["value_exact"], found["deduction"]) == ("1.333333", "4/3", "1.33")
    assert sentence(found["arithmetic"][0], str) == "4800000 ms / 3600000 = 4/3 ≈ 1.333333 hours"


@pytest.mark.parametrize(
    ("number", "text", "whole"),
    [("1/2", "0.5", None), ("2/3", "0.666667", "2/3"), ("-1/8", "-0.125", None), ("100", "100", None)],
)
def test_numbers_are_decimals_of_six_digits(number: str, text: str, whole: str | None) -> None:
    assert (decimal(Fraction(number)), exact(Fraction(number))) == (text, whole)


def test_S4_every_deduction_leads_to_its_tickets_and_these_to_their_slices(site: Vendors) -> None:
    site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 16:00")
    site.phoned("P-2", "2026-10-09 09:00", "2026-10-09 09:20")
    stated = site.stated()
    known = {one["id"]: one for one in stated["tickets"]}
    for charged in stated["lines"]:
        assert sum(Decimal(one["amount"]) for one in charged["evidence"]) == Decimal(charged["value"])
        for one in charged["evidence"]:
            clock = known[one["thing"]]["clock"]
            assert sum(part["seconds"] for part in clock["slices"] if part["class"] == "counted") == clock["counted_s"]
            assert one["counted_s"] == clock["counted_s"]


def test_S4_the_book_says_what_the_document_says(site: Vendors) -> None:
    id = site.phoned("P-1", "2026-10-09 09:00", "2026-10-09 16:00", symptom="=1+1")
    site.phoned("P-2", "2026-10-30 17:00")
    stated = site.stated()
    made = book(stated, str, "en", ZONE)
    assert {one.name for one in made.tables} >= {
        "lines",
        "evidence",
        "tickets",
        "slices",
        "outages",
        "open",
        "findings",
    }
    assert made.table("lines").total is not None
    assert [row[7] for row in made.table("lines").rows] == [one["deduction"] for one in stated["lines"]]
    assert made.table("tickets").rows[0][:6] == (id, "P-1", "printer", "h-1", "厅1", "=1+1")
    assert [row[0] for row in made.table("open").rows] == stated["open"]
    for table in made.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert made.signatures == ("For the vendor: 代维一公司", "For the operator")
    assert {one.key: one.value for one in made.figures}["score"] == stated["score"]


def test_a_contract_without_terms_or_tickets_has_its_hundred_points(tmp_path: Path) -> None:
    with vendors(tmp_path, contract()) as site:
        stated = site.stated()
        site.adopt(city(contract(**PAID)), "2026-10-02 00:00")
        assert site.stated()["score"] == "100.00"
    assert (stated["score"], stated["lines"], stated["payment"]) == ("100.00", [], None)
    assert book(stated, str, "en", ZONE).table("lines").note == "The contract has no terms."
    with pytest.raises(KeyError), vendors(tmp_path, contract()) as site:
        site.stated(contract="c-9")
