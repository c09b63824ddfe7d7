"""InfluxQL to the server and its answers back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import httpx2 as httpx
import msgspec

from store.influx.fault import Rejected
from store.influx.query import Result, filled
from store.influx.wire import Wire, is_unset
from store.measurements import DEVICE


class Reader(Protocol):
    """Asks one query."""

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:
        """Its series."""


class _Series(msgspec.Struct):
    columns: list[str]
    name: str = ""
    tags: dict[str, str] = {}
    values: list[list[Any]] = []


class _Statement(msgspec.Struct):
    series: list[_Series] = []
    error: str | None = None


class _Answer(msgspec.Struct):
    results: list[_Statement] = []
    error: str | None = None


_POLICY = re.compile(r'FROM "(raw|hourly)"\.')
_decoder = msgspec.json.Decoder(_Answer)


class Bound:
    """1.x and 2.x: parameters travel beside the query.

    Answers come in pieces: one in a piece is cut short at the server's max-row-limit, and 1.6 says so of whole ones.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:
        """Its series."""
        query = {"db": self._wire.address.database, "epoch": "ms", "chunked": "true"}
        if self._wire.address.org:
            query["org"] = self._wire.address.org
        form = {"q": influxql} | ({"params": msgspec.json.encode(dict(params)).decode()} if params else {})
        return list(_results(self._wire, self._wire.call("POST", "/query", query, form=form)))


class Filled:
    """3.x: literals in a query that is part of the URL; database and policy together are a database there.

    Its answers have tags as columns: they are made tags again.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:
        """Its series."""
        database, found = self._wire.address.database, _POLICY.search(influxql)
        if found:
            database, influxql = f"{database}/{found[1]}", _POLICY.sub("FROM ", influxql, count=1)
        query = {"db": database, "epoch": "ms", "q": filled(influxql, params)}
        told = _results(self._wire, self._wire.call("GET", "/query", query))
        return [part for one in told for part in _by_tags(one)] if "GROUP BY *" in influxql else list(told)


def _results(wire: Wire, answer: httpx.Response) -> Iterator[Result]:
    """Series out of an answer in one piece or many, a line each; the pieces of a series follow one another."""
    known: Result | None = None
    for line in wire.good(answer).content.splitlines():
        for one in _series(wire, line) if line else ():
            if known is not None and (known.name, known.tags) == (one.name, one.tags):
                known.rows.extend(one.rows)
                continue
            if known is not None:
                yield known
            known = one
    if known is not None:
        yield known


def _series(wire: Wire, line: bytes) -> Iterator[Result]:
    try:
        told = _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise wire.not_influx(f"answered no result: {line[:80]!r}") from error
    for reason in filter(None, [told.error, *(one.error for one in told.results)]):
        raise wire.unset(reason) if is_unset(reason) else Rejected(wire.address.base, wire.address.masked(reason))
    for statement in told.results:
        for one in statement.series:
            yield Result(one.name, one.tags, one.columns, one.values)


def _by_tags(whole: Result) -> list[Result]:
    places = [n for n, name in enumerate(whole.columns) if name in DEVICE]
    if whole.tags or not places:
        return [whole]
    others = [n for n in range(len(whole.columns)) if n not in places]
    parts: dict[tuple[Any, ...], list[list[Any]]] = {}
    for row in whole.rows:
        parts.setdefault(tuple(row[n] for n in places), []).append([row[n] for n in others])
    names, columns = [whole.columns[n] for n in places], [whole.columns[n] for n in others]
    return [Result(whole.name, dict(zip(names, key, strict=True)), columns, rows) for key, rows in parts.items()]


class Mute:
    """VictoriaMetrics: takes line protocol and answers no InfluxQL."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:  # noqa: ARG002 - one interface
        """Nothing: says so. Raises `Rejected`."""
        raise Rejected(self._wire.address.base, "VictoriaMetrics answers no InfluxQL: points can only be written to it")
