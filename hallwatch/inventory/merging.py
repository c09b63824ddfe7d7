"""Several files as one inventory: lists joined, whatever stands twice named with both places."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from hallwatch.inventory.document import LISTS, shapes
from hallwatch.inventory.faults import N_, Faults
from hallwatch.inventory.reading import Inventory
from hallwatch.inventory.shape import Entry, Reader, Site


@dataclass(slots=True)
class Merged:
    """All entries of all files; those with an id are also found by it, the first of that id."""

    calendars: dict[str, Entry] = field(default_factory=dict)
    lists: dict[str, list[Entry]] = field(default_factory=lambda: {name: [] for name in LISTS})
    by_id: dict[str, dict[str, Entry]] = field(default_factory=lambda: {name: {} for name in LISTS})


def merge(files: Iterable[Inventory], kinds: Collection[str], faults: Faults) -> Merged:
    """Read the shape of every file and join them; faults are those of the shape and what stands twice."""
    merged, readers = Merged(), shapes(kinds)
    for file in files:
        for fault in file.faults:
            faults.add(fault)
        _take(file, readers, merged, faults)
    for name in LISTS:
        _index(merged.lists[name], merged.by_id[name], faults)
    return merged


def _take(file: Inventory, readers: dict[str, Reader], merged: Merged, faults: Faults) -> None:
    if file.root is None:
        return
    site = Site(file.name, "", faults)
    if file.root.shape != "mapping":
        site.fault(file.root.line, N_("an inventory is a mapping of {lists}"), lists=", ".join(sorted(readers)))
        return
    for key, node in file.root.entries.items():
        if key not in readers:
            site.at(key).fault(
                file.root.lines[key], N_("unknown key {key}"), faults.near(key, sorted(readers)), key=key
            )
        elif node.shape == "null":
            continue
        elif key == "calendars":
            _calendars(readers[key](node, site.at(key)), merged, faults)
        else:
            merged.lists[key] += readers[key](node, site.at(key))


def _calendars(found: Entry, merged: Merged, faults: Faults) -> None:
    for name, entry in found.items():
        first = merged.calendars.setdefault(name, entry)
        if first is not entry:
            _twice(name, first, entry, faults)


def _index(entries: list[Entry], by_id: dict[str, Entry], faults: Faults) -> None:
    for entry in entries:
        if entry["id"] is None:
            continue
        first = by_id.setdefault(entry["id"], entry)
        if first is not entry:
            _twice(entry["id"], first, entry, faults)


def _twice(name: str, first: Entry, again: Entry, faults: Faults) -> None:
    message = N_("{id} stands here again, first in {file}, line {line}")
    again.site(faults).fault(again.line, message, id=name, file=first.file, line=first.line)
