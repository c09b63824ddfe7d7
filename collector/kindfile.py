"""Kind files: YAML to `Kind`, every fault at once with its place and the word that was perhaps meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from collector.kind import (
    COMMON,
    FORMS,
    OWNERS,
    BadKind,
    Clause,
    Column,
    Condition,
    Fault,
    Form,
    Kind,
    Object,
    Owner,
    Rule,
    Table,
)

_OID: Final = re.compile(r"\d+(\.\d+){1,127}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_CHECK: Final = re.compile(r"icmp|snmp|tcp:(\d{1,5})|https?:(\d{1,5})?(/\S*)?")
_MERGED: Final = ("get", "tables", "bits", "conditions")
_MAX_FILE: Final = 1 << 20
_KEYS: Final = (
    *("kind", "like", "model", "interval", "sleeps", "checks", "ticket_after", "opening_grace", "high_loss"),
    *("get", "tables", "bits", "rules", "conditions"),
)

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

T = TypeVar("T")


class _Page:
    """One file's document while it is read; faults are collected, not raised."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, place: str, reason: str, near: str | None = None) -> None:
        self.faults.append(Fault(self.file, place, reason, near))

    def mapping(self, value: object, place: str) -> dict[str, Any]:
        """The mapping itself with text keys, or an empty one and a fault."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(place, "not a mapping")
            return {}
        return {str(key): entry for key, entry in value.items()}

    def known(self, document: Mapping[str, Any], allowed: Iterable[str], place: str) -> None:
        names = list(allowed)
        for key in document:
            if key not in names:
                self.fault(f"{place}{key}", "unknown key", near(key, names))

    def word(self, value: object, words: Sequence[T], place: str) -> T | None:
        for known in words:
            if value == known:
                return known
        named = ", ".join(map(str, words))
        self.fault(place, f"{value!r} is none of {named}", near(str(value), map(str, words)))
        return None

    def oid(self, value: object, place: str) -> str:
        if isinstance(value, str) and _OID.fullmatch(value):
            return value
        self.fault(place, f"{value!r} is not an OID in numbers, such as 1.3.6.1.2.1.1.3.0")
        return "0.0"

    def truth(self, value: object, place: str) -> bool:
        if not isinstance(value, bool):
            self.fault(place, f"{value!r} is neither true nor false")
        return value is True

    def number(self, value: object, place: str, low: float, high: float) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.fault(place, f"{value!r} is not a number from {low:g} to {high:g}")
        return low

    def duration(self, value: object, place: str, low: float = 0.0) -> float:
        """Seconds of `90s`, `5m`, `1.5h`, or of a bare number."""
        if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
            value = float(match[1]) * _SECONDS[match[2]]
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= 30 * 86400:
            return float(value)
        self.fault(place, f"{value!r} is not a duration such as 60s, 5m or 1h")
        return 60.0


def near(word: str, words: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is."""
    return next(iter(difflib.get_close_matches(word, list(words), 1, 0.6)), None)


def is_check(text: object) -> bool:
    """Is it `icmp`, `snmp`, `tcp:PORT`, `http:[PORT][/PATH]` or `https:…`?"""
    match = _CHECK.fullmatch(text) if isinstance(text, str) and len(text) <= 512 else None
    return match is not None and all(1 <= int(port) <= 65535 for port in match.group(1, 2) if port)


def read_kinds(files: Sequence[Path]) -> dict[str, Kind]:
    """Kinds of all files by name, later files winning. Raises `BadKind` with every fault of all files."""
    pages = [(_Page(file.name), file) for file in files]
    documents: dict[str, tuple[_Page, dict[str, Any]]] = {}
    for page, file in pages:
        document = _document(page, file)
        if (name := _key(page, document)) is not None:
            documents[name] = (page, document)
    kinds = {name: _kind(page, _whole(page, document, documents)) for name, (page, document) in documents.items()}
    faults = tuple(dict.fromkeys(fault for page, _ in pages for fault in page.faults))
    if faults:
        raise BadKind(faults)
    return kinds


def _document(page: _Page, file: Path) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
        if len(raw) > _MAX_FILE:
            page.fault("", f"larger than {_MAX_FILE} bytes")
            return {}
        document = yaml.load(raw, _LOADER)  # noqa: S506 - a safe loader, in C where there is one
    except OSError as error:
        page.fault("", f"cannot be read: {error.strerror}")
        return {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        page.fault("", f"not YAML: {' '.join(str(error).split())[:300]}")
        return {}
    if document is None:
        page.fault("", "empty")
    return page.mapping(document, "(file)")


def _key(page: _Page, document: Mapping[str, Any]) -> str | None:
    if not document:
        return None
    page.known(document, _KEYS, "")
    name, model = document.get("kind"), document.get("model")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        page.fault("kind", "missing" if name is None else f"{name!r} is not a name")
        return None
    return f"{name}/{model}" if model else name


def _whole(
    page: _Page, document: dict[str, Any], documents: Mapping[str, tuple[_Page, dict[str, Any]]], depth: int = 0
) -> dict[str, Any]:
    """The document with what it takes from the kind it is `like` (a model from its kind)."""
    base = document.get("like") or (document.get("kind") if document.get("model") else None)
    if base is None:
        return document
    if not isinstance(base, str) or base not in documents or depth > 8:
        circle = isinstance(base, str) and base in documents
        reason = "goes round in a circle" if circle else f"there is no kind {str(base)[:100]!r}"
        page.fault("like", reason, near(str(base), documents))
        return document
    whole = {**_whole(page, documents[base][1], documents, depth + 1)}
    for key, value in document.items():
        merged = key in _MERGED and isinstance(value, dict) and isinstance(whole.get(key), dict)
        whole[key] = _merged(key, whole[key], value) if merged else value
    return whole


def _merged(key: str, base: dict[Any, Any], more: dict[Any, Any]) -> dict[Any, Any]:
    """`more` added to `base` or replacing by name; of bits, bit by bit."""
    if key != "bits":
        return {**base, **more}
    pairs = {name: (base.get(name), entry) for name, entry in more.items()}
    both = {name: {**a, **b} for name, (a, b) in pairs.items() if isinstance(a, dict) and isinstance(b, dict)}
    return {**base, **more, **both}


def _kind(page: _Page, document: Mapping[str, Any]) -> Kind:
    given: dict[str, Any] = {"name": str(document["kind"]), "model": _optional_text(document.get("model"))}
    readers: dict[str, tuple[str, Callable[[object, str], object]]] = {
        "interval": ("interval_s", lambda v, p: page.duration(v, p, 1.0)),
        "sleeps": ("sleeps", page.truth),
        "checks": ("checks", lambda v, p: _checks(page, v, p)),
        "ticket_after": ("ticket_after_s", page.duration),
        "opening_grace": ("opening_grace_s", page.duration),
        "high_loss": ("high_loss", lambda v, p: page.number(v, p, 0.01, 1.0)),
    }
    for key, (name, read) in readers.items():
        if key in document:
            given[name] = read(document[key], key)
    given["get"] = _objects(page, document.get("get"))
    given["tables"] = {n: _table(page, n, t) for n, t in page.mapping(document.get("tables"), "tables").items()}
    given["bits"] = _bits(page, document.get("bits"))
    given["conditions"] = dict(COMMON) | {
        name: _condition(page, name, entry)
        for name, entry in page.mapping(document.get("conditions"), "conditions").items()
    }
    given["rules"] = _rules(page, document.get("rules"))
    kind = Kind(**given)
    _names(page, kind)
    return kind


def _optional_text(value: object) -> str | None:
    return None if value is None else str(value)


def _checks(page: _Page, value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        page.fault(place, "not a list of checks")
        return ()
    for check in value:
        if not is_check(check):
            page.fault(place, f"{check!r} is none of icmp, snmp, tcp:PORT, http:PORT/PATH", near(str(check), _WORDS))
    return tuple(dict.fromkeys(str(check) for check in value))


_WORDS: Final = ("icmp", "snmp", "tcp:", "http:")


def _objects(page: _Page, value: object) -> dict[str, Object]:
    objects: dict[str, Object] = {}
    for name, entry in page.mapping(value, "get").items():
        place = f"get.{name}"
        if not _NAME.fullmatch(name):
            page.fault(place, "not a name")
        document = page.mapping(entry, place)
        page.known(document, ("oid", "as"), f"{place}.")
        form = page.word(document.get("as", "integer"), FORMS, f"{place}.as")
        objects[name] = Object(name, page.oid(document.get("oid"), f"{place}.oid"), form or "integer")
    return objects


_TABLE: Final = ("oid", "columns", "poll", "limit", "only", "without", "mean")


def _table(page: _Page, name: str, value: object) -> Table:
    place = f"tables.{name}"
    document = page.mapping(value, place)
    page.known(document, _TABLE, f"{place}.")
    oid = page.oid(document.get("oid"), f"{place}.oid")
    columns = {
        key: _column(page, oid, key, entry, f"{place}.columns.{key}")
        for key, entry in page.mapping(document.get("columns"), f"{place}.columns").items()
    }
    if not columns:
        page.fault(f"{place}.columns", "missing")
    poll = document.get("poll", list(columns))
    mean = page.mapping(document.get("mean"), f"{place}.mean")
    only, without = (
        {key: _choices(page, entry, f"{place}.{which}.{key}") for key, entry in chosen.items()}
        for which in ("only", "without")
        for chosen in [page.mapping(document.get(which), f"{place}.{which}")]
    )
    for key in (*(poll if isinstance(poll, list) else [poll]), *mean, *only, *without):
        if key not in columns:
            page.fault(place, f"there is no column {key!r}", near(str(key), columns))
    return Table(
        name,
        oid,
        columns,
        tuple(poll) if isinstance(poll, list) else (),
        int(page.number(document.get("limit", 32), f"{place}.limit", 1, 512)),
        only,
        without,
        {key: str(entry) for key, entry in mean.items()},
    )


def _column(page: _Page, entry: str, name: str, value: object, place: str) -> Column:
    document = value if isinstance(value, dict) else {"number": value}
    page.known(document, ("number", "oid", "as"), f"{place}.")
    form: Form = page.word(document.get("as", "integer"), FORMS, f"{place}.as") or "integer"
    if "oid" in document:
        return Column(name, page.oid(document["oid"], f"{place}.oid"), form)
    return Column(name, f"{entry}.{page.number(document.get('number'), place, 1, 1 << 31):.0f}", form)


def _choices(page: _Page, value: object, place: str) -> tuple[int | str, ...]:
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, int | str) and not isinstance(entry, bool) for entry in entries) or not entries:
        page.fault(place, "not a list of numbers or words")
        return ()
    return tuple(entries)


def _bits(page: _Page, value: object) -> dict[str, dict[int, str]]:
    every: dict[str, dict[int, str]] = {}
    for name, entry in page.mapping(value, "bits").items():
        every[name] = {}
        for key, condition in page.mapping(entry, f"bits.{name}").items():
            if not key.isdecimal() or int(key) > 255:
                page.fault(f"bits.{name}.{key}", "not the number of a bit, 0 the most significant of the first octet")
            else:
                every[name][int(key)] = str(condition)
    return every


def _condition(page: _Page, name: str, value: object) -> Condition:
    place = f"conditions.{name}"
    document = page.mapping(value, place)
    page.known(document, ("stops", "owner", "when"), f"{place}.")
    if not _NAME.fullmatch(name):
        page.fault(place, "not a name")
    owner: Owner = page.word(document.get("owner", "vendor"), OWNERS, f"{place}.owner") or "undetermined"
    when = _clause(page, document["when"], f"{place}.when") if "when" in document else None
    return Condition(name, page.truth(document.get("stops", False), f"{place}.stops"), owner, when)


_CLAUSE: Final = tuple(entry.name for entry in fields(Clause))


def _clause(page: _Page, value: object, place: str, more: tuple[str, ...] = ()) -> Clause:
    document = page.mapping(value, place)
    page.known(document, (*_CLAUSE, *more), f"{place}.")
    if ("value" in document) == ("rows" in document):
        page.fault(place, "needs one of value and rows")
    if not {"one_of", "at_least", "below"} & document.keys():
        page.fault(place, "needs one_of, at_least or below")
    edges = {
        edge: page.number(document[edge], f"{place}.{edge}", -1e18, 1e18)
        for edge in ("at_least", "below")
        if edge in document
    }
    return Clause(
        _optional_text(document.get("value")),
        _optional_text(document.get("of")),
        _optional_text(document.get("rows")),
        _choices(page, document["one_of"], f"{place}.one_of") if "one_of" in document else (),
        edges.get("at_least"),
        edges.get("below"),
    )


def _rules(page: _Page, value: object) -> tuple[Rule, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        page.fault("rules", "not a list")
        return ()
    return tuple(_rule(page, entry, f"rules[{number}]") for number, entry in enumerate(value))


def _rule(page: _Page, value: object, place: str) -> Rule:
    document = page.mapping(value, place)
    return Rule(str(document.get("condition")), _clause(page, document, place, ("condition",)))


def _names(page: _Page, kind: Kind) -> None:
    """Every name that a bit, rule or clause uses must be there."""
    values = {*kind.get, *(f"{t.name}.*.{c}" for t in kind.tables.values() for c in t.columns if c not in t.mean)}
    values |= {name for table in kind.tables.values() for name in table.mean.values()}
    used = [(f"bits.{n}.{bit}", word) for n, bits in kind.bits.items() for bit, word in bits.items()]
    used += [(f"rules[{n}].condition", rule.condition) for n, rule in enumerate(kind.rules)]
    for place, condition in used:
        if condition not in kind.conditions:
            page.fault(place, f"there is no condition {condition!r}", near(condition, kind.conditions))
    for name in kind.bits:
        if name not in kind.get:
            page.fault(f"bits.{name}", f"there is no value {name!r}", near(name, kind.get))
    clauses = [(f"rules[{n}]", rule.clause) for n, rule in enumerate(kind.rules)]
    clauses += [(f"conditions.{c.name}.when", c.when) for c in kind.conditions.values() if c.when]
    for place, clause in clauses:
        for value in (clause.value, clause.of):
            if value is not None and value not in values:
                page.fault(place, f"there is no value {value!r}", near(value, values))
        if clause.rows is not None and clause.rows not in kind.tables:
            page.fault(place, f"there is no table {clause.rows!r}", near(clause.rows, kind.tables))
