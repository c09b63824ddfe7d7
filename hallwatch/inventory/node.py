"""One node of a read file with its line; scalars stay the text that was written, for the reader to understand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

Shape = Literal["mapping", "list", "scalar", "null"]

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 2_000_000


@dataclass(slots=True)
class Node:
    """A mapping (`entries`, with the `lines` of its keys), a list (`items`), a scalar (`text`) or nothing.

    `size` counts all nodes within, those behind aliases each time; `height` is how deep they go.
    """

    shape: Shape
    line: int
    text: str = ""
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    size: int = 1
    height: int = 1


class Repeat(NamedTuple):
    """A key that stands twice in one mapping."""

    key: str
    first: int
    second: int


class Unreadable(Exception):
    """A text that is neither YAML nor JSON as taken here; `message` is a msgid, `values` what it names."""

    def __init__(self, line: int, message: str, **values: str) -> None:
        super().__init__(message.format_map(values))
        self.line = line
        self.message = message
        self.values = values
