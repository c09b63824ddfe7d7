"""Loops that ask and keep nothing: gufo-snmp, our own socket, pysnmp. Each gives devices asked and nothing else."""

from __future__ import annotations

import asyncio
import itertools
import socket as sockets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from gufo.snmp.aio import SnmpSession

from benchmarks.collector_scene import OIDS, PORT
from collector.icmp.asked import Ping, Told
from collector.icmp.probe import open_pinger
from collector.snmp.counts import Counts
from collector.snmp.message import get_request
from collector.snmp.socket import SnmpSocket
from collector.snmp.udp_asker import Answered, UdpAsker
from collector.target import Snmp

IN_FLIGHT: Final = 750
TIMEOUT_S: Final = 1.0


class Count:
    """Devices asked so far, answered or given up; `over`: ask no more."""

    def __init__(self) -> None:
        self.asked, self.over = 0, False


Loop = Callable[[list[str], Count], Awaitable[None]]
"""Asks the hosts in turn until it is over, and counts."""


async def _in_turn(hosts: int, count: Count, ask: Callable[[int], Awaitable[object]], many: int) -> None:
    turn = itertools.count()

    async def worker() -> None:
        while not count.over:
            await ask(next(turn) % hosts)
            count.asked += 1

    await asyncio.gather(*(worker() for _ in range(min(many, hosts))))


async def gufo(hosts: list[str], count: Count) -> None:
    """gufo-snmp: sessions kept open, a GET of 14 values."""
    sessions = [SnmpSession(addr=host, port=PORT, community="public", timeout=TIMEOUT_S) for host in hosts]
    for session in sessions:
        await session.__aenter__()

    async def ask(number: int) -> None:
        with suppress(TimeoutError):
            await sessions[number].get_many(OIDS)

    await _in_turn(len(hosts), count, ask, IN_FLIGHT)


async def pysnmp(hosts: list[str], count: Count) -> None:
    """pysnmp's asyncio interface, one engine."""
    import pysnmp.hlapi.v3arch.asyncio as library

    engine, community, context = library.SnmpEngine(), library.CommunityData("public"), library.ContextData()
    kept: dict[int, Any] = {}
    names = [library.ObjectType(library.ObjectIdentity(oid)) for oid in OIDS]

    async def ask(number: int) -> None:
        if number not in kept:
            where = (hosts[number], PORT)
            kept[number] = await library.UdpTransportTarget.create(where, timeout=TIMEOUT_S, retries=0)
        await library.get_cmd(engine, community, kept[number], context, *names, lookupMib=False)

    await _in_turn(len(hosts), count, ask, 50)
    await asyncio.sleep(TIMEOUT_S)  # late answers after its end would be errors
    engine.close_dispatcher()


class _Turns:
    """So many at a time by callbacks, until it is over."""

    def __init__(self, hosts: int, count: Count, ask: Callable[[int], None]) -> None:
        self._hosts, self._count, self._ask = hosts, count, ask
        self._next = self._running = 0
        self._end = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Until all are answered or given up."""
        self._running = many = min(IN_FLIGHT, self._hosts)
        for _ in range(many):
            self._one()
        await self._end

    def _one(self) -> None:
        number, self._next = self._next, self._next + 1
        self._ask(number % self._hosts)

    def done(self, *_: object) -> None:
        """One is; ask the next."""
        self._count.asked += 1
        if not self._count.over:
            self._one()
            return
        self._running -= 1
        if not self._running:
            self._end.set_result(None)


async def own(hosts: list[str], count: Count) -> None:
    """Our own SNMP socket by callbacks, without the collector around it."""
    loop = asyncio.get_running_loop()
    wire = SnmpSocket(sockets.AF_INET, Counts())
    askers = [UdpAsker((host, PORT), Snmp(port=PORT), wire) for host in hosts]
    request = get_request("2c", "public", OIDS)

    def heard(_: Answered) -> None:
        turns.done()

    def ask(number: int) -> None:
        now = loop.time()
        askers[number].ask(request, now, now + TIMEOUT_S, heard)

    turns = _Turns(len(hosts), count, ask)
    await turns.run()
    wire.close()


async def own_ping(hosts: list[str], count: Count) -> None:
    """Our own ICMP socket by callbacks."""
    loop = asyncio.get_running_loop()
    pinger = open_pinger()
    if not pinger.can(hosts[0]):
        raise SystemExit(pinger.lacking)

    def heard(_: Ping) -> None:
        turns.done()

    def ask(number: int) -> None:
        now = loop.time()
        pinger.ask(Told(heard), hosts[number], now, now + TIMEOUT_S, 0)

    turns = _Turns(len(hosts), count, ask)
    await turns.run()
    pinger.close()


LOOPS: Final[dict[str, Loop]] = {"gufo-snmp": gufo, "own socket": own, "pysnmp": pysnmp, "own ping": own_ping}
