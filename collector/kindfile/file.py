"""Kind files: YAML to `Kind`, every fault at once with its place and the word that was perhaps meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from collector.kind import COMMON, BadKind, Kind
from collector.kindfile.lines import LOADER
from collector.kindfile.model import keys_of, read_match, read_notes, read_said, read_words, with_models
from collector.kindfile.page import Page, near
from collector.kindfile.rules import check_names, optional_text, read_bits, read_condition, read_rules
from collector.kindfile.table import read_indexes, read_objects, read_table

__all__ = ["is_check", "near", "read_kinds"]

_CHECK: Final = re.compile(r"icmp|snmp|mqtt|tcp:(\d{1,5})|https?:(\d{1,5})?(/\S*)?")
_WORDS: Final = ("icmp", "snmp", "mqtt", "tcp:", "http:", "https:")
_MERGED: Final = ("indexes", "get", "tables", "bits", "conditions", "notes", "words")
_MAX_FILE: Final = 1 << 20
_DEEPEST: Final = 8  # kinds that are like one another
_KEYS: Final = (
    *("kind", "kinds", "like", "model", "match", "notes", "words", "interval", "sleeps", "wakes", "longest_sleep"),
    *("checks", "ticket_after", "opening_grace", "high_loss", "indexes", "get", "tables", "bits", "rules"),
    *("conditions", "http", "mqtt", "processes", "typical"),
)

T = TypeVar("T")
_Memo = dict[int, tuple[object, Any]]
_Documents = dict[str, tuple[Page, dict[str, Any]]]


def is_check(text: object) -> bool:
    """Is it `icmp`, `snmp`, `mqtt`, `tcp:PORT`, `http:[PORT][/PATH]` or `https:…`?"""
    match = _CHECK.fullmatch(text) if isinstance(text, str) and len(text) <= 512 else None
    return match is not None and all(1 <= int(port) <= 65535 for port in match.group(1, 2) if port)


def read_kinds(files: Sequence[Path]) -> dict[str, Kind]:
    """Kinds of all files by name, later files winning. Raises `BadKind` with every fault of all files."""
    pages: list[Page] = []
    documents: _Documents = {}
    for file in files:
        pages.append(page := Page(file.name, str(file.parent)))
        document = _document(page, file)
        page.known(document, _KEYS, "")
        for name, model in keys_of(page, document) if document else ():
            key = f"{name}/{model}" if model else name
            documents.pop(key, None)
            documents[key] = page, {**document, "kind": name, "model": model}
    kinds = _every(documents)
    faults = tuple(dict.fromkeys(fault for page in pages for fault in page.faults))
    if faults:
        raise BadKind(faults)
    return kinds


def _every(documents: _Documents) -> dict[str, Kind]:
    _for_those_alike(documents)
    memo: _Memo = {}
    kinds: dict[str, Kind] = {}
    for key, (page, document) in documents.items():
        foreign = bool(document.get("model")) and _is_foreign(page, document, documents)
        mine = Page(page.file) if foreign else page
        whole = _whole(mine, document, documents)
        mine.inherited = _rules_in(whole) - _rules_in(document)
        kind = _kind(mine, whole, {} if foreign else memo)
        if not foreign or not mine.faults:
            kinds[key] = kind
    return with_models(kinds)


def _rules_in(document: Mapping[str, Any]) -> int:
    rules = document.get("rules")
    return len(rules) if isinstance(rules, list) else 0


def _is_foreign(page: Page, document: Mapping[str, Any], documents: _Documents) -> bool:
    """Is it a model of ours for a kind of the user's? Where it does not fit that kind it is left out."""
    base: object = document["kind"]
    for _ in range(_DEEPEST):
        if not page.ours or not isinstance(base, str) or base not in documents:
            return False
        if not documents[base][0].ours:
            return True
        base = documents[base][1].get("like")
    return False


def _for_those_alike(documents: _Documents) -> None:
    """A model that agents choose is one of the kinds too that are `like` its kind and have none of that name; it keeps
    its place among the files."""
    given = dict(documents)
    documents.clear()
    for own, (page, document) in given.items():
        documents[own] = page, document
        if not document.get("model") or not document.get("match"):
            continue
        for name, (_, kind) in given.items():
            key = f"{name}/{document['model']}"
            if not kind.get("model") and key not in given and _is_like(name, document["kind"], given):
                documents[key] = page, {**document, "kind": name}


def _is_like(name: object, other: str, documents: _Documents) -> bool:
    """Is that kind like the other, at however many removes?"""
    for _ in range(_DEEPEST):
        name = documents[name][1].get("like") if isinstance(name, str) and name in documents else None
        if name == other:
            return True
    return False


def _document(page: Page, file: Path) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
        if len(raw) > _MAX_FILE:
            page.fault("", f"larger than {_MAX_FILE} bytes")
            return {}
        document = yaml.load(raw, LOADER)  # noqa: S506 - a safe loader, in C where there is one
    except OSError as error:
        page.fault("", f"cannot be read: {error.strerror}")
        return {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        page.fault("", f"not YAML: {error.problem or error.context}", line=mark.line + 1 if mark else None)
        return {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        page.fault("", f"not YAML: {' '.join(str(error).split())[:300]}")
        return {}
    page.raw = raw
    if document is None:
        page.fault("", "empty")
    return page.mapping(document, "(file)")


def _whole(page: Page, document: dict[str, Any], documents: _Documents, depth: int = 0) -> dict[str, Any]:
    """The document with what it takes from the kind it is `like` (a model from its kind)."""
    base = document.get("like") or (document.get("kind") if document.get("model") else None)
    if base is None:
        return document
    if not isinstance(base, str) or base not in documents or depth > _DEEPEST:
        circle = isinstance(base, str) and base in documents
        reason = "goes round in a circle" if circle else f"there is no kind {str(base)[:100]!r}"
        page.fault("like", reason, None if circle else near(str(base), documents))
        return document
    whole = {**_whole(page, documents[base][1], documents, depth + 1)}
    gone = _gone(document)
    whole["rules"] = _left(whole.get("rules"), gone)
    whole["typical"] = [name for name in _listed(whole.get("typical")) if str(name).partition(".*.")[0] not in gone]
    whole["words"] = _spoken(whole, documents[base][1]["kind"], document)
    for key, value in document.items():
        before = whole.get(key)
        if key in _MERGED and isinstance(value, dict) and isinstance(before, dict):
            _check_taken(page, key, before, value)
            whole[key] = _merged(key, before, value)
        elif key == "rules" and isinstance(value, list) and isinstance(before, list):
            whole[key] = _joined(before, value)
        else:
            whole[key] = value
    return whole


def _spoken(base: Mapping[str, Any], name: str, document: Mapping[str, Any]) -> object:
    """The base's words without that for itself, where the document is another kind."""
    words = base.get("words")
    if not isinstance(words, dict) or document["kind"] == name:
        return words
    return {key: entry for key, entry in words.items() if key != name}


def _check_taken(page: Page, key: str, base: Mapping[Any, Any], more: Mapping[Any, Any]) -> None:
    """Only what is there can be taken away: another word is a slip."""
    for name, entry in more.items():
        if entry is None and name not in base:
            page.fault(f"{key}.{name}", "nothing of that name is there to be taken away", near(str(name), base))


def _gone(document: Mapping[str, Any]) -> set[str]:
    """The values and tables that the document takes away."""
    parts = (document.get("get"), document.get("tables"))
    return {name for part in parts if isinstance(part, dict) for name, entry in part.items() if entry is None}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _left(rules: object, gone: set[str]) -> object:
    """The base's rules without those about what was taken away."""
    if not gone or not isinstance(rules, list):
        return rules
    told = ((rule, rule.get("value") if isinstance(rule, dict) else None) for rule in rules)
    return [rule for rule, value in told if str(value).partition(".*.")[0] not in gone]


def _joined(base: list[Any], more: list[Any]) -> list[Any]:
    """Rules added to the base's; those of a condition that has new ones go."""
    named = {str(rule.get("condition")) for rule in more if isinstance(rule, dict)}
    return [rule for rule in base if not isinstance(rule, dict) or str(rule.get("condition")) not in named] + more


def _merged(key: str, base: dict[Any, Any], more: dict[Any, Any]) -> dict[Any, Any]:
    """`more` added to `base` or replacing by name, taking away what is null; of bits, bit by bit."""
    if key != "bits":
        return {name: entry for name, entry in {**base, **more}.items() if entry is not None}
    pairs = {name: (base.get(name), entry) for name, entry in more.items()}
    both = {name: {**a, **b} for name, (a, b) in pairs.items() if isinstance(a, dict) and isinstance(b, dict)}
    return {**base, **more, **both}


def _once(memo: _Memo, entry: object, read: Callable[[], T]) -> T:
    """What many models take from one kind is read once; a fault of it is told once, too."""
    known = memo.get(id(entry)) if isinstance(entry, dict | list) else None
    if known is None:
        known = memo[id(entry)] = entry, read()
    return known[1]


def _kind(page: Page, document: Mapping[str, Any], memo: _Memo) -> Kind:
    given: dict[str, Any] = {"name": str(document["kind"]), "model": optional_text(document.get("model"))}
    given |= _policy(page, document)
    given["match"] = read_match(page, document.get("match"))
    given["notes"] = read_notes(page, document.get("notes"))
    given["words"] = read_words(page, document.get("words"))
    given["indexes"] = read_indexes(page, document.get("indexes"))
    given["get"] = read_objects(page, document.get("get"), given["indexes"])
    tables = page.mapping(document.get("tables"), "tables")
    given["tables"] = {name: _once(memo, one, partial(read_table, page, name, one)) for name, one in tables.items()}
    checks = given.get("checks", Kind.checks)
    given["http"] = read_said(page, document.get("http"), "http", checks)
    given["mqtt"] = read_said(page, document.get("mqtt"), "mqtt", checks, "mqtt")
    given["processes"] = page.texts(document["processes"], "processes") if document.get("processes") else ()
    given["typical"] = page.texts(document["typical"], "typical") if document.get("typical") else ()
    given["bits"] = read_bits(page, document.get("bits"))
    given["conditions"] = dict(COMMON) | {
        name: read_condition(page, name, entry)
        for name, entry in page.mapping(document.get("conditions"), "conditions").items()
    }
    rules = document.get("rules")
    given["rules"] = _once(memo, rules, partial(read_rules, page, rules))
    kind = Kind(**given)
    check_names(page, kind)
    return kind


def _policy(page: Page, document: Mapping[str, Any]) -> dict[str, Any]:
    """How such devices are asked: what the document says of it."""
    readers: dict[str, tuple[str, Callable[[object, str], object]]] = {
        "interval": ("interval_s", lambda v, p: page.duration(v, p, 1.0)),
        "sleeps": ("sleeps", page.truth),
        "wakes": ("wakes", lambda v, p: int(page.number(v, p, 1, 3600))),
        "longest_sleep": ("longest_sleep_s", lambda v, p: page.duration(v, p, 60.0)),
        "checks": ("checks", lambda v, p: _checks(page, v, p)),
        "ticket_after": ("ticket_after_s", page.duration),
        "opening_grace": ("opening_grace_s", page.duration),
        "high_loss": ("high_loss", lambda v, p: page.number(v, p, 0.01, 1.0)),
    }
    return {name: read(document[key], key) for key, (name, read) in readers.items() if key in document}


def _checks(page: Page, value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        page.fault(place, "not a list of checks")
        return ()
    for check in value:
        if not is_check(check):
            words = "icmp, snmp, mqtt, tcp:PORT, http:PORT/PATH"
            page.fault(place, f"{check!r} is none of {words}", near(str(check), _WORDS))
    return tuple(dict.fromkeys(str(check) for check in value))
