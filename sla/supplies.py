"""Toner, drums, ribbons, waste boxes: the raw triple, and only what follows from it (C3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sla.instant import Ms

Quality = Literal["exact", "some", "unknown", "unrestricted"]

_KEY: Final = re.compile(r"supply\.(\d{1,9})\.(class|type|description|unit|capacity|level)")
_QUALITIES: Final[dict[int, Quality]] = {-1: "unrestricted", -2: "unknown", -3: "some"}
_RECEPTACLES: Final = frozenset({"4", "receptacleThatIsFilled"})

REPLACED: Final = 20.0
"""A rise of so many points that lasts two polls is a replacement."""

_DIGITS: Final = 9
"""Exact for every level and capacity of 32 bits: 12.3 and 32.3 per cent are 20 points apart, their floats are not."""


@dataclass(frozen=True, slots=True)
class Supply:
    """One row of prtMarkerSuppliesTable (RFC 3805) as the device said it; None: not said."""

    index: int
    description: str = ""
    class_: str = ""
    unit: str = ""
    level: int | None = None
    capacity: int | None = None

    @property
    def quality(self) -> Quality:
        """How much the level says: a number, `some` (-3), `unknown` (-2 and what is no number), `unrestricted` (-1)."""
        if self.level is not None and self.level >= 0:
            return "exact"
        return _QUALITIES.get(self.level or 0, "unknown")

    @property
    def percent(self) -> float | None:
        """What is left, 100 for full; of a receptacle the room left. None where the device does not say."""
        if self.level is None or self.capacity is None or self.level < 0 or self.capacity <= 0:
            return None
        return 100.0 * self.level / self.capacity

    @property
    def is_receptacle(self) -> bool:
        """Whether it is filled by use (a waste box): its level is the room left."""
        return self.class_ in _RECEPTACLES


class Replacement(NamedTuple):
    """At `ts` a new one was seen: percent before and after."""

    ts: Ms
    before: float
    after: float


def supplies_of(values: Mapping[str, float | int | str]) -> list[Supply]:
    """The supplies among an observation's values (`supply.N.level` and so on), by index."""
    rows: dict[int, dict[str, float | int | str]] = {}
    for key, value in values.items():
        if match := _KEY.fullmatch(key):
            rows.setdefault(int(match[1]), {})[match[2]] = value
    return [_supply(index, row) for index, row in sorted(rows.items())]


def replacements(levels: Sequence[tuple[Ms, float | None]]) -> list[Replacement]:
    """Rises of 20 points or more that lasted two polls, each once; `levels` in order, None where not known (C3)."""
    known = [(ts, percent) for ts, percent in levels if percent is not None]
    found: list[Replacement] = []
    i = 1
    while i + 1 < len(known):
        (_, before), (ts, after), (_, then) = known[i - 1 : i + 2]
        if round(min(after, then) - before, _DIGITS) >= REPLACED:
            found.append(Replacement(ts, before, after))
            i += 1
        i += 1
    return found


def _supply(index: int, row: Mapping[str, float | int | str]) -> Supply:
    return Supply(
        index=index,
        description=str(row.get("description", "")),
        class_=_word(row.get("class", "")),
        unit=_word(row.get("unit", "")),
        level=_whole(row.get("level")),
        capacity=_whole(row.get("capacity")),
    )


def _word(value: float | int | str) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _whole(value: float | int | str | None) -> int | None:
    if isinstance(value, str) or value is None:
        return None
    return int(value) if value == value and abs(value) < 1 << 63 else None  # noqa: PLR0124 - not a number
