"""Version 3: between a session and a real snmpd stands one that mutates what the agent says."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from collector.snmp.session import NoAnswer
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.proof.mutants import appended, cut, drop, flip, junk, overwrite, splice
from tests.snmpd import snmpd

UPTIME: Final = "1.3.6.1.2.1.1.3.0"
_MUTATIONS: Final = (flip, flip, flip, overwrite, cut, drop, splice, junk, appended)
_EACH: Final = 20
USERS: Final[tuple[dict[str, Any], ...]] = (
    {"user": "nobody"},
    {"user": "sealer", "auth": "sha256", "auth_key": "sealer-pass-1", "priv": "aes", "priv_key": "sealer-pass-2"},
)


class Third(NamedTuple):
    """What came of so many requests by version 3, mutated answers before the right one of each."""

    mutations: int
    tracebacks: int
    answered: int
    causes: dict[str, int]


class Between(asyncio.DatagramProtocol):
    """Passes on what it hears to snmpd, and what snmpd says together with mutants of it, the right one last."""

    def __init__(self, port: int, rng: Random) -> None:
        self.port, self.rng, self.sent = port, rng, 0
        self.transport: Any = None
        self.asker: Any = None
        self.last = b"\x30\0"

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if addr[1] != self.port:
            self.asker = addr
            self.transport.sendto(data, ("127.0.0.1", self.port))
            return
        for _ in range(_EACH):
            self.transport.sendto(self.rng.choice(_MUTATIONS)(self.rng, data, self.last)[:60_000], self.asker)
            self.sent += 1
        self.transport.sendto(data, self.asker)
        self.last = data


async def prove_v3(rounds: int, seed: int) -> Third:
    """So many mutants; without snmpd none."""
    with tempfile.TemporaryDirectory() as folder, snmpd(Path(folder)) as real, _quiet(), closing(Wire()) as wire:
        loop, causes = asyncio.get_running_loop(), Counter[str]()
        failures: list[Any] = []
        loop.set_exception_handler(lambda _loop, context: failures.append(context))
        between = Between(real.port, Random(seed))
        transport, _ = await loop.create_datagram_endpoint(lambda: between, ("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        sessions = [wire.engine.open(Target("D", "x", "127.0.0.1", snmp=Snmp("3", "", port, **one))) for one in USERS]
        end = loop.time() + 60 + rounds / 50
        while between.sent < rounds and loop.time() < end:
            for session in sessions:
                try:
                    got = await session.get([UPTIME, "1.3.6.1.2.1.1.5.0"], loop.time() + 0.3)
                    causes["answered" if UPTIME in got else "no value"] += 1
                except NoAnswer as error:
                    causes[error.cause] += 1
        transport.close()
        await asyncio.sleep(0.01)
        for session in sessions:
            session.close()
    loop.set_exception_handler(None)
    return Third(between.sent, len(failures), causes.pop("answered", 0), dict(sorted(causes.items())))


@contextmanager
def _quiet() -> Iterator[None]:
    """gufo's panics write to the standard error, each a line."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
