"""A page that stands alone: for a browser, for paper, for mail.

All texts are escaped; there is no script, no style attribute and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

from reports.availability import N_
from reports.book import Book, Cells, Column, Fact, Table, Translate, Value
from reports.forms import html_charts
from reports.forms.cells import NUMBERS, shown, total_of
from reports.forms.pdf_columns import units
from reports.forms.texts import clean

SIGN: Final = N_("Signatures and seals")
NAME: Final = N_("Signature")
DATE: Final = N_("Date")
SEAL: Final = N_("Stamp")
ZONE: Final = N_("Times are those of {zone}; durations are hours:minutes:seconds.")
_SHORT: Final = 26.0
_LOOKED_AT: Final = 200
LONG: Final = 240
"""Characters of a cell that are shown at once; the rest opens."""
_HERE: Final = Path(__file__).parent
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def write(document: Mapping[str, Any], book: Book, translate: Translate, *, table: str | None = None) -> bytes:
    """The page as UTF-8."""
    del document, table
    return page(book, translate).encode("utf-8", "replace")


def page(book: Book, translate: Translate) -> Markup:
    """A whole page with its own style: dark or light as the reader wants, black on white on paper."""
    style = "".join((_HERE / name).read_text("utf-8") for name in ("page.css", "book.css"))
    return Markup(
        '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}\n</main>\n</body>\n</html>\n"
    ).format(_language(book), _POLICY, clean(book.title), Markup(style), body(book, translate))  # noqa: S704 - our own file


def body(book: Book, translate: Translate) -> Markup:
    """The report as one `article.book`, which `book.css` styles."""
    parts = [
        _cover(book, translate),
        _figures(book, translate),
        _words(book),
        html_charts.charts(book, translate),
        *(_table(one, book, translate) for one in book.tables),
        _signatures(book, translate),
        _foot(book, translate),
    ]
    return Markup('<article class="book" lang="{}">\n{}\n</article>').format(
        _language(book), Markup("\n").join(part for part in parts if part)
    )


def _language(book: Book) -> str:
    return {"zh": "zh-CN"}.get(book.language, book.language)


def _cover(book: Book, translate: Translate) -> Markup:
    facts = Markup("").join(
        Markup("<div><dt>{}</dt><dd{}>{}</dd></div>").format(
            clean(one.title), Markup(' class="book-code"') if one.key == "head" else "", _said(one, book, translate)
        )
        for one in book.facts
    )
    return Markup(
        '<header class="book-cover"><h1>{}</h1><p class="book-subtitle">{}</p><dl class="book-facts">{}</dl></header>'
    ).format(clean(book.title), clean(book.subtitle), facts)


def _said(fact: Fact, book: Book, translate: Translate) -> str:
    return shown(fact.value, fact.kind, book.zone, translate)


def _figures(book: Book, translate: Translate) -> Markup:
    figures = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(clean(one.title), _said(one, book, translate))
        for one in book.figures
    )
    return Markup('<dl class="book-figures">{}</dl>').format(figures) if figures else Markup("")


def _words(book: Book) -> Markup:
    return Markup("\n").join(Markup('<p class="book-word">{}</p>').format(clean(one)) for one in book.words)


def _table(table: Table, book: Book, translate: Translate) -> Markup:
    """A table that scrolls sideways within itself; the first cell of a line names it."""
    title = clean(table.title)
    note = Markup('<p class="book-note">{}</p>').format(clean(table.note)) if table.note else Markup("")
    if table.rows or table.total is not None:
        lines = Markup("".join(_lines(table, book, translate)))  # noqa: S704 - each cell is escaped
        grid = Markup(
            '<div class="book-scroll" tabindex="0" role="region" aria-label="{}">'
            '<table class="book-table">{}</table></div>'
        ).format(title, lines)
    else:
        grid = Markup("")
    return Markup('<section class="book-sheet"><h2>{}</h2>{}{}</section>').format(title, grid, note)


def _lines(table: Table, book: Book, translate: Translate) -> Iterator[str]:
    kinds = [_kind(one, [row[n] for row in table.rows[:_LOOKED_AT]]) for n, one in enumerate(table.columns)]
    heads = (
        f'<th scope="col"{kind}>{escape(clean(one.title))}</th>' for kind, one in zip(kinds, table.columns, strict=True)
    )
    yield f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>\n"
    for row in table.rows:
        yield _line(row, table, kinds, book, translate)
    yield "</tbody>"
    if (total := total_of(table, translate)) is not None:
        yield f"\n<tfoot>\n{_line(total, table, kinds, book, translate)}</tfoot>"


def _line(row: Cells, table: Table, kinds: Sequence[str], book: Book, translate: Translate) -> str:
    texts = [
        _folded(shown(value, one.kind, book.zone, translate)) for value, one in zip(row, table.columns, strict=True)
    ]
    head = f'<th scope="row"{kinds[0]}>{texts[0]}</th>'
    rest = (f"<td{kind}>{text}</td>" for text, kind in zip(texts[1:], kinds[1:], strict=True))
    return f"<tr>{head}{''.join(rest)}</tr>\n"


def _kind(column: Column, values: Sequence[Value]) -> str:
    """The class of a column's cells: numbers to the right, short texts in one line."""
    if column.kind in NUMBERS:
        return ' class="num"'
    longest = max((units(str(value)) for value in values if value is not None), default=0.0)
    return ' class="text"' if column.kind == "text" and longest > _SHORT else ' class="at"'


def _folded(text: str) -> str:
    """Escaped; a long text opens when it is wanted."""
    if len(text) <= LONG:
        return str(escape(text))
    return f"<details><summary>{escape(text[: LONG // 3])}…</summary>{escape(text)}</details>"


def _signatures(book: Book, translate: Translate) -> Markup:
    blocks = Markup("").join(
        Markup("<div><b>{}</b><p>{}</p><p>{}</p><p>{}</p></div>").format(
            clean(one), translate(NAME), translate(DATE), translate(SEAL)
        )
        for one in book.signatures
    )
    if not blocks:
        return blocks
    return Markup('<section class="book-sheet"><h2>{}</h2><div class="book-signatures">{}</div></section>').format(
        translate(SIGN), blocks
    )


def _foot(book: Book, translate: Translate) -> Markup:
    zone = translate(ZONE).format(zone=book.zone.key)
    return Markup('<footer class="book-foot"><span class="book-code">{}</span><span>{}</span></footer>').format(
        clean(book.name), zone
    )
