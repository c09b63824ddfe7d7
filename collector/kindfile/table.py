"""What a kind file asks of an agent: single values, the indexes that they stand at, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from collector.kind import Column, Index, Object, Table, Value
from collector.kindfile.page import Page, near

_AT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,15}")
_PLACE: Final = re.compile(r"\d+(\.\d+){0,31}")
_TABLE: Final = (
    *("oid", "columns", "poll", "limit", "only", "without", "mean", "most", "by"),
    *("volatile", "join", "into", "first", "given"),
)


def read_indexes(page: Page, value: object) -> dict[str, Index]:
    """The document's `indexes`."""
    indexes: dict[str, Index] = {}
    for name, entry in page.mapping(value, "indexes").items():
        place = f"indexes.{page.name(name, f'indexes.{name}')}"
        document = page.mapping(entry, place)
        page.known(document, ("column", "is", "else"), f"{place}.")
        otherwise = document.get("else")
        if otherwise is not None and not _PLACE.fullmatch(str(otherwise)):
            page.fault(f"{place}.else", f"{str(otherwise)[:50]!r} is not an index in numbers, such as 1 or 1.1")
        column = page.oid(document.get("column"), f"{place}.column")
        one_of = page.choices(document.get("is"), f"{place}.is") if "is" in document else ()
        indexes[name] = Index(name, column, one_of, None if otherwise is None else str(otherwise))
    return indexes


def read_objects(page: Page, value: object, indexes: Mapping[str, Index]) -> dict[str, Object]:
    """The document's `get`; `at` may name these indexes."""
    objects: dict[str, Object] = {}
    for name, entry in page.mapping(value, "get").items():
        place = f"get.{page.name(name, f'get.{name}')}"
        document = page.mapping(entry, place)
        page.known(document, ("oid", "as", "at", "read", "scale"), f"{place}.")
        oid, form = page.oid(document.get("oid"), f"{place}.oid"), page.form(document, place)
        at = _at(page, document["at"], indexes, f"{place}.at") if "at" in document else None
        objects[name] = Object(name, oid, form, at, *_meaning(page, document, place))
    return objects


def _at(page: Page, value: object, indexes: Mapping[str, Index], place: str) -> str | None:
    text = str(value)
    if not _AT.fullmatch(text):
        page.fault(place, f"{text[:50]!r} is not an index such as device or device.1")
        return None
    for part in text.split("."):
        if not part.isdecimal() and part not in indexes:
            page.fault(place, f"there is no index {part!r}", near(part, indexes))
            return None
    return text


def _meaning(page: Page, document: Mapping[str, Any], place: str) -> tuple[Mapping[int | str, Any], float]:
    read = page.reads(document["read"], f"{place}.read") if "read" in document else {}
    return read, page.scale(document["scale"], f"{place}.scale") if "scale" in document else 1


def _columns(page: Page, entry: str, document: Mapping[str, Any], place: str) -> dict[str, Column]:
    given = page.mapping(document.get("columns"), place)
    if not given:
        page.fault(place, "missing")
    return {key: _column(page, entry, key, column, f"{place}.{key}") for key, column in given.items()}


def _known(page: Page, named: Iterable[object], columns: Mapping[str, Column], place: str) -> None:
    for key in named:
        if not isinstance(key, str) or key not in columns:
            page.fault(place, f"there is no column {str(key)!r}", near(str(key), columns))


def read_table(page: Page, name: str, value: object) -> Table:
    """One of the document's `tables`."""
    place = f"tables.{page.name(name, f'tables.{name}')}"
    document = page.mapping(value, place)
    page.known(document, _TABLE, f"{place}.")
    oid = page.oid(document.get("oid"), f"{place}.oid")
    columns = _columns(page, oid, document, f"{place}.columns")
    volatile = "volatile" in document
    poll = document.get("poll", list(columns))
    mean, most, join = (page.mapping(document.get(key), f"{place}.{key}") for key in ("mean", "most", "join"))
    if join and not volatile:
        page.fault(f"{place}.join", "only in a volatile table")
    only, without = (
        {key: page.choices(entry, f"{place}.{which}.{key}") for key, entry in chosen.items()}
        for which in ("only", "without")
        for chosen in [page.mapping(document.get(which), f"{place}.{which}")]
    )
    by = document.get("by")
    polled = poll if isinstance(poll, list) else [poll]
    instead = (key for key in (by, *(column.unless for column in columns.values())) if key is not None)
    _known(page, (*polled, *mean, *most, *join, *only, *without, *instead), columns, place)
    when, every_s, calm = _volatile(page, document.get("volatile"), f"{place}.volatile") if volatile else _STEADY
    return Table(
        name,
        oid,
        columns,
        () if volatile or not isinstance(poll, list) else tuple(poll),
        int(page.number(document.get("limit", 32), f"{place}.limit", 1, 512)),
        only,
        without,
        {key: str(entry) for key, entry in mean.items()},
        {key: str(entry) for key, entry in most.items()},
        by if isinstance(by, str) and by in columns else None,
        volatile,
        when,
        every_s,
        calm,
        {key: str(entry) for key, entry in join.items()},
        *_into(page, document, place),
    )


def _into(page: Page, document: Mapping[str, Any], place: str) -> tuple[str | None, int, dict[str, Value]]:
    """Which table its rows go into, from which number on, and what each of them is given."""
    into, given = document.get("into"), page.mapping(document.get("given"), f"{place}.given")
    if into is None and (given or "first" in document):
        page.fault(place, "first and given only with into")
    if "by" in document and into is not None:
        page.fault(place, "by and into exclude each other")
    for key, value in given.items():
        page.name(key, f"{place}.given.{key}")
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            page.fault(f"{place}.given.{key}", "neither a number nor a text")
    first = int(page.number(document.get("first", 0), f"{place}.first", 0, 1_000_000))
    return (None if into is None else page.name(str(into), f"{place}.into")), first, given


_STEADY: Final[tuple[None, float, tuple[()]]] = (None, 60.0, ())


def _volatile(page: Page, value: object, place: str) -> tuple[str | None, float, tuple[int | str, ...]]:
    document = {} if value is True else page.mapping(value, place)
    page.known(document, ("when", "every", "calm"), f"{place}.")
    when = document.get("when")
    calm = page.choices(document["calm"], f"{place}.calm") if "calm" in document else ()
    every_s = page.duration(document.get("every", 60), f"{place}.every", 1.0)
    return None if when is None else page.text(when, f"{place}.when"), every_s, calm


def _column(page: Page, entry: str, name: str, value: object, place: str) -> Column:
    document = value if isinstance(value, dict) else {"number": value}
    page.known(document, ("number", "oid", "as", "read", "scale", "unless"), f"{place}.")
    page.name(name, place)
    unless = page.text(document["unless"], f"{place}.unless") if "unless" in document else None
    form, meaning = page.form(document, place), (*_meaning(page, document, place), unless)
    if "oid" in document:
        return Column(name, page.oid(document["oid"], f"{place}.oid"), form, *meaning)
    number = page.number(document.get("number"), place, 1, 1 << 31)
    return Column(name, f"{entry}.{number:.0f}", form, *meaning)
