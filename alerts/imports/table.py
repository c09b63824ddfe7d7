"""A file of tickets as a table: headings and rows of cells, read row by row, every size bounded."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from alerts.imports.fault import Fault, Unreadable, shown
from alerts.imports.mapping import Layout
from alerts.settings import N_

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 10_000
CODINGS: Final = {"utf-8": "utf-8-sig", "gbk": "gb18030"}
DELIMITERS: Final = (",", ";", "\t")
EPOCH_1900: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's clock has no zone


class Formula(NamedTuple):
    """A cell that would be computed; it never is."""

    text: str


Cell = Any
"""str, int, float, bool, datetime, date, time, `Formula` or None."""


class Line(NamedTuple):
    """A row of the file: its number as a spreadsheet or an editor shows it, and its cells."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows; `epoch` is day 0 of the file's serial dates. Reading `lines` may raise `Unreadable`."""

    file: str
    headings: Sequence[str]
    lines: Iterator[Line]
    epoch: datetime = EPOCH_1900


def unreadable(file: str, message: str, row: int = 0, **values: str) -> Unreadable:
    """The fault of a file as a whole; `message` is a msgid."""
    return Unreadable([Fault(file, row, "", message, {name: shown(value) for name, value in values.items()})])


def read_csv(data: bytes, file: str, layout: Layout) -> Table:
    """CSV in UTF-8 (with or without BOM) or GBK, between commas, semicolons or tabs. Raises `Unreadable`."""
    text = _text(data, file, layout.encoding)
    delimiter = layout.delimiter or _delimiter(text, layout.header)
    lines = _csv_lines(text, file, delimiter)
    for line in lines:
        if line.number >= layout.header and any(line.cells):
            return Table(file, [str(cell).strip() for cell in line.cells], lines)
    raise unreadable(file, N_("there is no row of headings"))


def of_objects(rows: Sequence[Mapping[str, Cell]], file: str, headings: Sequence[str]) -> Table:
    """Rows that came as JSON objects, numbered from 1; what one of them lacks is empty, what else it has is left."""
    lines = (Line(i, [row.get(name) for name in headings]) for i, row in enumerate(rows, start=1))
    return Table(file, headings, lines)


def _text(data: bytes, file: str, encoding: str | None) -> str:
    for name in [encoding] if encoding else list(CODINGS):
        try:
            return data.decode(CODINGS[name])
        except UnicodeDecodeError:
            continue
    if encoding is None:
        raise unreadable(file, N_("neither UTF-8 nor GBK"))
    raise unreadable(file, N_("not written in {coding}"), coding=encoding)


def _delimiter(text: str, header: int) -> str:
    heading = next(iter(text.splitlines()[header - 1 : header]), "")
    return max(DELIMITERS, key=heading.count)


def _csv_lines(text: str, file: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise unreadable(file, N_("more than {n} columns"), number, n=str(MAX_COLUMNS))
            yield Line(number, cells)
            number = reader.line_num + 1
    except csv.Error as error:
        raise unreadable(file, N_("not CSV: {error}"), number, error=str(error)) from error
