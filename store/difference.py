"""What an import would change, for a person to read before it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from store.city import City, Document

SECRETS: Final = frozenset({"community", "auth_key", "priv_key", "password", "token", "secret"})
_REFERENCES: Final = ("env:", "file:")
_NOUNS: Final = (
    ("calendars", "calendar"),
    ("branches", "branch"),
    ("vendors", "vendor"),
    ("contracts", "contract"),
    ("halls", "hall"),
    ("devices", "device"),
)
_DERIVED: Final = frozenset({"n", "gone_at", "document", "valid_from", "valid_until", "id"})


class Entry(NamedTuple):
    """One thing of the inventory: `noun` (device, hall …) and its id."""

    noun: str
    id: str


class Change(NamedTuple):
    """One field of one thing; secrets are hidden, `None` where there was or is none."""

    noun: str
    id: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """What would be added, changed field by field, and removed (devices and halls: marked as gone)."""

    added: tuple[Entry, ...] = ()
    changed: tuple[Change, ...] = ()
    removed: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def lines(self) -> list[str]:
        """One line each, such as `~ device P-0001: address 10.1.1.21 -> 10.1.1.22`."""
        return [
            *(f"+ {entry.noun} {entry.id}" for entry in self.added),
            *(f"~ {one.noun} {one.id}: {one.field} {_shown(one.old)} -> {_shown(one.new)}" for one in self.changed),
            *(f"- {entry.noun} {entry.id}" for entry in self.removed),
        ]


def difference(old: City, new: City) -> Difference:
    """Compare two inventories; what is gone in `old` counts as absent, so its coming back is an addition."""
    added: list[Entry] = []
    changed: list[Change] = []
    removed: list[Entry] = []
    for attribute, noun in _NOUNS:
        before = {key: row for key, row in getattr(old, attribute).items() if _present(row)}
        after = getattr(new, attribute)
        added += [Entry(noun, key) for key in after if key not in before]
        removed += [Entry(noun, key) for key in before if key not in after]
        for key in after:
            if key in before:
                changed += _changes(noun, key, _flat(before[key]), _flat(after[key]))
    return Difference(tuple(added), tuple(changed), tuple(removed))


def without_secrets(document: Any) -> Any:
    """A document as it may be shown: secrets that are not references are hidden, however deep."""
    if isinstance(document, Mapping):
        return {key: _hidden(key, without_secrets(value)) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [without_secrets(entry) for entry in document]
    return document


def _hidden(key: str, value: Any) -> Any:
    secret = key in SECRETS and isinstance(value, str) and not value.startswith(_REFERENCES)
    return "(hidden)" if secret else value


def _changes(noun: str, key: str, old: Document, new: Document) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before != after:
            last = name.rsplit(".", 1)[-1]
            yield Change(noun, key, name, _hidden(last, before), _hidden(last, after))


def _present(row: Any) -> bool:
    return getattr(row, "gone_at", None) is None


def _flat(row: Any) -> dict[str, Any]:
    """A row's fields by dotted name, those of its document among them (as they are in the file)."""
    fields = asdict(row)
    document = fields.get("document") or {}
    flat = {key: value for key, value in fields.items() if key not in _DERIVED and value not in (None, ())}
    flat.update(_leaves(document))
    flat.pop("id", None)
    return flat


def _leaves(document: Document, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)
