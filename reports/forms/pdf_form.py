"""A printed report (A4): cover, summary with figures and charts, tables, signatures; set by Typst.

Every text goes in by value, never as markup: what looks like a command comes out as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst

from reports.availability import N_
from reports.book import Book, Cells, Fact, Table, Translate
from reports.fonts import families, installed
from reports.forms.cells import shown, total_of
from reports.forms.charts import Drawn, charts
from reports.forms.html_charts import LEFT_OUT, LIMIT, runs
from reports.forms.html_form import DATE, NAME, SEAL, SIGN, ZONE
from reports.forms.pdf_columns import Laid, arranged, upright
from reports.forms.texts import clean, shortened
from sla.instant import parse

SUMMARY: Final = N_("Summary")
CUT: Final = N_("The first {shown} of {all} lines; all of them are in the other forms.")
MOST_ROWS: Final = 3000
"""Of one file: a quarter of a MiB of memory each while it is set."""
TAGGED: Final = 1000
"""Rows up to which the file tells reading aids what is a table; beyond, that would be most of the file."""
LARGE: Final = 500
"""Rows of a file whose memory is worth some tenths of a second."""
_AGES: Final = 11
_PARAGRAPH: Final = 1200
_TITLE: Final = 160
_FACT: Final = 400
_SHEET: Final = Path(__file__).with_name("report.typ")


def write(document: Mapping[str, Any], book: Book, translate: Translate, *, table: str | None = None) -> bytes:
    """The file; the same report gives the same bytes. Raises `reports.fonts.NoFont`."""
    del table
    return pdf(book, translate, known_at=_known_at(document))


def pdf(book: Book, translate: Translate, known_at: int = 0, fonts: typst.Fonts | None = None) -> bytes:
    """The file as made at `known_at` (Unix s), in `fonts` or the machine's. Raises `reports.fonts.NoFont`."""
    fonts = fonts or installed()
    given = _given(book, translate)
    rows = sum(len(table["rows"]) for table in given["tables"])
    given["fonts"] = families(fonts, json.dumps(given, ensure_ascii=False))
    compiler = typst.Compiler(_SHEET.read_bytes(), root=_SHEET.parent, font_paths=fonts, ignore_system_fonts=True)
    made = compiler.compile(
        format="pdf", sys_inputs={"report": json.dumps(given)}, timestamp=known_at, pdf_tags=rows <= TAGGED
    )
    assert isinstance(made, bytes)
    if rows > LARGE:
        _forget(fonts)
    return made


def _forget(fonts: typst.Fonts) -> None:
    """Typst keeps what it has set for the files that follow, hundreds of MiB of a long one; empty ones age it out."""
    for _ in range(_AGES):
        typst.Compiler(b"", font_paths=fonts, ignore_system_fonts=True).compile(format="pdf")


def _known_at(document: Mapping[str, Any]) -> int:
    try:
        return max(0, parse(str(document.get("known_at"))) // 1000)
    except (ValueError, OverflowError):
        return 0


def _given(book: Book, translate: Translate) -> dict[str, Any]:
    """All that is printed, as texts and numbers."""
    across, tables = _tables(book, translate)
    head = next((str(fact.value) for fact in book.facts if fact.key == "head" and ":" in str(fact.value)), "")
    return {
        "title": _line(book.title, _TITLE),
        "subtitle": _line(book.subtitle, _TITLE),
        "name": _line(book.name, 80),
        "language": book.language,
        "head": _line(head, 90),
        "facts": [_fact(one, book, translate) for one in book.facts],
        "figures": [_fact(one, book, translate) for one in book.figures],
        "words": [_line(one, _PARAGRAPH) for one in book.words],
        "zone": translate(ZONE).format(zone=book.zone.key),
        "charts": [_chart(one, translate) for one in charts(book, translate)],
        "across": across,
        "tables": tables,
        "signatures": [_line(one, _TITLE) for one in book.signatures],
        "said": {
            name: translate(text)
            for name, text in {"summary": SUMMARY, "sign": SIGN, "name": NAME, "date": DATE, "seal": SEAL}.items()
        },
    }


def _line(text: str, longest: int) -> str:
    return shortened(clean(text), longest)


def _fact(fact: Fact, book: Book, translate: Translate) -> dict[str, Any]:
    said = shown(fact.value, fact.kind, book.zone, translate)
    return {"title": _line(fact.title, 80), "value": shortened(said, _FACT), "code": fact.key == "head" and ":" in said}


def _chart(chart: Drawn, translate: Translate) -> dict[str, Any]:
    """The geometry as it is, and its notes in words."""
    return {
        "title": shortened(chart.title, _TITLE),
        "style": chart.style,
        "marks": [one._asdict() for one in chart.marks],
        "runs": runs(chart.marks),
        "ticks": [one._asdict() for one in chart.ticks],
        "limit": None if chart.limit is None else chart.limit.at,
        "limit_said": translate(LIMIT).format(value=chart.limit.label) if chart.limit else "",
        "left_out": translate(LEFT_OUT).format(count=chart.left_out) if chart.left_out else "",
        "base": chart.base,
    }


def _tables(book: Book, translate: Translate) -> tuple[bool, list[dict[str, Any]]]:
    """All tables, and whether they lie across: where one does, all do, so that no sheet is turned for a few lines."""
    room, laid, notes = MOST_ROWS, [], []
    for table in book.tables:
        laid.append(_laid(table, book, translate, room))
        notes.append(_notes(table, translate, room))
        room -= len(laid[-1].rows)
    across = not all(upright(one) for one in laid)
    return across, [
        arranged(one, across=across)._asdict() | {"title": _line(table.title, _TITLE), "notes": said}
        for table, one, said in zip(book.tables, laid, notes, strict=True)
    ]


def _laid(table: Table, book: Book, translate: Translate, room: int) -> Laid:
    def texts(row: Cells) -> list[str]:
        return [shown(value, one.kind, book.zone, translate) for value, one in zip(row, table.columns, strict=True)]

    total = total_of(table, translate)
    return Laid(table.columns, [texts(row) for row in table.rows[:room]], None if total is None else texts(total))


def _notes(table: Table, translate: Translate, room: int) -> list[str]:
    notes = [_line(table.note, _PARAGRAPH)] if table.note else []
    if len(table.rows) > room:
        notes.append(translate(CUT).format(shown=room, all=len(table.rows)))
    return notes
