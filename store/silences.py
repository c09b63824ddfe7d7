"""What explains blind time (O6): when collectors were silent, which of their facts were lost, what a UPS said last."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from sla.instant import DAY, Ms
from sla.interval import Interval, merge
from store.facts import rows_of, seen
from store.schema import collector_silences, gaps, streams

_NEAR_MS: Final = DAY


class Lost(NamedTuple):
    """Numbers of a stream that never came and will not, `last` included; known at `found_at` (ms)."""

    stream: int
    first: int
    last: int
    found_at: Ms


def silences(conn: Connection, start: Ms, until: Ms, now: Ms) -> dict[str, list[Interval]]:
    """When each collector had no heartbeat in [start, until), one that lasts until `now`; merged lists."""
    table = collector_silences
    lasting = table.c.until.is_(None) | (table.c.until > start)
    found: dict[str, list[Interval]] = {}
    for row in conn.execute(select(table).where(table.c.start < until, lasting)):
        found.setdefault(row.collector, []).append(Interval(row.start, now if row.until is None else row.until))
    return {collector: merge(parts) for collector, parts in found.items()}


def losses(conn: Connection) -> Mapping[str, list[Lost]]:
    """The lost numbers of each collector that lost any."""
    query = select(streams.c.collector, gaps).join(streams, streams.c.n == gaps.c.stream)
    found: dict[str, list[Lost]] = {}
    for row in conn.execute(query.order_by(gaps.c.stream, gaps.c.first)):
        found.setdefault(row.collector, []).append(Lost(row.stream, row.first, row.last, row.found_at))
    return found


def lost_within(conn: Connection, device: int, blind: Interval, lost: Collection[Lost]) -> bool:
    """Whether numbers were lost between the facts of a device on either side of its blind time.

    The facts are looked for within a day of it; where there are none on one side nothing is said.
    """
    before = rows_of(conn, device, blind.start - _NEAR_MS, blind.start + 1)
    after = rows_of(conn, device, blind.until, blind.until + _NEAR_MS)
    if not before or not after or before[-1].stream is None or before[-1].stream != after[0].stream:
        return False
    low, high = before[-1].seq or 0, after[0].seq or 0
    return any(one.stream == before[-1].stream and low < one.first and one.last < high for one in lost)


def last_conditions(conn: Connection, device: int, before: Ms) -> tuple[str, ...]:
    """What a device's last observation before an instant said, of the day before it; nothing without one."""
    found = seen(conn, device, before - _NEAR_MS, before + 1)
    return found[-1].conditions if found else ()
