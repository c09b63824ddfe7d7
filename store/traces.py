"""Since when anything is known of some devices: before that no month has facts (S6)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, func, select

from sla.instant import Ms
from store.packing import unpack_columns
from store.schema import devices, observations, segments, tickets

_CHUNK: Final = 500


def first_known(conn: Connection, numbers: Collection[int]) -> Ms | None:
    """The first instant (ms) at which a device of these rows was seen or reported."""
    some = sorted(numbers)
    found = [_first(conn, some[i : i + _CHUNK]) for i in range(0, len(some), _CHUNK)]
    return min((at for at in found if at is not None), default=None)


def first_seen(conn: Connection, numbers: Collection[int]) -> Ms | None:
    """The first instant (ms) at which one of the devices of these rows was observed, whatever was reported before."""
    some = sorted(numbers)
    found = [_observed(conn, some[i : i + _CHUNK]) for i in range(0, len(some), _CHUNK)]
    return min((at for at in found if at is not None), default=None)


def _first(conn: Connection, some: Collection[int]) -> Ms | None:
    opened = conn.scalar(select(func.min(tickets.c.opened_at)).where(tickets.c.device.in_(some)))
    return min((one for one in (_observed(conn, some), opened) if one is not None), default=None)


def _observed(conn: Connection, some: Collection[int]) -> Ms | None:
    """One search of an index for each device and table."""
    seen = select(func.min(observations.c.ts)).where(observations.c.device == devices.c.n).scalar_subquery()
    folded = select(func.min(segments.c.day)).where(segments.c.device == devices.c.n).scalar_subquery()
    query = select(func.min(seen), func.min(folded)).where(devices.c.n.in_(some))
    at, day = conn.execute(query.select_from(devices)).one()
    known = (at, None if day is None else _within(conn, some, day))
    return min((one for one in known if one is not None), default=None)


def _within(conn: Connection, some: Collection[int], day: int) -> Ms:
    """When the first of a folded day was seen: a day of UTC may lie in two months of a zone."""
    packed = conn.scalars(select(segments.c.packed).where(segments.c.device.in_(some), segments.c.day == day))
    return min(int(unpack_columns(one)[0][0]) for one in packed)
