"""Model files: which agents they are for, which kinds they refine, and what values in JSON mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from collector.json_value import is_path
from collector.kind import Kind, Match, Said
from collector.kindfile.page import NAME, Page

LANGUAGES: Final = ("zh", "en")
_MAX_NOTE: Final = 1000
_MAX_WORDS: Final = 60


def keys_of(page: Page, document: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """The kinds that the document describes, with its model's name; () and a fault if it does not say."""
    name, model, kinds = document.get("kind"), document.get("model"), document.get("kinds")
    if model is not None and (not isinstance(model, str | int) or not 0 < len(str(model)) <= 128):
        page.fault("model", f"{str(model)[:50]!r} is not a name")
        return []
    if kinds is None:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            page.fault("kind", "missing" if name is None else f"{name!r} is not a name")
            return []
        return [(name, None if model is None else str(model))]
    if name is not None or model is None:
        page.fault("kinds", "only in a model's file, with model and without kind")
        return []
    wrong = not isinstance(kinds, list) or not kinds or not all(isinstance(k, str) and NAME.fullmatch(k) for k in kinds)
    if wrong:
        page.fault("kinds", "not a list of kinds")
    return [] if wrong else [(kind, str(model)) for kind in dict.fromkeys(kinds)]


def read_match(page: Page, value: object) -> Match:
    """The document's `match`."""
    document = page.mapping(value, "match")
    page.known(document, ("object_id", "descr", "answers"), "match.")
    if value is not None and not document:
        page.fault("match", "needs object_id, descr or answers")
    given = page.texts(document["object_id"], "match.object_id") if "object_id" in document else ()
    return Match(
        tuple(page.oid(oid, "match.object_id") for oid in given),
        page.texts(document["descr"], "match.descr") if "descr" in document else (),
        page.oid(document["answers"], "match.answers") if "answers" in document else None,
    )


def read_said(page: Page, value: object, place: str, checks: tuple[str, ...], check: str | None = None) -> Said | None:
    """The document's `http` (with a `check` of its own) or `mqtt` (`check` is given)."""
    if value is None:
        return None
    document = page.mapping(value, place)
    page.known(document, ("values",) if check else ("check", "values"), f"{place}.")
    said = check or str(document.get("check"))
    if said not in checks:
        page.fault(place if check else f"{place}.check", f"{said!r} is not among the kind's checks")
    values = page.mapping(document.get("values"), f"{place}.values")
    for name, path in values.items():
        page.name(name, f"{place}.values.{name}")
        if not is_path(path):
            page.fault(
                f"{place}.values.{name}", f"{str(path)[:50]!r} is not a path such as queue.waiting or desks[0].open"
            )
    return Said(said, {name: str(path) for name, path in values.items()})


def read_notes(page: Page, value: object) -> dict[str, str]:
    """The document's `notes`, by language."""
    notes = page.mapping(value, "notes")
    page.known(notes, LANGUAGES, "notes.")
    for language, note in notes.items():
        if not isinstance(note, str) or not 0 < len(note) <= _MAX_NOTE:
            page.fault(f"notes.{language}", f"not a text of 1 to {_MAX_NOTE} characters")
    return {language: str(note) for language, note in notes.items()}


def read_words(page: Page, value: object) -> dict[str, dict[str, str]]:
    """The document's `words`, by name and language."""
    return {name: _words(page, entry, f"words.{name}") for name, entry in page.mapping(value, "words").items()}


def _words(page: Page, value: object, place: str) -> dict[str, str]:
    words = page.mapping(value, place)
    page.known(words, LANGUAGES, f"{place}.")
    if not words:
        page.fault(place, "needs zh or en")
    for language, word in words.items():
        if not isinstance(word, str) or not 0 < len(word) <= _MAX_WORDS or not word.isprintable():
            page.fault(f"{place}.{language}", f"not a text of 1 to {_MAX_WORDS} characters in one line")
    return {language: str(word) for language, word in words.items()}


def with_models(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Every kind with the models among which its agents choose; those read last come first."""
    matched = [kind for kind in reversed(list(kinds.values())) if kind.model and kind.match != Match()]
    return {
        key: kind if kind.model else replace(kind, models=tuple(model for model in matched if model.name == kind.name))
        for key, kind in kinds.items()
    }
