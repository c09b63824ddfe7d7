"""How a table lies on A4: upright or across, how large its letters, how wide its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from reports.book import Column
from reports.forms.cells import NUMBERS
from reports.forms.texts import clean, shortened

LONGEST: Final = 200
"""Characters of a cell on paper."""
BREAK: Final = "\u200b"
_UPRIGHT: Final = 504.0
_ACROSS: Final = 751.0
"""Points between the margins."""
_GUTTER: Final = 7.0
_UNIT: Final = 0.57
"""Of a letter's height: a digit's width. A Chinese character has 1.8 of it."""
_SIZES: Final = (8.5, 8.0, 7.3, 6.6, 6.0, 5.4)
"""Of letters, in points; the first three are read with ease."""
_EASY: Final = 3
_BEARABLE: Final = 5
"""Of the sizes: smaller letters are worse than a broken word."""
_STRETCH: Final = 0.6
"""So much wider than it needs a column may become."""
_WIDEST: Final = 34.0
_NARROWEST: Final = 12.0
_RESERVE: Final = 1.06


class Set(NamedTuple):
    """Texts as they are set: `size` and `widths` in points, `right` of each column."""

    size: float
    widths: list[float]
    right: list[bool]
    heads: list[str]
    rows: list[list[str]]
    total: list[str] | None


class Laid(NamedTuple):
    """Texts of a table before it is set."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] | None


class _Need(NamedTuple):
    """Widths of a column in digits: with which it is fine, no word of its head breaks, and it is bearable."""

    fine: float
    whole: float
    least: float


def upright(table: Laid) -> bool:
    """Whether it is read with ease on a page that stands upright."""
    needs = _needs(_lines(table))
    return sum(one.fine for one in needs) * _RESERVE <= _capacity(len(needs), _SIZES[_EASY - 1], across=False)


def arranged(table: Laid, *, across: bool) -> Set:
    """The largest letters in which no number breaks; texts may."""
    lines = _lines(table)
    size, widths = _fitted(_needs(lines), across=across)
    head, *rest = [[_broken(text, widths[n]) for n, text in enumerate(row)] for row in lines.rows]
    return Set(
        size,
        [round(one * size * _UNIT + _GUTTER, 2) for one in widths],
        [one.kind in NUMBERS for one in table.columns],
        head,
        rest if table.total is None else rest[:-1],
        None if table.total is None else rest[-1],
    )


def _lines(table: Laid) -> Laid:
    """Head, rows and total alike, none longer than paper has room for."""
    every = table.rows if table.total is None else [*table.rows, table.total]
    head = [shortened(clean(one.title), 80) for one in table.columns]
    return Laid(table.columns, [head, *([shortened(text, LONGEST) for text in row] for row in every)], None)


def _needs(lines: Laid) -> list[_Need]:
    head, *rest = lines.rows
    return [_need(one, head[n], [row[n] for row in rest]) for n, one in enumerate(lines.columns)]


def units(text: str) -> float:
    """Its width in digits."""
    if text.isascii():
        return float(len(text))
    return sum(1.8 if one >= "\u1100" else 1.0 for one in text)


def _need(column: Column, head: str, texts: Sequence[str]) -> _Need:
    longest = max((units(text) for text in texts), default=1.0)
    word = max((units(one) * 1.08 for one in re.findall(r"[\x21-\u10ff]+", head)), default=0.0)
    word = max(word, min(units(head), 4.0))
    if column.kind == "text":
        narrow = max(min(longest, _NARROWEST), 4.0)
        return _Need(max(word, min(longest, _WIDEST), 4.0), max(narrow, word), max(narrow, min(word, 10.0)))
    fixed = min(longest, 24.0)
    return _Need(max(fixed, word, min(units(head) / 2, 9.0)), max(fixed, word), max(fixed, min(word, 7.0)))


def _fitted(needs: Sequence[_Need], *, across: bool) -> tuple[float, list[float]]:
    """The size, and widths in digits."""
    for name, sizes in (("fine", _SIZES[:_EASY]), ("whole", _SIZES[:_BEARABLE]), ("least", _SIZES)):
        least = [getattr(one, name) * _RESERVE for one in needs]
        for size in sizes:
            spare = _capacity(len(needs), size, across=across) - sum(least)
            if spare >= 0:
                return size, _shared(needs, least, spare)
    size = _SIZES[-1]
    scale = max(_capacity(len(needs), size, across=across), 1.0) / sum(one.least for one in needs)
    return size, [one.least * scale for one in needs]


def _capacity(columns: int, size: float, *, across: bool) -> float:
    return ((_ACROSS if across else _UPRIGHT) - columns * _GUTTER) / (size * _UNIT)


def _shared(needs: Sequence[_Need], widths: Sequence[float], spare: float) -> list[float]:
    """What is spare goes first to those that would like more, then to all alike, within reason."""
    wants = [max(0.0, one.fine * _RESERVE - width) for one, width in zip(needs, widths, strict=True)]
    given = min(spare, sum(wants))
    share = given / sum(wants) if given else 0.0
    wider = [width + want * share for width, want in zip(widths, wants, strict=True)]
    rest = min((spare - given) / (sum(wider) or 1.0), _STRETCH)
    return [width * (1 + rest) for width in wider]


def _broken(text: str, width: float) -> str:
    """A word that is wider than its column may break anywhere."""
    if units(text) <= width:
        return text
    return re.sub(r"[\x21-\u10ff]{4,}", lambda word: _apart(word[0], width), text)


def _apart(word: str, width: float) -> str:
    return word if units(word) * 1.1 <= width else BREAK.join(word)
