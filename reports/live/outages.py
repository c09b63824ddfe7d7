"""Outages: each at its start, and those that last as they stand now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from reports.live.point import LivePoint, names, place, point, seconds, texts
from sla.instant import Ms
from store.city import City, Device
from store.judged import OutageRow
from store.live_rows import outages_from
from store.pages import EVERYTHING, broken

STANDING: Final = ("down", "unreachable")


def outages(conn: Connection, city: City, since: Ms, floor: Ms, now: Ms) -> list[LivePoint]:
    """Those that last or end after `since`, in order of their starts; none that began before `floor`, all in ms."""
    known = _known(conn, city, since)
    return [_outage(city, device, row, now) for device, row in known if floor <= row.start <= now]


def outages_now(conn: Connection, city: City, now: Ms) -> list[LivePoint]:
    """Those that last, of devices that are judged down or unreachable now."""
    state = {row.n: row.state for row in broken(conn, EVERYTHING, STANDING)}
    return [
        _now(city, device, row, state[row.device], now)
        for device, row in _known(conn, city, now)
        if row.until is None and row.device in state and row.start <= now
    ]


def _known(conn: Connection, city: City, start: Ms) -> Iterator[tuple[Device, OutageRow]]:
    devices = {one.n: one for one in city.devices.values()}
    for row in outages_from(conn, start):
        if row.device in devices:
            yield devices[row.device], row


def _outage(city: City, device: Device, row: OutageRow, now: Ms) -> LivePoint:
    lasts = row.until is None or row.until > now
    until = now if row.until is None or lasts else row.until
    known = {"until": until, "duration_s": seconds(until - row.start), "open": lasts, "valid": 1}
    said = texts(cause=row.cause, owner=row.owner, ticket=row.ticket)
    return point("outage", place(city, device), {**known, **said, **names(city, device.hall)}, row.start)


def _now(city: City, device: Device, row: OutageRow, state: str, now: Ms) -> LivePoint:
    known = {"start": row.start, "lasts_s": seconds(now - row.start)}
    said = texts(state=state, cause=row.cause, owner=row.owner, ticket=row.ticket)
    return point("outage_now", place(city, device), {**known, **said, **names(city, device.hall)}, now)
