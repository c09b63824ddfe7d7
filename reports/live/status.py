"""The judged state of every device over time: on the ten minutes of the clock, and when it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from reports.live.point import LivePoint, names, place, point, texts
from sla.instant import MINUTE, Ms, parse
from store import changes
from store.changes import Happened
from store.city import City, Device
from store.pages import EVERYTHING, cells

EVERY_MS: Final = 10 * MINUTE
CODES: Final[Mapping[str, int]] = {
    "down": 0,
    "degraded": 1,
    "up": 2,
    "unreachable": 3,
    "unmonitored": 4,
    "maintenance": 5,
    "closed": 6,
}
CORRECTED_MS: Final = 24 * 60 * MINUTE
_AT_ONCE: Final = 500


class Changed(NamedTuple):
    """What happened up to the change with number `last`."""

    points: list[LivePoint]
    last: int


def snapshot(conn: Connection, city: City, now: Ms) -> list[LivePoint]:
    """Every present device at the last ten minutes of the clock; what changed since then, at its change."""
    grid = now // EVERY_MS * EVERY_MS
    found = []
    for row in cells(conn, EVERYTHING):
        device = city.devices.get(row.id)
        if device is not None and (row.since is None or row.since <= now):
            at = grid if row.since is None else max(grid, row.since)
            found.append(_point(city, device, row.state, row.cause, row.owner, at))
    return found


def changed(conn: Connection, city: City, after: int, floor: Ms) -> Changed:
    """Some changes beyond number `after`, each at the instant since when it holds; none before `floor` (ms).

    A state is known later than it began: the points that were written meanwhile are written again, so that they say
    what is known now. Numbers that begin anew (a restored database) are read from the first.
    """
    after = after if after <= changes.newest(conn) else 0
    some = changes.since(conn, after, _AT_ONCE)
    return Changed([point for one in some for point in _of(city, one, floor)], some[-1].id if some else after)


def _of(city: City, one: Happened, floor: Ms) -> Iterator[LivePoint]:
    device = city.devices.get(one.ref)
    since = _instant(one.document.get("since"))
    if one.kind != "state" or device is None or since is None:
        return
    said = one.document
    for at in (since, *_meanwhile(since, one.at)):
        if at >= floor:
            yield _point(city, device, str(said.get("state")), said.get("cause"), said.get("owner"), at)


def _meanwhile(since: Ms, until: Ms) -> range:
    """The ten minutes of the clock after `since`, up to `until`, of a day at most."""
    first = max(since // EVERY_MS + 1, (until - CORRECTED_MS) // EVERY_MS)
    return range(first * EVERY_MS, until + 1, EVERY_MS)


def _instant(value: Any) -> Ms | None:
    if isinstance(value, int):
        return value
    try:
        return parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _point(city: City, device: Device, state: str, cause: str | None, owner: str | None, at: Ms) -> LivePoint:
    said = texts(state=state, cause=cause, owner=owner)
    return point("status", place(city, device), {"code": CODES.get(state), **said, **names(city, device.hall)}, at)
