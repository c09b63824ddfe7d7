"""What is left of a supply, by the hours of its level, and when it will be empty, where that is worth telling (P3).

`sla.forecast` lays the line; here hours become levels, and a line that says too little says nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Final

from sla.forecast import Forecast, Level, forecast
from sla.instant import Ms

BEYOND_DAYS: Final = 730.0
"""Use so small that a supply lasts for longer than this is none."""
NOISE: Final = 5.0
"""An interval that begins at less than a fifth of its forecast is too wide."""
COARSE: Final = 20.0
"""A fall by so many points at once, told by a device that knows few levels, says when, not how fast."""
FEW: Final = 4
"""Brother knows 3 2 1 0, Canon's small ones 100 10 1 0."""
_UNSIGNED: Final = 1 << 31
"""Integer32 without its sign: a negative level."""

Hourly = Sequence[tuple[Ms, float]]
"""The last value of each hour, by the hour's start, in order of time."""


def levels_of(levels: Hourly, capacities: Hourly, full: float | None = None) -> list[Level]:
    """Percentages, where they are exact: a level of 0 or more and a capacity above 0 (C3).

    Each level goes by the capacity of its hour or the last one known before it; before the first one by the first, and
    by `full` (the newest word of the device) where hours have none.
    """
    stated = [one for one in capacities if one[1] > 0]
    usual = stated[0][1] if stated else full
    if usual is None or usual <= 0:
        return []
    return [Level(ts, 100.0 * level / _known(stated, ts, usual)) for ts, level in levels if 0 <= level < _UNSIGNED]


def _known(stated: Hourly, ts: Ms, usual: float) -> float:
    """The last value until an instant, `usual` before the first."""
    at = bisect_right(stated, ts, key=itemgetter(0))
    return stated[at - 1][1] if at else usual


def days_left(levels: Sequence[Level], now: Ms) -> Forecast | None:
    """Days to empty with an interval, none below 0; None under 14 days of data since the last replacement (P3).

    None also where the use is nil or lost in noise: never empty, empty beyond `BEYOND_DAYS`, or an interval that begins
    at less than the forecast by `NOISE`. `high` is None where the interval has no end. None too of devices that know
    but a few levels far apart: where within a step the supply is, they do not say.
    """
    if _is_coarse(levels):
        return None
    found = forecast(levels, now)
    if found is None or found.days is None or found.low is None or found.days > BEYOND_DAYS:
        return None
    return None if found.low * NOISE < found.days else found


def _is_coarse(levels: Sequence[Level]) -> bool:
    """Whether only `FEW` levels were ever said, and one fell to the next by `COARSE` or more."""
    told = [one.percent for one in levels if one.percent is not None]
    return len(set(told)) <= FEW and any(before - after >= COARSE for before, after in pairwise(told))
