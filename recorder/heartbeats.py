"""Which collectors are heard: online, silent (a fact), cloned, and what they no longer hold (contracts, MQTT)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import Connection

from recorder.heartbeat import Heartbeat
from recorder.incoming import Beat
from store import heard, judged, streams

OFFLINE_MS: Final = 30_000
SKEWED_MS: Final = 30_000
JITTER_MS: Final = 2_000  # of a step of our own clock that is not noticed as one
STRANGERS: Final = 1_000
EPOCHS_KEPT: Final = 16
_log = structlog.get_logger(__name__)


class Heard(NamedTuple):
    """What came of a heartbeat: the stream that the collector writes, if it said, and whether it was offline before."""

    stream: streams.Stream | None = None
    came_online: bool = False


def hear(conn: Connection, beat: Beat, known: frozenset[str]) -> Heard:
    """Take one heartbeat. A retained one is as old as it likes to be: it can only say `offline`.

    `known` are the inventory's collectors; of others at most `STRANGERS` are remembered.
    """
    said, now = beat.heartbeat, beat.at
    row = heard.collector(conn, said.collector)
    if row is None and said.collector not in known and heard.collectors_known(conn) >= STRANGERS:
        judged.count(conn, {"stranger": 1})
        return Heard()
    if not said.online:
        _gone(conn, said, row, now)
        return Heard()
    if beat.retained:
        return Heard()
    came_online = row is None or not row.online
    if came_online:
        heard.end_silence(conn, said.collector, now)
        _log.info("collector.online", collector=said.collector, epoch=said.epoch)
    document = {**said.as_document(), **_epochs(conn, said, row, now)}
    skew = None if said.ts is None else said.ts - now
    heard.put(conn, heard.Collector(said.collector, said.epoch, True, now, skew, document))
    return Heard(_held(conn, said, now), came_online)


def silent(conn: Connection, now: int, listening_since: int, to: Collection[str] = ()) -> list[str]:
    """Note those that were online and were not heard for 30 s while we listened; answers who they are."""
    found = unheard(conn, now, listening_since, to)
    for row, last in found:
        heard.put(conn, row._replace(online=False, heard_at=last))
        heard.begin_silence(conn, row.id, last)
        _log.warning("collector.silent", collector=row.id, heard_at=last)
    return [row.id for row, _ in found]


def unheard(
    conn: Connection, now: int, listening_since: int, to: Collection[str] = ()
) -> list[tuple[heard.Collector, int]]:
    """Those online that were not heard for 30 s while we listened `to` them, and when each was heard last.

    We listen to all where `to` is empty; another recorder may be away, and then nobody knows of those it hears.
    """
    listened = [row for row in heard.online(conn) if not to or row.id in to]
    known = [(row, _last_heard(row.heard_at, now, listening_since)) for row in listened]
    return [(row, last) for row, last in known if max(last, listening_since) + OFFLINE_MS <= now]


def _last_heard(heard_at: int, now: int, listening_since: int) -> int:
    """When it was heard by the clock as it now stands.

    An instant well in the future was read before the clock was set back and says nothing: then since we listen, which
    begins anew whenever the clock is set, and runs by it from there. A little in the future is no more than jitter.
    """
    return min(heard_at, now) if heard_at - now <= JITTER_MS else min(listening_since, now)


def _gone(conn: Connection, said: Heartbeat, row: heard.Collector | None, now: int) -> None:
    """A clean stop or a will; that of an epoch which is not the present one says nothing about the present one."""
    if row is None or not row.online or (said.epoch is not None and said.epoch != row.epoch):
        return
    heard.put(conn, row._replace(online=False, heard_at=now))
    heard.begin_silence(conn, row.id, now)
    _log.warning("collector.offline", collector=row.id)


def _epochs(conn: Connection, said: Heartbeat, row: heard.Collector | None, now: int) -> dict[str, Any]:
    """The epochs that this id spoke under before. One that comes back means two that take turns: a cloned gateway."""
    before = row.said if row is not None else {}
    earlier = [epoch for epoch in before.get("earlier", ()) if epoch != said.epoch]
    cloned_at = before.get("cloned_at")
    if row is not None and row.epoch is not None and row.epoch != said.epoch:
        if said.epoch in before.get("earlier", ()):
            cloned_at = now
            judged.count(conn, {"cloned": 1})
            _log.error("collector.cloned", collector=said.collector, epochs=[row.epoch, said.epoch])
        earlier.append(row.epoch)
    return {"earlier": earlier[-EPOCHS_KEPT:], "cloned_at": cloned_at}


def _held(conn: Connection, said: Heartbeat, now: int) -> streams.Stream | None:
    """Pass over what the collector no longer holds: lost, unless it comes after all."""
    if said.epoch is None:
        return None
    stream = streams.open_stream(conn, said.collector, said.epoch, now)
    if said.oldest is not None and said.oldest - 1 > stream.receipt:
        if lost := streams.pass_over(conn, stream.n, said.oldest, now):
            _log.error("collector.lost", collector=said.collector, epoch=said.epoch, lost=lost)
        stream = streams.open_stream(conn, said.collector, said.epoch, now)
    return stream
