"""Which device a row means: by asset number, by serial number, or by its hall with its kind or sticker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from alerts.imports.fault import Faults
from alerts.settings import N_
from store.city import City, Device

_CALLED: Final = {"device": "id", "serial": "serial"}


@dataclass(slots=True)
class Devices:
    """The city's devices, to be found by what people write; those that are gone too, for late rows."""

    city: City
    _ids: dict[str, list[Device]] = field(default_factory=lambda: defaultdict(list))
    _serials: dict[str, list[Device]] = field(default_factory=lambda: defaultdict(list))
    _in_hall: dict[str, list[Device]] = field(default_factory=lambda: defaultdict(list))
    _halls: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, city: City) -> Self:
        """Indexed."""
        found = cls(city)
        for hall in city.halls.values():
            for name in {hall.id.casefold(), hall.name.casefold()}:
                found._halls[name].append(hall.id)
        for device in city.devices.values():
            found._ids[device.id.casefold()].append(device)
            if device.serial:
                found._serials[device.serial.casefold()].append(device)
            if device.gone_at is None:
                found._in_hall[device.hall].append(device)
        return found

    def find(self, said: Mapping[str, str], columns: Mapping[str, str], faults: Faults, row: int) -> Device | None:
        """The device that `device, serial, hall, kind, sticker` say; None, and a fault, where it is not just one."""
        found = None
        for name, index, message in (
            ("device", self._ids, N_("no device has the asset number {said}")),
            ("serial", self._serials, N_("no device has the serial number {said}")),
        ):
            if not said.get(name):
                continue
            one = _only(index.get(said[name].casefold(), ()), said[name])
            if one is None:
                known = [str(getattr(entries[0], _CALLED[name])) for entries in index.values()]
                near = faults.near(said[name], known)
                faults.add(row, columns[name], message, {"said": said[name]}, near_miss=near)
                return None
            if found is not None and one.id != found.id:
                told = {"one": found.id, "other": one.id}
                faults.add(row, columns[name], N_("the asset number means {one}, the serial number {other}"), told)
                return None
            found = one
        return found or self._by_place(said, columns, faults, row)

    def _by_place(self, said: Mapping[str, str], columns: Mapping[str, str], faults: Faults, row: int) -> Device | None:
        if not said.get("hall"):
            missing = next(columns[name] for name in ("device", "serial", "hall") if name in columns)
            faults.add(row, missing, N_("it names no device"))
            return None
        halls = self._halls.get(said["hall"].casefold(), [])
        if len(halls) != 1:
            message = N_("several halls are called {said}") if halls else N_("there is no hall {said}")
            near = None if halls else faults.near(said["hall"], (one.name for one in self.city.halls.values()))
            faults.add(row, columns["hall"], message, {"said": said["hall"]}, near_miss=near)
            return None
        return self._inside(halls[0], said, columns, faults, row)

    def _inside(
        self, hall: str, said: Mapping[str, str], columns: Mapping[str, str], faults: Faults, row: int
    ) -> Device | None:
        here = self._in_hall.get(hall, [])
        if said.get("kind"):
            here = [one for one in here if one.kind.casefold() == said["kind"].casefold()]
        if said.get("sticker"):
            here = _labelled(here, said["sticker"].casefold())
        if len(here) == 1:
            return here[0]
        about = "sticker" if said.get("sticker") else "kind" if said.get("kind") else "hall"
        told = {"hall": hall, "said": said.get(about, ""), "n": str(len(here))}
        message = N_("{n} devices of {hall} may be meant by {said}") if here else N_("{hall} has no device {said}")
        faults.add(row, columns[about], message, told)
        return None


def _only(found: Iterable[Device], said: str) -> Device | None:
    """The exact one, else one that differs in case, one in use before those that are gone; None for several."""
    exact = [one for one in found if said in (one.id, one.serial)] or list(found)
    present = [one for one in exact if one.gone_at is None] or exact
    return present[0] if len(present) == 1 else None


def _labelled(here: Iterable[Device], said: str) -> list[Device]:
    """Those whose label bears the text, else those whose asset number ends with it."""
    devices = list(here)
    exact = [one for one in devices if said in _labels(one)]
    return exact or [one for one in devices if one.id.casefold().endswith(said)]


def _labels(device: Device) -> set[str]:
    named = (device.id, device.serial, device.document.get("sticker"))
    return {str(one).casefold() for one in named if one}
