"""Asks a panel's queries of the seeded servers, and judges the answers as the panel would need them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.dashboards.grafana import ALL, Frame, View, as_series, as_table, filled, filled_sql
from tests.dashboards.seeded import City

EVERY: Mapping[str, str] = {"branch": ".*", "hall": ".*", "kind": ".*", "vendor": ".*"}
_SINCE = {"h": 3_600_000, "d": 86_400_000}
_IN_LINKS = re.compile(r"\$\{__data\.fields\.([^:}]+)")
Json = Mapping[str, Any]


def view_of(dashboard: Json, now: int, **chosen: str | tuple[str, ...]) -> View:
    """The dashboard as it opens, in its own range, with everything chosen that can be; else hall h-01 and PR-0101."""
    span = dashboard["time"]["from"].removeprefix("now-")
    start = now - int(span[:-1]) * _SINCE[span[-1]]
    one = {"hall": "h-01", "device": "PR-0101", "field": "pages"}
    variables = [v for v in dashboard["templating"]["list"] if v["type"] in ("query", "custom")]
    several = {v["name"]: ALL if v.get("includeAll") else one[v["name"]] for v in variables}
    known = {name: value for name, value in chosen.items() if name in several}
    return View(start, now, {**several, **known}, EVERY)


def ask(city: City, target: Json, view: View) -> list[Frame]:
    """What Grafana would hand to the panel."""
    if "rawSql" in target:
        columns, rows = city.sql(filled_sql(target["rawSql"], view))
        return [Frame({name: [row[at] for row in rows] for at, name in enumerate(columns)})]
    found = city.influxql(filled(target["query"], view))
    if target["resultFormat"] == "table":
        return as_table(found)
    return as_series(found, target.get("alias", ""), view)


def frames_of(city: City, panel: Json, view: View) -> list[Frame]:
    """Of all its queries."""
    return [one for target in panel["targets"] for one in ask(city, target, view.of_panel(panel))]


def faults(panel: Json, frames: list[Frame], *, bare: bool = False) -> Iterator[str]:
    """What a reader of the panel would miss; `bare` where a column without a value, or a series less, is no fault."""
    rows = sum(len(one) for one in frames)
    if not rows:
        yield "no rows"
        return
    names = [name for one in frames for name in one.columns]
    numbers = {name for one in frames for name, column in one.columns.items() if any(_number(v) for v in column)}
    if panel["type"] != "table" and not numbers - {"Time", "time"}:
        yield "no number to draw"
    if not bare or panel["type"] == "table":
        yield from _overridden(panel, names)
    yield from _linked(panel, names)
    if panel["type"] == "table":
        yield from _columns(panel, frames, numbers)
        if not bare:
            for name in sorted(set(names) - _away(panel)):
                if all(v is None for one in frames for v in one.columns.get(name, [])):
                    yield f"column {name} never has a value"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _overridden(panel: Json, names: list[str]) -> Iterator[str]:
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        if matcher["id"] == "byName" and matcher["options"] not in names:
            yield f"an override is for {matcher['options']}, which is not in the answer: {names}"


def _linked(panel: Json, names: list[str]) -> Iterator[str]:
    properties = [one for override in panel["fieldConfig"]["overrides"] for one in override["properties"]]
    links = [link["url"] for one in properties if one["id"] == "links" for link in one["value"]]
    links += [link["url"] for link in panel["fieldConfig"]["defaults"].get("links", [])]
    for url in links:
        for name in _IN_LINKS.findall(url):
            if name not in names:
                yield f"a link needs the column {name}"


def _away(panel: Json) -> set[str]:
    """The columns that are not shown."""
    arranged = [one["options"] for one in panel["transformations"] if one["id"] == "organize"]
    hidden = {
        one["matcher"]["options"]
        for one in panel["fieldConfig"]["overrides"]
        if {"id": "custom.hidden", "value": True} in one["properties"]
    }
    return hidden | {name for one in arranged for name, away in one["excludeByName"].items() if away}


def _columns(panel: Json, frames: list[Frame], numbers: set[str]) -> Iterator[str]:
    """Every column is shown, hidden or joined by; each number says its unit or has words."""
    arranged = [one["options"] for one in panel["transformations"] if one["id"] == "organize"]
    known = {name for one in arranged for key in ("indexByName", "excludeByName") for name in one[key]}
    hidden = _away(panel)
    answered = {name for one in frames for name in one.columns}
    known = known if arranged else answered
    yield from (f"column {name} is neither shown nor hidden" for name in sorted(answered - known))
    yield from (f"column {name} is not in the answer" for name in sorted(known - answered - {"Time", "time"}))
    said = {
        o["matcher"]["options"]: {p["id"]: p["value"] for p in o["properties"]}
        for o in panel["fieldConfig"]["overrides"]
    }
    for name in sorted(numbers - hidden):
        if not {"unit", "mappings"} & said.get(name, {}).keys():
            yield f"the number {name} has no unit"
    titles = {one.get("displayName") for one in said.values()}
    yield from (
        f"sorted by {one['displayName']}" for one in panel["options"]["sortBy"] if one["displayName"] not in titles
    )
