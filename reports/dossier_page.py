"""The renewal dossier on one page of A4 (S8): set by Typst from its book, cut where it would not fit.

Every text goes in by value, never as markup; lists that are longer than the page end with how many more there are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import typst

from reports.availability import N_
from reports.book import Book, Table, Translate, Value
from reports.fonts import families, installed
from reports.forms.cells import NUMBERS, shown
from reports.forms.texts import clean, shortened

MORE: Final = N_("and {count} more")
MOST_MONTHS: Final = 36
"""Statements of three contracts at once."""
_LONGEST: Final = 160
_SHEET: Final = Path(__file__).with_name("dossier.typ")


class _Part(NamedTuple):
    """A table of the page: which columns of the book's, how wide to one another, and how many of its rows."""

    name: str
    columns: tuple[tuple[str, float], ...]
    most: int
    most_dense: int


_MONTHS: Final = _Part(
    "months",
    (
        ("month", 1.3), ("contract", 1.5), ("state", 1.3), ("score", 1.1), ("score_before", 1.4), ("payment", 1.5),
        ("faults", 0.8), ("repeats", 0.9), ("late", 0.8), ("mean_repair_s", 1.2), ("survey", 0.9), ("disputes", 0.9),
        ("points_back", 1), ("amendments", 1.3),
    ),
    MOST_MONTHS, MOST_MONTHS,
)  # fmt: skip
_OTHERS: Final = (
    _Part("terms", (("term", 3), ("deduction", 1.4)), 10, 6),
    _Part("chains", (("device", 2), ("hall_name", 3), ("count", 0.8), ("tickets", 5), ("until", 2.6)), 10, 6),
    _Part(
        "disputes", (("month", 1), ("contract", 1.4), ("line", 0.8), ("state", 1.6), ("points", 1), ("reason", 7)), 6, 3
    ),
)
_DENSE: Final = 16


def page(book: Book, translate: Translate, known_at: int = 0, fonts: typst.Fonts | None = None) -> bytes:
    """The PDF, of one page, as made at `known_at` (Unix s). Raises `reports.fonts.NoFont`."""
    fonts = fonts or installed()
    given = _given(book, translate)
    given["fonts"] = families(fonts, json.dumps(given, ensure_ascii=False))
    compiler = typst.Compiler(_SHEET.read_bytes(), root=_SHEET.parent, font_paths=fonts, ignore_system_fonts=True)
    made = compiler.compile(format="pdf", sys_inputs={"dossier": json.dumps(given)}, timestamp=known_at)
    assert isinstance(made, bytes)
    return made


def _given(book: Book, translate: Translate) -> dict[str, Any]:
    facts = {one.key: one for one in book.facts}
    head = facts.pop("head")
    told = [f"{one.title}: {shown(one.value, one.kind, book.zone, translate)}" for one in facts.values()]
    months = book.table("months")
    dense = len(months.rows) > _DENSE
    return {
        "title": _line(book.title),
        "subtitle": _line(book.subtitle),
        "language": book.language,
        "head": _line(f"{head.title}: {shown(head.value, 'text', book.zone, translate)}"),
        "foot": _line(book.name),
        "facts": [_line(one) for one in told],
        "figures": [
            {"title": _line(one.title), "value": _line(shown(one.value, one.kind, book.zone, translate))}
            for one in book.figures
        ],
        "words": [_line(one) for one in book.words],
        "chart": _chart(book, months),
        **{part.name: _part(part, book, translate, dense=dense) for part in (_MONTHS, *_OTHERS)},
    }


def _line(text: str) -> str:
    return shortened(clean(text), _LONGEST)


def _chart(book: Book, months: Table) -> dict[str, Any]:
    """Bars of 0 to 100 points; those of sealed months are darker."""
    seal = [column.key for column in months.columns].index("seal")
    sealed = [row[seal] is not None for row in months.rows[:MOST_MONTHS]]
    points = book.charts[0].points[:MOST_MONTHS] if book.charts else ()
    marks = [
        {"label": _line(label), "value": f"{score or 0:.2f}", "at": (score or 0) / 100, "sealed": done}
        for (label, score), done in zip(points, sealed, strict=True)
    ]
    return {"title": _line(book.charts[0].title if book.charts else ""), "marks": marks}


def _part(part: _Part, book: Book, translate: Translate, *, dense: bool) -> dict[str, Any]:
    table = book.table(part.name)
    where = {column.key: n for n, column in enumerate(table.columns)}
    picked = [where[key] for key, _ in part.columns]
    most = part.most_dense if dense else part.most
    left = max(0, len(table.rows) - most)
    return {
        "title": _line(table.title),
        "heads": [_line(table.columns[n].title) for n in picked],
        "widths": [width for _, width in part.columns],
        "high": 7.6 if part.name == "months" else 3.4,
        "right": [table.columns[n].kind in NUMBERS for n in picked],
        "rows": [_cells(row, picked, table, book, translate) for row in table.rows[:most]],
        "total": None if table.total is None else _cells(table.total, picked, table, book, translate),
        "note": translate(MORE).format(count=left) if left else _line(table.note or ""),
    }


def _cells(row: Sequence[Value], picked: Sequence[int], table: Table, book: Book, translate: Translate) -> list[str]:
    return [shortened(shown(row[n], table.columns[n].kind, book.zone, translate), _LONGEST) for n in picked]
