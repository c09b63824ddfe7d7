"""Grafana's schema of 11.6 as the foundation SDK has it, more strictly: nothing unknown, nothing of a wrong type.

The SDK's `from_json` takes whatever it finds and drops what it does not know. So each part is loaded into its model and
written again: what is lost was unknown, what has another type than the model's annotation is wrong. What the SDK
itself does not know is listed in `BEYOND`, with the place in Grafana where it is known.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import (
    bargauge,
    common,
    dashboard,
    stat,
    statetimeline,
    statushistory,
    table,
    text,
    timeseries,
)

register_default_plugins()
Json = Mapping[str, Any]
KINDS: dict[str, tuple[Any, Any]] = {
    "stat": (stat.Options, None),
    "bargauge": (bargauge.Options, None),
    "timeseries": (timeseries.Options, timeseries.FieldConfig),
    "state-timeline": (statetimeline.Options, statetimeline.FieldConfig),
    "status-history": (statushistory.Options, statushistory.FieldConfig),
    "table": (table.Options, common.TableFieldOptions),
    "text": (text.Options, None),
}
"""Of each kind of panel that is used: the models of its options and of its fields' custom options."""
BEYOND = {
    "hideFrom.viz": "tables have it since 12 in the place of `hidden`, which 11.6 has: ours say both",
    "custom.insertNulls": "state timelines have it since 10.3: public/app/plugins/panel/state-timeline/module.tsx",
}
DEFAULTED = {"frame_index"}
"""What the model asks for and Grafana's own schema has a default for."""
_TARGETS = {
    "influxdb": {"refId", "datasource", "query", "rawQuery", "resultFormat", "alias"},
    "grafana-postgresql-datasource": {"refId", "datasource", "editorMode", "format", "rawQuery", "rawSql"},
}
_MARKS = {
    "influxdb": {"refId", "query", "queryType", "rawQuery", "resultFormat", "fromAnnotations", "textEditor"}
    | {"textColumn", "tagsColumn", "timeEndColumn", "titleColumn"},
    "grafana-postgresql-datasource": {"refId", "rawSql", "rawQuery", "format", "editorMode"},
}
"""The SDK has no model of these two data sources' queries, and of annotations' only Grafana's own."""


def faults(whole: Json) -> list[str]:
    """What of a dashboard its schema does not know, or knows otherwise."""
    bare = {**whole, "panels": [], "annotations": {"list": []}}
    found = [*_compare(dashboard.Dashboard, bare, "")]
    for one in whole["annotations"]["list"]:
        found += _annotation(one)
    for one in whole["panels"]:
        found += _panel(one)
    return found


def _panel(one: Json) -> Iterator[str]:
    where = f"panel {one.get('title')!r}"
    if one.get("type") == "row":
        yield from _compare(dashboard.RowPanel, one, where)
        return
    if one.get("type") not in KINDS:
        yield f"{where}: no kind of panel: {one.get('type')}"
        return
    options, custom = KINDS[one["type"]]
    fields = one["fieldConfig"]
    defaults = fields.get("defaults", {})
    plain = {**one, "options": {}, "targets": []}
    plain["fieldConfig"] = {**fields, "defaults": {key: value for key, value in defaults.items() if key != "custom"}}
    yield from _compare(dashboard.Panel, plain, where)
    yield from _compare(options, one["options"], f"{where}: options")
    if "custom" in defaults:
        yield from _compare(custom, defaults["custom"], f"{where}: custom") if custom else [f"{where}: custom"]
    for target in one["targets"]:
        yield from _keys(target, _TARGETS, target["datasource"]["type"], f"{where}: query")
    for override in fields.get("overrides", ()):
        yield from _override(override, custom, where)


def _override(one: Json, custom: Any, where: str) -> Iterator[str]:
    """Its properties are those of field options, by their names."""
    for each in one["properties"]:
        outer, _, inner = each["id"].partition(".")
        model, name = (custom, inner) if outer == "custom" else (dashboard.FieldConfig, outer)
        place = f"{where}: override of {one['matcher']['options']}"
        if model is None or (not inner and outer == "custom"):
            yield f"{place}: {each['id']}"
            continue
        yield from _compare(model, {name: each["value"]}, place)


def _annotation(one: Json) -> Iterator[str]:
    where = f"annotation {one.get('name')!r}"
    target = {key: value for key, value in one.items() if key != "target"}
    yield from _compare(dashboard.AnnotationQuery, target, where)
    if "target" in one:
        yield from _keys(one["target"], _MARKS, one["datasource"]["type"], where)


def _keys(one: Json, known: Mapping[str, set[str]], kind: str, where: str) -> Iterator[str]:
    if kind not in known:
        yield f"{where}: no data source: {kind}"
        return
    yield from (f"{where}: {key} is not known" for key in sorted(one.keys() - known[kind]))


def _compare(model: Any, given: Json, where: str) -> Iterator[str]:
    """What is lost when the model reads it and writes it, and what has another type than it says."""
    try:
        written = _plain(model.from_json(dict(given)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield f"{where}: cannot be read as {model.__name__}: {error!r}"
        return
    yield from _lost(given, written, where)
    yield from _typed(model, given, where)


def _plain(one: Any) -> Any:
    if hasattr(one, "to_json"):
        one = one.to_json()
    if isinstance(one, Mapping):
        return {key: _plain(value) for key, value in one.items()}
    if isinstance(one, list):
        return [_plain(each) for each in one]
    return one.value if isinstance(one, enum.Enum) else one


def _lost(given: Any, written: Any, where: str) -> Iterator[str]:
    if isinstance(given, Mapping) and isinstance(written, Mapping):
        for key, value in given.items():
            place = f"{where}.{key}"
            if key in written:
                yield from _lost(value, written[key], place)
            elif not any(place.replace(": ", ".").endswith(one) for one in BEYOND):
                yield f"{place} is not known"
    elif isinstance(given, list) and isinstance(written, list):
        if len(given) != len(written):
            yield f"{where}: {len(given)} became {len(written)}"
        for one, other in zip(given, written, strict=False):
            yield from _lost(one, other, where)
    elif given != written:
        yield f"{where}: {given!r} became {written!r}"


def _typed(model: Any, given: Any, where: str) -> Iterator[str]:
    """Each value against the annotation of its attribute in the model; an override may say a part only."""
    hints = _hints(model)
    named = {_attribute(key).removesuffix("_val") for key in given} | DEFAULTED
    for name, hint in hints.items():
        needed = types.NoneType not in typing.get_args(hint) and ": override of " not in where
        if needed and name.removesuffix("_val") not in named:
            yield f"{where}: {name} is missing"
    for key, value in given.items():
        hint = hints.get(_attribute(key), hints.get(_attribute(key) + "_val"))
        if hint is not None:
            yield from _fits(hint, value, f"{where}.{key}")


@cache
def _hints(model: Any) -> dict[str, Any]:
    return typing.get_type_hints(model)


@cache
def _attribute(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def _fits(hint: Any, value: Any, where: str) -> Iterator[str]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        tries = [[*_fits(one, value, where)] for one in inner]
        yield from () if [] in tries else min(tries, key=len)
    elif origin is list:
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield f"{where}: {value!r} is no list"
        else:
            for one in value:
                yield from _fits(inner[0], one, where)
    elif origin is typing.Literal:
        yield from () if value in inner else [f"{where}: {value!r} is none of {inner}"]
    elif isinstance(hint, type):
        yield from _is(hint, value, where)


def _is(hint: type, value: Any, where: str) -> Iterator[str]:
    if issubclass(hint, enum.Enum):
        yield from () if value in {one.value for one in hint} else [f"{where}: {value!r} is no {hint.__name__}"]
    elif hasattr(hint, "from_json"):
        yield from _typed(hint, value, where) if isinstance(value, Mapping) else [f"{where}: {value!r} is no object"]
    elif hint in (int, float, str, bool):
        numbers = (int, float) if hint is float else (hint,)
        right = isinstance(value, numbers) and isinstance(value, bool) == (hint is bool)
        yield from () if right else [f"{where}: {value!r} is no {hint.__name__}"]
    elif hint is types.NoneType and value is not None:
        yield f"{where}: {value!r} is not null"
