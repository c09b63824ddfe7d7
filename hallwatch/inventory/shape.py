"""What a file's nodes must look like: readers that turn a node into a value and put every fault where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hallwatch.inventory.faults import N_, Fault, Faults, shown
from hallwatch.inventory.node import Node

MAX_LISTED: Final = 200_000


@dataclass(frozen=True, slots=True)
class Site:
    """Where a reader stands: the file and the place within (`devices[3].kind`), and who takes the faults."""

    file: str
    place: str
    faults: Faults

    def at(self, key: str) -> Site:
        """The place of an entry below this one."""
        return Site(self.file, f"{self.place}.{shown(key)}" if self.place else shown(key), self.faults)

    def item(self, index: int) -> Site:
        """The place of an item of the list here."""
        return Site(self.file, f"{self.place}[{index}]", self.faults)

    def fault(self, at: int, message: str, near: str | None = None, /, **values: object) -> None:
        """Report what is wrong here."""
        told = {key: shown(value) for key, value in values.items()}
        self.faults.add(Fault(self.file, at, self.place, message, told, near))

    def warn(self, at: int, message: str, /, **values: object) -> None:
        """Report what is allowed here, but worth a look."""
        told = {key: shown(value) for key, value in values.items()}
        self.faults.add(Fault(self.file, at, self.place, message, told, warning=True))


Reader = Callable[[Node, Site], Any]
"""Gives the value, or None after it reported a fault."""


class Entry(dict[str, Any]):
    """A record's values by key; it still knows where it stood."""

    __slots__ = ("file", "line", "lines", "place")

    def __init__(self, file: str, place: str, line: int, lines: Mapping[str, int]) -> None:
        super().__init__()
        self.file, self.place, self.line, self.lines = file, place, line, lines

    def site(self, faults: Faults, key: str | None = None) -> Site:
        """The place of this record, or of its `key`, for a fault found later."""
        here = Site(self.file, self.place, faults)
        return here.at(key) if key else here

    def line_of(self, key: str) -> int:
        """The line on which `key` stands, or the record's own."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record: how its value is read, and what stands where it is left out."""

    read: Reader
    required: bool = False
    default: Callable[[], Any] = field(default=lambda: None)


def record(fields: Mapping[str, Field]) -> Reader:
    """A mapping with these keys and no others; gives an `Entry` with every key."""

    def read(node: Node, site: Site) -> Entry | None:
        if not _is(node, "mapping", site):
            return None
        entry = Entry(site.file, site.place, node.line, node.lines)
        for key in node.entries.keys() - fields.keys():
            near = site.faults.near(key, fields)
            site.at(key).fault(node.lines[key], N_("unknown key {key}"), near, key=key)
        for key, spec in fields.items():
            entry[key] = _field(node, site, key, spec)
        return entry

    return read


def _field(node: Node, site: Site, key: str, spec: Field) -> Any:
    value = node.entries.get(key)
    if value is not None and value.shape != "null":
        return spec.read(value, site.at(key))
    if spec.required:
        site.at(key).fault(node.lines.get(key, node.line), N_("{key} is missing"), key=key)
    return spec.default()


def listed(read_item: Reader, most: int = MAX_LISTED) -> Reader:
    """A list of such items; those with faults are left out."""

    def read(node: Node, site: Site) -> list[Any]:
        if not _is(node, "list", site):
            return []
        if len(node.items) > most:
            site.fault(node.line, N_("{n} entries, at most {most} are taken"), n=len(node.items), most=most)
            return []
        values = [read_item(item, site.item(index)) for index, item in enumerate(node.items)]
        return [value for value in values if value is not None]

    return read


def mapping(read_key: Reader, read_value: Reader) -> Reader:
    """A mapping whose keys are free; gives a dict without those that have faults."""

    def read(node: Node, site: Site) -> Entry:
        entry = Entry(site.file, site.place, node.line, node.lines)
        if not _is(node, "mapping", site):
            return entry
        for key, below in node.entries.items():
            name = read_key(Node("scalar", node.lines[key], key), site.at(key))
            value = read_value(below, site.at(key))
            if name is not None and value is not None:
                entry[name] = value
        return entry

    return read


def either(shape: str, first: Reader, second: Reader) -> Reader:
    """The first reader where the node has this shape, else the second."""
    return lambda node, site: first(node, site) if node.shape == shape else second(node, site)


def scalar(node: Node, site: Site) -> str | None:
    """The text of a scalar as it was written."""
    return node.text if _is(node, "scalar", site) else None


def _is(node: Node, shape: str, site: Site) -> bool:
    if node.shape == shape:
        return True
    messages = {
        "mapping": N_("a mapping is wanted here"),
        "list": N_("a list is wanted here"),
        "scalar": N_("a single value is wanted here"),
    }
    site.fault(node.line, messages[shape])
    return False
