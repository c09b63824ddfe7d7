"""What a report is asked for: period, grouping, which devices; and which devices that are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final, Literal, get_args

from sla.availability import HALF
from sla.instant import Ms
from sla.profile import ProfileName
from store.city import City, Device
from store.device_facts import out_of_service
from store.pages import EVERYTHING, Scope

By = Literal["device", "hall", "branch", "vendor", "kind", "city"]
GROUPINGS: Final[tuple[By, ...]] = get_args(By)


class Unknown(ValueError):
    """A hall, branch, vendor or kind that does not exist for who asks; `near` is what was probably meant."""

    def __init__(self, what: str, id: str, near: str | None) -> None:
        super().__init__(f"{what}: there is no {id[:64]!r}" + (f"; did you mean {near}?" if near else ""))
        self.what, self.id, self.near = what, id, near


@dataclass(frozen=True, slots=True)
class Asked:
    """What the report is of: [start, until) in ms, how it groups, which devices; `scope` is what the asker may see."""

    start: Ms
    until: Ms
    by: By = "hall"
    profile: ProfileName = "service"
    scope: Scope = EVERYTHING
    halls: tuple[str, ...] = ()
    branch: str | None = None
    vendor: str | None = None
    kind: str | None = None
    min_coverage: Fraction = HALF


def chosen(city: City, asked: Asked) -> list[Device]:
    """The devices of the scope that are asked for, and in service for some of the period. Raises `Unknown`."""
    scope = asked.scope
    own = [
        one for one in city.devices.values() if scope.vendor in (None, one.vendor) and scope.hall in (None, one.hall)
    ]
    _known(city, asked, own)
    return [one for one in own if _wanted(city, asked, one) and _in_service(one, asked)]


def _wanted(city: City, asked: Asked, one: Device) -> bool:
    hall = city.halls.get(one.hall)
    return (
        (not asked.halls or one.hall in asked.halls)
        and asked.branch in (None, hall.branch if hall else None)
        and asked.vendor in (None, one.vendor)
        and asked.kind in (None, one.kind)
    )


def _in_service(one: Device, asked: Asked) -> bool:
    end = out_of_service(one)
    return (one.commissioned is None or one.commissioned < asked.until) and (end is None or end > asked.start)


def _known(city: City, asked: Asked, own: Sequence[Device]) -> None:
    """Refuse what nothing of the scope is called."""
    halls = {one.hall for one in own}
    known: dict[str, Collection[str]] = {
        "hall": halls,
        "branch": {hall.branch for id in halls if (hall := city.halls.get(id)) and hall.branch},
        "vendor": {one.vendor for one in own if one.vendor},
        "kind": {one.kind for one in own},
    }
    if asked.scope == EVERYTHING:
        known |= {"hall": city.halls, "branch": city.branches, "vendor": city.vendors}
    given: list[tuple[str, str | None]] = [("hall", id) for id in asked.halls]
    given += [("branch", asked.branch), ("vendor", asked.vendor), ("kind", asked.kind)]
    for what, id in given:
        if id is not None and id not in known[what]:
            near = get_close_matches(id[:128], known[what], 1)
            raise Unknown(what, id, near[0] if near else None)


def group(city: City, by: By, device: Device) -> str | None:
    """To which group of a level a device belongs."""
    if by == "branch":
        hall = city.halls.get(device.hall)
        return hall.branch if hall else None
    if by == "city":
        return "city"
    named: str | None = getattr(device, "id" if by == "device" else by)
    return named


def group_name(city: City, by: By, id: str | None) -> str | None:
    """What people call a group, where it has a name beside its id."""
    named: Mapping[str, Any] = {"hall": city.halls, "branch": city.branches, "vendor": city.vendors}.get(by, {})
    return named[id].name if id is not None and id in named else None
