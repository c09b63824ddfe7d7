"""Dashboards ask only what is written: measurements, policies, tags and fields of `store/measurements.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api import words as service
from dashboards import words
from dashboards.lint import queries
from dashboards.text import T
from hallwatch.translations import translator
from reports.live.status import CODES
from store.measurements import BY_NAME, Measurement

Built = dict[str, Any]
_FROM = re.compile(r'FROM "(\w+)"\."(\w+)"')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"')
_ALIAS = re.compile(r'AS "([^"]+)"')
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|/(?:[^/\\]|\\.)+/")


def _influxql(whole: Built) -> Iterator[tuple[str, str]]:
    for path, dashboard in whole.items():
        yield from ((f"{path}: {where}", query) for where, query in queries(dashboard) if "grafana_" not in query)


def unknown(query: str) -> list[str]:
    """What a query names that no measurement of it has."""
    bare = _LITERAL.sub("''", query)
    asked = _FROM.findall(query)
    wrong = [f"{policy}.{name}" for policy, name in asked if name not in BY_NAME or BY_NAME[name].policy != policy]
    known = {name for _, one in asked if one in BY_NAME for name in _names(BY_NAME[one])}
    known |= {name for pair in asked for name in pair} | set(_ALIAS.findall(query))
    free = any(BY_NAME[one].prefixed for _, one in asked if one in BY_NAME)
    for name in _QUOTED.findall(bare):
        if name not in known and not (free and name in ("pages", "pages_last")):
            wrong.append(name)
    return wrong


def _names(one: Measurement) -> Iterator[str]:
    yield from (*one.tags, *one.numbers, *one.texts)
    if one.name == "device_hour":
        yield from (
            f"{name}_{part}" for name in BY_NAME["device"].numbers for part in ("n", "min", "max", "sum", "last")
        )


def test_dashboards_ask_only_for_what_is_written(whole: Built) -> None:
    wrong = {where: found for where, query in _influxql(whole) if (found := unknown(query))}
    assert not wrong


@pytest.mark.parametrize(
    "query",
    [
        'SELECT last("upp") FROM "raw"."fleet" WHERE $timeFilter',
        'SELECT last("up") FROM "raw"."fleets" WHERE $timeFilter',
        'SELECT last("up") FROM "hourly"."fleet" WHERE $timeFilter',
        'SELECT last("up") FROM "raw"."fleet" WHERE "vendor" =~ /^.*$/',
    ],
)
def test_a_name_that_nobody_writes_is_found(query: str) -> None:
    assert unknown(query)


def test_every_measurement_is_asked_for(whole: Built) -> None:
    """What nobody looks at need not be written."""
    asked = {name for _, query in _influxql(whole) for _, name in _FROM.findall(query)}
    variables = {name for one in whole.values() for name in re.findall(r'FROM "(\w+)"', str(one["templating"]))}
    assert set(BY_NAME) - asked - variables == set()


WORDS: dict[str, set[str]] = {
    "STATES": {*service.STATES},
    "KINDS": {*service.KINDS},
    "OWNERS": {*service.OWNERS},
    "TICKET_STATES": {*service.TICKET_STATES},
    "SOURCES": {*service.SOURCES},
    "CAUSES": {*service.CONDITIONS, *service.CAUSES},
}


@pytest.mark.parametrize("table", WORDS)
def test_a_dashboard_calls_things_what_the_pages_call_them(table: str) -> None:
    said: words.Mapped = getattr(words, table)
    assert set(said) == WORDS[table]
    for code, (text, _) in said.items():
        assert _plain(text) == T(translator("en")(code), translator("zh")(code)), code


def _plain(text: T) -> T:
    """Without the sign before it, by which states are told apart without colours."""
    return T(*(re.sub(r"^[✖⊘▲?◆☾✔] ", "", one) for one in text))


def test_no_state_is_told_by_its_colour_alone() -> None:
    signs = [text.zh[0] for text, _ in words.STATES.values()]
    assert len(set(signs)) == len(signs)


def test_states_have_the_numbers_that_are_written() -> None:
    assert {state: code for code, state in enumerate(words.CODES)} == CODES
