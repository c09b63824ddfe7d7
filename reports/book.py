"""A report as a book: facts about it, charts, and tables of typed cells, made from its JSON; every form shows the same.

`document` (JSON) is the report; `Book` is how it is read to people: CSV, XLSX, PDF and HTML are written from it alone,
so that no form has a figure of its own. What comes from data stays data: a form escapes it as its format wants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

Kind = Literal["text", "count", "number", "ratio", "seconds", "instant", "points", "money", "flag"]
"""How a cell is shown: `ratio` 0..1 as a percentage, `seconds` as hours and minutes, `instant` RFC 3339 in UTC as the
time in the book's zone, `points` and `money` decimal strings, `flag` true or false."""
Value = str | int | float | bool | None
Cells = tuple[Value, ...]
Translate = Callable[[str], str]


class Column(NamedTuple):
    """`key` is its name in the JSON and in the CSV's head, `title` what people read (translated)."""

    key: str
    title: str
    kind: Kind = "text"


class Table(NamedTuple):
    """One sheet: rows of as many cells as columns, None printing as a dash; `total` the last line.

    `name` is an identifier, `title` what people read; `note` stands below, and alone where there are no rows.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    total: Cells | None = None
    note: str | None = None


Head = tuple[tuple[str, str, Kind], ...]
"""The columns of a table before they are translated: key, title (a msgid), kind."""


def columns(head: Head, translate: Translate) -> tuple[Column, ...]:
    """The head of a table in a language."""
    return tuple(Column(key, translate(title), kind) for key, title, kind in head)


class Fact(NamedTuple):
    """One line of the cover or the summary: `key` as in the JSON, what people read, the value."""

    key: str
    title: str
    value: Value
    kind: Kind = "text"


class Chart(NamedTuple):
    """Bars or a line: pairs of label and number (None: a gap), which read as `kind` says; `limit` is drawn across."""

    title: str
    form: Literal["bars", "line"]
    points: tuple[tuple[str, float | None], ...]
    kind: Kind = "ratio"
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """One report in one language. `name` is an identifier, such as `availability-2026-10`.

    `facts` are the cover's: period, how it was counted, by which rules, calendars and profile, the chain's head.
    `figures` are the few that are read first. `words` are paragraphs: what is provisional, missing or to be minded.
    `signatures` are who signs, one block each.
    """

    name: str
    title: str
    subtitle: str
    language: str
    zone: ZoneInfo
    facts: tuple[Fact, ...] = ()
    figures: tuple[Fact, ...] = ()
    words: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    signatures: tuple[str, ...] = ()

    def table(self, name: str) -> Table:
        """The table of this name; raises KeyError."""
        return {one.name: one for one in self.tables}[name]
