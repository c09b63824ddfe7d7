"""The renewal dossier over a database: twelve statements on one page (S8)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.dossier import book, dossier_document, ending
from reports.dossier_page import page
from store.database import reading
from store.inventory import load
from tests.reports.stated import LATER as STATED_LATER
from tests.reports.stated import OCTOBER, SEPTEMBER, Stated
from tests.reports.vendors import KINDS, LATER, ZONE, Vendors, at, contract, term, vendors

pytestmark = pytest.mark.slow

TERMS = [term("T1", "late_repairs", "5"), term("T2", "repeat_repairs", "2")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Vendors]:
    """August 100, September 95 (one late), October 98 (a repeat); a survey in two months."""
    with vendors(tmp_path, contract(terms=TERMS, fee="1000.00", payment="linear")) as made:
        made.phoned("P-2", "2026-08-11 09:00", "2026-08-11 10:00")
        made.phoned("P-1", "2026-09-15 09:00", "2026-09-15 16:00")
        made.phoned("P-1", "2026-10-12 09:00", "2026-10-12 10:00")
        made.found("survey", "calls", total="9", answers=2)
        made.found("survey", "calls", month=SEPTEMBER, total="3", answers=1)
        yield made


def compiled(site: Vendors, until: str = OCTOBER, **given: Any) -> dict[str, Any]:
    with reading(site.engine) as conn:
        return dossier_document(conn, load(conn), "v-1", until, KINDS, at(LATER), **given)


def test_S8_the_twelve_months_end_with_the_one_that_is_asked_for() -> None:
    assert ending("2026-02")[:3] == ["2025-03", "2025-04", "2025-05"]
    assert (len(ending("2026-02")), ending("2026-02")[-1]) == (12, "2026-02")
    for wrong in ("2026-13", "2026-1", "202610", "1960-01", "9999-12", ""):
        with pytest.raises(ValueError, match=r".*"):
            ending(wrong)


def test_S8_scores_trend_and_sums_of_the_months_with_facts(site: Vendors) -> None:
    """The scores fall by (-1 x 100 + 1 x 98) / 2 = 1 point a month."""
    found = compiled(site)
    assert [(row["month"], row["score"]) for row in found["months"]] == [
        ("2026-08", "100.00"),
        ("2026-09", "95.00"),
        ("2026-10", "98.00"),
    ]
    assert found["trend"] == {"first_half": None, "second_half": "97.67", "by_month": "-1.00"}
    total = found["total"]
    assert (total["score"], total["lowest"], total["payment"]) == ("97.67", "95.00", "2930.00")
    assert (total["faults"], total["repeats"], total["repaired"], total["late"]) == (3, 1, 3, 1)
    assert (total["survey"], total["answers"]) == ("4.00", 3)
    assert found["missing"] == ending(OCTOBER)[:9]
    assert found["unsealed"] == ["2026-08", "2026-09", "2026-10"]
    assert found["terms"] == [
        {"term": "late_repairs", "deduction": "5.00"},
        {"term": "repeat_repairs", "deduction": "2.00"},
    ]


def test_S8_surveys_of_several_months_are_added_before_they_are_rounded(site: Vendors) -> None:
    """(9 + 7 + 3) / (2 + 4 + 1) = 2.714; of the months' own means, 2.67 and 3.00, it would be 2.72."""
    site.found("survey", "desk", total="7", answers=4)
    found = compiled(site)
    assert [row["survey"] for row in found["months"][1:]] == ["3.00", "2.67"]
    assert found["total"]["survey"] == "2.71"


def test_K4_a_chain_of_repeats_runs_across_the_months(site: Vendors) -> None:
    site.phoned("P-1", "2026-10-26 09:00", "2026-10-26 10:00")
    (chain,) = compiled(site)["chains"]
    assert chain["tickets"] == ["T-000002", "T-000003", "T-000004"]
    assert (chain["device"], chain["hall_name"]) == ("P-1", "厅1")
    later = compiled(site, "2027-09")["chains"]
    assert later[0]["tickets"] == ["T-000002", "T-000003", "T-000004"]


def test_S8_two_contracts_stand_beside_each_other_or_one_alone(tmp_path: Path) -> None:
    kiosks = contract("c-2", covers={"kinds": ["kiosk"], "halls": "all"}, terms=TERMS)
    with vendors(tmp_path, contract(terms=TERMS), kiosks) as site:
        site.phoned("P-1", "2026-10-12 09:00", "2026-10-12 16:00")
        site.phoned("K-1", "2026-10-12 09:00", "2026-10-12 10:00")
        both, one = compiled(site), compiled(site, contract="c-2")
    assert [(row["contract"], row["score"]) for row in both["months"]] == [("c-1", "95.00"), ("c-2", "100.00")]
    assert both["trend"]["by_month"] is None
    assert both["trend"]["second_half"] == "97.50"
    assert [(row["contract"], row["score"]) for row in one["months"]] == [("c-2", "100.00")]


def test_S8_sealed_months_come_from_their_papers_after_counter_entries(stated: Stated) -> None:
    stated.sealed(SEPTEMBER)
    stated.publish(OCTOBER)
    dispute = stated.dispute("T1", reason="the hall was closed")
    stated.answer(dispute, "5")
    stated.approve(dispute)
    stated.seal(OCTOBER)
    stated.found(OCTOBER)
    with reading(stated.engine) as conn:
        found = dossier_document(conn, load(conn), "v-1", "2026-11", stated.policies, STATED_LATER)
    rows = {row["month"]: row for row in found["months"]}
    assert [row["state"] for row in rows.values()] == ["sealed", "sealed", "draft"]
    assert (rows[OCTOBER]["score_before"], rows[OCTOBER]["score"]) == ("93.50", "98.50")
    assert (rows[OCTOBER]["points_back"], rows[OCTOBER]["disputes"], rows[OCTOBER]["accepted"]) == ("5.00", 1, 1)
    assert found["disputes"] == [
        {
            "month": OCTOBER,
            "contract": "c-1",
            "line": "T1",
            "reason": "the hall was closed",
            "state": "accepted",
            "points": "5.00",
        }
    ]
    assert found["unsealed"] == ["2026-11"]
    assert found["head"].startswith("2:")


def pages(pdf: bytes, place: Path) -> tuple[int, str]:
    """How many, and what they say."""
    (place / "dossier.pdf").write_bytes(pdf)
    info = subprocess.run(["pdfinfo", place / "dossier.pdf"], capture_output=True, check=True, text=True)
    text = subprocess.run(
        ["pdftotext", "-layout", place / "dossier.pdf", "-"], capture_output=True, check=True, text=True
    )
    return int(info.stdout.partition("Pages:")[2].split()[0]), text.stdout


def test_S8_the_pdf_is_one_page_and_says_the_figures(site: Vendors, tmp_path: Path) -> None:
    found = compiled(site)
    count, text = pages(page(book(found, str, "en", ZONE), str), tmp_path)
    assert count == 1
    for figure in ("97.67", "95.00", "-1.00", "2,930.00", "T-000002 → T-000003", "代维一公司", "2026-08"):
        assert figure in text


def crowded(found: dict[str, Any]) -> dict[str, Any]:
    """Three contracts in each month, many chains and disputes, and texts that mean harm."""
    evil = '#panic("x") $ \\ * _ <a> =1+1 \u202e\x07' + "长" * 10_000
    row = {**found["months"][-1], "payment": "1234567.89", "mean_repair_s": 123_456.0}
    months = [{**row, "month": name, "contract": f"{n} {evil}"} for name in ending(OCTOBER) for n in (1, 2, 3)]
    chain = {**found["chains"][0], "device": evil, "hall_name": evil, "tickets": ["T-000001"] * 200}
    dispute = {"month": OCTOBER, "contract": "c-1", "line": "T1", "reason": evil, "state": "open", "points": "0.00"}
    terms = [{"term": "late_repairs", "deduction": "5.00"}] * 10
    lists = {"chains": [chain] * 90, "disputes": [dispute] * 90, "terms": terms, "missing": ending(OCTOBER)}
    return found | lists | {"months": months, "unsealed": ending(OCTOBER), "vendor_name": evil, "contract": evil}


def test_S8_the_pdf_stays_one_page_whatever_there_is(site: Vendors, tmp_path: Path) -> None:
    made = book(crowded(compiled(site)), str, "en", ZONE)
    count, text = pages(page(made, str), tmp_path)
    assert count == 1
    assert "and 84 more" in text
    assert '#panic("x")' in text


def test_S8_without_any_statement_there_is_a_page_that_says_so(site: Vendors, tmp_path: Path) -> None:
    found = compiled(site, "2020-01")
    assert (found["months"], found["total"]["score"], len(found["missing"])) == ([], None, 12)
    count, text = pages(page(book(found, str, "en", ZONE), str), tmp_path)
    assert count == 1
    assert "0 of 0 statements are sealed" in text
