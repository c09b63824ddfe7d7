"""What every dashboard must keep to; takes the JSON that is built, and says each fault with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

Json = Mapping[str, Any]
COLUMNS: Final = 24
_DRAWN: Final = ("text", "row")
_SOURCE: Final = re.compile(r"\$\{\w+\}")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]{3,}")
_TO: Final = re.compile(r"/d/([\w-]+)")
_FIELD: Final = re.compile(r"\$\{__data\.fields\.([^:}]+)")
_SET: Final = re.compile(r"[?&]var-(\w+)=")
_USED: Final = re.compile(r"\$\{(\w+)(?:[.:][^}]*)?\}")
_BUILT_IN: Final = re.compile(r"__\w+")
_BOUND: Final = re.compile(r"\$timeFilter|\$__timeFilter\(|\$__timeTo\(\)|time > (?:now\(\)|\$\{__to\}ms) - \d+")
_STAR: Final = re.compile(r"SELECT \*", re.IGNORECASE)
_POLICY: Final = re.compile(r'FROM (?!\()(?!"(?:raw|hourly)"\.")', re.IGNORECASE)


class Fault(NamedTuple):
    """`rule` is the name of one of `RULES`, `where` a dashboard's path and perhaps a panel."""

    rule: str
    where: str
    what: str


def lint(built: Mapping[str, Json]) -> list[Fault]:
    """All faults of the dashboards, by path such as `metrics/zh/hw-city.json`."""
    found = []
    for rule, look in RULES.items():
        for path, dashboard in built.items():
            found += [Fault(rule, f"{path}: {where}", what) for where, what in look(dashboard, path, built)]
    return found


def panels(dashboard: Json) -> Iterator[Json]:
    """The panels that ask something."""
    return (one for one in dashboard["panels"] if one["type"] not in _DRAWN)


def queries(dashboard: Json) -> Iterator[tuple[str, str]]:
    """Every query of panels and annotations, with where it stands; variables ask for names, of any time."""
    marks = (one for one in dashboard["annotations"]["list"] if "target" in one)
    asked = [(one["title"], target) for one in panels(dashboard) for target in one.get("targets", ())]
    asked += [(one["name"], one["target"]) for one in marks]
    return ((where, target.get("rawSql") or target.get("query") or "") for where, target in asked)


def texts(tree: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text that a reader sees, with the key under which it stands."""
    if isinstance(tree, Mapping):
        if tree.get("id") in ("displayName", "noValue") and isinstance(tree.get("value"), str):
            yield tree["id"], tree["value"]
        for name, value in tree.items():
            if name not in ("targets", "target", "query", "current"):
                yield from texts(value, name)
    elif isinstance(tree, list):
        for one in tree:
            yield from texts(one, key)
    elif isinstance(tree, str) and key in ("title", "description", "text", "label", "noValue", "content"):
        yield key, tree


Found = Iterable[tuple[str, str]]
Rule = Callable[[Json, str, Mapping[str, Json]], Found]


def _sources(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    known = {"${" + one["name"] + "}" for one in dashboard["templating"]["list"] if one["type"] == "datasource"}
    used = [(one["title"], one.get("datasource")) for one in panels(dashboard)]
    used += [(one["title"], target.get("datasource")) for one in panels(dashboard) for target in one["targets"]]
    used += [(one["name"], one["datasource"]) for one in dashboard["templating"]["list"] if one["type"] == "query"]
    marks = dashboard["annotations"]["list"]
    used += [(one["name"], one["datasource"]) for one in marks if not one.get("builtIn")]
    for where, source in used:
        uid = source.get("uid", "") if isinstance(source, Mapping) else ""
        if not _SOURCE.fullmatch(uid) or uid not in known:
            yield where, f"its data source is no variable of the dashboard: {source}"


def _units(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    for one in panels(dashboard):
        if not one["fieldConfig"]["defaults"].get("unit"):
            yield one["title"], "no unit"


def _descriptions(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    if not dashboard.get("description"):
        yield "the dashboard", "no description"
    for one in dashboard["panels"]:
        if one["type"] != "row" and (not one.get("description") or one.get("description") == one["title"]):
            yield one["title"], "no description"


def _grid(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    taken: dict[tuple[int, int], str] = {}
    numbers = [one["id"] for one in dashboard["panels"]]
    if len(set(numbers)) != len(numbers):
        yield "the dashboard", "two panels have one id"
    for one in dashboard["panels"]:
        place = one["gridPos"]
        if place["x"] < 0 or place["w"] < 1 or place["h"] < 1 or place["x"] + place["w"] > COLUMNS:
            yield one["title"], f"beyond the grid: {place}"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = taken.setdefault((x, y), one["title"])
                if other != one["title"]:
                    yield one["title"], f"overlaps {other}"
                    break
            else:
                continue
            break


def _targets(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    for one in panels(dashboard):
        refs = [target.get("refId") for target in one.get("targets", ())]
        if not refs or not all(t.get("query") or t.get("rawSql") for t in one["targets"]):
            yield one["title"], "asks nothing"
        elif len(set(refs)) != len(refs):
            yield one["title"], "two queries have one refId"


def _uids(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    store, language, name = path.split("/")
    ending = "-en" if language == "en" else ""
    if not re.fullmatch(r"hw-[a-z]+" + ending, dashboard["uid"]) or name != f"{dashboard['uid']}.json":
        yield "the dashboard", f"its uid does not fit: {dashboard['uid']}"
    same = [other for other, one in built.items() if one["uid"] == dashboard["uid"] and other.startswith(f"{store}/")]
    if len(same) > 1:
        yield "the dashboard", f"its uid is not its own: {same}"


def addresses(tree: object) -> Iterator[str]:
    """Every address of a link."""
    if isinstance(tree, Mapping):
        if isinstance(tree.get("url"), str):
            yield tree["url"]
        for value in tree.values():
            yield from addresses(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from addresses(one)


def _links(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    store, language, _ = path.split("/")
    there = {one["uid"]: one for other, one in built.items() if other.startswith(f"{store}/{language}/")}
    mine = _variables(dashboard)
    for url in addresses(dashboard):
        for name in _USED.findall(url):
            if not _BUILT_IN.match(name) and name not in mine:
                yield url, f"${{{name}}} is no variable of the dashboard"
        goal = _TO.match(url)
        if goal is None:
            if not url.startswith("${base}/"):
                yield url, "leads neither to a dashboard nor to the service's pages"
            continue
        if goal[1] not in there:
            yield url, f"there is no dashboard {goal[1]}"
            continue
        for name in _SET.findall(url):
            if name not in _variables(there[goal[1]]):
                yield url, f"{goal[1]} has no variable {name}"


def _kept(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    """A column that a transformation takes out is gone for links as well; `custom.hidden` keeps it."""
    del path, built
    for one in panels(dashboard):
        arranged = [step["options"] for step in one.get("transformations", ()) if step["id"] == "organize"]
        gone = {name for options in arranged for name, away in options["excludeByName"].items() if away}
        for url in addresses(one["fieldConfig"]):
            yield from (
                (one["title"], f"a link needs {name}, which is taken out") for name in gone & {*_FIELD.findall(url)}
            )


def _empties(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    """Where nobody told anything there is no number: a 0 in its place would be an all-clear."""
    del path, built
    for one in panels(dashboard):
        said = one["fieldConfig"]["defaults"].get("noValue", "")
        if one["type"] == "stat" and (not said or any(char.isdigit() for char in said)):
            yield one["title"], f"no data looks like a figure: {said!r}"


def _names(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    """`$col` alone is a field that an override gives a name; within other words it is the field's own."""
    del path, built
    for one in panels(dashboard):
        for target in one["targets"]:
            if "$col" in target.get("alias", "").removeprefix("$col"):
                yield one["title"], f"shows a field's own name: {target['alias']}"


def _gaps(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    """A line breaks where a step is null, not where steps are long: `insertNulls` draws nothing of a long range."""
    del path, built
    for one in panels(dashboard):
        if one["type"] != "timeseries":
            continue
        custom = one["fieldConfig"]["defaults"]["custom"]
        breaks, hidden = bool(custom["spanNulls"]), custom["showPoints"] == "never"
        if custom.get("insertNulls"):
            yield one["title"], "insertNulls: nothing is drawn of steps that are longer"
        for target in one["targets"]:
            if target["query"].endswith("fill(null)") != breaks and (breaks or hidden):
                yield one["title"], "spanNulls and fill(null) go together"


def _variables(dashboard: Json) -> set[str]:
    return {one["name"] for one in dashboard["templating"]["list"]}


def _known(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    mine = _variables(dashboard)
    asked = [*queries(dashboard)]
    asked += [(v["name"], v["query"]["query"]) for v in dashboard["templating"]["list"] if v["type"] == "query"]
    for where, query in asked:
        for name in _USED.findall(query):
            if not _BUILT_IN.match(name) and name not in mine:
                yield where, f"asks for ${{{name}}}, which is no variable of the dashboard"


def _steps(tree: object) -> Iterator[list[Any]]:
    if isinstance(tree, Mapping):
        if "steps" in tree:
            yield [one["value"] for one in tree["steps"]]
        for value in tree.values():
            yield from _steps(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from _steps(one)


def _thresholds(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    for one in panels(dashboard):
        if "thresholds" not in one["fieldConfig"]["defaults"]:
            yield one["title"], "no threshold"
        for values in _steps(one["fieldConfig"]):
            if values[:1] != [None] or values[1:] != sorted(set(values[1:])):
                yield one["title"], f"thresholds do not ascend from the base: {values}"


def _words(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    _, language, _ = path.split("/")
    twin = built.get(_twin(path))
    if twin is None:
        yield "the dashboard", "there is none in the other language"
        return
    mine, theirs = [*texts(dashboard)], [*texts(twin)]
    if [key for key, _ in mine] != [key for key, _ in theirs]:
        yield "the dashboard", "it has other texts in the other language"
    for (key, text), (_, other) in zip(mine, theirs, strict=False):
        if not text.strip() and other.strip():
            yield key, "is empty in one language"
        if language == "en" and _HAN.search(text):
            yield key, f"is Chinese in the English set: {text}"
        if language == "zh" and text == other and _LATIN.search(text) and key != "text":
            yield key, f"is not translated: {text}"


def _twin(path: str) -> str:
    store, language, name = path.split("/")
    if language == "zh":
        return f"{store}/en/{name.removesuffix('.json')}-en.json"
    return f"{store}/zh/{name.removesuffix('-en.json')}.json"


def _stars(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    return [(where, "SELECT *") for where, query in queries(dashboard) if _STAR.search(query)]


def _bounds(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    return [(where, f"no bound in time: {query}") for where, query in queries(dashboard) if not _BOUND.search(query)]


def _policies(dashboard: Json, path: str, built: Mapping[str, Json]) -> Found:
    del path, built
    for where, query in queries(dashboard):
        if "grafana_" not in query and _POLICY.search(query):
            yield where, f"names no retention policy: {query}"


RULES: Final[Mapping[str, Rule]] = {
    "source": _sources,
    "unit": _units,
    "description": _descriptions,
    "grid": _grid,
    "target": _targets,
    "uid": _uids,
    "link": _links,
    "kept": _kept,
    "empty": _empties,
    "name": _names,
    "gap": _gaps,
    "variable": _known,
    "threshold": _thresholds,
    "words": _words,
    "star": _stars,
    "bound": _bounds,
    "policy": _policies,
}
"""Every rule by its name."""
