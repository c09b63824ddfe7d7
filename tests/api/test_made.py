"""The reports that were made by the calendar over HTTP: who sees which, and their files as they were made."""

from __future__ import annotations

from typing import Any

import pytest

from sla.instant import DAY
from store import report_runs
from store.database import writing
from store.report_runs import File, Run
from tests.api.conftest import NOW, Served, serving

PATH = "/api/v1/reports/made"
PDF = File("考核单 2026-10.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")


def run(n: int, **detail: Any) -> Run:
    plain = {"report": "statement", "month": "2026-10", "title": f"report {n}", "late": False, "to": ["mailto:a@b.c"]}
    return Run(f"k-{n}", NOW - n * DAY, NOW, plain | detail)


@pytest.fixture
def made(city: Served) -> Served:
    """Three: of all, of v-1, of v-2."""
    with writing(city.engine) as conn:
        report_runs.record(conn, run(1, report="availability"), [File("a.xlsx", "x/y", b"1")])
        report_runs.record(conn, run(2, vendor="v-1", contract="c-1", state="draft"), [PDF])
        report_runs.record(conn, run(3, vendor="v-2", contract="c-2", state="published", late=True), [])
    return city


@pytest.mark.slow
def test_staff_sees_all_that_was_made_the_last_due_first(made: Served) -> None:
    items = made.as_("viewer").get(PATH).json()["items"]
    assert [one["title"] for one in items] == ["report 1", "report 2", "report 3"]
    assert items[1]["to"] == ["mailto:a@b.c"]
    assert (items[1]["state"], items[2]["late"]) == ("draft", True)
    assert [one["size"] for one in items[1]["files"]] == [len(PDF.data)]
    assert len(made.as_("viewer").get(PATH, params={"limit": 2}).json()["items"]) == 2


def test_a_vendor_sees_its_own_statements_only_and_not_whom_they_went_to(made: Served) -> None:
    own = made.as_("vendor:v-1").get(PATH).json()["items"]
    assert [(one["contract"], one["to"]) for one in own] == [("c-1", [])]
    url = own[0]["files"][0]["url"]
    answer = made.as_("vendor:v-1").get(url)
    assert (answer.content, answer.headers["content-type"]) == (PDF.data, PDF.type)
    assert "filename*=UTF-8''%E8%80%83" in answer.headers["content-disposition"]
    assert made.as_("vendor:v-2").get(url).status_code == 404
    assert made.as_("operator").get(url).content == PDF.data


def test_a_file_has_its_number_and_its_name(made: Served) -> None:
    (url,) = (one["files"][0]["url"] for one in made.as_("vendor:v-1").get(PATH).json()["items"])
    viewer = made.as_("viewer")
    assert viewer.get(f"{url}x").status_code == 404
    assert viewer.get(f"{PATH}/{1 << 62}/a.pdf").status_code == 404
    assert viewer.get(f"{PATH}/one/a.pdf").status_code == 422


@pytest.mark.parametrize(("role", "status"), [("hall:h-01", 403), ("collector:c-01", 403), (None, 401)])
def test_nobody_else_sees_any(city: Served, role: str | None, status: int) -> None:
    assert city.as_(role).get(PATH).status_code == status
    assert city.as_(role).get(f"{PATH}/1/a.xlsx").status_code == status


@pytest.mark.slow
def test_metrics_count_what_could_not_be_made(city: Served) -> None:
    said = {"ready": True, "reports": {"made": 1, "failing": {"availability/2026-10": "no font"}}}
    with serving(city.engine, health=lambda: said) as served:
        assert "hallwatch_reports_failing 1.0" in served.as_("viewer").get("/metrics").text
    assert "hallwatch_reports_failing" not in city.as_("viewer").get("/metrics").text
