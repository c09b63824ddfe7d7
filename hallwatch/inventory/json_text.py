"""JSON as nodes: `json` says whether it is right, the tokens say where everything stands."""

from __future__ import annotations

import json
import re
from typing import Final

from hallwatch.inventory.building import Builder
from hallwatch.inventory.faults import N_, shown
from hallwatch.inventory.node import Node, Unreadable

_TOKEN: Final = re.compile(r'\n|[{}\[\]]|"(?:[^"\\]|\\.)*"|[^\s{}\[\]:,"]+')


def read_json(text: str) -> Builder:
    """The nodes of one JSON document; raises `Unreadable` with the line."""
    builder = Builder()
    _nodes(text, builder)
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise Unreadable(error.lineno, N_("not JSON: {error}"), error=shown(error.msg)) from error
    return builder


def _nodes(text: str, builder: Builder) -> None:
    line, depth = 1, 0
    for piece in _TOKEN.findall(text):
        if piece == "\n":
            line += 1
        elif piece in "{[":
            depth += 1
            builder.begin(Node("mapping" if piece == "{" else "list", line))
        elif piece in "}]":
            depth -= 1
            if depth < 0:
                raise Unreadable(line, N_("not JSON: {error}"), error=shown(piece))
            builder.end()
        else:
            builder.scalar(_scalar(piece, line))


def _scalar(piece: str, line: int) -> Node:
    if piece == "null":
        return Node("null", line)
    if not piece.startswith('"'):
        return Node("scalar", line, piece)
    try:
        text = json.loads(piece)
    except ValueError as error:
        raise Unreadable(line, N_("not JSON: {error}"), error=shown(piece)) from error
    if any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in text):
        raise Unreadable(line, N_("a character that no text may hold"))
    return Node("scalar", line, text)
