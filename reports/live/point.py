"""A point of a measurement that hallwatch itself writes (`store.measurements`), and the tags and texts of places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sla.instant import SECOND, Ms
from store.city import City, Device
from store.measurements import NONE


class LivePoint(NamedTuple):
    """One point at `ts` (ms): numbers and texts by field."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | str]
    ts: Ms


def point(
    measurement: str, tags: Mapping[str, str | None], fields: Mapping[str, float | int | str | None], ts: Ms
) -> LivePoint:
    """A point without the fields that are None; a tag that is None is `-`."""
    known = {
        name: value if isinstance(value, str) else float(value) for name, value in fields.items() if value is not None
    }
    return LivePoint(measurement, {name: value or NONE for name, value in tags.items()}, known, ts)


def place(city: City, device: Device) -> dict[str, str | None]:
    """The tags that say where a device is and whose."""
    hall = city.halls.get(device.hall)
    branch = hall.branch if hall else None
    return {"device": device.id, "hall": device.hall, "branch": branch, "kind": device.kind, "vendor": device.vendor}


def names(city: City, hall: str) -> dict[str, str]:
    """The texts that say what people call a hall and its branch."""
    row = city.halls.get(hall)
    branch = city.branches.get(row.branch) if row and row.branch else None
    return {"hall_name": row.name if row else hall, "branch_name": branch.name if branch else NONE}


def texts(**given: str | None) -> dict[str, str]:
    """Texts, `-` where there is nothing to say: else the last thing said would seem to hold."""
    return {name: value or NONE for name, value in given.items()}


def seconds(ms: Ms | None) -> float | None:
    """Milliseconds as seconds."""
    return None if ms is None else ms / SECOND
