"""The metrics store in an SQLite file of its own: raw samples for days, hours for years.

A device's day is raw or rolled up, never both; a late sample of a rolled day is raw again until it is merged. Samples
are rolled a day after they were last noticed at the earliest, so that a batch written twice in between counts once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    and_,
    delete,
    select,
    update,
)

from store import rollup
from store.database import open_database, reading, writing
from store.fault import NewerDatabase
from store.metrics import Hour, Measured, Point, Reading
from store.series import Item, points_of
from store.upsert import insert_or_ignore, insert_or_replace

DAY_MS: Final = 86_400_000
FORMAT: Final = 1
_CHUNK: Final = 5  # device-days a transaction, so that a writer waits for a fraction of a second
_REMEMBERED: Final = 50_000
_KEEP: Final = "INSERT OR REPLACE INTO samples (device, ts, shape, doc) VALUES (?, ?, ?, ?)"  # the hot path: as is
_encoder: Final = msgspec.json.Encoder()
Key = TypeVar("Key", str, tuple[str, ...])
_tables = MetaData()
names = Table("names", _tables, Column("n", Integer, primary_key=True), Column("id", Text, unique=True, nullable=False))
shapes = Table(  # the fields of a sample in their order as a JSON list, interned
    "shapes", _tables, Column("n", Integer, primary_key=True), Column("fields", Text, unique=True, nullable=False)
)
samples = Table(
    "samples",
    _tables,
    Column("device", Integer, primary_key=True),
    Column("ts", BigInteger, primary_key=True),
    Column("shape", Integer, nullable=False),
    Column("doc", Text, nullable=False),  # the values in the order of the shape, JSON
    sqlite_with_rowid=False,
)
days = Table(  # the device-days that have raw samples
    "days",
    _tables,
    Column("device", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("noticed", BigInteger, nullable=False),  # by `maintain`, ms; 0: not yet
    sqlite_with_rowid=False,
)
hours = Table(
    "hours",
    _tables,
    Column("device", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)


class EmbeddedMetrics:
    """A `Metrics` in one file. Raises `StoreError` where the file cannot be used."""

    def __init__(self, path: Path | str, raw_days: float = 7, hourly_days: float = 1100) -> None:
        self._engine = open_database(f"sqlite:///{path}")
        self._raw_ms = round(raw_days * DAY_MS)
        self._hourly_ms = round(hourly_days * DAY_MS)
        self._devices: dict[str, int] = {}
        self._shapes: dict[tuple[str, ...], int] = {}
        self._noticed: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        _create(self._engine, str(path))

    def write(self, samples: Sequence[Measured]) -> None:
        """Keep a batch for good before returning; values that are not finite numbers are left out."""
        if not samples:
            return
        lean = [(one.device, one.ts, one.values if _finite(one.values) else _cleaned(one.values)) for one in samples]
        with self._lock:
            self._intern(names.c.id, self._devices, {device: device for device, _, _ in lean})
            self._intern(shapes.c.fields, self._shapes, {key: _shape(key) for key in {tuple(one[2]) for one in lean}})
            devices, known = self._devices, self._shapes
            self._store([(devices[name], ts, known[tuple(values)], _text(values)) for name, ts, values in lean])

    def fields(self, device: str) -> list[str]:
        """The names of a device's fields, sorted, of its raw samples and of its newest rolled day."""
        with reading(self._engine) as conn:
            n = _number(conn, device)
            if n is None:
                return []
            found = set()
            used = select(samples.c.shape).where(samples.c.device == n).distinct()
            for text in conn.scalars(select(shapes.c.fields).where(shapes.c.n.in_(used))):
                found.update(json.loads(text))
            newest = select(hours.c.packed).where(hours.c.device == n).order_by(hours.c.day.desc()).limit(1)
            if packed := conn.scalar(newest):
                found.update(rollup.unpack(packed))
        return sorted(found)

    def series(self, device: str, field: str, start: int, until: int, points: int) -> list[Point]:
        """One field in [start, until), ms, as at most `points` points: raw where it is still there, else hours."""
        with reading(self._engine) as conn:
            n = _number(conn, device)
            if n is None or until <= start:
                return []
            items = [*_rolled_items(conn, n, field, start, until), *_raw_items(conn, n, field, start, until)]
        return points_of(items, start, until, points)

    def hours(self, device: str, field: str, start: int, until: int) -> list[Hour]:
        """Hours of one field that begin in [start, until), ms: rolled ones and those of raw samples, joined."""
        with reading(self._engine) as conn:
            n = _number(conn, device)
            if n is None or until <= start:
                return []
            found = _rolled(conn, n, field, start, until)
            first, end = -(-start // rollup.HOUR_MS) * rollup.HOUR_MS, -(-until // rollup.HOUR_MS) * rollup.HOUR_MS
            raw = rollup.roll((item.ts, {field: item.sum}) for item in _raw_items(conn, n, field, first, end))
        whole = rollup.merge({field: found}, raw).get(field, {})
        return [_hour(whole[key]) for key in sorted(whole)]

    def readings(self, device: str, field: str, start: int, until: int) -> list[Reading]:
        """The single values in [start, until), ms, in order; where they are gone the last of each hour."""
        with reading(self._engine) as conn:
            n = _number(conn, device)
            if n is None or until <= start:
                return []
            first = start // rollup.HOUR_MS * rollup.HOUR_MS
            lasts = {one.last_ts: one.last for one in _rolled(conn, n, field, first, until).values()}
            single = {item.ts: item.sum for item in _raw_items(conn, n, field, start, until)}
        return [Reading(ts, value) for ts, value in sorted((lasts | single).items()) if start <= ts < until]

    def maintain(self, now: int) -> None:
        """Roll up the days whose raw samples are too old and forget the oldest hours, a few at a time."""
        self._notice(now)
        old = select(days.c.device, days.c.day).where(
            days.c.noticed <= now - DAY_MS, (days.c.day + 1) * DAY_MS <= now - self._raw_ms
        )
        with reading(self._engine) as conn:
            due = iter([(row.device, row.day) for row in conn.execute(old)])
        while some := list(islice(due, _CHUNK)):
            with self._lock, writing(self._engine) as conn:
                for device, day in some:
                    _roll(conn, device, day)
                    self._noticed.discard((device, day))
        self._forget(now)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def _intern(self, column: Column[Any], known: dict[Key, int], wanted: Mapping[Key, str]) -> None:
        """Learn the numbers of what is not known yet, in a transaction of its own: what it learns is committed."""
        unknown = {key: text for key, text in wanted.items() if key not in known}
        if not unknown:
            return
        if len(known) > _REMEMBERED:  # somebody invents names: start over rather than grow
            known.clear()
            unknown = dict(wanted)
        with writing(self._engine) as conn:
            conn.execute(insert_or_ignore(conn, column.table), [{column.name: text} for text in unknown.values()])
            n = column.table.c.n
            found = {key: conn.execute(select(n).where(column == text)).scalar_one() for key, text in unknown.items()}
        known.update(found)

    def _store(self, rows: Sequence[tuple[int, int, int, str]]) -> None:
        touched = {(device, ts // DAY_MS) for device, ts, _, _ in rows} - self._noticed
        with writing(self._engine) as conn:
            if touched:
                marks = [{"device": device, "day": day, "noticed": 0} for device, day in sorted(touched)]
                conn.execute(insert_or_replace(conn, days, "device", "day"), marks)
            conn.exec_driver_sql(_KEEP, list(rows))
        self._noticed |= touched

    def _notice(self, now: int) -> None:
        with self._lock:
            with writing(self._engine) as conn:
                conn.execute(update(days).where(days.c.noticed == 0).values(noticed=now))
            self._noticed.clear()  # the next sample of a day puts its rolling off again

    def _forget(self, now: int) -> None:
        first = (now - self._hourly_ms) // DAY_MS
        with reading(self._engine) as conn:
            devices = conn.scalars(select(names.c.n)).all()
        for start in range(0, len(devices), 500):
            some = hours.c.device.in_(devices[start : start + 500])
            with writing(self._engine) as conn:
                conn.execute(delete(hours).where(some, hours.c.day < first))


def _create(engine: Engine, path: str) -> None:
    with writing(engine) as conn:
        found = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found > FORMAT:
            raise NewerDatabase(path, str(found))
        _tables.create_all(conn)
        conn.exec_driver_sql(f"PRAGMA user_version={FORMAT}")


def _finite(values: Mapping[str, float]) -> bool:
    return all(map(isfinite, values.values()))


def _cleaned(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if isfinite(value)}


def _shape(fields: tuple[str, ...]) -> str:
    return json.dumps(fields)


def _text(values: Mapping[str, float]) -> str:
    """The values as JSON, whole numbers short."""
    return _encoder.encode([int(one) if one.is_integer() else one for one in values.values()]).decode()


def _number(conn: Connection, device: str) -> int | None:
    found: int | None = conn.scalar(select(names.c.n).where(names.c.id == device))
    return found


def _within(device: int, start: int, until: int) -> ColumnElement[bool]:
    return and_(samples.c.device == device, samples.c.ts >= start, samples.c.ts < until)


def _rows(
    conn: Connection, within: ColumnElement[bool]
) -> tuple[dict[int, list[str]], Sequence[Row[*tuple[Any, ...]]]]:
    """Raw samples in order of ts, and the fields of the shapes that they have."""
    rows = conn.execute(select(samples.c.ts, samples.c.shape, samples.c.doc).where(within).order_by(samples.c.ts)).all()
    used = sorted({row.shape for row in rows})
    found = [row for n in used for row in conn.execute(select(shapes.c.n, shapes.c.fields).where(shapes.c.n == n))]
    return {row.n: json.loads(row.fields) for row in found}, rows


def _raw_items(conn: Connection, device: int, field: str, start: int, until: int) -> Iterator[Item]:
    fields, rows = _rows(conn, _within(device, start, until))
    place = {n: list_.index(field) for n, list_ in fields.items() if field in list_}
    for row in rows:
        if row.shape in place:
            value = float(json.loads(row.doc)[place[row.shape]])
            yield Item(row.ts, 1, value, value, value)


def _rolled(conn: Connection, device: int, field: str, start: int, until: int) -> dict[int, rollup.Hour]:
    span = hours.c.day.between(start // DAY_MS, (until - 1) // DAY_MS)
    found: dict[int, rollup.Hour] = {}
    for packed in conn.scalars(select(hours.c.packed).where(hours.c.device == device, span)):
        found |= rollup.unpack(packed).get(field, {})
    return {key: hour for key, hour in found.items() if start <= key * rollup.HOUR_MS < until}


def _hour(one: rollup.Hour) -> Hour:
    return Hour(one.hour * rollup.HOUR_MS, one.n, one.min, one.max, one.sum, one.last)


def _rolled_items(conn: Connection, device: int, field: str, start: int, until: int) -> Iterator[Item]:
    span = hours.c.day.between(start // DAY_MS, (until - 1) // DAY_MS)
    for packed in conn.scalars(select(hours.c.packed).where(hours.c.device == device, span).order_by(hours.c.day)):
        for hour in rollup.unpack(packed).get(field, {}).values():
            begin = hour.hour * rollup.HOUR_MS
            if begin + rollup.HOUR_MS > start and begin < until:
                yield Item(max(begin, start), hour.n, hour.min, hour.max, hour.sum)


def _roll(conn: Connection, device: int, day: int) -> None:
    """Turn a device-day's raw samples into hours, together with those that it has."""
    within = _within(device, day * DAY_MS, (day + 1) * DAY_MS)
    fields, rows = _rows(conn, within)
    values = ((row.ts, dict(zip(fields[row.shape], map(float, json.loads(row.doc)), strict=True))) for row in rows)
    rolled = rollup.roll(values)
    before = conn.scalar(select(hours.c.packed).where(hours.c.device == device, hours.c.day == day))
    if before:
        rolled = rollup.merge(rollup.unpack(before), rolled)
    row = {"device": device, "day": day, "packed": rollup.pack(rolled)}
    conn.execute(insert_or_replace(conn, hours, "device", "day"), row)
    conn.execute(delete(samples).where(within))
    conn.execute(delete(days).where(days.c.device == device, days.c.day == day))
