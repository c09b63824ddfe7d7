"""What a form of a report is: a name, what it is called on the wire, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from reports.book import Book, Translate


class Write(Protocol):
    """Writes a report: `document` is its JSON, `book` how it reads; `table` names the one that CSV has."""

    def __call__(
        self, document: Mapping[str, Any], book: Book, translate: Translate, *, table: str | None = None
    ) -> bytes:
        """The file. Raises `NoTable`, and `reports.fonts.NoFont` for a PDF."""


class Form(NamedTuple):
    """`suffix` without a dot; a `binary` form is nothing for a terminal."""

    name: str
    media_type: str
    suffix: str
    write: Write
    binary: bool = False


class NoTable(ValueError):
    """The report has no table of that name; `known` are its names."""

    def __init__(self, asked: str, known: tuple[str, ...]) -> None:
        super().__init__(f"the report has no table {asked[:64]!r}; there is: {', '.join(known) or '-'}")
        self.asked = asked
        self.known = known
