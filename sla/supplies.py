"""Toner, drums, ribbons, waste boxes: the raw triple, and only what follows from it (C3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sla.instant import Ms

Quality = Literal["exact", "some", "unknown", "unrestricted"]

_KEY: Final = re.compile(r"supply\.(\d{1,9})\.(class|type|description|unit|capacity|level|colorant)")
_COLORANT: Final = re.compile(r"colorant\.(\d{1,9})\.value")
_QUALITIES: Final[dict[int, Quality]] = {-1: "unrestricted", -2: "unknown", -3: "some"}
_RECEPTACLES: Final = frozenset({"4", "receptacleThatIsFilled"})
_WASTE: Final = frozenset({"4", "8", "14", "24", "26"})
"""PrtMarkerSuppliesTypeTC: waste toner, ink, wax, water, paper."""
_SIGNED: Final = 1 << 31
"""Levels and capacities are Integer32: what is said beyond it is a negative one, said without its sign."""

MAKERS: Final = 1000
"""Rows from here on come from a maker's own table."""
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
    type: str = ""
    colorant: str = ""

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
        """Whether it is filled by use (a waste box): its level is the room left. By its type where no class is said."""
        return self.class_ in _RECEPTACLES or (not self.class_ and self.type in _WASTE)


class Replacement(NamedTuple):
    """At `ts` a new one was seen: percent before and after."""

    ts: Ms
    before: float
    after: float


def supplies_of(values: Mapping[str, float | int | str]) -> list[Supply]:
    """The supplies among an observation's values (`supply.N.level` and so on), by index.

    A maker's own table (rows from `MAKERS` on) may say in per cent what the standard one only calls `some`: of two
    rows of one description the exact one counts.
    """
    rows: dict[int, dict[str, float | int | str]] = {}
    colours: dict[str, str] = {}
    for key, value in values.items():
        if match := _KEY.fullmatch(key):
            rows.setdefault(int(match[1]), {})[match[2]] = value
        elif match := _COLORANT.fullmatch(key):
            colours[match[1]] = str(value)
    return _once([_supply(index, row, colours) for index, row in sorted(rows.items())])


def _once(found: Sequence[Supply]) -> list[Supply]:
    """Of a maker's row and the standard one of the same description the exact one, else the standard one."""
    standard = {one.description.casefold(): one for one in found if one.index < MAKERS}
    doubled = {
        (one if one.quality != "exact" or same.quality == "exact" else same).index
        for one in found
        if one.index >= MAKERS and (same := standard.get(one.description.casefold()))
    }
    return [one for one in found if one.index not in doubled]


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


def _supply(index: int, row: Mapping[str, float | int | str], colours: Mapping[str, str]) -> Supply:
    return Supply(
        index=index,
        description=str(row.get("description", "")),
        class_=_word(row.get("class", "")),
        unit=_word(row.get("unit", "")),
        level=_whole(row.get("level")),
        capacity=_whole(row.get("capacity")),
        type=_word(row.get("type", "")),
        colorant=colours.get(_word(row.get("colorant", "")), ""),
    )


def _word(value: float | int | str) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _whole(value: float | int | str | None) -> int | None:
    if isinstance(value, str) or value is None:
        return None
    if value != value or abs(value) >= 1 << 63:  # noqa: PLR0124 - not a number
        return None
    whole = int(value)
    return whole - (1 << 32) if _SIGNED <= whole < 1 << 32 else whole
