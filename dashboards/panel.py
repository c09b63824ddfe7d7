"""Panels: a question, what it asks, and how the answer is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from dashboards import colour
from dashboards.field import Field, Steps, thresholds
from dashboards.target import Target
from dashboards.text import T, Tree
from dashboards.words import Mapped, mappings

NO_DATA: Final = T("No data in this range", "所选时段内没有数据")
UNLESS: Final = T(" (unless the numbers above are missing too)", "（若上方数字也缺失，则为系统未写入数据）")
"""Behind what stands for no rows: a table cannot tell nothing from nobody telling."""
GAP_MS: Final = 25 * 60_000
"""A judged state is written every ten minutes at least; after a longer gap it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`defaults` and `overrides` are Grafana's field options; `width` is of 24 columns, `height` in steps of 30 px."""

    kind: str
    title: T
    description: T
    targets: tuple[Target, ...]
    width: int
    height: int
    options: Tree
    defaults: Mapping[str, Tree] = field(default_factory=dict)
    overrides: tuple[Tree, ...] = ()
    transformations: tuple[Tree, ...] = ()
    interval: str = ""

    def tree(self, number: int, left: int, top: int) -> dict[str, Tree]:
        """The panel at its place on the grid."""
        targets: list[Tree] = [one.tree() for one in self.targets]
        first: Tree = targets[0] if targets else {}
        source = {"datasource": first["datasource"]} if isinstance(first, dict) and first else {}
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            **source,
            "targets": targets,
            "gridPos": {"h": self.height, "w": self.width, "x": left, "y": top},
            "options": self.options,
            "fieldConfig": {"defaults": self.defaults, "overrides": self.overrides},
            "transformations": self.transformations,
            **({"interval": self.interval} if self.interval else {}),
        }

    def sized(self, width: int, height: int) -> Panel:
        """The same panel in another size."""
        return replace(self, width=width, height=height)

    def every(self, interval: str) -> Panel:
        """The same panel, whose `$__interval` is never finer than this: how often its points are written."""
        return replace(self, interval=interval)


@dataclass(frozen=True, slots=True)
class Scale:
    """How values are read: unit, thresholds, words for values, the axis' ends, and what stands where there are none."""

    unit: str | T
    steps: Steps = ()
    mapped: Mapped = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    decimals: int | None = None
    empty: T = NO_DATA

    def tree(self, mode: str = "thresholds", **more: Tree) -> dict[str, Tree]:
        """As field defaults; `mode` says how colours are chosen."""
        ends = {"min": self.least, "max": self.most, "decimals": self.decimals}
        return {
            "unit": self.unit,
            "color": {"mode": mode},
            "thresholds": thresholds(self.steps or ((None, colour.PLAIN),)),
            "mappings": mappings(self.mapped),
            "noValue": self.empty,
            **{key: value for key, value in ends.items() if value is not None},
            **more,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """How a chart is drawn: `gap_ms` breaks a line where nothing came for longer; its query fills with null.

    So steps of any length are drawn: `insertNulls` would leave nothing of steps that are longer than it.
    """

    stacked: bool = False
    bars: bool = False
    points: bool = False
    gap_ms: int | None = None

    def tree(self, *, thresholds: bool) -> dict[str, Tree]:
        """As a chart's custom options; `thresholds` draws them as dashed lines."""
        return {
            "drawStyle": "bars" if self.bars else "line",
            "fillOpacity": 60 if self.bars or self.stacked else 8,
            "lineWidth": 1 if self.bars else 2,
            "lineInterpolation": "linear",
            "showPoints": "always" if self.points else "never",
            "pointSize": 4,
            "spanNulls": self.gap_ms or False,
            "stacking": {"group": "A", "mode": "normal" if self.stacked else "none"},
            "thresholdsStyle": {"mode": "dashed" if thresholds else "off"},
        }


PLAIN_LINE: Final = Line()


def _legend(*, shown: bool, calcs: Iterable[str] = ()) -> Tree:
    columns = list(calcs)
    mode = "table" if columns else "list"
    return {"calcs": columns, "displayMode": mode, "placement": "bottom", "showLegend": shown}


def stat(
    title: T, description: T, *targets: Target, scale: Scale, fields: tuple[Field, ...] = (), calc: str = "lastNotNull"
) -> Panel:
    """One or a few numbers: of each field the last, or its `sum` over the rows."""
    options: Tree = {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": {"calcs": [calc], "fields": "", "values": False},
        "showPercentChange": False,
        "textMode": "value_and_name" if len(fields) > 1 else "value",
        "wideLayout": True,
    }
    return Panel(
        kind="stat", title=title, description=description, targets=targets, width=4, height=4,
        options=options, defaults=scale.tree(), overrides=tuple(one.override() for one in fields),
    )  # fmt: skip


def timeseries(
    title: T, description: T, *targets: Target, scale: Scale, fields: tuple[Field, ...] = (), line: Line = PLAIN_LINE,
    calcs: tuple[str, ...] = (),
) -> Panel:  # fmt: skip
    """Lines (or bars) over time; `calcs` such as `mean` or `max` make the legend a table of them."""
    custom = line.tree(thresholds=len(scale.steps) > 1)
    return Panel(
        kind="timeseries", title=title, description=description, targets=targets, width=12, height=8,
        options={"legend": _legend(shown=True, calcs=calcs), "tooltip": {"mode": "multi", "sort": "desc"}},
        defaults=scale.tree("palette-classic", custom=custom), overrides=tuple(one.override() for one in fields),
    )  # fmt: skip


def state_timeline(
    title: T, description: T, *targets: Target, mapped: Mapped, fields: tuple[Field, ...] = (), empty: T = NO_DATA,
    gap_ms: int | None = GAP_MS,
) -> Panel:  # fmt: skip
    """States over time, a row a series; equal neighbours are one. A gap longer than `gap_ms` stays empty."""
    custom: dict[str, Tree] = {"fillOpacity": 85, "lineWidth": 0, **({"insertNulls": gap_ms} if gap_ms else {})}
    options: Tree = {
        "alignValue": "left",
        "legend": _legend(shown=True),
        "mergeValues": True,
        "perPage": 20,
        "rowHeight": 0.85,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return Panel(
        kind="state-timeline", title=title, description=description, targets=targets, width=24, height=8,
        options=options, overrides=tuple(one.override() for one in fields),
        defaults=Scale("none", mapped=mapped, empty=empty).tree(custom=custom),
    )  # fmt: skip


def table(
    title: T, description: T, *targets: Target, fields: tuple[Field, ...], sort: tuple[str, bool] | None = None,
    empty: T = NO_DATA, filters: bool = False,
) -> Panel:  # fmt: skip
    """Rows. `fields` are ALL columns of the answer, in their order (its time where wanted); `sort`: which, descending?

    A column of numbers says its unit, or words for its values.
    """
    titles = {one.name: one.title for one in fields}
    options: Tree = {
        "cellHeight": "sm",
        "footer": {"show": False, "reducer": ["sum"], "countRows": False},
        "showHeader": True,
        "sortBy": [{"displayName": titles[sort[0]], "desc": sort[1]}] if sort else [],
    }
    order = {one.name: at for at, one in enumerate(fields)}
    away = {name: True for name in ("Time", "time") if name not in order}
    organize: Tree = {"excludeByName": away, "indexByName": order, "renameByName": {}}
    custom: Tree = {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False, "filterable": filters}
    return Panel(
        kind="table", title=title, description=description, targets=targets, width=24, height=8,
        options=options, defaults=Scale("none", empty=empty).tree(custom=custom),
        overrides=tuple(one.override(table=True) for one in fields),
        transformations=({"id": "organize", "options": organize},),
    )  # fmt: skip


def text(title: T, content: T) -> Panel:
    """Words (Markdown)."""
    options: Tree = {
        "code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False},
        "content": content,
        "mode": "markdown",
    }
    return Panel(kind="text", title=title, description=title, targets=(), width=24, height=3, options=options)
