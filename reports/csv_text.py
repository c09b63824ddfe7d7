"""Tables as CSV that a spreadsheet opens rightly and without harm: UTF-8 with a BOM, nothing read as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

BOM: Final = "\ufeff"
DASH: Final = "–"
"""What is not known, or does not exist: never 0, never 100 (A3)."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | float | bool | Decimal | None


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table with its head; lines end with CR LF (RFC 4180)."""
    out = io.StringIO()
    out.write(BOM)
    lines = csv.writer(out)
    lines.writerow(head)
    lines.writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return f"{value:f}" if isinstance(value, Decimal) else repr(value)
    return f"'{value}" if value.startswith(_FORMULA) else value
