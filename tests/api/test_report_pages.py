"""The reports' page: what may be chosen, what is shown, who sees what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from api.pages.monthly_choice import Choice, usual
from api.pages.monthly_drawn import MOST, drawn
from reports.book import Chart
from reports.periods import BadPeriod
from sla.interval import Interval
from store import report_runs
from store.database import writing
from store.report_runs import File, Run
from tests.api import billed
from tests.api.billed import ZONE, at
from tests.api.conftest import NOW, Served

ENGLISH = {"hallwatch_language": "en"}


@pytest.fixture(scope="module")
def served(billed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The city, with a report that the calendar made."""
    with billed.billing(billed_file, tmp_path_factory.mktemp("reports")) as here:
        with writing(here.engine) as conn:
            detail = {"report": "availability", "month": "2026-10", "title": "<b>October</b>", "to": ["a@b.example"]}
            run = Run("availability/2026-10", NOW, NOW, detail | {"late": True})
            report_runs.record(conn, run, [File("a<b>.pdf", "application/pdf", b"%PDF-")])
        yield here


@pytest.fixture
def reader(served: Served) -> httpx2.Client:
    """Somebody who may read all."""
    return served.as_("viewer", cookies=ENGLISH)


@pytest.mark.slow
def test_the_page_comes_at_once_and_asks_for_the_figures_by_itself(reader: httpx2.Client) -> None:
    page = reader.get("/reports").text
    assert 'value="2026-10"' in page
    assert 'hx-get="/reports?span=month&amp;month=2026-10' in page
    assert "<noscript>" in page
    assert 'id="report-title"' not in page


def test_A3_the_preview_has_figures_charts_levels_and_files(reader: httpx2.Client) -> None:
    page = reader.get("/reports?counted=1").text
    assert "Monthly availability report" in page
    assert re.search(r"<dt>Availability</dt><dd[^>]*>99\.\d{3}%", page)
    for table in (
        "city",
        "branch",
        "hall",
        "kind",
        "vendor",
        "device",
        "worst",
        "blind",
        "reconciliation",
        "scorecard",
    ):
        assert f'id="table-{table}"' in page
    assert '<a href="/devices/LI-0103">LI-0103</a>' in page
    assert '<a href="/tickets/T-000004">T-000004</a>' in page
    assert "/api/v1/reports/monthly?month=2026-10&amp;profile=service&amp;format=xlsx&amp;language=en" in page
    assert page.count('<figure class="drawn">') == 3


def test_every_file_that_is_offered_comes(reader: httpx2.Client) -> None:
    page = reader.get("/reports?counted=1&span=week&week=2026-W41&of=hall:h-01").text
    links = re.findall(r'href="(/api/v1/reports/monthly\?[^"]*format=(?:json|csv)[^"]*)"', page)
    assert len(links) > 5
    for link in (links[0], links[1], links[-1]):
        assert reader.get(link.replace("&amp;", "&")).status_code == 200


def test_a_part_of_the_city_is_chosen_by_name(reader: httpx2.Client) -> None:
    page = reader.get("/reports?of=kind:printer&profile=raw").text
    assert '<option value="kind:printer" selected>printer</option>' in page
    assert '<option value="raw" selected>' in page
    gone = reader.get("/reports?of=hall:h-99&counted=1")
    assert gone.status_code == 422
    assert "There is no h-99 here any more." in gone.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("span=month&month=x", "neither a month such as 2026-10"),
        ("span=week&week=2026-W99", "A week looks like 2026-W45."),
        ("span=days&first=x", "A day looks like 2026-11-01."),
        ("span=days&first=2026-10-02&last=2026-10-01", "The last day lies before the first."),
        ("span=days&first=2024-10-02&last=2026-10-01", "at most 400 days"),
    ],
)
def test_a_period_that_is_none_is_said_and_kept(reader: httpx2.Client, query: str, words: str) -> None:
    answer = reader.get(f"/reports?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert "hx-get" not in answer.text


@pytest.mark.parametrize(("role", "status"), [("hall:h-01", 403), ("collector:c-01", 403), ("vendor:v-1", 200)])
def test_halls_have_no_reports(served: Served, role: str, status: int) -> None:
    assert served.as_(role).get("/reports").status_code == status


def test_a_vendor_sees_its_own_devices_only(served: Served) -> None:
    vendor = served.as_("vendor:v-1", cookies=ENGLISH)
    page = vendor.get("/reports?counted=1").text
    assert "LI-0103" in page
    assert "PR-0201" not in page
    assert "Second Service" not in page
    assert 'id="table-scorecard"' not in page
    assert "October" not in page
    assert vendor.get("/reports?counted=1&of=hall:h-02").status_code == 422


def test_what_the_calendar_made_is_listed_and_stays_text(reader: httpx2.Client) -> None:
    page = reader.get("/reports").text
    assert "&lt;b&gt;October&lt;/b&gt;" in page
    link = re.search(r'class="chip" href="(/api/v1/reports/made/[^"]+)"', page)
    assert link is not None
    assert reader.get(link[1]).content == b"%PDF-"


def test_T1_a_week_and_days_are_those_of_the_site() -> None:
    week = Choice("week", week="2026-W41").within(NOW, ZONE)
    assert week == Interval(at("2026-10-05 00:00"), at("2026-10-12 00:00"))
    days = Choice("days", first="2026-10-05", last="2026-10-05").within(NOW, ZONE)
    assert days == Interval(at("2026-10-05 00:00"), at("2026-10-06 00:00"))
    running = Choice("month", month="2026-11").within(NOW, ZONE)
    assert running == Interval(at("2026-11-01 00:00"), NOW)
    assert Choice("week", week="2026-W41").address(week).startswith("from=2026-10-04T16%3A00%3A00.000Z&until=")


def test_without_a_choice_it_is_what_is_over() -> None:
    found = usual(Choice("moon"), NOW, ZONE)
    assert (found.span, found.month, found.week) == ("month", "2026-10", "2026-W46")
    assert (found.first, found.last) == ("2026-11-14", "2026-11-20")


@pytest.mark.parametrize("week", ["", "2026-W00", "2026-W", "x", "0001-W01", "9999-W52", "2026-W١٢٣٤"])
def test_no_week_is_refused(week: str) -> None:
    with pytest.raises(BadPeriod):
        Choice("week", week=week).within(NOW, ZONE)


def test_an_axis_begins_at_nought_unless_all_is_far_from_it() -> None:
    near = drawn(Chart("x", "bars", (("a", 0.9993), ("b", 1.0), ("c", None)), "ratio", 0.999))
    assert (near.low, near.high) == (0.998, 1.0)
    assert [one.y is None for one in near.dots] == [False, False, True]
    assert near.limit == pytest.approx(50)
    far = drawn(Chart("x", "bars", (("a", 0.1), ("b", 1.0)), "ratio"))
    assert (far.low, far.high) == (0.0, 1.0)
    assert drawn(Chart("x", "line", (), "points")).dots == []


def test_long_charts_are_cut_and_say_so() -> None:
    points = tuple((str(n), float(n)) for n in range(MOST + 5))
    assert drawn(Chart("x", "bars", points, "count")).left_out == 5
    line = drawn(Chart("x", "line", (("a", 1.0), ("b", None), ("c", 2.0), ("d", 3.0)), "points"))
    assert [(one.label, two.label) for one, two in line.pairs] == [("c", "d")]
