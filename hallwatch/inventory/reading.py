"""One inventory file, YAML or JSON, as nodes with their lines and the faults of the text itself."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from hallwatch.inventory.building import Builder
from hallwatch.inventory.faults import N_, Fault, shown
from hallwatch.inventory.json_text import read_json
from hallwatch.inventory.node import MAX_BYTES, Node, Unreadable
from hallwatch.inventory.yaml_text import read_yaml


class Inventory(NamedTuple):
    """What one file says: its name, its root (None where it could not be read) and the faults of its text."""

    name: str
    root: Node | None
    faults: tuple[Fault, ...]


def read_inventory(text: str, name: str) -> Inventory:
    """Read YAML or JSON (which a brace begins); never raises: what is wrong stands in `faults`."""
    if len(text) > MAX_BYTES:
        return _unread(name, Unreadable(1, N_("larger than {most} MiB"), most=str(MAX_BYTES >> 20)))
    try:
        builder = _builder(text)
    except Unreadable as error:
        return _unread(name, error)
    root = builder.root or Node("mapping", 1)
    return Inventory(name, root, tuple(_repeats(name, builder)))


def read_file(path: Path) -> Inventory:
    """Read a file from the disk; an unreadable one is a fault as well."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        return read_inventory(raw.decode("utf-8-sig"), name)
    except OSError as error:
        return _unread(name, Unreadable(1, N_("cannot be read: {error}"), error=shown(error.strerror or error)))
    except ValueError as error:
        line = raw[: error.start].count(b"\n") + 1 if isinstance(error, UnicodeDecodeError) else 1
        return _unread(name, Unreadable(line, N_("not UTF-8")))


def _builder(text: str) -> Builder:
    if text.lstrip().startswith("{"):
        try:
            return read_json(text)
        except Unreadable as error:
            return _flow(text, error)
    return read_yaml(text)


def _flow(text: str, not_json: Unreadable) -> Builder:
    """YAML may begin with a brace too; where it is neither, the fault of the JSON is told."""
    try:
        return read_yaml(text)
    except Unreadable:
        raise not_json from None


def _unread(name: str, error: Unreadable) -> Inventory:
    return Inventory(name, None, (Fault(name, error.line, "", error.message, error.values),))


def _repeats(name: str, builder: Builder) -> list[Fault]:
    message = N_("{key} stands here again, first in line {line}")
    return [
        Fault(name, repeat.second, shown(repeat.key), message, {"key": shown(repeat.key), "line": str(repeat.first)})
        for repeat in builder.repeats[:1000]
    ]
