"""The collectors that were heard, and when they were silent: rows by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from store.schema import collector_silences, collectors
from store.upsert import insert_or_ignore, insert_or_replace


class Collector(NamedTuple):
    """One collector as last heard; `heard_at` by the centre's clock, `clock_skew_ms` its clock less the centre's."""

    id: str
    epoch: str | None
    online: bool
    heard_at: int
    clock_skew_ms: int | None
    said: Mapping[str, Any]


def collector(conn: Connection, id: str) -> Collector | None:
    """One collector by its id."""
    row = conn.execute(select(collectors).where(collectors.c.id == id)).one_or_none()
    return None if row is None else _collector(row)


def online(conn: Connection) -> list[Collector]:
    """Those that count as online."""
    return [_collector(row) for row in conn.execute(select(collectors).where(collectors.c.online == 1))]


def every(conn: Connection) -> list[Collector]:
    """All of them by id."""
    return [_collector(row) for row in conn.execute(select(collectors).order_by(collectors.c.id))]


def collectors_known(conn: Connection) -> int:
    """How many there are."""
    return conn.execute(select(func.count()).select_from(collectors)).scalar_one()


def put(conn: Connection, row: Collector) -> None:
    """Write one, new or known."""
    conn.execute(insert_or_replace(conn, collectors, "id"), {**row._asdict(), "online": int(row.online)})


def note_clone(conn: Connection, id: str, at: int) -> None:
    """At `at` (ms) two were found to write under this id; no more than that is changed, nothing where it is unknown."""
    row = collector(conn, id)
    if row is not None:
        put(conn, row._replace(said={**row.said, "cloned_at": at}))


def begin_silence(conn: Connection, id: str, at: int) -> None:
    """Nothing is heard of it since `at` (ms); one that lasts already goes on."""
    lasting = select(collector_silences.c.start).where(
        collector_silences.c.collector == id, collector_silences.c.until.is_(None)
    )
    if conn.scalar(lasting) is None:
        conn.execute(insert_or_ignore(conn, collector_silences), {"collector": id, "start": at, "until": None})


def end_silence(conn: Connection, id: str, at: int) -> None:
    """It is heard again at `at` (ms)."""
    lasting = (collector_silences.c.collector == id) & collector_silences.c.until.is_(None)
    conn.execute(update(collector_silences).where(lasting).values(until=at))


def _collector(row: Row[Any]) -> Collector:
    return Collector(row.id, row.epoch, bool(row.online), row.heard_at or 0, row.clock_skew_ms, row.said)
