"""YAML as nodes: from the event stream, so that nothing is ever constructed that a file asks for."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from hallwatch.inventory.building import Builder
from hallwatch.inventory.faults import N_, shown
from hallwatch.inventory.node import Node, Unreadable

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_TAGS: Final = re.compile(r"tag:yaml\.org,2002:\w+|!|")


def read_yaml(text: str) -> Builder:
    """The nodes of one YAML document; raises `Unreadable` with the line."""
    builder = Builder()
    anchors: dict[str, Node | None] = {}
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            _take(event, builder, anchors)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise Unreadable(line, N_("not YAML: {error}"), error=shown(error.problem or error.context)) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise Unreadable(_unprintable(text), N_("a character that no text may hold")) from error
    return builder


def _take(event: Any, builder: Builder, anchors: dict[str, Node | None]) -> None:
    """Hand one event to the builder. `anchors` holds None while the anchored node is still open."""
    line = event.start_mark.line + 1
    if isinstance(event, yaml.DocumentStartEvent):
        if builder.root is not None:
            raise Unreadable(line, N_("a second document in one file"))
    elif isinstance(event, yaml.AliasEvent):
        builder.alias(_anchored(event.anchor, line, anchors))
    elif isinstance(event, yaml.ScalarEvent):
        _checked_tag(event, line)
        empty = event.implicit[0] and event.value in _NULLS
        node = Node("null" if empty else "scalar", line, event.value)
        _remember(event.anchor, node, anchors)
        builder.scalar(node)
    elif isinstance(event, yaml.CollectionStartEvent):
        _checked_tag(event, line)
        node = Node("mapping" if isinstance(event, yaml.MappingStartEvent) else "list", line)
        _remember(event.anchor, node, anchors)
        builder.begin(node)
    elif isinstance(event, yaml.CollectionEndEvent):
        builder.end()


def _remember(anchor: str | None, node: Node, anchors: dict[str, Node | None]) -> None:
    if anchor is not None:
        anchors[anchor] = node


def _anchored(name: str | None, line: int, anchors: dict[str, Node | None]) -> Node:
    node = anchors.get(name or "")
    if node is None:
        raise Unreadable(line, N_("*{name} names nothing above it"), name=shown(name))
    return node


def _checked_tag(event: Any, line: int) -> None:
    if not _PLAIN_TAGS.fullmatch(event.tag or ""):
        raise Unreadable(line, N_("the tag {tag} is not taken"), tag=shown(event.tag))


def _unprintable(text: str) -> int:
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1
