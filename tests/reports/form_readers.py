"""What stands in a form, read back by means that know nothing of how it was written."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import openpyxl

from reports.book import Kind
from tests.reports.books import ZONE

Cell = object
"""A value as openpyxl has it."""
HALF: Final = {"ratio": 0.5e-5 + 1e-12, "seconds": 0.5, "instant": 1.0, "number": 0.5e-6, "count": 0.0}
"""What rounding may take from what people read."""


def csv_rows(raw: bytes) -> list[list[str]]:
    """Lines of a CSV, the head among them."""
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def sheets(raw: bytes) -> dict[str, list[list[Cell]]]:
    """Every sheet of a workbook: rows of values."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def parts(raw: bytes) -> dict[str, str]:
    """The XML of a workbook by its paths."""
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def pdf_text(raw: bytes, folder: Path, *options: str) -> str:
    """The text of a PDF as another program reads it; its pages end in form feeds."""
    (folder / "read.pdf").write_bytes(raw)
    words = ["pdftotext", *(options or ("-layout",)), "read.pdf", "-"]
    return subprocess.run(words, cwd=folder, capture_output=True, check=True).stdout.decode()


def converted(file: Path, to: str) -> Path:
    """A file that LibreOffice has opened and saved anew, as `xlsx` or `csv`."""
    profile = f"-env:UserInstallation=file://{file.parent}/office"
    out = file.parent / f"again-{to.split(':', maxsplit=1)[0]}"
    words = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(out), str(file)]
    subprocess.run(words, capture_output=True, check=True, timeout=90)
    return out / f"{file.stem}.{to.split(':', maxsplit=1)[0]}"


class Page(HTMLParser):
    """The tables, elements and attributes of a page."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._inside = False
        self.feed(raw.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside:
            self.tables[-1][-1][-1] += data


def read_as(text: str, kind: Kind) -> float | str:
    """The number that a person reads in a text of a kind: instants as Unix s."""
    bare = text.replace(",", "")
    if kind == "ratio":
        return float(bare.removesuffix("%")) / 100
    if kind == "seconds":
        found = re.fullmatch(r"(-?)(\d+):(\d\d):(\d\d)", bare)
        assert found, text
        hours, minutes, seconds = (int(one) for one in found.groups()[1:])
        return (hours * 3600 + minutes * 60 + seconds) * (-1 if found[1] else 1)
    if kind == "instant":
        return datetime.fromisoformat(bare).replace(tzinfo=ZONE).timestamp()
    return float(bare) if kind in {"count", "number", "points", "money"} else text


def machine(text: str, kind: Kind) -> float | str:
    """The number that a machine reads in a cell of a CSV."""
    if kind == "instant":
        return datetime.fromisoformat(text).timestamp()
    return text if kind in {"text", "flag"} else float(text)


def typed(value: Cell, kind: Kind) -> float | str:
    """The number that a spreadsheet has in a cell: a duration as s, a datetime in the book's zone as Unix s."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        if kind == "seconds":  # as openpyxl reads a duration of days
            return (value.replace(tzinfo=UTC) - datetime(1899, 12, 30, tzinfo=UTC)).total_seconds()
        return value.replace(tzinfo=ZONE).timestamp()
    if kind == "seconds" and isinstance(value, (int, float)):
        return value * 86_400
    assert isinstance(value, (str, int, float)), value
    if isinstance(value, str) and kind == "seconds":  # below zero, which a spreadsheet does not show
        return read_as(value, kind)
    return value if isinstance(value, str) else float(value)
