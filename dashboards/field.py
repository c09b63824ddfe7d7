"""A column of a table or a series of a chart: what it is called, counted in, coloured by, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from dashboards.text import T, Tree
from dashboards.words import Mapped, mappings

Steps = tuple[tuple[float | None, str], ...]
"""Thresholds: from which value on which colour; the first from None, the others ascending."""
Cell = Literal["text", "background", "gauge"]
_CELLS: Final[Mapping[str, Tree]] = {
    "text": {"type": "color-text"},
    "background": {"type": "color-background", "mode": "basic", "applyToRow": False},
    "gauge": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
}
NOTHING: Final = "–"
MINUTES: Final = T("suffix: min", "suffix: 分钟")
HOURS: Final = T("suffix: h", "suffix: 小时")
DAYS: Final = T("suffix: d", "suffix: 天")
SINCE: Final = "time:MM-DD HH:mm"
INSTANT: Final = "time:YYYY-MM-DD HH:mm"


class Link(NamedTuple):
    """Where a click on a value leads. `away` opens it in a tab of its own."""

    title: T
    url: T
    away: bool = False

    def tree(self) -> Tree:
        """As Grafana's data link."""
        return {"title": self.title, "url": self.url, "targetBlank": self.away}


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is what the query answers, `title` what is shown. `hidden` ones serve only links.

    `cell` says how a table shows `steps` or the colours of `mapped`; `least` and `most` are the ends of its gauge.
    """

    name: str
    title: T
    unit: str | T = ""
    decimals: int | None = None
    mapped: Mapped = field(default_factory=dict)
    steps: Steps = ()
    cell: Cell | None = None
    links: tuple[Link, ...] = ()
    colour: str = ""
    width: int = 0
    least: float | None = None
    most: float | None = None
    hidden: bool = False
    more: Mapping[str, Tree] = field(default_factory=dict)

    def override(self, *, table: bool = False) -> Tree:
        """What differs from the panel's defaults, for the field of that name.

        A hidden column stays in the answer: what a transformation takes out no link could take its address from.
        """
        if self.hidden:
            return self._matched({"custom.hidden": True, "custom.hideFrom.viz": True})  # 11.6, and since 12
        properties: dict[str, Tree] = {"displayName": self.title, **self._values(), **self.more}
        if table:
            properties["noValue"] = NOTHING
        if self.links:
            properties["links"] = [one.tree() for one in self.links]
        if self.cell:
            properties["custom.cellOptions"] = _CELLS[self.cell]
        if self.width:
            properties["custom.width"] = self.width
        return self._matched(properties)

    def _matched(self, properties: Mapping[str, Tree]) -> Tree:
        return {
            "matcher": {"id": "byName", "options": self.name},
            "properties": [{"id": key, "value": value} for key, value in properties.items()],
        }

    def _values(self) -> dict[str, Tree]:
        ends = {"min": self.least, "max": self.most, "decimals": self.decimals, "unit": self.unit or None}
        values: dict[str, Tree] = {key: value for key, value in ends.items() if value is not None}
        if self.mapped:
            values["mappings"] = mappings(self.mapped)
        if self.steps:
            values |= {"thresholds": thresholds(self.steps), "color": {"mode": "thresholds"}}
        if self.colour:
            values["color"] = {"mode": "fixed", "fixedColor": self.colour}
        return values


def thresholds(steps: Steps) -> Tree:
    """Thresholds in the values' own unit."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in steps]}
