"""The file of the metrics queue: its tables, and how lines lie in a row."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    select,
)

from store.database import writing
from store.fault import NewerDatabase

FORMAT: Final = 1
ROW_BYTES: Final = 96  # of a row beside its lines
_COUNT: Final = "INSERT INTO figures VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_MARK: Final = "INSERT INTO dirty VALUES (?, ?, 1) ON CONFLICT (hour, device) DO UPDATE SET mark = mark + 1"
_tables: Final = MetaData()
batches: Final = Table(
    "batches",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # when it came, ms
    Column("n", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("ordered", Boolean, nullable=False, index=True),  # points that are written again as something else
    Column("lines", LargeBinary, nullable=False),  # a JSON list, deflated
    Column("hours", LargeBinary, nullable=False),  # a JSON list of device-hours, deflated
    sqlite_autoincrement=True,
)
dirty: Final = Table(  # the device-hours that have points which `device_hour` does not know yet
    "dirty",
    _tables,
    Column("hour", Integer, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("mark", Integer, nullable=False),  # how often, so that a mark made meanwhile is not taken off
    sqlite_with_rowid=False,
)
quarantine: Final = Table(
    "quarantine",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("policy", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)
figures: Final = Table(
    "figures", _tables, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)
copied: Final = Table(  # by `hallwatch metrics copy`: the devices whose history is over there
    "copied",
    _tables,
    Column("job", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("figures", Text, nullable=False),
    sqlite_with_rowid=False,
)
DeviceHour = tuple[str, int]
"""A device and an hour, hours since 1970."""


class Bad(NamedTuple):
    """A line that the server, or this program, cannot take."""

    line: str
    reason: str


class Taken(NamedTuple):
    """Rows of one policy on their way: their lines, the hours of these, and what could not be read of them."""

    ids: tuple[int, ...]
    policy: str
    lines: list[str]
    hours: list[DeviceHour]
    broken: list[Bad]


def create(engine: Engine, path: str) -> None:
    """The tables, where they are not there yet. Raises `NewerDatabase`."""
    with writing(engine) as conn:
        found = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found > FORMAT:
            raise NewerDatabase(path, str(found))
        if found < FORMAT:
            _tables.create_all(conn)
            conn.exec_driver_sql(f"PRAGMA user_version={FORMAT}")


def insert(conn: Connection, policy: str, lines: Sequence[str], hours: Sequence[DeviceHour], now: int) -> None:
    """One row of lines; counted as waiting. Those without `hours` are no observations, and keep their order."""
    packed, marks = _pack(lines), _pack(hours)
    size = ROW_BYTES + len(packed) + len(marks)
    row = {"policy": policy, "at": now, "n": len(lines), "bytes": size, "ordered": not hours}
    conn.execute(batches.insert(), row | {"lines": packed, "hours": marks})
    count(conn, {"points": len(lines), "bytes": size})


def remove(conn: Connection, ids: Iterable[int]) -> int:
    """Rows that are there no longer wait; answers how many lines they had."""
    points = size = 0
    for one in ids:
        row = conn.execute(select(batches.c.n, batches.c.bytes).where(batches.c.id == one)).first()
        if row is not None:
            points, size = points + row.n, size + row.bytes
            conn.execute(delete(batches).where(batches.c.id == one))
    count(conn, {"points": -points, "bytes": -size})
    return points


def mark(conn: Connection, hours: Iterable[DeviceHour]) -> None:
    """These device-hours are to be rolled up."""
    if rows := [(hour, device) for device, hour in set(hours)]:
        conn.exec_driver_sql(_MARK, rows)


def count(conn: Connection, more: dict[str, int]) -> None:
    """Add to figures."""
    if rows := [(name, number) for name, number in more.items() if number]:
        conn.exec_driver_sql(_COUNT, rows)


def figure(conn: Connection, name: str) -> int:
    """One figure; 0 where it was never counted."""
    return conn.scalar(select(figures.c.value).where(figures.c.name == name)) or 0


def unpack(policy: str, rows: Sequence[Any]) -> Taken:
    """Rows as they were put in; one that cannot be read is broken, and stops no other."""
    lines: list[str] = []
    hours: list[DeviceHour] = []
    broken: list[Bad] = []
    for row in rows:
        try:
            found = msgspec.json.decode(zlib.decompress(row.lines), type=list[str])
            marks = msgspec.json.decode(zlib.decompress(row.hours), type=list[DeviceHour])
        except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
            broken += [Bad(f"# row {row.id} of {row.n} lines", f"cannot be read: {error}")] * row.n
        else:
            lines += found
            hours += marks
    return Taken(tuple(row.id for row in rows), policy, lines, hours, broken)


def _pack(document: Sequence[object]) -> bytes:
    return zlib.compress(msgspec.json.encode(document), 1)
