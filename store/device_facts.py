"""The facts of devices for a period, out of the database: what spans and reports are made of, the same for both (A1).

Selected here, counted in `sla`. A device counts where the newest inventory has it: who moves to another hall takes its
facts along. One that the inventory no longer names was retired when it went.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol, Self

from sqlalchemy import Connection, Table, select

from sla.calendar import BadCalendar, Calendar
from sla.clock import ALWAYS, Clock
from sla.instant import DAY, Ms
from sla.judge import Outage
from sla.opening import GRACE_MS
from sla.owners import Owner, Policy
from sla.parents import Ancestor
from sla.spans import DeviceFacts
from store.city import CalendarRow, City, Device, Hall, ancestors, parent_of
from store.planned import Standing, standing
from store.schema import calendars, devices, halls, outages
from store.steady import Stretch, Words, steady

_CHUNK: Final = 500
_MOST_LATELY: Final = 256
_LATELY: Final[dict[int, tuple[CalendarRow, Clock]]] = {}
"""Calendars as they were read lately with their clocks: asked for each device, and each time the very same."""


class KindPolicy(Protocol):
    """What a kind's data file says: owners of conditions, which of them stop it, O10's grace."""

    @property
    def owners(self) -> Mapping[str, Owner]: ...

    @property
    def stopping(self) -> frozenset[str]: ...

    @property
    def grace_ms(self) -> int: ...


class Period(NamedTuple):
    """[start, until) as it is known at `now` (ms)."""

    start: Ms
    until: Ms
    now: Ms


@dataclass(frozen=True, slots=True)
class Selected:
    """All of a period but what was seen, which is read device by device: outages, time out of the count, hours."""

    city: City
    policies: Mapping[str, KindPolicy]
    period: Period
    outages: Mapping[int, Sequence[Outage]]
    above: Mapping[int, Sequence[Outage]]
    standing: Standing
    words: Words = field(default_factory=Words)

    @classmethod
    def of(
        cls,
        conn: Connection,
        city: City,
        wanted: Iterable[Device],
        policies: Mapping[str, KindPolicy],
        period: Period,
    ) -> Self:
        """Read it for these devices and their ancestors; `city` has all of them."""
        own, behind, low = _own_and_above(conn, city, wanted, period)
        return cls(city, policies, period, own, behind, standing(conn, low, max(period.until, period.now)))

    @classmethod
    def planned(cls, conn: Connection, city: City, policies: Mapping[str, KindPolicy], period: Period) -> Self:
        """Read what a person took out of the count, for outages of any age, which come later: see `seen_now`."""
        return cls(city, policies, period, {}, {}, standing(conn, 0, max(period.until, period.now)))

    def seen_now(self, conn: Connection, some: Sequence[Device]) -> Self:
        """The same with the outages of these devices and their ancestors as of this transaction.

        What is observed meanwhile would otherwise be found without the outage that it makes, and pass for up.
        """
        own, behind, _ = _own_and_above(conn, self.city, some, self.period)
        return replace(self, outages=own, above=behind)

    def facts(self, conn: Connection, device: Device) -> DeviceFacts:
        """The facts of one of the devices: `sla.spans` and `sla.availability` are exact on them."""
        start, until, now = self.period
        kind = self.policies.get(device.kind)
        found = self.outages.get(device.n, ())
        interval_ms = _interval_ms(device)
        # the last bad second of an outage, which says where it ends, may lie after the period (A6)
        ends = (now if one.until is None else min(one.until, now) for one in found[-1:])
        stretch = Stretch(device.n, min([start, *(one.start for one in found[:1])]), max([until, *ends]))
        return DeviceFacts(
            commissioned=device.commissioned,
            retired=out_of_service(device),
            clock=clock_of(self.city, device),
            maintenance=self.standing.maintenance(device.id, device.hall),
            excluded=self.standing.excluded(device.id, device.hall),
            seen=steady(conn, stretch, now, found, interval_ms, self.words),
            interval_ms=interval_ms,
            outages=found,
            ancestors=[self._ancestor(id) for id in ancestors(self.city, device.id)] if found else [],
            policy=Policy(
                kind.owners if kind else {}, kind.stopping if kind else frozenset(), device.vendor, device.kind
            ),
            grace_ms=kind.grace_ms if kind else GRACE_MS,
        )

    def _ancestor(self, id: str) -> Ancestor:
        device = self.city.devices[id]
        return Ancestor(self.above.get(device.n, ()), _interval_ms(device))


def out_of_service(device: Device) -> Ms | None:
    """When it was retired, or was left out of the inventory, whichever came first."""
    return min((at for at in (device.retired, device.gone_at) if at is not None), default=None)


def clock_of(city: City, device: Device) -> Clock:
    """The hours of a device's hall; a hall without a calendar, or with one that cannot be read, is always open."""
    hall = city.halls.get(device.hall)
    calendar = city.calendars.get(hall.calendar) if hall and hall.calendar else None
    if calendar is None:
        return ALWAYS
    known = _LATELY.get(id(calendar))
    if known is None or known[0] is not calendar:
        known = calendar, _compiled(json.dumps(calendar.document, sort_keys=True))
        if len(_LATELY) >= _MOST_LATELY:
            _LATELY.clear()
        _LATELY[id(calendar)] = known
    return known[1]


def around(conn: Connection, device: str) -> City:
    """The part of the inventory that one device's facts depend on: itself, its ancestors, their halls and hours."""
    known: dict[str, Device] = {}
    rooms: dict[str, Hall] = {}
    at: str | None = device
    while at is not None and at not in known:
        row = _row(conn, devices, at)
        if row is None:
            break
        known[at] = Device(**row)
        room = rooms.get(row["hall"]) or Hall(**(_row(conn, halls, row["hall"]) or {}))
        rooms[room.id] = room
        at = parent_of(known[at], room)
    hours = {room.calendar for room in rooms.values() if room.calendar}
    found = {name: CalendarRow(**row) for name in hours if (row := _row(conn, calendars, name))}
    return City(devices=known, halls=rooms, calendars=found)


def _row(conn: Connection, table: Table, id: str) -> dict[str, Any] | None:
    row = conn.execute(select(table).where(table.c.id == id)).one_or_none()
    return None if row is None else dict(row._mapping)


def _interval_ms(device: Device) -> Ms:
    return round(device.interval_s * 1000)


def _own_and_above(
    conn: Connection, city: City, wanted: Iterable[Device], period: Period
) -> tuple[dict[int, list[Outage]], dict[int, list[Outage]], Ms]:
    """The outages of some devices, those of their ancestors, and when the earliest of the former began."""
    some = list(wanted)
    above = {city.devices[id].n for device in some for id in ancestors(city, device.id)}
    own = _outages(conn, {device.n for device in some}, period.start, period.until)
    low = min([period.start, *(found[0].start for found in own.values())])
    # an ancestor that noticed after the period's end may explain an outage from its start, within the period (O5 a)
    ends = [found[-1].until for found in own.values()]
    high = max([period.until, *(period.now if end is None else end for end in ends)])
    return own, _outages(conn, above, low - DAY, high), low


def _outages(conn: Connection, numbers: Iterable[int], start: Ms, until: Ms) -> dict[int, list[Outage]]:
    """The outages of these devices that touch [start, until), in order; nothing for those that have none."""
    found: dict[int, list[Outage]] = {}
    wanted = sorted(numbers)
    columns = [outages.c.device, *(outages.c[name] for name in Outage._fields)]
    touching = (outages.c.start < until) & (outages.c.until.is_(None) | (outages.c.until > start))
    for i in range(0, len(wanted), _CHUNK):
        query = select(*columns).where(outages.c.device.in_(wanted[i : i + _CHUNK]), touching)
        for n, *rest in conn.execute(query.order_by(outages.c.device, outages.c.start)):
            found.setdefault(n, []).append(Outage(*rest))
    return found


@lru_cache(maxsize=256)
def _compiled(document: str) -> Clock:
    try:
        return Calendar.parse(json.loads(document)).clock()
    except BadCalendar:
        return ALWAYS
