"""Nodes from a stream of beginnings and ends, bounded in depth and number, so that no file can exhaust us."""

from __future__ import annotations

from typing import Final

from hallwatch.inventory.faults import N_, shown
from hallwatch.inventory.node import MAX_DEPTH, MAX_NODES, Node, Repeat, Unreadable

_MERGE: Final = "<<"


class Builder:
    """Takes nodes in the order of the text; `root` is the whole when all have ended."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.repeats: list[Repeat] = []
        self._open: list[Node] = []
        self._keys: list[Node | None] = []
        self._merged: list[list[Node]] = []
        self._count = 0

    def begin(self, node: Node) -> None:
        """A mapping or a list begins."""
        self._bound(node, 1)
        self._open.append(node)
        self._keys.append(None)
        self._merged.append([])

    def end(self) -> None:
        """The innermost mapping or list ends."""
        node = self._open.pop()
        self._keys.pop()
        for other in self._merged.pop():
            _merge(node, other)
        self._place(node)

    def scalar(self, node: Node) -> None:
        """A scalar or nothing, at the present place."""
        self._bound(node, 1)
        self._place(node)

    def alias(self, node: Node) -> None:
        """A whole node once more: it counts in full, or a few lines could stand for billions of entries."""
        if any(node is above for above in self._open):
            raise Unreadable(node.line, N_("an alias within what it names"))
        self._bound(node, node.size)
        self._place(node)

    def _bound(self, node: Node, size: int) -> None:
        self._count += size
        if self._count > MAX_NODES:
            raise Unreadable(node.line, N_("more than {most} entries"), most=str(MAX_NODES))
        if len(self._open) + node.height > MAX_DEPTH:
            raise Unreadable(node.line, N_("nested deeper than {most} levels"), most=str(MAX_DEPTH))

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        above = self._open[-1]
        above.size += node.size
        above.height = max(above.height, node.height + 1)
        if above.shape == "list":
            above.items.append(node)
        else:
            self._entry(above, node)

    def _entry(self, mapping: Node, node: Node) -> None:
        key, self._keys[-1] = self._keys[-1], None
        if key is None:
            if node.shape not in ("scalar", "null"):
                raise Unreadable(node.line, N_("a key must be a word"))
            self._keys[-1] = node
        elif key.text == _MERGE:
            self._merged[-1] += node.items if node.shape == "list" else [node]
        elif key.text in mapping.entries:
            self.repeats.append(Repeat(key.text, mapping.lines[key.text], key.line))
        else:
            mapping.entries[key.text] = node
            mapping.lines[key.text] = key.line


def _merge(mapping: Node, other: Node) -> None:
    if other.shape != "mapping":
        raise Unreadable(other.line, N_("<< takes a mapping, not {text}"), text=shown(other.text or other.shape))
    for key, node in other.entries.items():
        if key not in mapping.entries:
            mapping.entries[key] = node
            mapping.lines[key] = node.line
