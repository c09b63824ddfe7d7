"""Does a clause of a kind file hold? Pure: values in, truth out."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

from collector.kind import Clause
from collector.observation import Value


def holds(clause: Clause, values: Mapping[str, Value]) -> bool:
    """Never for a value that is not there, nor for rows that nobody could count."""
    if clause.rows is not None:
        rows = len(_rows(clause.rows, values))
        return rows > 0 and _fits(clause, float(rows)) and all(holds(more, values) for more in clause.also)
    assert clause.value is not None
    table, star, _ = clause.value.partition(".*.")
    rows_of = _rows(table, values) if star else ("",)
    return any(
        _holds(clause, row, values) and all(_holds(more, row, values) for more in clause.also) for row in rows_of
    )


def subject(clause: Clause) -> str:
    """What the clause is about, for people."""
    about = clause.value or f"rows of {clause.rows}"
    return about + (f" / {clause.of}" if clause.of else "")


def _rows(table: str, values: Mapping[str, Value]) -> dict[str, None]:
    start = table + "."
    return {name[len(start) :].partition(".")[0]: None for name in values if name.startswith(start)}


def _holds(clause: Clause, row: str, values: Mapping[str, Value]) -> bool:
    if clause.rows is not None:
        return holds(clause, values)
    value = values.get((clause.value or "").replace("*", row, 1))
    if value is None or clause.of is None:
        return value is not None and _fits(clause, value)
    of = values.get(clause.of.replace("*", row, 1))
    if not isinstance(value, int | float) or not isinstance(of, int | float) or of <= 0 or value < 0:
        return False
    return _fits(clause, value / of)


def _fits(clause: Clause, value: Value) -> bool:
    if clause.one_of:
        return value in clause.one_of
    if clause.like:
        return _like(clause.like, str(value))
    if isinstance(value, str):
        return False
    above = clause.at_least is None or value >= clause.at_least
    return above and (clause.below is None or value < clause.below)


@lru_cache(maxsize=4096)
def _like(patterns: tuple[str, ...], text: str) -> bool:
    return any(fnmatchcase(text.lower(), pattern.lower()) for pattern in patterns)
