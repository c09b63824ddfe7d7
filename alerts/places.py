"""The inventory as alerts need it: each device with its hours, its parents, and what its kind says of tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from sqlalchemy import Connection

from sla.calendar import BadCalendar, Calendar
from sla.clock import ALWAYS, Clock
from sla.owners import Owner, Policy
from store.city import City, Device, ancestors
from store.inventory import imported, load

_log = structlog.get_logger(__name__)


class KindPolicy(Protocol):
    """What a kind's data file says that tickets need: owners of conditions, which stop it, O10's grace, K1's delay."""

    @property
    def owners(self) -> Mapping[str, Owner]: ...

    @property
    def stopping(self) -> frozenset[str]: ...

    @property
    def grace_ms(self) -> int: ...

    @property
    def ticket_after_ms(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """One device: its inventory row, its hall's clock, whose its faults are, its ancestors (nearest first)."""

    device: Device
    clock: Clock
    policy: Policy
    grace_ms: int
    after_ms: int
    above: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """All devices by row number, as of the import with this digest."""

    digest: str | None = None
    by_number: Mapping[int, Place] = field(default_factory=dict)
    city: City = field(default_factory=City)

    @property
    def shortest_ms(self) -> int:
        """No outage opens a ticket before it has lasted this long."""
        return min((place.after_ms for place in self.by_number.values()), default=0)


def load_places(
    conn: Connection, policies: Mapping[str, KindPolicy], after_ms: int | None, known: Places | None = None
) -> Places:
    """The inventory as it is now; `known` itself where nothing was imported since. `after_ms` overrides the kinds'."""
    digest = imported(conn)
    if known is not None and known.digest == digest:
        return known
    city = load(conn)
    clocks = {name: _clock(name, row.document) for name, row in city.calendars.items()}
    found = {}
    for device in city.devices.values():
        kind = policies.get(device.kind)
        hall = city.halls.get(device.hall)
        found[device.n] = Place(
            device,
            clocks.get(hall.calendar or "", ALWAYS) if hall else ALWAYS,
            Policy(kind.owners if kind else {}, kind.stopping if kind else frozenset(), device.vendor, device.kind),
            kind.grace_ms if kind else 15 * 60_000,
            after_ms if after_ms is not None else kind.ticket_after_ms if kind else 5 * 60_000,
            tuple(city.devices[above] for above in ancestors(city, device.id)),
        )
    return Places(digest, found, city)


def _clock(name: str, document: Mapping[str, object]) -> Clock:
    try:
        return Calendar.parse(document).clock()
    except BadCalendar:
        _log.exception("alerts.bad_calendar", calendar=name)
        return ALWAYS
