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
_TRIES: Final = ((False, 8.5), (False, 8.0), (True, 8.5), (True, 8.0), (True, 7.0), (True, 6.0), (True, 5.0))
_WIDEST: Final = 34.0
_NARROWEST: Final = 12.0
_RESERVE: Final = 1.06


class Set(NamedTuple):
    """Texts as they are set: `size` in points, `widths` in points, or shares of them, `right` of each column."""

    wide: bool
    size: float
    widths: list[float]
    right: list[bool]
    heads: list[str]
    rows: list[list[str]]
    total: list[str] | None


class _Need(NamedTuple):
    """Widths of a column in digits: with which it is fine, and with which it is bearable."""

    fine: float
    least: float


def arranged(columns: Sequence[Column], rows: Sequence[Sequence[str]], total: Sequence[str] | None) -> Set:
    """The largest letters, upright before across, in which no number breaks; texts may."""
    lines = [[shortened(text, LONGEST) for text in row] for row in rows]
    last = None if total is None else [shortened(text, LONGEST) for text in total]
    every = lines if last is None else [*lines, last]
    heads = [shortened(clean(one.title), 80) for one in columns]
    needs = [_need(one, heads[n], [row[n] for row in every]) for n, one in enumerate(columns)]
    wide, size, widths = _fitted(needs)
    return Set(
        wide,
        size,
        [round(one * size * _UNIT + _GUTTER, 2) for one in widths],
        [one.kind in NUMBERS for one in columns],
        [_broken(text, widths[n]) for n, text in enumerate(heads)],
        [[_broken(text, widths[n]) for n, text in enumerate(row)] for row in lines],
        None if last is None else [_broken(text, widths[n]) for n, text in enumerate(last)],
    )


def units(text: str) -> float:
    """Its width in digits."""
    if text.isascii():
        return float(len(text))
    return sum(1.8 if one >= "\u1100" else 1.0 for one in text)


def _need(column: Column, head: str, texts: Sequence[str]) -> _Need:
    longest = max((units(text) for text in texts), default=1.0)
    word = max((units(one) * 1.08 for one in re.findall(r"[\x21-\u10ff]+", head)), default=2.0)
    if column.kind == "text":
        return _Need(max(word, min(longest, _WIDEST), 4.0), max(min(longest, _NARROWEST), min(word, 10.0), 4.0))
    fixed = min(longest, 24.0)
    return _Need(max(fixed, word, min(units(head) / 2, 9.0)), max(fixed, min(word, 7.0)))


def _fitted(needs: Sequence[_Need]) -> tuple[bool, float, list[float]]:
    """Direction, size, and widths in digits that fill the line."""
    for name in ("fine", "least"):
        least = [getattr(one, name) * _RESERVE for one in needs]
        tries = _TRIES if name == "least" else _TRIES[:4]
        for wide, size in tries:
            spare = _capacity(len(needs), wide, size) - sum(least)
            if spare >= 0:
                return wide, size, _shared(needs, least, spare)
    wide, size = _TRIES[-1]
    scale = max(_capacity(len(needs), wide, size), 1.0) / sum(one.least for one in needs)
    return wide, size, [one.least * scale for one in needs]


def _capacity(columns: int, wide: bool, size: float) -> float:
    return ((_ACROSS if wide else _UPRIGHT) - columns * _GUTTER) / (size * _UNIT)


def _shared(needs: Sequence[_Need], widths: Sequence[float], spare: float) -> list[float]:
    """What is spare goes first to those that would like more, then to all alike."""
    wants = [max(0.0, one.fine * _RESERVE - width) for one, width in zip(needs, widths, strict=True)]
    given = min(spare, sum(wants))
    share = given / sum(wants) if given else 0.0
    rest = (spare - given) / (sum(widths) or 1.0)
    return [width + want * share + width * rest for width, want in zip(widths, wants, strict=True)]


def _broken(text: str, width: float) -> str:
    """A word that is wider than its column may break anywhere."""
    if units(text) <= width:
        return text
    return re.sub(r"[\x21-\u10ff]{4,}", lambda word: _apart(word[0], width), text)


def _apart(word: str, width: float) -> str:
    return word if units(word) * 1.1 <= width else BREAK.join(word)
