"""InfluxQL: names and values quoted, so that nothing that a device is called can become a clause."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_BOUND = re.compile(r"\$([a-z_]+)\b")


@dataclass(frozen=True, slots=True)
class Result:
    """One series of an answer: `rows` in the order of `columns`; the first column is mostly `time`, ms."""

    name: str
    tags: Mapping[str, str]
    columns: Sequence[str]
    rows: list[list[Any]]


def ident(name: str) -> str:
    """A name in double quotes."""
    return '"' + _escaped(name).replace('"', '\\"') + '"'


def literal(value: str) -> str:
    """A text in single quotes."""
    return "'" + _escaped(value).replace("'", "\\'") + "'"


def filled(influxql: str, params: Mapping[str, Any]) -> str:
    """The query with its `$name` replaced by literals, for servers that take no parameters."""
    return _BOUND.sub(lambda found: _literal(params[found[1]]), influxql)


def _literal(value: object) -> str:
    return literal(value) if isinstance(value, str) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
