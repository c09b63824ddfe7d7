"""Every dashboard is one of Grafana 11.6: nothing unknown, nothing missing, nothing of another type."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.dashboards.schema import BEYOND, faults

CITY = "metrics/zh/hw-city.json"


def _panel(dashboard: Any, kind: str) -> Any:
    return next(one for one in dashboard["panels"] if one["type"] == kind)


def _defaults(dashboard: Any, kind: str) -> Any:
    return _panel(dashboard, kind)["fieldConfig"]["defaults"]


def _properties(dashboard: Any) -> Any:
    return _panel(dashboard, "table")["fieldConfig"]["overrides"][0]["properties"]


MUTANTS: dict[str, Callable[[Any], object]] = {
    "an unknown key of the dashboard": lambda d: d.update(colour="red"),
    "a version that is a text": lambda d: d.update(schemaVersion="41"),
    "a range without an end": lambda d: d["time"].pop("to"),
    "an unknown key of a panel": lambda d: _panel(d, "stat").update(subtitle="x"),
    "an unknown kind of panel": lambda d: _panel(d, "stat").update(type="singlestat"),
    "a height that is a text": lambda d: _panel(d, "stat")["gridPos"].update(h="4"),
    "a place without a width": lambda d: _panel(d, "stat")["gridPos"].pop("w"),
    "an unknown option": lambda d: _panel(d, "stat")["options"].update(sparkline=True),
    "an option of another kind": lambda d: _panel(d, "timeseries")["options"].update(cellHeight="sm"),
    "an option that is left out": lambda d: _panel(d, "stat")["options"].pop("textMode"),
    "an option of no such value": lambda d: _panel(d, "stat")["options"].update(colorMode="ground"),
    "a legend of no such value": lambda d: _panel(d, "timeseries")["options"]["legend"].update(placement="top"),
    "a truth that is a text": lambda d: _panel(d, "table")["options"].update(showHeader="yes"),
    "a list that is a text": lambda d: _panel(d, "table")["options"]["footer"].update(fields=""),
    "an unknown field option": lambda d: _defaults(d, "stat").update(units="ms"),
    "an unknown custom option": lambda d: _defaults(d, "timeseries")["custom"].update(lineColour="red"),
    "a custom option of no such value": lambda d: _defaults(d, "timeseries")["custom"].update(drawStyle="dots"),
    "a colour mode of no such value": lambda d: _defaults(d, "stat")["color"].update(mode="rainbow"),
    "a threshold that is a text": lambda d: _defaults(d, "stat")["thresholds"]["steps"][-1].update(value="1"),
    "a mapping of no such kind": lambda d: _defaults(d, "stat").update(mappings=[{"type": "values", "options": {}}]),
    "an override of nothing": lambda d: _properties(d).append({"id": "displayname", "value": "x"}),
    "a custom override of nothing": lambda d: _properties(d).append({"id": "custom.colour", "value": "x"}),
    "an override of another type": lambda d: _properties(d).append({"id": "decimals", "value": "2"}),
    "an unknown key of a query": lambda d: _panel(d, "stat")["targets"][0].update(sql="SELECT 1"),
    "a query of no such data source": lambda d: _panel(d, "stat")["targets"][0]["datasource"].update(type="mysql"),
    "a variable of no such kind": lambda d: d["templating"]["list"][0].update(type="list"),
    "an unknown key of a variable": lambda d: d["templating"]["list"][0].update(definition="x"),
    "a variable without a name": lambda d: d["templating"]["list"][0].pop("name"),
    "an unknown key of an annotation": lambda d: d["annotations"]["list"][1].update(query="x"),
    "an unknown key of its query": lambda d: d["annotations"]["list"][1]["target"].update(textcolumn="x"),
    "a link of no such kind": lambda d: d["links"][0].update(type="dashboard"),
    "a link without a title": lambda d: d["links"][0].pop("title"),
}


def test_every_dashboard_is_one_of_grafana_11_6(whole: dict[str, Any]) -> None:
    seen: set[str] = set()
    for path, one in whole.items():
        news = [panel for panel in one["panels"] if json.dumps(panel) not in seen]  # both sets share most
        seen |= {json.dumps(panel) for panel in news}
        assert not faults({**one, "panels": news}), path


@pytest.mark.parametrize("mutant", MUTANTS)
def test_what_grafana_does_not_know_is_found(mutant: str, whole: dict[str, Any]) -> None:
    spoilt = copy.deepcopy(whole[CITY])
    MUTANTS[mutant](spoilt)
    assert faults(spoilt)


def test_what_the_schema_lacks_is_used(whole: dict[str, Any]) -> None:
    """An exception that nothing needs any more goes."""
    for name in BEYOND:
        assert name.rsplit(".", 1)[-1] in str(whole)
