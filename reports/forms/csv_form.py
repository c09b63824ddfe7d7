"""One table as CSV, for machines and spreadsheets: keys as the head, values as in the JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reports.availability import TOTAL
from reports.book import Book, Cells, Column, Table, Translate, Value
from reports.csv_text import BOM, Cell, csv_text
from reports.forms.cells import NUMBERS, exact
from reports.forms.form import NoTable


def write(document: Mapping[str, Any], book: Book, translate: Translate, *, table: str | None = None) -> bytes:
    """The table of that name, else the first; the last line is `total` where the table has one. Raises `NoTable`."""
    del document, translate
    return table_of(book, table).encode("utf-8", "replace")


def table_of(book: Book, name: str | None) -> str:
    """A table as CSV; of a book without tables nothing but the mark of its encoding. Raises `NoTable`."""
    if name is None:
        return _csv(book.tables[0]) if book.tables else BOM
    try:
        return _csv(book.table(name))
    except KeyError:
        raise NoTable(name, tuple(one.name for one in book.tables)) from None


def _csv(table: Table) -> str:
    return csv_text([one.key for one in table.columns], _lines(table))


def _lines(table: Table) -> Iterable[list[Cell]]:
    for row in table.rows:
        yield _line(table, row)
    if table.total is not None:
        yield [TOTAL, *_line(table, table.total)[1:]]


def _line(table: Table, row: Cells) -> list[Cell]:
    return [_cell(value, column) for value, column in zip(row, table.columns, strict=True)]


def _cell(value: Value, column: Column) -> Cell:
    """A decimal string is a number here: its sign is no formula."""
    if isinstance(value, str) and column.kind in NUMBERS:
        number = exact(value)
        return value if number is None else number
    return value
