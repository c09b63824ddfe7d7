"""Packs opened by the verifier as it runs elsewhere, and figures and facts changed one at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.evidence import Papers, contents, verify

LANGUAGES: Final = {"en": str}
NOTHING: Final[dict[str, str | None]] = {}
FIGURES: Final = (
    *("lines", "score", "payment", "fee", "payment_rule", "arithmetic", "devices_in_service", "open", "tickets"),
    *("findings", "from", "until", "valid", "zone"),
)
_WORDS: Final = frozenset({"note", "text", "rules", "reason", "author", "recorded_at", "line", "group", "tickets"})
"""What stands beside figures in words: the manifest has them, and a ticket's note."""
Path = tuple[str | int, ...]


def files(papers: Papers) -> dict[str, bytes]:
    """The files of a pack, its manifest made anew."""
    return contents(papers, LANGUAGES)


def differing(papers: Papers) -> list[str]:
    """What the verifier says differs in a pack of these papers, whose digests are right."""
    found = verify.verify(files(papers), NOTHING)
    return [f"{what}: {said} / {facts}" for same, what, said, facts in found.rows if not same]


def notices(papers: Papers) -> bool:
    """Whether it says that anything differs, or that it cannot be understood."""
    try:
        return bool(differing(papers))
    except verify.Bad:
        return True


def moved(before: Papers, after: Papers) -> bool:
    """Whether any figure of the statement is another."""
    return any(before.statement[name] != after.statement[name] for name in FIGURES)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every plain value of a document, and where it stands."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from leaves(each, (*path, name))
    elif isinstance(value, list | tuple):
        for n, each in enumerate(value):
            yield from leaves(each, (*path, n))
    else:
        yield path, value


def figures(statement: Mapping[str, Any]) -> list[Path]:
    """Where the figures of a statement stand."""
    some = {name: statement[name] for name in FIGURES}
    return [path for path, _ in leaves(some) if not _WORDS & set(map(str, path))]


def changed(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The same document with one value that is another."""
    other: dict[str, Any] = json.loads(json.dumps(document))
    place: Any = other
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = different(place[path[-1]])
    return other


def different(value: Any) -> Any:
    """A value of the same look that is another."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if value is None:
        return 1
    if value[:1].isdigit() and value[-1:] == "Z":
        return value[:-5] + ("000Z" if value[-4:-1] != "000" else "001Z")
    if value[-1:].isdigit():
        return value[:-1] + str((int(value[-1]) + 1) % 10 or 1)
    return value + "x"


def with_statement(papers: Papers, statement: Mapping[str, Any]) -> Papers:
    """The papers with another statement."""
    return papers._replace(statement=statement, told=copy.deepcopy(dict(statement)))
