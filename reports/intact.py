"""The intact rate [设备完好率] as reports count it: by time, and by count at an inspection's instant (A7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from reports.workdays import last_working
from sla.availability import HALF, Tally
from sla.bulk import Tallies, tallies
from sla.columns import Columns
from sla.instant import SECOND, Ms, of_wall
from sla.intact import Inspected, Served
from sla.scorecard import Compare
from sla.spans import CLASSES
from store.city import Device

Way = Literal["time", "count"]
_TEN: Final = time(10)
_UP, _DEGRADED, _DOWN, _UNREACHABLE, _UNMONITORED = (
    CLASSES.index(one) for one in ("up", "degraded", "down", "unreachable", "unmonitored")
)


@dataclass(frozen=True, slots=True)
class How:
    """How it is counted: which `intact` rate the scorecard goes by, how it compares (P5), and when an inspection is.

    `inspection` is a time on the wall of the period's last working day, `at` (ms) an instant asked for instead.
    """

    intact: Way = "time"
    compare: Compare = "relative"
    inspection: time = _TEN
    at: Ms | None = None
    min_coverage: Fraction = HALF


class Stood(NamedTuple):
    """A device with its period's time under `service` and what an inspection found of it, None without one."""

    device: Device
    time: Served
    inspected: Inspected | None = None


def served(tally: Tally) -> Served:
    """The time of a tally under the profile `service`, whatever the profile that it was made for (A2)."""
    return _served(tally.ms)


def served_each(found: Tallies) -> list[Served]:
    """The same of the tallies of many devices."""
    return [_served(ms) for ms in found.ms.tolist()]


def _served(ms: Sequence[Ms]) -> Served:
    return Served(ms[_UP] + ms[_DEGRADED], ms[_DOWN] + ms[_UNREACHABLE], ms[_UNMONITORED])


def counted(found: Inspected) -> Served:
    """Devices in the place of time, so that the scorecard goes by them: a device that is not known is not intact."""
    return Served(found.intact, found.all - found.intact)


def inspection(start: Ms, until: Ms, now: Ms, zone: ZoneInfo, how: How) -> Ms | None:
    """When the devices of [start, until) were inspected: at `how.at`, else on the last working day that has had it.

    None where that lies outside of the period, or is not over yet (A7).
    """
    end = min(until, now + 1)
    if how.at is not None:
        return how.at if start <= how.at < end else None
    if start >= end:
        return None
    first, last = (datetime.fromtimestamp(at // SECOND, zone).date() for at in (start, end - 1))
    instants = (of_wall(datetime.combine(day, how.inspection), zone) for day in last_working(first, last))
    return next((at for at in instants if start <= at < end), None)


def inspect(columns: Columns, at: Ms | None, now: Ms) -> Sequence[Inspected | None]:
    """What an inspection at `at` found of each device, from the classes beneath (A7); None each without an instant.

    `columns` are facts that reach there: those of any period around it.
    """
    if at is None:
        return [None] * len(columns)
    found = tallies(columns, at, at + 1, now, "raw")
    stood = 1 - found.ms[:, CLASSES.index("not_in_service")]
    rows = zip(found.raw_good.tolist(), stood.tolist(), found.raw_bad.tolist(), strict=True)
    return [Inspected(good, all_, all_ - good - bad) for good, all_, bad in rows]
