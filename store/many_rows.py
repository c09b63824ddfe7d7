"""Very many rows at once, as arrays of int64."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select

from store.database import plain

I64 = NDArray[np.int64]


def near(column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Rows of these sorted numbers, found quickly: where they lie close together, those between them come along."""
    if numbers and numbers[-1] - numbers[0] < 2 * len(numbers):
        return column.between(numbers[0], numbers[-1])
    return column.in_(numbers)


def placed(numbers: Sequence[int], found: I64) -> tuple[I64, NDArray[np.bool_]]:
    """Where each of `found` is among sorted numbers, and which of them are there at all."""
    known = np.array(numbers, np.int64)
    if not len(known):
        return np.zeros(len(found), np.int64), np.zeros(len(found), np.bool_)
    place = np.minimum(np.searchsorted(known, found), len(known) - 1).astype(np.int64)
    return place, known[place] == found


def columns(conn: Connection, query: Select[Any]) -> I64:
    """What a query of whole numbers, none of them null, answers: an array of column by row."""
    width = len(query.selected_columns)
    parts = [np.zeros((0, width), np.int64)]
    for rows in plain(conn, query):
        parts.append(np.fromiter(chain.from_iterable(rows), np.int64, width * len(rows)).reshape(-1, width))
    return np.concatenate(parts).T.copy()
