"""What each form of a report is: its cells, its bounds, its fonts, what it is for."""

from __future__ import annotations

import dataclasses
import io
import subprocess
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.book import Book, Chart, Column, Kind, Table, Value
from reports.csv_text import DASH
from reports.forms import FORMS, NoTable, pdf_form, xlsx_form
from reports.forms.cells import hours, shown
from reports.forms.charts import drawn
from reports.forms.html_charts import runs
from tests.reports.books import DOCUMENT, HEAD, ZONE, identity, month
from tests.reports.form_readers import Page, csv_rows, parts, pdf_text

numbers = st.floats(-1e9, 1e9, allow_nan=False)


def empty(**given: Any) -> Book:
    return dataclasses.replace(Book("empty-2026-10", "Nothing", "", "en", ZONE), **given)


def one_column(kind: Kind, *values: Value) -> Book:
    return empty(tables=(Table("t", "Table", (Column("value", "Value", kind),), tuple((one,) for one in values)),))


def cells(kind: Kind, *values: Value) -> list[Any]:
    """What a workbook has of values of a kind."""
    book = openpyxl.load_workbook(io.BytesIO(FORMS["xlsx"].write({}, one_column(kind, *values), identity)))
    return [row[0] for row in book["Table"].iter_rows(min_row=2)]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "ratio", DASH),
        (0.99987654, "ratio", "99.988%"),
        (1.0, "ratio", "100.000%"),
        (-0.0125, "ratio", "-1.250%"),
        (7384.5, "seconds", "2:03:05"),
        (-59.6, "seconds", "-0:01:00"),
        (0.2, "seconds", "0:00:00"),
        (1_234_567, "count", "1,234,567"),
        ("132.333333", "number", "132.333333"),
        (1200.0, "number", "1,200"),
        ("-0.50", "points", "-0.50"),
        (10.0, "points", "10.00"),
        ("20000.00", "money", "20,000.00"),
        ("2026-10-03T06:05:09.900Z", "instant", "2026-10-03 14:05:09"),
        ("soon", "instant", "soon"),
        ("n/a", "money", "n/a"),
        (True, "flag", "Yes"),
        (False, "flag", "No"),
    ],
)
def test_people_read_a_cell_as_its_kind_says(value: Value, kind: Kind, text: str) -> None:
    assert shown(value, kind, ZONE, identity) == text


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    twice = [shown(f"2026-10-25T0{n}:30:00Z", "instant", berlin, identity) for n in (0, 1, 2)]
    assert twice == ["2026-10-25 02:30:00+0200", "2026-10-25 02:30:00+0100", "2026-10-25 03:30:00"]


@given(st.integers(-(10**9), 10**9))
def test_hours_say_every_second(seconds: int) -> None:
    sign, text = (-1, hours(Decimal(seconds))[1:]) if seconds < 0 else (1, hours(Decimal(seconds)))
    h, m, s = (int(one) for one in text.replace(",", "").split(":"))
    assert sign * (h * 3600 + m * 60 + s) == seconds
    assert m < 60 > s


def test_a_workbooks_cells_are_numbers_with_a_format() -> None:
    ratio, none = cells("ratio", 0.5, None)
    assert (ratio.value, ratio.number_format, none.value) == (0.5, "0.000%", DASH)
    money, long = cells("money", "20000.05", "12345678901234567.89")
    assert (money.value, money.number_format, long.value) == (20000.05, "#,##0.00", "12,345,678,901,234,567.89")
    time, early = cells("seconds", 90_061.5, -60.0)
    assert (time.number_format, early.value) == ("[h]:mm:ss", "-0:01:00")
    at, old = cells("instant", "2026-10-02T16:00:00.000Z", "1899-01-01T00:00:00Z")
    assert (at.value, at.number_format) == (datetime(2026, 10, 3), "yyyy-mm-dd hh:mm:ss")  # noqa: DTZ001 - as it reads
    assert old.value.startswith("1899-01-01 08:0")


def test_a_sheet_has_a_frozen_head_filters_and_names_its_zone() -> None:
    book = openpyxl.load_workbook(io.BytesIO(FORMS["xlsx"].write(DOCUMENT, month(), identity)))
    sheet = book["各营业厅"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:N29")
    assert sheet["J1"].value == "首次故障 (Asia/Shanghai)"
    assert book.sheetnames == ["Summary", "各营业厅", "可用率最低的十台设备", "迟报工单"]
    assert HEAD in {cell.value for cell in book["Summary"]["B"]}


def test_a_sheet_that_is_too_long_says_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_form, "MOST_ROWS", 2)
    found = cells("count", 1, 2, 3)
    assert [one.value for one in found][:2] == [1, 2]
    assert "first 2 of 3" in found[-1].value


def test_a_report_without_anything_is_a_file_in_every_form() -> None:
    for form in FORMS.values():
        if form.name != "pdf":
            assert form.write({}, empty(), identity)
    assert csv_rows(FORMS["csv"].write({}, empty(), identity)) == []


def test_a_csv_is_of_one_table_and_an_unknown_one_is_refused_with_those_there_are() -> None:
    first, named = (FORMS["csv"].write({}, month(), identity, table=one) for one in (None, "worst"))
    assert csv_rows(first)[0][0] == "id"
    assert csv_rows(named)[0][0] == "device"
    with pytest.raises(NoTable, match="halls, worst, none") as error:
        FORMS["csv"].write({}, month(), identity, table="hall")
    assert error.value.known == ("halls", "worst", "none")


def test_a_table_without_lines_says_so_in_words() -> None:
    assert "本月没有迟报的工单。" in FORMS["html"].write({}, month(), identity).decode()


def test_a_page_fetches_nothing_and_runs_nothing() -> None:
    page = Page(FORMS["html"].write(DOCUMENT, month(), identity))
    assert not page.tags & {"script", "link", "img"}
    assert not page.attributes & {"style", "src", "href", "onclick"}


@given(st.lists(numbers | st.none(), min_size=1, max_size=30), st.none() | numbers, st.sampled_from(["bars", "line"]))
def test_a_chart_keeps_every_mark_in_its_order_and_within_its_axis(
    values: list[float | None], limit: float | None, form: Any
) -> None:
    values = [*values, 1.0]
    for kind in ("number", "seconds", "ratio", "points", "count"):
        chart = Chart("c", form, tuple((str(n), one) for n, one in enumerate(values)), kind, limit)
        made = drawn(chart, empty(), identity)
        ats = [one.at for one in made.marks]
        assert [at is None for at in ats] == [one is None for one in values]
        pairs = sorted((v, a) for v, a in zip(values, ats, strict=True) if v is not None and a is not None)
        assert all(a <= b for (_, a), (_, b) in pairwise(pairs))
        assert all(0 <= at <= 1 for _, at in pairs)
        assert 2 <= len(made.ticks) <= 14
        assert sum(len(run) for run in runs(made.marks)) == len(pairs)


def test_a_chart_whose_axis_does_not_begin_at_0_has_no_bars() -> None:
    def style(*values: float) -> str:
        return drawn(Chart("c", "bars", tuple((str(v), v) for v in values)), empty(), identity).style

    assert style(0.98, 0.99) == "dots"
    assert style(0.1, 0.99) == "bars"


def test_a_chart_says_how_many_it_leaves_out() -> None:
    made = drawn(Chart("c", "bars", tuple((str(n), 0.5) for n in range(100))), empty(), identity)
    assert (len(made.marks), made.left_out) == (40, 60)


@pytest.mark.slow
def test_a_pdf_of_nothing_and_one_of_many_lines_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pdf_text(FORMS["pdf"].write({}, empty(), identity), tmp_path).count("\f") == 1
    monkeypatch.setattr(pdf_form, "MOST_ROWS", 20)
    text = pdf_text(FORMS["pdf"].write(DOCUMENT, month(), identity), tmp_path)
    assert "The first 20 of 28 lines" in text
    assert "The first 0 of 10 lines" in text


@pytest.mark.slow
def test_each_page_says_its_number_and_the_head_of_the_seals(tmp_path: Path) -> None:
    pages = pdf_text(FORMS["pdf"].write(DOCUMENT, month(), identity), tmp_path).split("\f")[:-1]
    for n, page in enumerate(pages, 1):
        assert f"{n}/{len(pages)}" in page.replace(" ", "")
        assert HEAD in page
        assert "availability-2026-10" in page
    assert "柳州市某某信息技术有限公司（代维单位）" in pages[-1]


@pytest.mark.slow
def test_chinese_fonts_are_embedded_regular_and_bold(tmp_path: Path) -> None:
    (tmp_path / "month.pdf").write_bytes(FORMS["pdf"].write(DOCUMENT, month(), identity))
    said = subprocess.run(["pdffonts", tmp_path / "month.pdf"], capture_output=True, text=True, check=True).stdout
    fonts = said.splitlines()[2:]
    assert any("CJK" in one and "Bold" in one for one in fonts)
    assert any("CJK" in one and "Regular" in one for one in fonts)
    assert all(one.split()[-5] == "yes" for one in fonts), said


def test_a_workbook_is_well_formed_where_its_names_are_not() -> None:
    assert "xl/worksheets/sheet2.xml" in parts(FORMS["xlsx"].write({}, one_column("text", "\x00\ud800"), identity))
