"""Where in a kind file the places of its faults stand; read only where there is a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import yaml

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENTRY: Final = re.compile(r"\[(\d{1,9})\]")
_EDGE: Final = re.compile(r"[.\[]")

Keys = dict[str, tuple[int, yaml.Node]]


class Lines:
    """The lines of one YAML document that can be read."""

    def __init__(self, raw: bytes) -> None:
        self._root: yaml.Node | None = yaml.compose(raw, LOADER)
        self._keys: dict[int, Keys] = {}

    def of(self, place: str) -> int:
        """The line (from 1) of a place such as `get.uptime.oid` or `rules[2].one_of`, as near to it as the file comes;
        of what is another kind's the line that says so."""
        told = (self._walk(one) for one in (place, "like", "kind", "kinds"))
        return next((line for line in told if line is not None), 1)

    def _walk(self, place: str) -> int | None:
        node, rest, line = self._root, place, None
        while node is not None and rest and (step := self._step(node, rest)) is not None:
            line, node, rest = step
        return line

    def _step(self, node: yaml.Node, rest: str) -> tuple[int, yaml.Node, str] | None:
        """Of the key or entry with which `rest` begins: its line, its node, what is left."""
        if isinstance(node, yaml.MappingNode):
            keys = self._keys_of(node)
            for edge in _edges(rest):
                if (found := keys.get(rest[:edge])) is not None:
                    return (*found, rest[edge:].removeprefix("."))
        elif isinstance(node, yaml.SequenceNode) and (entry := _ENTRY.match(rest)):
            for one in node.value[int(entry[1]) :][:1]:
                return one.start_mark.line + 1, one, rest[entry.end() :].removeprefix(".")
        return None

    def _keys_of(self, node: yaml.MappingNode) -> Keys:
        known = self._keys.get(id(node))
        if known is None:
            pairs = ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))
            known = self._keys[id(node)] = {key.value: (key.start_mark.line + 1, value) for key, value in pairs}
        return known


def _edges(rest: str) -> Iterator[int]:
    """Where a key may end, the longest first: a name may have dots in it."""
    yield len(rest)
    yield from reversed([edge.start() for edge in _EDGE.finditer(rest)])
