"""A sheet of an XLSX file as a table: cells as they are typed, formulas never computed, bombs refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from alerts.imports.fault import Unreadable
from alerts.imports.mapping import Layout
from alerts.imports.table import MAX_COLUMNS, MAX_ROWS, Cell, Formula, Line, Table, unreadable
from alerts.settings import N_

MAGIC: Final = b"PK\x03\x04"
MAX_UNPACKED: Final = 128 * 1024 * 1024
MAX_PARTS: Final = 1000
_LOOKED_AT: Final = 4096
_BROKEN: Final = (
    zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError,
    OSError, EOFError, OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What the library raises where a file is not as it should be; `SyntaxError` is the XML parser's."""


def read_xlsx(data: bytes, file: str, layout: Layout) -> Table:
    """The named sheet, else the first one. Raises `Unreadable`."""
    _check_parts(data, file)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except _BROKEN as error:
        raise unreadable(file, N_("not an XLSX file: {error}"), error=str(error)) from error
    names = [sheet.title for sheet in book.worksheets]
    name = layout.sheet or next(iter(names), "")
    if name not in names:
        known = ", ".join(names[:20])
        raise unreadable(file, N_("there is no sheet {name}; there are: {names}"), name=name, names=known)
    headings = next((one for one in _lines(book[name], file, MAX_COLUMNS) if one.number >= layout.header), None)
    if headings is None:
        raise unreadable(file, N_("there is no row of headings"))
    named = ["" if cell is None else str(cell).strip() for cell in headings.cells]
    width = max(i for i, cell in enumerate(named, start=1) if cell)
    lines = (one for one in _lines(book[name], file, width) if one.number > headings.number)
    return Table(file, named[:width], lines, book.epoch)


def _check_parts(data: bytes, file: str) -> None:
    """No more than the declared sizes is ever unpacked, so that those are what must be bounded."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise unreadable(file, N_("unpacked it is larger than {size}"), size="128 MiB")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as opened:
                        _check_xml(opened.read(_LOOKED_AT), file)
    except _BROKEN as error:
        raise unreadable(file, N_("not an XLSX file: {error}"), error=str(error)) from error


def _check_xml(head: bytes, file: str) -> None:
    """Entities come with a document type, which no spreadsheet needs; another coding than UTF-8 could hide one."""
    if b"<!" in head.replace(b"<!--", b"") or not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise unreadable(file, N_("its XML holds declarations that no spreadsheet needs"))


def _lines(sheet: Any, file: str, width: int) -> Iterator[Line]:
    """Rows with something in them; what the file claims of its own size is not believed."""
    sheet.reset_dimensions()
    try:
        for number, cells in enumerate(sheet.iter_rows(max_col=width, max_row=MAX_ROWS + 1_000), start=1):
            values = [_value(cell) for cell in cells]
            if any(value not in (None, "") for value in values):
                yield Line(number, values)
    except _BROKEN as error:
        if isinstance(error, Unreadable):
            raise
        raise unreadable(file, N_("not an XLSX file: {error}"), error=str(error)) from error


def _value(cell: Any) -> Cell:
    if cell.data_type == "f":
        return Formula(str(cell.value))
    return None if cell.data_type == "e" else cell.value
