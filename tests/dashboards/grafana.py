"""What Grafana does with a query before it goes out, and with the answer before it is drawn; no Grafana.

Written after Grafana's sources and documentation of version 11: formats of variables, `$timeFilter`, `$__interval`,
the SQL macros, how an InfluxQL answer becomes columns or series, and what a variable's regular expression takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}")
_REGEX = re.compile(r"[\\^$*+?.()|\[\]{}/]")
_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
ALL = "$__all"
Values = str | tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A dashboard as somebody looks at it: range (ms), chosen values; `every` is what All stands for, by variable."""

    start: int
    until: int
    chosen: Mapping[str, Values] = field(default_factory=dict)
    every: Mapping[str, str] = field(default_factory=dict)
    interval: str = ""
    points: int = 800

    def choosing(self, **chosen: Values) -> View:
        """The same with other values chosen."""
        return replace(self, chosen={**self.chosen, **chosen})

    def of_panel(self, panel: Mapping[str, Any]) -> View:
        """As that panel sees it: with its finest step."""
        return replace(self, interval=panel.get("interval", ""))

    @property
    def step(self) -> str:
        """`$__interval`: the range over the points that fit, rounded, no finer than the panel says."""
        least = _seconds(self.interval) if self.interval else 10
        wanted = max(least, (self.until - self.start) / 1000 / self.points)
        return _span(next(one for one in _STEPS_S if one >= wanted))

    def value(self, name: str, how: str | None) -> str | None:
        """A variable or a built-in as text; None for what is none."""
        built_in = {"__from": str(self.start), "__to": str(self.until), "__interval": self.step}
        built_in |= {"timeFilter": f"time >= {self.start}ms and time <= {self.until}ms"}
        if name in built_in:
            return built_in[name]
        if name not in self.chosen:
            return None
        chosen = self.chosen[name]
        if chosen == ALL:
            return self.every[name]
        return formatted(chosen, how)


def formatted(chosen: Values, how: str | None) -> str:
    """One value or several in a format of Grafana's."""
    several = (chosen,) if isinstance(chosen, str) else chosen
    if how == "regex":
        escaped = [_REGEX.sub(lambda found: "\\" + found[0], one) for one in several]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    if how is None:
        return several[0] if len(several) == 1 else "{" + ",".join(several) + "}"
    raise ValueError(f"format {how} is not known here")


def filled(text: str, view: View) -> str:
    """A query (or a title, an alias) with its variables; what is no variable stays as it is."""

    def one(found: re.Match[str]) -> str:
        value = view.value(found[1] or found[2] or found[4], found[3] or found[6])
        return found[0] if value is None else value

    return VARIABLE.sub(one, text)


def filled_sql(text: str, view: View) -> str:
    """SQL with its macros and variables."""
    start, until = (
        datetime.fromtimestamp(ms / 1000, UTC).strftime("'%Y-%m-%dT%H:%M:%SZ'") for ms in (view.start, view.until)
    )
    text = re.sub(r"\$__timeFilter\(([^)]*)\)", rf"\1 BETWEEN {start} AND {until}", text)
    text = text.replace("$__timeFrom()", start).replace("$__timeTo()", until)
    return filled(text, view)


@dataclass
class Frame:
    """Columns by name; `series` is what Grafana calls a series of InfluxDB's, where it is one."""

    columns: dict[str, list[Any]]
    series: str = ""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))


def as_table(found: Sequence[Mapping[str, Any]]) -> list[Frame]:
    """InfluxDB's series as one table: time, tags, columns."""
    if not found:
        return []
    tags = list(found[0].get("tags", {}))
    names = [*("Time" if one == "time" else one for one in found[0]["columns"][:1]), *tags, *found[0]["columns"][1:]]
    table = Frame({name: [] for name in names})
    assert len(table.columns) == len(names), f"two columns of one name: {names}"
    for series in found:
        assert series["columns"] == found[0]["columns"]
        for row in series["values"]:
            for name, value in zip(names, [row[0], *series.get("tags", {}).values(), *row[1:]], strict=True):
                table.columns[name].append(value)
    return [table]


def as_series(found: Sequence[Mapping[str, Any]], alias: str, view: View) -> list[Frame]:
    """InfluxDB's series, one a column, named by the alias."""
    frames = []
    for series in found:
        for at, column in enumerate(series["columns"][1:], 1):
            name = _named(alias, series, column, view)
            times = [row[0] for row in series["values"]]
            frames.append(Frame({"Time": times, name: [row[at] for row in series["values"]]}, name))
    return frames


def _named(alias: str, series: Mapping[str, Any], column: str, view: View) -> str:
    tags = series.get("tags", {})
    if not alias:
        said = ", ".join(f"{key}: {value}" for key, value in tags.items())
        return f"{series['name']}.{column}" + (f" {{{said}}}" if tags else "")
    alias = filled(alias, view)
    for key in sorted(tags, key=len, reverse=True):
        alias = alias.replace(f"$tag_{key}", tags[key])
    return alias.replace("$col", column).replace("$measurement", series["name"]).replace("$m", series["name"])


def options_of(found: Sequence[Mapping[str, Any]], query: str, regex: str) -> dict[str, str]:
    """A variable's values and their texts, in order, from InfluxDB's answer."""
    first = "show field keys" in query.lower()
    raw = [row[0] if first or len(row) == 1 else row[1] for series in found for row in series["values"]]
    if not regex:
        return {one: one for one in raw}
    pattern = re.compile(regex.strip("/").replace("(?<", "(?P<"))
    options = {}
    for hit in (pattern.search(one) for one in raw):
        if hit is None:
            continue
        groups = hit.groupdict()
        value = groups.get("value") or groups.get("text") or hit[1]
        options[value] = groups.get("text") or value
    return options


def _seconds(span: str) -> int:
    return int(span[:-1]) * dict(_UNITS)[span[-1]]


def _span(seconds: int) -> str:
    return next(f"{seconds // size}{unit}" for unit, size in _UNITS if seconds % size == 0)
