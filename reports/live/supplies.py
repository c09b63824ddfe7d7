"""Supplies: what is left (C3), and in how many days it will be empty (P3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection

from reports.live.point import LivePoint, names, place, point, texts
from sla.forecast import Forecast
from sla.instant import DAY, HOUR, Ms
from sla.supplies import Supply, supplies_of
from sla.supply import Hourly, days_left, levels_of
from store.city import City, Device
from store.metrics import Hour
from store.pages import EVERYTHING, device_rows

DATA_MS: Final = 60 * DAY
"""How far back a forecast looks: what was used in two months says what is used now."""
NEW_MS: Final = 7 * DAY
"""A level that was not said for so long is not told as the present one."""
_NAME: Final = 64
_AT_ONCE: Final = 500


class Hours(Protocol):
    """The hours of a metrics store."""

    def hours(self, device: str, field: str, start: int, until: int) -> list[Hour]: ...


class Known(NamedTuple):
    """A supply as its device described it when it last said anything of it."""

    number: int
    name: str
    capacity: float | None = None
    percent: float | None = None

    def remembered(self) -> tuple[int, str, float | None]:
        """What holds while the device says nothing."""
        return self.number, self.name, self.capacity


def described(conn: Connection) -> dict[str, list[Known]]:
    """The supplies of each present device whose newest observation says something of them."""
    found: dict[str, list[Known]] = {}
    after = ""
    while rows := device_rows(conn, EVERYTHING, after, _AT_ONCE):
        after = rows[-1].id
        for row in rows:
            if some := supplies_of(_values(row.last)):
                found[row.id] = [_known(one) for one in some]
    return found


def supplies(metrics: Hours, city: City, device: Device, some: Sequence[Known], now: Ms) -> list[LivePoint]:
    """A point for each supply of a device whose level is exact (C3). Raises `StoreError`."""
    return [one for known in some if (one := _supply(metrics, city, device, known, now))]


def _supply(metrics: Hours, city: City, device: Device, known: Known, now: Ms) -> LivePoint | None:
    field = f"supply.{known.number}"
    hourly, capacities = (_hourly(metrics, device.id, f"{field}.{one}", now) for one in ("level", "capacity"))
    levels = levels_of(hourly, capacities, known.capacity)
    percent = known.percent
    if percent is None and levels and levels[-1].ts >= now - NEW_MS and hourly[-1][1] >= 0:
        percent = levels[-1].percent
    if percent is None:
        return None
    found = days_left(levels, now)
    tags = place(city, device) | {"supply": str(known.number), "supply_name": known.name}
    said = {**texts(model=device.model), **names(city, device.hall)}
    return point("supply", tags, {"percent": percent, **_days(found), **said}, now)


def _days(found: Forecast | None) -> dict[str, float | None]:
    if found is None:
        return {}
    return {"days_left": found.days, "days_least": found.low, "days_most": found.high}


def _hourly(metrics: Hours, device: str, field: str, now: Ms) -> Hourly:
    return [(one.ts, one.last) for one in metrics.hours(device, field, now - DATA_MS, now + HOUR)]


def _known(one: Supply) -> Known:
    name = " ".join(one.description.split())[:_NAME] or f"#{one.index}"
    return Known(one.index, name, None if one.capacity is None else float(one.capacity), one.percent)


def _values(last: Any) -> Mapping[str, Any]:
    values = last.get("values") if isinstance(last, dict) else None
    return values if isinstance(values, dict) else {}
