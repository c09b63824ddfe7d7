"""The table of silence: its lines, all combinations, and which line is each one's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import yaml

ANSWERED: Final[Mapping[str, tuple[str, ...]]] = {
    "ping": ("yes", "no", "none"),
    "snmp": ("yes", "timeout", "refused", "bad", "nothing", "auth", "config", "none"),
    "application": ("yes", "timeout", "refused", "bad", "none"),
    "kind": ("plain", "kiosk", "sleeps", "stopped"),
    "isolated": ("no", "yes"),
}
"""What a poll may find. `stopped`: sleeps, and what it said last stops it. `nothing`: an agent without any object."""
JUDGED: Final[Mapping[str, tuple[str, ...]]] = {
    "said": ("up", "degraded", "silence", "vendor's condition", "hall's condition", "unknown", "nothing"),
    "parent": ("up", "down", "suspected"),
    "hours": ("open", "closed", "opening"),
    "device": ("vendor", "switch", "other"),
}
"""What the centre looks at; only what a vendor looks after has a vendor's condition."""
_SOURCE: Final = Path(__file__).with_name("table.yaml")


@dataclass(frozen=True)
class Line:
    """One line: where it applies (what is not named: always), what follows, and why in words."""

    number: int
    where: Mapping[str, tuple[str, ...]]
    says: Mapping[str, Any]
    means: str

    def fits(self, one: Mapping[str, str]) -> bool:
        return all(one[name] in values for name, values in self.where.items())


def lines(part: str) -> tuple[Line, ...]:
    """`collector` or `centre`, in order. ValueError for a value that no combination has."""
    dimensions = ANSWERED if part == "collector" else JUDGED
    return tuple(_line(n, row, dimensions) for n, row in enumerate(yaml.safe_load(_SOURCE.read_text("utf-8"))[part]))


def _line(number: int, row: dict[str, Any], dimensions: Mapping[str, tuple[str, ...]]) -> Line:
    where = {name: tuple(row[name]) for name in dimensions if name in row}
    for name, values in where.items():
        if not set(values) <= set(dimensions[name]):
            raise ValueError(f"line {number}: {name}: {values}")
    says = {name: value for name, value in row.items() if name not in dimensions and name != "means"}
    return Line(number, where, says, row["means"])


def combinations(dimensions: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """All of them."""
    return (dict(zip(dimensions, values, strict=True)) for values in product(*dimensions.values()))


def line_of(table: tuple[Line, ...], one: Mapping[str, str]) -> Line:
    """The first line that fits."""
    return next(line for line in table if line.fits(one))
