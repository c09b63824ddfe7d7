"""Which numbers of a collector's outbox have been received: receipt, numbers ahead of it, gaps (contracts: MQTT)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from store.schema import ahead, devices, gaps, streams
from store.upsert import insert_or_ignore


class Stream(NamedTuple):
    """One outbox file of one collector; every number up to `receipt` is stored, refused, kept aside or lost."""

    n: int
    collector: str
    epoch: str
    receipt: int
    heard_at: int


class Received(NamedTuple):
    """Of a batch: for each number whether it is new, and the receipt that may be given after the commit."""

    fresh: list[bool]
    receipt: int


class Gap(NamedTuple):
    """Numbers that the collector no longer holds and the centre never got, `last` included."""

    first: int
    last: int
    found_at: int


def open_stream(conn: Connection, collector: str, epoch: str, now: int) -> Stream:
    """The stream of (collector, epoch), made if it is new, heard at `now` (ms)."""
    row = {"collector": collector, "epoch": epoch, "receipt": 0, "heard_at": now}
    where = (streams.c.collector == collector) & (streams.c.epoch == epoch)
    known = conn.execute(update(streams).where(where).values(heard_at=now)).rowcount
    if not known:
        conn.execute(insert_or_ignore(conn, streams), row)
    return Stream(*conn.execute(select(streams).where(where)).one())


def streams_of(conn: Connection, collector: str | None = None) -> list[Stream]:
    """All streams, or one collector's, the one heard last first."""
    query = select(streams).order_by(streams.c.heard_at.desc(), streams.c.n.desc())
    if collector is not None:
        query = query.where(streams.c.collector == collector)
    return [Stream(*row) for row in conn.execute(query)]


def forget(conn: Connection, strange: int, epochs: int) -> list[str]:
    """Keep the newest `strange` streams of collectors without devices and `epochs` of each; who had more of these.

    A stream goes with its gaps and numbers ahead. If its collector comes back with it, its receipt begins anew, and
    what is stored already stays stored once by device and ts.
    """
    crowded, _ = surplus(conn, strange, epochs)
    for collector in crowded:
        _remove(conn, [one.n for one in streams_of(conn, collector)[epochs:]])
    _remove(conn, surplus(conn, strange, epochs)[1])
    return crowded


def surplus(conn: Connection, strange: int, epochs: int) -> tuple[list[str], list[int]]:
    """Who has more than `epochs` streams, and those beyond `strange` of collectors without devices."""
    if (conn.scalar(select(func.count()).select_from(streams)) or 0) <= min(strange, epochs):
        return [], []
    many = select(streams.c.collector).group_by(streams.c.collector).having(func.count() > epochs)
    known = select(devices.c.collector).where(devices.c.gone_at.is_(None))
    others = select(streams.c.n).where(streams.c.collector.not_in(known))
    beyond = others.order_by(streams.c.heard_at.desc(), streams.c.n.desc()).offset(strange)
    return sorted(conn.scalars(many)), list(conn.scalars(beyond))


def _remove(conn: Connection, numbers: Sequence[int]) -> None:
    for n in numbers:
        for column in (ahead.c.stream, gaps.c.stream, streams.c.n):
            conn.execute(delete(column.table).where(column == n))


def receive(conn: Connection, stream: int, seqs: Sequence[int], now: int) -> Received:
    """Take the numbers of one batch, in any order, repeats among them, whatever became of each.

    The same numbers again change nothing. A number in a gap is new after all and shrinks it.
    """
    receipt = _receipt(conn, stream)
    waiting = set(conn.scalars(select(ahead.c.seq).where(ahead.c.stream == stream)))
    holes = gaps_of(conn, stream) if any(seq <= receipt for seq in seqs) else []
    fresh: list[bool] = []
    filled: set[int] = set()
    beyond: set[int] = set()
    for seq in seqs:
        group = filled if seq <= receipt else beyond
        new = seq not in group and (_inside(holes, seq) if seq <= receipt else seq not in waiting)
        fresh.append(new)
        if new:
            group.add(seq)
    _shrink(conn, stream, holes, filled)
    return Received(fresh, _advance(conn, stream, receipt, waiting, beyond, now))


def pass_over(conn: Connection, stream: int, oldest: int, now: int) -> int:
    """The collector holds nothing below `oldest`: what has not come by now is lost, kept as gaps; answers how many."""
    receipt = _receipt(conn, stream)
    if oldest - 1 <= receipt:
        return 0
    waiting = set(conn.scalars(select(ahead.c.seq).where(ahead.c.stream == stream)))
    missing = list(_missing(receipt + 1, oldest, sorted(waiting)))
    if missing:
        rows = [{"stream": stream, "first": first, "last": last, "found_at": now} for first, last in missing]
        conn.execute(gaps.insert(), rows)
    _advance(conn, stream, oldest - 1, waiting, set(), now)
    return sum(last - first + 1 for first, last in missing)


def gaps_of(conn: Connection, stream: int) -> list[Gap]:
    """The gaps of one stream in order."""
    query = select(gaps.c.first, gaps.c.last, gaps.c.found_at).where(gaps.c.stream == stream).order_by(gaps.c.first)
    return [Gap(*row) for row in conn.execute(query)]


def lost(conn: Connection, stream: int | None = None) -> int:
    """How many numbers are lost as things are, of one stream or of all."""
    query = select(func.coalesce(func.sum(gaps.c.last - gaps.c.first + 1), 0))
    if stream is not None:
        query = query.where(gaps.c.stream == stream)
    return int(conn.scalar(query) or 0)


def _receipt(conn: Connection, stream: int) -> int:
    return int(conn.execute(select(streams.c.receipt).where(streams.c.n == stream)).scalar_one())


def _advance(conn: Connection, stream: int, receipt: int, waiting: set[int], beyond: set[int], now: int) -> int:
    """Move the receipt over what follows it without a hole; keep the rest as rows of `ahead`."""
    reached = receipt
    while reached + 1 in beyond or reached + 1 in waiting:
        reached += 1
    conn.execute(update(streams).where(streams.c.n == stream).values(receipt=reached, heard_at=now))
    if any(seq <= reached for seq in waiting):
        conn.execute(delete(ahead).where((ahead.c.stream == stream) & (ahead.c.seq <= reached)))
    rows = [{"stream": stream, "seq": seq} for seq in beyond if seq > reached]
    if rows:
        conn.execute(insert_or_ignore(conn, ahead), rows)
    return reached


def _inside(holes: Sequence[Gap], seq: int) -> bool:
    at = bisect_right(holes, seq, key=lambda gap: gap.first) - 1
    return at >= 0 and seq <= holes[at].last


def _shrink(conn: Connection, stream: int, holes: Iterable[Gap], filled: set[int]) -> None:
    """Take the numbers that came after all out of the gaps, which may split them."""
    for hole in holes:
        came = sorted(seq for seq in filled if hole.first <= seq <= hole.last)
        if not came:
            continue
        conn.execute(delete(gaps).where((gaps.c.stream == stream) & (gaps.c.first == hole.first)))
        rest = _missing(hole.first, hole.last + 1, came)
        rows = [{"stream": stream, "first": first, "last": last, "found_at": hole.found_at} for first, last in rest]
        if rows:
            conn.execute(gaps.insert(), rows)


def _missing(start: int, until: int, present: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The runs (first, last) of [start, until) that the sorted numbers leave out."""
    for seq in present:
        if seq >= until:
            break
        if seq > start:
            yield start, seq - 1
        start = max(start, seq + 1)
    if start < until:
        yield start, until - 1
