"""A workbook: a first sheet with facts, figures and words, then one sheet a table, every cell of its type.

Texts are written as strings only, so that nothing from data is ever a formula or a link. Times are durations, instants
are datetimes in the book's zone, money and points the decimals that the document has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.availability import N_
from reports.book import Book, Cells, Column, Fact, Kind, Table, Translate, Value
from reports.csv_text import DASH
from reports.forms.cells import NUMBERS, exact, local, shown, total_of
from reports.forms.sheet_names import SheetNames
from reports.forms.texts import clean

SUMMARY: Final = N_("Summary")
ZONE: Final = N_("Times are those of {zone}; durations are hours:minutes:seconds.")
LONGEST: Final = 32_767
"""Of a cell's text, in UTF-16 units, as spreadsheets count."""
MOST_ROWS: Final = 1_048_570
"""Of a sheet, beside its head, total and note."""
CUT: Final = N_("The first {shown} of {all} lines; all of them are in the JSON and CSV.")
_DIGITS: Final = 15
"""That a spreadsheet's number keeps; a longer decimal stays a text."""
_WIDEST: Final = 60
_NUMBERS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "count": "#,##0",
        "number": "#,##0.######",
        "ratio": "0.000%",
        "seconds": "[h]:mm:ss",
        "instant": "yyyy-mm-dd hh:mm:ss",
        "money": "#,##0.00",
        "points": "0.00",
    }
)
_ROLES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "head": {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E3EFEC", "bottom": 1},
        "title": {"bold": True, "font_size": 16},
        "note": {"italic": True, "font_color": "#4C5D5D"},
    }
)
_WIDTHS: Final[Mapping[Kind, int]] = MappingProxyType({"instant": 19, "seconds": 12, "flag": 8})


def write(document: Mapping[str, Any], book: Book, translate: Translate, *, table: str | None = None) -> bytes:
    """The workbook; rows beyond what a sheet holds are left out and said."""
    del document, table
    made = BytesIO()
    workbook = Workbook(made, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({"title": text(book.title), "subject": text(book.name), "created": datetime(2000, 1, 1)})  # noqa: DTZ001
    pen = Pen(workbook, book, translate)
    names = SheetNames()
    _summary(pen, workbook.add_worksheet(names.name(translate(SUMMARY))))
    for one in book.tables:
        _table(pen, workbook.add_worksheet(names.name(one.title)), one)
    workbook.close()
    return made.getvalue()


def text(value: str) -> str:
    """A text as a cell holds it: what XML cannot hold as U+FFFD, at most `LONGEST` units."""
    seen = clean(value)
    if len(seen) * 2 <= LONGEST or len(seen.encode("utf-16-le")) // 2 <= LONGEST:
        return seen
    return seen.encode("utf-16-le")[: (LONGEST - 1) * 2].decode("utf-16-le", "ignore") + "…"


class Pen:
    """Writes typed cells; keeps the formats of one workbook."""

    def __init__(self, workbook: Workbook, book: Book, translate: Translate) -> None:
        self.book = book
        self.translate = translate
        self._workbook = workbook
        self._formats: dict[tuple[Kind, str], Format] = {}

    def format(self, kind: Kind, *, role: str = "") -> Format:
        """How a cell of a kind looks; `role` is head, title, note, fact, total or nothing."""
        key = (kind, role)
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(_look(kind, role))
        return self._formats[key]

    def cell(self, sheet: Worksheet, place: tuple[int, int], value: Value, kind: Kind, look: Format) -> None:
        """One cell, of its type where the value is of its kind, else a text."""
        row, column = place
        typed = self._typed(value, kind)
        if isinstance(typed, datetime):
            sheet.write_datetime(row, column, typed, look)
        elif isinstance(typed, str):
            sheet.write_string(row, column, typed, look)
        else:
            sheet.write_number(row, column, typed, look)

    def _typed(self, value: Value, kind: Kind) -> str | float | Decimal | datetime:
        if value is None:
            return DASH
        if kind == "text":
            return text(value if isinstance(value, str) else self._said(value, kind))
        if kind == "instant":
            at = local(value, self.book.zone)
            return self._said(value, kind) if at is None or at.year < 1900 else at.replace(tzinfo=None)
        number = _number(value) if kind in NUMBERS else None
        if number is None or (kind == "seconds" and number < 0):  # a spreadsheet shows no negative time
            return self._said(value, kind)
        return number / 86_400 if kind == "seconds" else number

    def _said(self, value: Value, kind: Kind) -> str:
        return text(shown(value, kind, self.book.zone, self.translate))


def _number(value: Value) -> int | float | Decimal | None:
    """What a spreadsheet keeps to the last digit; a decimal string of too many stays a text."""
    if isinstance(value, str):
        found = exact(value)
        return found if found is not None and len(found.as_tuple().digits) <= _DIGITS else None
    return None if isinstance(value, bool) or value is None or not isfinite(value) else value


def _look(kind: Kind, role: str) -> dict[str, Any]:
    if role in _ROLES:
        aside = {"align": "right"} if role == "head" and kind in NUMBERS else {}
        return dict(_ROLES[role]) | aside
    look: dict[str, Any] = {"valign": "top"}
    if kind in _NUMBERS:
        look |= {"num_format": _NUMBERS[kind], "align": "left" if role == "fact" else "right"}
    return look | ({"bold": True, "top": 1} if role == "total" else {})


def _summary(pen: Pen, sheet: Worksheet) -> None:
    book = pen.book
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, text(book.title), pen.format("text", role="title"))
    sheet.write_string(1, 0, text(book.subtitle), pen.format("text", role="note"))
    row = _facts(pen, sheet, 3, book.figures)
    row = _facts(pen, sheet, row, book.facts)
    words = [*book.words, pen.translate(ZONE).format(zone=book.zone.key)]
    for n, one in enumerate(words):
        sheet.write_string(row + n, 0, text(one), pen.format("text", role="note"))
    row += len(words) + 1
    for n, signer in enumerate(book.signatures):
        sheet.write_string(row + 2 * n, 0, text(signer), pen.format("text"))
    _paper(sheet, book)


def _facts(pen: Pen, sheet: Worksheet, row: int, facts: Sequence[Fact]) -> int:
    """Two columns; answers the row for what comes next."""
    for fact in facts:
        sheet.write_string(row, 0, text(fact.title), pen.format("text"))
        pen.cell(sheet, (row, 1), fact.value, fact.kind, pen.format(fact.kind, role="fact"))
        row += 1
    return row + 1 if facts else row


def _table(pen: Pen, sheet: Worksheet, table: Table) -> None:
    rows = table.rows[:MOST_ROWS]
    for n, column in enumerate(table.columns):
        sheet.set_column(n, n, _width(pen, column, n, rows))
    for n, column in enumerate(table.columns):
        sheet.write_string(0, n, _head(pen, column), pen.format(column.kind, role="head"))
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    if table.columns and rows:
        sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)
    looks = [pen.format(column.kind) for column in table.columns]
    for n, row in enumerate(rows, 1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            pen.cell(sheet, (n, place), value, column.kind, looks[place])
    _end(pen, sheet, table, len(rows) + 1)
    _paper(sheet, pen.book)


def _head(pen: Pen, column: Column) -> str:
    """The title, with the zone where the column has instants."""
    return text(f"{column.title} ({pen.book.zone.key})" if column.kind == "instant" else column.title)


def _end(pen: Pen, sheet: Worksheet, table: Table, row: int) -> None:
    """The total, and the note below it."""
    if (total := total_of(table, pen.translate)) is not None:
        for n, (value, column) in enumerate(zip(total, table.columns, strict=True)):
            kind = "text" if n == 0 else column.kind
            pen.cell(sheet, (row, n), value, kind, pen.format(kind, role="total"))
        row += 1
    notes = [table.note] if table.note else []
    if len(table.rows) > MOST_ROWS:
        notes.append(pen.translate(CUT).format(shown=MOST_ROWS, all=len(table.rows)))
    for n, note in enumerate(notes, 1):
        sheet.write_string(row + n, 0, text(note), pen.format("text", role="note"))


def _width(pen: Pen, column: Column, place: int, rows: Sequence[Cells]) -> float:
    """Wide enough for the first rows and for half the head, which may take two lines."""
    fixed = _WIDTHS.get(column.kind, 0)
    measure: Callable[[Value], int] = lambda value: _units(  # noqa: E731
        DASH if value is None else str(value) if column.kind == "text" else ""
    )
    longest = max((measure(row[place]) for row in rows[:200]), default=0)
    return min(_WIDEST, max(9, fixed, longest + 2, (_units(_head(pen, column)) + 7) // 2 + 3))


def _units(words: str) -> int:
    """A Chinese character is as wide as two Latin ones."""
    return sum(2 if one >= "\u1100" else 1 for one in words[: 2 * _WIDEST])


def _paper(sheet: Worksheet, book: Book) -> None:
    """For those who print it: A4 across, as many pages down as it takes, the head on each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{text(book.name).replace('&', '&&')[:100]}&R&P / &N")
