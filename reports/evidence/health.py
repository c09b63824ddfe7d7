"""What stood around the edges of outages: silences of collectors, lost facts, other devices of the hall (O5, O6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any, Final

from sqlalchemy import Connection, select

from sla.instant import MINUTE, Ms
from store.city import Device
from store.judged import OutageRow
from store.month_facts import Gathered
from store.schema import collector_silences, devices, gaps, outages, streams

NEAR_MS: Final = 15 * MINUTE
_CHUNK: Final = 400
_EVER: Final = 1 << 62


def silences(conn: Connection, collectors: Iterable[str], edges: Sequence[Ms]) -> list[dict[str, Any]]:
    """The silences of these collectors within a quarter of an hour of an edge."""
    table = collector_silences
    query = select(table).where(table.c.collector.in_(sorted(collectors)))
    rows = conn.execute(query.order_by(table.c.collector, table.c.start)).all()
    return [dict(row._mapping) for row in rows if _near(row.start, row.until, edges)]


def _near(start: Ms, until: Ms | None, edges: Iterable[Ms]) -> bool:
    return any(start < at + NEAR_MS and (until is None or until > at - NEAR_MS) for at in edges)


def lost(conn: Connection, observed: Mapping[str, Sequence[Sequence[Any]]]) -> list[dict[str, Any]]:
    """The numbers that never came of the streams of these observations, between the first and the last of them."""
    reach: dict[tuple[str, str], list[int]] = {}
    for rows in observed.values():
        for row in rows:
            if row[5] is not None and row[6] is not None:
                reach.setdefault((row[4], row[5]), []).append(row[6])
    query = select(streams.c.collector, streams.c.epoch, gaps.c.first, gaps.c.last, gaps.c.found_at)
    joined = query.join(gaps, gaps.c.stream == streams.c.n).order_by(*query.selected_columns)
    found = [dict(row._mapping) for row in conn.execute(joined)] if reach else []
    return [one for one in found if _touches(one, reach.get((one["collector"], one["epoch"])))]


def _touches(gap: Mapping[str, Any], seqs: Sequence[int] | None) -> bool:
    return seqs is not None and bool(gap["first"] <= max(seqs) + 1 and gap["last"] >= min(seqs) - 1)


def neighbours(conn: Connection, found: Gathered, rows: Sequence[OutageRow]) -> list[dict[str, Any]]:
    """At both edges of each ticket's outage: which other devices of its hall were in an outage, and how many not."""
    ids = {one.n: one for one in found.city.devices.values()}
    sizes = Counter(one.hall for one in found.city.devices.values())
    edges = [
        (ids[row.device], name, at)
        for row in rows
        if row.ticket is not None
        for name, at in (("start", row.start), ("until", row.until))
        if at is not None
    ]
    down = _down(conn, {hall: sorted({at for one, _, at in edges if one.hall == hall}) for hall in _halls(edges)})
    told = []
    for one, name, at in edges:
        others = sorted(down[one.hall, at] - {one.id})
        near = {"others": sizes[one.hall] - 1 - len(others), "down": others}
        told.append({"device": one.id, "hall": one.hall, "edge": name, "at": at} | near)
    return sorted(told, key=lambda one: (one["device"], one["at"], one["edge"]))


def _halls(edges: Iterable[tuple[Device, str, Ms]]) -> list[str]:
    return sorted({one.hall for one, _, _ in edges})


def _down(conn: Connection, edges: Mapping[str, Sequence[Ms]]) -> dict[tuple[str, Ms], set[str]]:
    """Which devices of a hall were in an outage at each of some instants, in order."""
    by_hall: dict[str, list[Any]] = {}
    for row in _in_halls(conn, edges) if edges else ():
        by_hall.setdefault(row.hall, []).append(row)
    found: dict[tuple[str, Ms], set[str]] = {}
    for hall, instants in edges.items():
        waiting, lasting = by_hall.get(hall, [])[::-1], list[tuple[Ms, str]]()
        for at in instants:
            while waiting and waiting[-1].start <= at:
                row = waiting.pop()
                heappush(lasting, (_EVER if row.until is None else row.until, row.id))
            while lasting and lasting[0][0] <= at:
                heappop(lasting)
            found[hall, at] = {id for _, id in lasting}
    return found


def _in_halls(conn: Connection, edges: Mapping[str, Sequence[Ms]]) -> list[Any]:
    """The outages in these halls that touch the time of all edges, by their start."""
    low, high = min(some[0] for some in edges.values()), max(some[-1] for some in edges.values())
    columns = (devices.c.hall, devices.c.id, outages.c.start, outages.c.until)
    touching = (outages.c.start <= high) & (outages.c.until.is_(None) | (outages.c.until > low))
    query = select(*columns).join(devices, devices.c.n == outages.c.device).where(touching)
    halls, rows = sorted(edges), list[Any]()
    for i in range(0, len(halls), _CHUNK):
        rows += conn.execute(query.where(devices.c.hall.in_(halls[i : i + _CHUNK]))).all()
    return sorted(rows, key=lambda row: (row.start, row.id))
