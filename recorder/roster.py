"""The inventory as the recorder needs it: each device with its hours, its parents and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import Connection

from sla.calendar import BadCalendar, Calendar
from sla.clock import ALWAYS, Clock
from sla.owners import Owner, Policy
from store.city import City, Device, ancestors
from store.inventory import load
from store.metrics import Tags

NO_TAGS: Final = Tags()
GRACE_MS: Final = 15 * 60_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """What a kind's data file says that judging needs: owners of conditions, which of them stop it, O10's grace, K1."""

    owners: Mapping[str, Owner] = field(default_factory=dict)
    stopping: frozenset[str] = frozenset()
    grace_ms: int = GRACE_MS
    ticket_after_ms: int = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Place:
    """One device: row number, inventory row, hours, policy, ancestors' numbers (nearest first), tags of its points."""

    n: int
    device: Device
    interval_ms: int
    clock: Clock
    policy: Policy
    grace_ms: int
    above: tuple[int, ...] = ()
    tags: Tags = NO_TAGS

    @property
    def speaks_itself(self) -> bool:
        """Whether it publishes its own observations and no collector polls it (docs/mqtt-devices.md)."""
        return self.device.document.get("checks") == ["mqtt"]


@dataclass(frozen=True, slots=True)
class Roster:
    """All devices by id and by number, gone ones too; `below` are the descendants of each that has any."""

    version: int = 0
    by_id: Mapping[str, Place] = field(default_factory=dict)
    by_number: Mapping[int, Place] = field(default_factory=dict)
    below: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    city: City = field(default_factory=City)
    collectors: frozenset[str] = frozenset()

    def descendants(self, numbers: Iterable[int]) -> set[int]:
        """Everything behind these devices (O5)."""
        return {child for n in numbers for child in self.below.get(n, ())}


def load_roster(conn: Connection, version: int, policies: Mapping[str, KindPolicy]) -> Roster:
    """Read the inventory of import `version`; a calendar that cannot be read counts as always open, and is logged."""
    city = load(conn)
    clocks = {name: _clock(name, row.document) for name, row in city.calendars.items()}
    places = {device.id: _place(city, device, clocks, policies) for device in city.devices.values()}
    below: dict[int, list[int]] = {}
    for place in places.values():
        for parent in place.above:
            below.setdefault(parent, []).append(place.n)
    collectors = {device.collector for device in city.devices.values() if device.gone_at is None}
    return Roster(
        version,
        places,
        {place.n: place for place in places.values()},
        {n: tuple(children) for n, children in below.items()},
        city,
        frozenset(collectors),
    )


def _clock(name: str, document: Mapping[str, object]) -> Clock:
    try:
        return Calendar.parse(document).clock()
    except BadCalendar:
        _log.exception("recorder.bad_calendar", calendar=name)
        return ALWAYS


def _place(city: City, device: Device, clocks: Mapping[str, Clock], policies: Mapping[str, KindPolicy]) -> Place:
    kind = policies.get(device.kind) or KindPolicy()
    hall = city.halls.get(device.hall)
    return Place(
        device.n,
        device,
        round(device.interval_s * 1000),
        clocks.get(hall.calendar or "", ALWAYS) if hall else ALWAYS,
        Policy(kind.owners, kind.stopping, device.vendor, device.kind),
        kind.grace_ms,
        tuple(city.devices[above].n for above in ancestors(city, device.id)),
        tags_of(city, device),
    )


def tags_of(city: City, device: Device) -> Tags:
    """What the inventory says of a device, as its points bear it (contracts, Metrics)."""
    hall = city.halls.get(device.hall)
    return Tags(device.hall, (hall and hall.branch) or "", device.kind, device.model or "", device.vendor or "")
