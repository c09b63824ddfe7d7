"""A dashboard: variables, marks, links, and panels on a grid of 24 columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.annotation import OWN, Annotation
from dashboards.name import TITLES, links, uid
from dashboards.panel import Panel
from dashboards.text import T, Tree
from dashboards.variable import Variable

COLUMNS: Final = 24
SCHEMA: Final = 41
"""The schema version of Grafana 11.6; newer ones migrate it when they load it."""


ZONE: Final = "Asia/Shanghai"
"""Times as on the pages and in contracts, wherever the reader's computer thinks it is; one click shows another zone."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels from left to right; what finds no room begins a new line. A title makes a heading."""

    title: T | None
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """`name` is one of `TITLES`. `since` is how the range begins, such as `now-24h`; `refresh` such as `30s`."""

    name: str
    description: T
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    annotations: tuple[Annotation, ...] = ()
    since: str = "now-24h"
    refresh: str = "1m"

    def tree(self) -> dict[str, Tree]:
        """As Grafana's classic JSON, its words still in both languages."""
        return {
            "uid": uid(self.name),
            "title": TITLES[self.name],
            "description": self.description,
            "tags": ["hallwatch", T("hallwatch-en", "hallwatch-zh")],
            "schemaVersion": SCHEMA,
            "editable": False,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "preload": False,
            "refresh": self.refresh,
            "time": {"from": self.since, "to": "now"},
            "timepicker": {},
            "timezone": ZONE,
            "weekStart": "monday",
            "links": links(self.name),
            "templating": {"list": self.variables},
            "annotations": {"list": [OWN, *self.annotations]},
            "panels": self._panels(),
        }

    def _panels(self) -> list[Tree]:
        placed: list[Tree] = []
        top = 0
        for row in self.rows:
            if row.title is not None:
                placed.append(_heading(len(placed) + 1, row.title, top))
                top += 1
            left, tallest = 0, 0
            for panel in row.panels:
                if left + panel.width > COLUMNS:
                    left, top, tallest = 0, top + tallest, 0
                placed.append(panel.tree(len(placed) + 1, left, top))
                left, tallest = left + panel.width, max(tallest, panel.height)
            top += tallest
        return placed


def _heading(number: int, title: T, top: int) -> Tree:
    return {
        "id": number,
        "type": "row",
        "title": title,
        "collapsed": False,
        "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": top},
        "panels": [],
    }
