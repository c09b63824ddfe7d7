"""A month of a city's devices and outages as plain arrays, in whole minutes; what benchmarks.availability counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sla.bulk import Columns, Pieces
from sla.calendar import Calendar
from sla.clock import Clock
from sla.clock_arrays import I64
from sla.columns import EVER
from sla.instant import DAY, MINUTE, first_of

HALLS: Final = 300
CALENDARS: Final = 20
PER_DEVICE: Final = 10
"""Outages of each device."""

ZONE: Final = ZoneInfo("Asia/Shanghai")
START: Final = first_of(date(2026, 10, 1), ZONE)
UNTIL: Final = first_of(date(2026, 11, 1), ZONE)
NOW: Final = UNTIL + DAY
_SLOT: Final = (UNTIL - START + 4 * DAY) // PER_DEVICE // MINUTE
"""Minutes; a device's outages have one each, the first two days before the month, so that some cross its borders."""


@dataclass(frozen=True, slots=True)
class City:
    """`hall` of each device; what `columns` say reaches from before the month to after it."""

    hall: I64
    columns: Columns


def city(devices: int) -> City:
    """Of PER_DEVICE outages a device: seven of ten the vendor's, one of two thousand still open."""
    rng = np.random.default_rng(1)
    hall = rng.integers(0, HALLS, devices)
    clock = rng.integers(0, CALENDARS, HALLS)[hall]
    outages = _outages(rng, devices)
    everyone = np.arange(devices)
    first, last = (np.full(devices, at) for at in (START - 3 * DAY, NOW))
    columns = Columns(
        clocks(),
        clock,
        np.full(devices, -EVER),
        np.full(devices, EVER),
        {"up": Pieces(everyone, first, last), "down": outages},
        rng.random(devices * PER_DEVICE) < 0.7,
        outages,
    )
    return City(hall, columns)


def clocks() -> list[Clock]:
    """New clocks, not compiled yet: hours, breaks and week ends in many variants, with China's holidays."""
    return [Calendar.parse(_hours(n)).clock() for n in range(CALENDARS)]


def _hours(n: int) -> dict[str, object]:
    opens, closes = f"0{8 + n % 2}:{15 * (n % 4):02}", f"{17 + n % 4}:30"
    whole, split = [f"{opens}-{closes}"], [f"{opens}-12:00", f"13:30-{closes}"]
    return {
        "zone": str(ZONE),
        "week": {"mon-fri": split if n % 5 == 0 else whole, "sat-sun": [] if n % 3 == 0 else ["09:30-16:45"]},
        "holidays": "cn",
    }


def _outages(rng: np.random.Generator, devices: int) -> Pieces:
    """Begin in the first half of their slot and last 40 minutes as a rule, sometimes days."""
    number = devices * PER_DEVICE
    slot: I64 = np.arange(number) % PER_DEVICE * _SLOT
    after = rng.integers(0, _SLOT // 2, number)
    minutes = np.minimum(1 + rng.lognormal(3.7, 1.6, number).astype(np.int64), _SLOT - after - 1)
    start: I64 = START - 2 * DAY + (slot + after) * MINUTE
    until: I64 = start + minutes * MINUTE
    until[PER_DEVICE * 200 - 1 :: PER_DEVICE * 200] = EVER
    return Pieces(np.repeat(np.arange(devices), PER_DEVICE), start, until)
