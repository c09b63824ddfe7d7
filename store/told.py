"""Which points were written lately, so that what later facts removed can be said to be void: a small file of its own.

Lost with all its rows, it costs no more than that: everything is written once more, and the same point is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, delete, select

from store.database import open_database, reading, writing
from store.upsert import insert_or_replace

_CHUNK: Final = 500
_tables = MetaData()
points = Table(
    "points",
    _tables,
    Column("measurement", Text, primary_key=True),
    Column("ts", BigInteger, primary_key=True),
    Column("tags", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    sqlite_with_rowid=False,
)
marks = Table("marks", _tables, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))


class Key(NamedTuple):
    """A point of a measurement: its instant (ms) and its tags as JSON, sorted."""

    ts: int
    tags: str


def key_of(ts: int, tags: Mapping[str, str]) -> Key:
    """The key of a point."""
    return Key(ts, json.dumps(tags, sort_keys=True))


class Told:
    """The file at `path`. Raises `StoreError` where it cannot be used."""

    def __init__(self, path: Path | str) -> None:
        self._engine = open_database(f"sqlite:///{path}")
        with writing(self._engine) as conn:
            _tables.create_all(conn)

    def since(self, measurement: str, start: int, also: Iterable[int] = ()) -> dict[Key, str]:
        """The points from `start` (ms) on, and at some instants before, each with the digest of what was written."""
        older = sorted({ts for ts in also if ts < start})
        wanted = [points.c.ts >= start]
        wanted += [points.c.ts.in_(older[at : at + _CHUNK]) for at in range(0, len(older), _CHUNK)]
        query = select(points.c.ts, points.c.tags, points.c.digest).where(points.c.measurement == measurement)
        with reading(self._engine) as conn:
            return {Key(row.ts, row.tags): row.digest for one in wanted for row in conn.execute(query.where(one))}

    def note(self, measurement: str, written: Mapping[Key, str], gone: Iterable[Key], before: int) -> None:
        """These were written, those are gone; what is older than `before` (ms) is forgotten."""
        rows = [{"measurement": measurement, **key._asdict(), "digest": digest} for key, digest in written.items()]
        mine = points.c.measurement == measurement
        with writing(self._engine) as conn:
            if rows:
                conn.execute(insert_or_replace(conn, points, "measurement", "ts", "tags"), rows)
            for one in gone:
                conn.execute(delete(points).where(mine, points.c.ts == one.ts, points.c.tags == one.tags))
            conn.execute(delete(points).where(mine, points.c.ts < before))

    def forget(self) -> None:
        """Nothing was written."""
        with writing(self._engine) as conn:
            conn.execute(delete(points))

    def marks(self, prefix: str) -> dict[str, str]:
        """The marks whose names begin so, by the rest of their names."""
        with reading(self._engine) as conn:
            rows = conn.execute(select(marks).where(marks.c.name.startswith(prefix, autoescape=True)))
            return {row.name.removeprefix(prefix): row.value for row in rows}

    def mark(self, prefix: str, values: Mapping[str, str]) -> None:
        """Remember these by name."""
        if values:
            rows = [{"name": prefix + name, "value": value} for name, value in values.items()]
            with writing(self._engine) as conn:
                conn.execute(insert_or_replace(conn, marks, "name"), rows)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()
