"""All forms of a report say the same numbers, each read back by something that did not write it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hallwatch.compose import open_store
from hallwatch.report_figures import REPORTS, Wanted
from hallwatch.settings_file import load
from reports.asked import Asked
from reports.book import Book, Kind, Table
from reports.csv_text import DASH
from reports.forms import FORMS
from reports.forms.texts import clean
from sla.month import month as of_month
from tests.api.billed import MONTH, VENDOR, built
from tests.reports.books import DOCUMENT, ZONE, identity, month
from tests.reports.form_readers import (
    HALF,
    Cell,
    Page,
    converted,
    csv_rows,
    machine,
    pdf_text,
    read_as,
    sheets,
    typed,
)

BOOK = month()


def written(form: str, table: str | None = None, book: Book = BOOK) -> bytes:
    return FORMS[form].write(DOCUMENT, book, identity, table=table)


def lines(table: Table, book: Book = BOOK) -> list[list[str]]:
    """The CSV's lines below the head: what the others are compared with."""
    return csv_rows(written("csv", table.name, book))[1:]


def same(said: float | str, csv: str, kind: Kind, half: float = 1e-6) -> bool:
    meant = machine(csv, kind)
    return said == meant if isinstance(said, str) or isinstance(meant, str) else abs(said - meant) <= half


def compare_shown(table: Table, found: list[list[str]], book: Book = BOOK) -> int:
    """What people read against the CSV; answers how many numbers that were."""
    numbers = 0
    for row, csv in zip(found, lines(table, book), strict=True):
        for text, value, column in zip(row[1:], csv[1:], table.columns[1:], strict=True):
            if value == DASH or column.kind in {"text", "flag"}:
                assert clean(value).removeprefix("'") in {text, "true" if text == "Yes" else "false"}, (column, text)
                continue
            assert same(read_as(text, column.kind), value, column.kind, HALF.get(column.kind, 0.0)), (column.key, text)
            numbers += 1
    return numbers


def compare_typed(table: Table, found: list[list[Cell]], book: Book = BOOK) -> int:
    """A spreadsheet's cells against the CSV; notes may follow."""
    numbers = 0
    assert len(found) >= len(lines(table, book))
    for row, csv in zip(found, lines(table, book), strict=False):
        for cell, value, column in zip(row[1:], csv[1:], table.columns[1:], strict=False):
            if value == DASH or column.kind in {"text", "flag"}:
                assert isinstance(cell, str) or not value
                continue
            assert column.kind == "seconds" or not isinstance(cell, str), (column.key, cell)
            assert same(typed(cell, column.kind), value, column.kind, 0.001), (column.key, cell, value)
            numbers += 1
    return numbers


def test_the_csv_says_what_the_book_says_to_the_last_digit() -> None:
    for row, csv in zip(BOOK.tables[0].rows, lines(BOOK.tables[0]), strict=False):
        for value, text in zip(row, csv, strict=True):
            assert text == (DASH if value is None else str(value).lower() if isinstance(value, bool) else str(value))


def test_the_json_is_the_document() -> None:
    assert json.loads(written("json")) == DOCUMENT


def test_the_page_says_the_same_numbers() -> None:
    page = Page(written("html"))
    assert [len(table) for table in page.tables] == [30, 11]
    for table, found in zip(BOOK.tables, page.tables, strict=False):
        assert found[0] == [column.title for column in table.columns]
        assert compare_shown(table, found[1:]) > 10


def test_the_workbook_says_the_same_numbers() -> None:
    found = sheets(written("xlsx"))
    for table in BOOK.tables[:2]:
        assert compare_typed(table, found[table.title][1:]) > 10
    summary = {row[0]: row[1] for row in found["Summary"]}
    assert summary["全市可用率"] == pytest.approx(0.9912345)
    assert summary["应付"] == 20000


@pytest.mark.slow
def test_the_pdf_says_the_same_numbers(tmp_path: Path) -> None:
    text = pdf_text(written("pdf"), tmp_path)
    for table in BOOK.tables[:2]:
        found = [_cells(text, csv[0]) for csv in lines(table) if csv[0] != "total"]
        total = [] if table.total is None else [_cells(text, "Total")]
        assert compare_shown(table, [*found, *total]) > 10
    for said in ("99.123%", "12,321", "1:30:00", "20,000.00"):
        assert said in text


def _cells(text: str, first: str) -> list[str]:
    """The line of a table that begins with a word; an instant is one cell."""
    line = re.search(rf"^ *{re.escape(first)} +(.*)$", text, re.MULTILINE)
    assert line, first
    return [first, *_joined(line[1]).split()] if line else []


def _joined(line: str) -> str:
    return re.sub(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", r"\1T\2", line.strip())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("availability", 900), ("statement", 80), ("scorecard", 60)])
def test_what_is_counted_from_facts_says_the_same_in_every_form(name: str, least: int, tmp_path: Path) -> None:
    built(tmp_path)
    (tmp_path / "hallwatch.toml").write_text('[database]\nurl = "sqlite:///city.db"\n')
    loaded, within = load(tmp_path / "hallwatch.toml"), of_month(MONTH, ZONE)
    engine = open_store(loaded)
    wanted = Wanted(Asked(*within, vendor=VENDOR if name == "statement" else None), within.until, "en", MONTH)
    book = REPORTS[name](loaded, engine, wanted, lambda _done, _all: None).book
    engine.dispose()
    page, book_sheets = Page(written("html", book=book)), sheets(written("xlsx", book=book))
    shown = [one for one in book.tables if one.rows or one.total]
    numbers = sum(compare_shown(one, found[1:], book) for one, found in zip(shown, page.tables, strict=True))
    by_name = dict(zip((one.name for one in book.tables), list(book_sheets.values())[1:], strict=True))
    assert numbers == sum(compare_typed(one, by_name[one.name][1:], book) for one in shown)
    assert numbers > least


@pytest.mark.server
def test_libreoffice_reads_the_same_numbers_and_writes_them_back(tmp_path: Path) -> None:
    (tmp_path / "month.xlsx").write_bytes(written("xlsx"))
    again = sheets(converted(tmp_path / "month.xlsx", "xlsx").read_bytes())
    for table in BOOK.tables[:2]:
        assert compare_typed(table, again[table.title][1:]) > 10
