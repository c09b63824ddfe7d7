"""The dashboards keep to every rule of their lint, and each rule finds what breaks it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dashboards.lint import RULES, lint

Built = dict[str, Any]
CITY = "metrics/zh/hw-city.json"
ENGLISH = "metrics/en/hw-city-en.json"


def _panel(dashboard: Any, kind: str = "table") -> Any:
    return next(one for one in dashboard["panels"] if one["type"] == kind)


def _table_link(dashboard: Any) -> Any:
    return next(
        one["value"][0]
        for override in _panel(dashboard)["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "links"
    )


def _variable(dashboard: Any, name: str) -> Any:
    return next(one for one in dashboard["templating"]["list"] if one["name"] == name)


BREAKS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a fixed data source": ("source", lambda d: _panel(d).update(datasource={"uid": "hallwatch-influxdb"})),
    "a query's own": ("source", lambda d: _panel(d)["targets"][0].update(datasource={"uid": "${elsewhere}"})),
    "a variable's": ("source", lambda d: _variable(d, "hall").update(datasource={"uid": "x"})),
    "an annotation's": ("source", lambda d: d["annotations"]["list"][1].update(datasource={"uid": "x"})),
    "no unit": ("unit", lambda d: _panel(d, "stat")["fieldConfig"]["defaults"].pop("unit")),
    "no description": ("description", lambda d: _panel(d).pop("description")),
    "a title for a description": ("description", lambda d: _panel(d).update(description=_panel(d)["title"])),
    "a dashboard without one": ("description", lambda d: d.update(description="")),
    "an overlap": ("grid", lambda d: d["panels"][1]["gridPos"].update(d["panels"][0]["gridPos"])),
    "beyond the grid": ("grid", lambda d: d["panels"][0]["gridPos"].update(x=20, w=8)),
    "one id twice": ("grid", lambda d: d["panels"][1].update(id=d["panels"][0]["id"])),
    "no query": ("target", lambda d: _panel(d).update(targets=[])),
    "an empty query": ("target", lambda d: _panel(d)["targets"][0].update(query="")),
    "one refId twice": ("target", lambda d: [t.update(refId="A") for t in _panel(d, "timeseries")["targets"]]),
    "another uid": ("uid", lambda d: d.update(uid="abc123")),
    "the uid of another": ("uid", lambda d: d.update(uid="hw-hall")),
    "a link to nowhere": ("link", lambda d: d["links"][0].update(url="/d/hw-gone")),
    "a link with a strange variable": ("link", lambda d: _table_link(d).update(url="/d/hw-hall?var-city=1")),
    "a link of a missing variable": ("link", lambda d: _table_link(d).update(url="${address}/halls/1")),
    "a link out": ("link", lambda d: _table_link(d).update(url="https://elsewhere.example")),
    "a link of a column that is taken out": (
        "kept",
        lambda d: _panel(d)["transformations"][0]["options"]["excludeByName"].update(hall=True),
    ),
    "a 0 for no data": ("empty", lambda d: _panel(d, "stat")["fieldConfig"]["defaults"].update(noValue="0")),
    "a field's own name": (
        "name",
        lambda d: _panel(d, "timeseries")["targets"][0].update(alias="$tag_hall $col"),
    ),
    "a gap that swallows long steps": (
        "gap",
        lambda d: _panel(d, "timeseries")["fieldConfig"]["defaults"]["custom"].update(insertNulls=1),
    ),
    "a line that hides its gaps": (
        "gap",
        lambda d: _panel(d, "timeseries")["targets"][0].update(query="SELECT 1 fill(none)"),
    ),
    "a query of a missing variable": (
        "variable",
        lambda d: _panel(d)["targets"][0].update(query='SELECT "a" FROM "raw"."fleet" WHERE $timeFilter AND ${x}'),
    ),
    "no thresholds": ("threshold", lambda d: _panel(d, "stat")["fieldConfig"]["defaults"].pop("thresholds")),
    "thresholds that fall": (
        "threshold",
        lambda d: _panel(d, "stat")["fieldConfig"]["defaults"]["thresholds"].update(
            steps=[{"color": "x", "value": None}, {"color": "x", "value": 2}, {"color": "x", "value": 1}]
        ),
    ),
    "thresholds without a base": (
        "threshold",
        lambda d: _panel(d, "stat")["fieldConfig"]["defaults"]["thresholds"].update(steps=[{"color": "x", "value": 1}]),
    ),
    "a title in English": ("words", lambda d: _panel(d).update(title="Broken now")),
    "a title left out": ("words", lambda d: _panel(d).update(title="")),
    "a text more": ("words", lambda d: _panel(d)["fieldConfig"]["defaults"].update(description="更多")),
    "SELECT *": ("star", lambda d: _panel(d)["targets"][0].update(query='SELECT * FROM "raw"."fleet"')),
    "no bound in time": (
        "bound",
        lambda d: _panel(d)["targets"][0].update(query='SELECT last("up") FROM "raw"."fleet"'),
    ),
    "no retention policy": (
        "policy",
        lambda d: _panel(d)["targets"][0].update(query='SELECT last("up") FROM "fleet" WHERE $timeFilter'),
    ),
}


def test_every_dashboard_keeps_to_every_rule(whole: Built) -> None:
    assert lint(whole) == []


@pytest.mark.parametrize("broken", BREAKS)
def test_a_rule_finds_what_breaks_it(broken: str, whole: Built) -> None:
    rule, change = BREAKS[broken]
    spoilt = copy.deepcopy(whole[CITY])
    change(spoilt)
    assert [*RULES[rule](spoilt, CITY, {**whole, CITY: spoilt})]
    assert not [*RULES[rule](whole[CITY], CITY, whole)]


def test_every_rule_has_something_that_breaks_it() -> None:
    assert {rule for rule, _ in BREAKS.values()} == set(RULES)


def test_chinese_in_the_english_set_is_found(whole: Built) -> None:
    spoilt = {**whole, ENGLISH: copy.deepcopy(whole[ENGLISH])}
    _panel(spoilt[ENGLISH]).update(title="当前故障设备")
    assert any("Chinese" in what for _, what in RULES["words"](spoilt[ENGLISH], ENGLISH, spoilt))


def test_a_dashboard_in_one_language_only_is_found(whole: Built) -> None:
    spoilt = {path: one for path, one in whole.items() if path != ENGLISH}
    assert any("none in the other" in what for _, what in RULES["words"](spoilt[CITY], CITY, spoilt))
