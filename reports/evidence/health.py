"""What stood around the edges of outages: silences of collectors, lost facts, other devices of the hall (O5, O6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from sla.instant import MINUTE, Ms
from store.judged import OutageRow
from store.month_facts import Gathered
from store.schema import collector_silences, devices, gaps, outages, streams

NEAR_MS: Final = 15 * MINUTE
_CHUNK: Final = 400


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
    mine = [row for row in rows if row.ticket is not None]
    halls: dict[str, list[Any]] = {}
    for row in _in_halls(conn, sorted({ids[one.device].hall for one in mine})):
        halls.setdefault(row.hall, []).append(row)
    sizes: dict[str, int] = {}
    for one in found.city.devices.values():
        sizes[one.hall] = sizes.get(one.hall, 0) + 1
    told = []
    for row in mine:
        hall, edges = ids[row.device].hall, (row.start, row.until)
        for edge, at in zip(("start", "until"), edges, strict=True):
            if at is not None:
                down = sorted({o.id for o in halls.get(hall, ()) if o.device != row.device and _lasts(o, at)})
                other = {"others": sizes[hall] - 1 - len(down), "down": down}
                told.append({"device": ids[row.device].id, "hall": hall, "edge": edge, "at": at} | other)
    return sorted(told, key=lambda one: (one["device"], one["at"], one["edge"]))


def _lasts(row: Any, at: Ms) -> bool:
    return bool(row.start <= at and (row.until is None or row.until > at))


def _in_halls(conn: Connection, halls: Sequence[str]) -> Iterable[Any]:
    columns = (devices.c.hall, devices.c.id, outages.c.device, outages.c.start, outages.c.until)
    query = select(*columns).join(devices, devices.c.n == outages.c.device)
    for i in range(0, len(halls), _CHUNK):
        yield from conn.execute(query.where(devices.c.hall.in_(halls[i : i + _CHUNK])))
