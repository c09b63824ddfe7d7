"""What `hallwatch doctor` finds about collectors: whether they are heard, and by what they ask and hear."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any

from collector.traps.receiver import listening
from collector.wire import Wire
from hallwatch.compose import now_ms, open_store
from hallwatch.finding import Finding, Grade
from hallwatch.inventory.faults import N_
from hallwatch.settings import split_listen
from hallwatch.settings_file import Loaded
from store import heard, streams
from store.database import reading
from store.fault import StoreError
from store.heard import Collector
from store.inventory import load
from store.pages import notice_counts


def asking(loaded: Loaded) -> Iterator[Finding]:
    """By what a collector on this machine would ping and ask."""
    if not loaded.settings.collector.enabled:
        return  # the collectors are elsewhere, and so is what may ping
    lack, way, third, lacks_third = asyncio.run(_means(loaded))
    if lack is None:
        yield Finding("good", N_("ping"), N_("allowed; by {way}"), {"way": way})
    else:
        yield Finding("look", N_("ping"), "{lack}", {"lack": lack})
    if lacks_third:
        yield Finding("look", N_("SNMP"), N_("version 3 cannot be asked here: {third}"), {"third": third})
    else:
        message = N_("versions 1 and 2c by own sockets, version 3 by {third}")
        yield Finding("good", N_("SNMP"), message, {"third": third})


async def _means(loaded: Loaded) -> tuple[str | None, str, str, bool]:
    wire = Wire(third=loaded.settings.collector.snmp_engine)
    try:
        wire.pinger.can("127.0.0.1")
        return wire.pinger.lacking, wire.pinger.way, wire.engine.said["3"], wire.engine.lacks_third
    finally:
        wire.close()


def traps(loaded: Loaded) -> Iterator[Finding]:
    """Whether the port for traps can be had on this machine."""
    settings = loaded.settings.collector
    if not settings.traps or not settings.enabled:
        return
    values: dict[str, Any] = {"where": settings.traps}
    try:
        listening(*split_listen(settings.traps)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            yield Finding("good", N_("traps"), N_("{where} is taken, as it is while the collector runs"), values)
        elif error.errno in (errno.EACCES, errno.EPERM):
            message = N_("no right to listen at {where}: grant CAP_NET_BIND_SERVICE, or take a port from 1024 on")
            yield Finding("bad", N_("traps"), message, values)
        else:
            values["error"] = error.strerror or error
            yield Finding("bad", N_("traps"), N_("nothing can listen at {where}: {error}"), values)
    else:
        yield Finding("good", N_("traps"), N_("{where} is free for the collector"), values)


def collectors(loaded: Loaded) -> Iterator[Finding]:
    """Each collector by its last heartbeat; what was lost."""
    try:
        with reading(open_store(loaded)) as conn:
            known, lost, notices = heard.every(conn), streams.lost(conn), notice_counts(conn)
            named = Counter(one.collector for one in load(conn).devices.values() if one.gone_at is None)
    except StoreError:
        return
    yield from _never_heard(named, {one.id for one in known})
    for one in known:
        yield from _heard(one)
    if lost:
        yield Finding(
            "bad", N_("facts"), N_("{lost} lost: dropped by a collector before they could be sent"), {"lost": lost}
        )
    if notices.get("given_up"):
        yield Finding("bad", N_("notices"), N_("{n} given up"), {"n": notices["given_up"]})


def _never_heard(named: Mapping[str, int], known: Set[str]) -> Iterator[Finding]:
    """Collectors that devices wait for; where none was ever heard nothing was started yet, which is no fault."""
    grade: Grade = "bad" if known else "look"
    for id in sorted(set(named) - known):
        message = N_("{id}: never heard; devices that it should poll: {n}")
        yield Finding(grade, N_("collector"), message, {"id": id, "n": named[id]})


def _heard(one: Collector) -> Iterator[Finding]:
    what, said = N_("collector"), one.said
    seconds = (now_ms() - (one.heard_at or 0)) // 1000
    values = {"id": one.id, "seconds": seconds, "backlog": said.get("backlog", 0)}
    if not one.online:
        yield Finding("bad", what, N_("{id}: offline, last heard {seconds} s ago"), values)
        return
    if said.get("late"):
        yield Finding("bad", what, N_("{id}: cannot keep up; backlog {backlog}"), values)
    else:
        yield Finding("good", what, N_("{id}: online, backlog {backlog}"), values)
    if said.get("isolated"):
        yield Finding("bad", what, N_("{id}: cut off from its own network, so it can judge no device"), values)
    yield from _hears(one.id, said)
    for key, message in _LOOKS:
        if said.get(key):
            yield Finding("look", what, message, {"id": one.id, "n": said[key]})


_LOOKS = (
    ("shared_engines", N_("{id}: engine ids that several devices bear: {n}; give each its own (docs/traps.md)")),
    ("unresolved", N_("{id}: host names of devices that lead nowhere: {n}")),
    (
        "sayings_refused",
        N_("{id}: messages of devices by MQTT that say nothing: {n} (docs/mqtt-devices.md)"),
    ),
)


def _hears(id: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    """A collector that is to hear traps says where, or why not."""
    if "traps_heard" not in said:
        return
    values = {"id": id, "where": said.get("traps"), "taken": said.get("traps_taken"), "n": said.get("traps_refused")}
    if said["traps_heard"]:
        message = N_("{id}: hears them at {where}; taken {taken}, refused {n} since its start")
        yield Finding("good", N_("traps"), message, values)
    else:
        yield Finding("bad", N_("traps"), N_("{id}: cannot hear them: {where}"), values)
