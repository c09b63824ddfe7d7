"""Observations, stored once however often they arrive, read in order; folded ones read as if they were not (T6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, func, select

from sla.seen import Seen, State
from store.packing import Packed, unpack
from store.readings import Reading, look_up
from store.schema import observations, segments
from store.upsert import insert_or_ignore

DAY_MS: Final = 86_400_000
PART_DAYS: Final = 30
_CHUNK: Final = 500


class Fact(NamedTuple):
    """One observation as a row: device and reading by number, `ts` in ms, `arrived` in s, (stream, seq) or none."""

    device: int
    ts: int
    reading: int
    arrived: int
    stream: int | None
    seq: int | None


class Said(NamedTuple):
    """One stored observation in full, but for its values; (stream, seq) is its identity, or none."""

    ts: int
    reading: Reading
    stream: int | None
    seq: int | None


def store(conn: Connection, facts: Sequence[Fact]) -> int:
    """Store a batch; those that are there already change nothing. Answers how many were new."""
    if not facts:
        return 0
    return conn.execute(insert_or_ignore(conn, observations), [fact._asdict() for fact in facts]).rowcount


def present(conn: Connection, facts: Sequence[Fact]) -> list[bool]:
    """For each whether one of its device, instant and reading is stored, raw or folded."""
    raw: set[tuple[int, int, int]] = set()
    key = (observations.c.device, observations.c.ts, observations.c.reading)
    for i in range(0, len(facts), _CHUNK):
        part = facts[i : i + _CHUNK]
        near = observations.c.device.in_({one.device for one in part}) & observations.c.ts.in_({one.ts for one in part})
        raw.update((row[0], row[1], row[2]) for row in conn.execute(select(*key).where(near)))
    return [(one.device, one.ts, one.reading) in raw or _is_folded(conn, one) for one in facts]


def first_arrival(conn: Connection, device: int, ts: int) -> int | None:
    """When the first of a device's observations of this instant came, in s; None where none is stored, or folded."""
    where = (observations.c.device == device) & (observations.c.ts == ts)
    return cast("int | None", conn.scalar(select(func.min(observations.c.arrived)).where(where)))


def _is_folded(conn: Connection, one: Fact) -> bool:
    return any(row.reading == one.reading for row in _folded(conn, one.device, one.ts, one.ts + 1))


def seen(conn: Connection, device: int, start: int | None = None, until: int | None = None) -> list[Seen]:
    """A device's observations with start <= ts < until (ms) in order of ts, several at one ts as they are (O7)."""
    return _as_seen(conn, rows_of(conn, device, start, until))


def said(conn: Connection, device: int, start: int | None = None, until: int | None = None) -> list[Said]:
    """As `seen`, each with collector, cause and identity."""
    rows = rows_of(conn, device, start, until)
    known = look_up(conn, (row.reading for row in rows))
    return [Said(row.ts, known[row.reading], row.stream, row.seq) for row in rows]


def newest_first(conn: Connection, device: int, before: int | None = None) -> Iterator[Seen]:
    """A device's observations with ts < before (ms), the newest first, read a day at a time: stop when content."""
    end = before
    while (day := newest_day(conn, device, end)) is not None:
        start, until = day * DAY_MS, (day + 1) * DAY_MS
        rows = rows_of(conn, device, start, until if end is None else min(end, until))
        yield from reversed(_as_seen(conn, rows))
        end = start


def in_parts(conn: Connection, device: int) -> Iterator[list[Seen]]:
    """All of a device's observations as `seen` gives them, a month at a time, so that no history is too long."""
    first, last = first_ts(conn, device), newest_day(conn, device, None)
    if first is None or last is None:
        return
    for day in range(first // DAY_MS, last + 1, PART_DAYS):
        if part := seen(conn, device, day * DAY_MS, (day + PART_DAYS) * DAY_MS):
            yield part


def first_ts(conn: Connection, device: int) -> int | None:
    """The instant of a device's oldest observation, none before its first."""
    raw = conn.scalar(select(func.min(observations.c.ts)).where(observations.c.device == device))
    oldest = select(segments.c.packed).where(segments.c.device == device).order_by(segments.c.day).limit(1)
    packed = conn.scalar(oldest)
    folded = unpack(packed)[0].ts if packed else None
    return min((ts for ts in (raw, folded) if ts is not None), default=None)


def rows_of(conn: Connection, device: int, start: int | None = None, until: int | None = None) -> list[Packed]:
    """The stored rows with start <= ts < until (ms), raw and folded, each once, in order of ts and reading."""
    columns = (observations.c.ts, observations.c.reading, observations.c.stream, observations.c.seq)
    query = select(*columns).where(*_within(device, start, until))
    raw = [Packed(*row) for row in conn.execute(query.order_by(observations.c.ts, observations.c.reading))]
    folded = _folded(conn, device, start, until)
    return merge(folded, raw) if folded else raw


def merge(first: Sequence[Packed], second: Sequence[Packed]) -> list[Packed]:
    """Both, in order of ts and reading; of one in both the first is kept."""
    once = {(row.ts, row.reading): row for row in second}
    once.update({(row.ts, row.reading): row for row in first})
    return [once[key] for key in sorted(once)]


def _within(device: int, start: int | None, until: int | None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [observations.c.device == device]
    if start is not None:
        where.append(observations.c.ts >= start)
    if until is not None:
        where.append(observations.c.ts < until)
    return where


def _folded(conn: Connection, device: int, start: int | None, until: int | None) -> list[Packed]:
    query = select(segments.c.packed).where(segments.c.device == device).order_by(segments.c.day)
    if start is not None:
        query = query.where(segments.c.day >= start // DAY_MS)
    if until is not None:
        query = query.where(segments.c.day <= (until - 1) // DAY_MS)
    rows = [row for packed in conn.scalars(query) for row in unpack(packed)]
    if start is None and until is None:
        return rows
    return [row for row in rows if (start is None or start <= row.ts) and (until is None or row.ts < until)]


def _as_seen(conn: Connection, rows: Sequence[Packed]) -> list[Seen]:
    known = {n: template(one) for n, one in look_up(conn, (row.reading for row in rows)).items()}
    return [Seen(row.ts, *known[row.reading]) for row in rows]


def next_day(conn: Connection, device: int, since: int) -> int | None:
    """The first UTC day (since 1970) that may hold an observation with ts >= since (ms); None where none does."""
    raw = conn.scalar(select(func.min(observations.c.ts)).where(*_within(device, since, None)))
    query = select(func.min(segments.c.day)).where(segments.c.device == device, segments.c.day >= since // DAY_MS)
    days = (raw // DAY_MS if raw is not None else None, conn.scalar(query))
    return min((day for day in days if day is not None), default=None)


def template(one: Reading) -> tuple[State, int, tuple[str, ...]]:
    """What a reading says of an observation but its instant: the rest of `Seen`."""
    conditions = tuple(one.conditions.split("\n")) if one.conditions else ()
    return cast(State, one.state), one.interval_ms, conditions


def newest_day(conn: Connection, device: int, before: int | None) -> int | None:
    """The newest UTC day (since 1970) that may hold an observation with ts < before (ms); None where none does."""
    raw = conn.scalar(select(func.max(observations.c.ts)).where(*_within(device, None, before)))
    query = select(func.max(segments.c.day)).where(segments.c.device == device)
    if before is not None:
        query = query.where(segments.c.day <= (before - 1) // DAY_MS)
    folded = conn.scalar(query)
    return max((day for day in (raw // DAY_MS if raw is not None else None, folded) if day is not None), default=None)
