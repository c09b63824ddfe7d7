"""All forms of a report say the same numbers, each read back by something that did not write it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reports.book import Book, Kind, Table
from reports.csv_text import DASH
from reports.forms import FORMS
from tests.reports.books import DOCUMENT, identity, month
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


def lines(table: Table) -> list[list[str]]:
    """The CSV's lines below the head: what the others are compared with."""
    return csv_rows(written("csv", table.name))[1:]


def same(said: float | str, csv: str, kind: Kind, half: float = 1e-6) -> bool:
    meant = machine(csv, kind)
    return said == meant if isinstance(said, str) or isinstance(meant, str) else abs(said - meant) <= half


def compare_shown(table: Table, found: list[list[str]]) -> int:
    """What people read against the CSV; answers how many numbers that were."""
    numbers = 0
    for row, csv in zip(found, lines(table), strict=True):
        for text, value, column in zip(row[1:], csv[1:], table.columns[1:], strict=True):
            if value == DASH or column.kind in {"text", "flag"}:
                assert text == (
                    value if column.kind == "text" or value == DASH else {"true": "Yes", "false": "No"}[value]
                )
                continue
            assert same(read_as(text, column.kind), value, column.kind, HALF.get(column.kind, 0.0)), (column.key, text)
            numbers += 1
    return numbers


def compare_typed(table: Table, found: list[list[Cell]]) -> int:
    """A spreadsheet's cells against the CSV; notes may follow."""
    numbers = 0
    assert len(found) >= len(lines(table))
    for row, csv in zip(found, lines(table), strict=False):
        for cell, value, column in zip(row[1:], csv[1:], table.columns[1:], strict=True):
            if value == DASH or column.kind in {"text", "flag"}:
                assert isinstance(cell, str)
                continue
            assert not isinstance(cell, str), (column.key, cell)
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


@pytest.mark.server
def test_libreoffice_reads_the_same_numbers_and_writes_them_back(tmp_path: Path) -> None:
    (tmp_path / "month.xlsx").write_bytes(written("xlsx"))
    again = sheets(converted(tmp_path / "month.xlsx", "xlsx").read_bytes())
    for table in BOOK.tables[:2]:
        assert compare_typed(table, again[table.title][1:]) > 10
