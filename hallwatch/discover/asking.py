"""One address asked: ping, then SNMP, then ports; one request at a time, every packet counted by the pace."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from collector import tcp
from collector.kind import Kind
from collector.probe import Settings
from collector.reading import Raw
from collector.snmp.identity import Asked, Identity, identify
from collector.snmp.model_choice import Told, model_of
from collector.snmp.session import NoAnswer, Session
from collector.target import Target
from collector.wire import Wire
from hallwatch.discover.credentials import Credential
from hallwatch.discover.found import Found
from hallwatch.discover.guess import guess
from hallwatch.discover.pace import Pace

PORTS: Final = (9100, 515, 80, 443, 8080)
_SYSTEM: Final = ("1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.1.0")
_NONE: Final = Kind("none")
_PACKETS: Final = 2  # of a question by SNMP: it may be sent twice; version 3 first asks who the engine is
_ENGINE: Final = 4
_MOST_ASKED: Final = 32

Tcp = Literal["always", "silent", "never"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How every address is asked. `kinds`: those among which is guessed."""

    credentials: Sequence[Credential]
    pace: Pace
    timeout_s: float = 1.0
    tcp: Tcp = "silent"
    kinds: Mapping[str, Kind] = field(default_factory=dict)


class PacedSession:
    """A session whose every question waits for its turn; none has more than the scan's timeout."""

    def __init__(self, session: Session, pace: Pace, timeout_s: float, packets: int) -> None:
        self._session, self._pace, self._timeout_s, self._packets = session, pace, timeout_s, packets

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        await self._pace.take(self._packets)
        return await self._session.get(oids, self._until(until))

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:
        await self._pace.take(self._packets)
        return await self._session.walk(oid, limit, self._until(until))

    def _until(self, until: float) -> float:
        return min(until, asyncio.get_running_loop().time() + self._timeout_s)


async def ask(address: str, places: Sequence[int], manner: Manner, wire: Wire) -> Found:
    """Everything that is asked of one address; `places`: the credentials to try, in this order. Raises nothing."""
    found = await _ping(Found(address), manner, wire)
    for place in places:
        found = await _snmp(found, place, manner, wire)
        if found.speaks or found.refused:
            break
    if manner.tcp == "always" or (manner.tcp == "silent" and not found.speaks):
        found = replace(found, ports=await _ports(address, manner, wire))
    return found


async def _ping(found: Found, manner: Manner, wire: Wire) -> Found:
    if not wire.pinger.can(found.address):
        return found
    await manner.pace.take()
    until = asyncio.get_running_loop().time() + manner.timeout_s
    ping = await wire.pinger.ping(found.address, until, 0)
    return replace(found, pinged=True, ping_ms=None if ping.rtt_ms is None else round(ping.rtt_ms, 3))


async def _snmp(found: Found, place: int, manner: Manner, wire: Wire) -> Found:
    snmp = manner.credentials[place].snmp
    try:
        session = wire.engine.open(Target(found.address, "", found.address, snmp=snmp))
    except OSError:
        return found  # no way there
    paced = PacedSession(session, manner.pace, manner.timeout_s, _ENGINE if snmp.version == "3" else _PACKETS)
    try:
        await paced.get(_SYSTEM, math.inf)
        return await known_as(replace(found, credential=place), paced, manner.kinds)
    except NoAnswer as error:
        return replace(found, refused=error.cause == "refused", auth=found.auth or error.cause == "auth")
    except OSError:
        return found
    finally:
        session.close()


async def known_as(found: Found, session: Asked, kinds: Mapping[str, Kind]) -> Found:
    """What the agent says of itself, which kinds' own objects it has, and which model file is for it."""
    identity = await identify(session, math.inf)
    asker = ModelAsker(session)
    found = replace(found, identity=identity, answers=await _answers(asker, identity, kinds))
    kind = kinds.get(guess(found).kind or "")
    if kind is None:
        return found
    with suppress(NoAnswer):
        model = await model_of(kind, Told(identity.object_id, identity.descr, identity.name), asker)
        return replace(found, model_file=model.model or "")
    return found


class ModelAsker:
    """Asks a session what choosing a model file wants to know."""

    def __init__(self, session: Asked) -> None:
        self._session = session

    async def some(self, oids: Sequence[str]) -> dict[str, Raw]:
        return await self._session.get(oids, math.inf)

    async def walk(self, name: str, oid: str, limit: int) -> list[tuple[str, Raw]]:  # noqa: ARG002 - for people
        return await self._session.walk(oid, limit, math.inf)


async def _answers(asker: ModelAsker, who: Identity, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """The kinds whose own objects beneath the maker's number it has, the one with the most first."""
    beneath = f"1.3.6.1.4.1.{who.enterprise}."
    own = {
        name: [entry.oid for entry in kind.get.values() if entry.oid.startswith(beneath) and not entry.at]
        for name, kind in kinds.items()
        if "/" not in name
    }
    asked = list(dict.fromkeys(oid for oids in own.values() for oid in oids))[:_MOST_ASKED]
    if not who.enterprise or not asked:
        return ()
    try:
        got = await asker.some(asked)
    except NoAnswer:
        return ()
    counted = {kind: sum(oid in got for oid in oids) for kind, oids in own.items()}
    return tuple(sorted((kind for kind, count in counted.items() if count), key=lambda kind: -counted[kind]))


async def _ports(address: str, manner: Manner, wire: Wire) -> tuple[int, ...]:
    taken = []
    target = Target(address, "none", address)
    for port in PORTS:
        await manner.pace.take()
        until = asyncio.get_running_loop().time() + manner.timeout_s
        answer = await tcp.probe(target, Settings(f"tcp:{port}", _NONE, wire), until)
        if answer is not None and answer.ok:
            taken.append(port)
    return tuple(taken)
