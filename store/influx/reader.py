"""InfluxQL to the server and its answers back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from store.influx.fault import Away, Rejected
from store.influx.query import Result, filled
from store.influx.wire import Wire, is_unset

SHORT = "it cuts long answers short: max-row-limit of its configuration should be 0"


class Reader(Protocol):
    """Asks one query."""

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:
        """Its series."""


class _Series(msgspec.Struct):
    columns: list[str]
    name: str = ""
    tags: dict[str, str] = {}
    values: list[list[Any]] = []
    partial: bool = False


class _Statement(msgspec.Struct):
    series: list[_Series] = []
    error: str | None = None
    partial: bool = False


class _Answer(msgspec.Struct):
    results: list[_Statement] = []
    error: str | None = None


_POLICY = re.compile(r'FROM "(raw|hourly)"\.')
_decoder = msgspec.json.Decoder(_Answer)


class Bound:
    """1.x and 2.x: parameters travel beside the query."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:
        """Its series."""
        form = {"params": msgspec.json.encode(dict(params)).decode()} if params else {}
        return list(self._series(influxql, form))

    def _series(self, influxql: str, form: Mapping[str, str], **more: str) -> Iterator[Result]:
        query = {"db": self._wire.address.database, "epoch": "ms", **more}
        if self._wire.address.org:
            query["org"] = self._wire.address.org
        answer = self._wire.good(self._wire.call("POST", "/query", query, form={"q": influxql, **form}))
        try:
            told = _decoder.decode(answer.content)
        except msgspec.DecodeError as error:
            raise self._wire.not_influx(f"answered no result: {answer.text[:80]!r}") from error
        for reason in filter(None, [told.error, *(one.error for one in told.results)]):
            raise self._refusal(reason)
        for statement in told.results:
            if statement.partial or any(one.partial for one in statement.series):
                raise Rejected(self._wire.address.base, SHORT)
            for one in statement.series:
                yield Result(one.name, one.tags, one.columns, one.values)

    def _refusal(self, reason: str) -> Away | Rejected:
        if is_unset(reason):
            return self._wire.unset(reason)
        return Rejected(self._wire.address.base, self._wire.address.masked(reason))


class Filled(Bound):
    """3.x: literals in the query, and the policy beside it: `db` and `rp` together are the database there."""

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:
        """Its series."""
        found = _POLICY.search(influxql)
        more = {"rp": found[1]} if found else {}
        return list(self._series(filled(_POLICY.sub("FROM ", influxql, count=1), params), {}, **more))


class Mute:
    """VictoriaMetrics: takes line protocol and answers no InfluxQL."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, influxql: str, params: Mapping[str, Any]) -> list[Result]:  # noqa: ARG002 - one interface
        """Nothing: says so. Raises `Rejected`."""
        raise Rejected(self._wire.address.base, "VictoriaMetrics answers no InfluxQL: points can only be written to it")
