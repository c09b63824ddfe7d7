"""A grid of coloured cells: a row a series, a column a step of time."""

from __future__ import annotations

from dashboards.panel import Panel, Scale
from dashboards.target import Target
from dashboards.text import T, Tree


def status_history(title: T, description: T, *targets: Target, scale: Scale) -> Panel:
    """Numbers on the colours of the scale's steps (where they fit): where it was bad, and at which hours."""
    options: Tree = {
        "colWidth": 0.95,
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "perPage": 20,
        "rowHeight": 0.9,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    custom: Tree = {"fillOpacity": 85, "lineWidth": 1}
    return Panel(
        kind="status-history", title=title, description=description, targets=targets, width=12, height=10,
        options=options, defaults=scale.tree(custom=custom),
    )  # fmt: skip
