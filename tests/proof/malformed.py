"""Mutations of real answers through socket, decoder, session and reading: a cause or nothing, never more.

`python -m tests.proof.malformed [--rounds 1000000] [--seed N] [--json FILE]` asks an agent on loopback, GETs and walks,
and sends mutated answers to it, each under the id of the request in flight. What a request gives is read in every form
and put into an observation. An exception, an answer that the strict decoder would not have given, a datagram that takes
more than 50 ms of processor time, or memory that grows is a failure. Of version 3 (a real snmpd behind one that mutates
what it says) there are a hundredth as many.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from collector.alarm import Alarms
from collector.observation import Observation, decode
from collector.reading import READERS, Raw, bounded
from collector.snmp.engine import Engine
from collector.snmp.message import GET, GET_BULK, Request, number_of, read_response
from collector.snmp.session import NoAnswer
from collector.snmp.session_udp import UdpSession
from collector.snmp.shape import sorted_out, values_of
from collector.snmp.udp_asker import Answered, Refusal, Rows
from collector.snmp.walk import Walk
from collector.target import Snmp, Target
from tests.collector.snmp.answers import answer
from tests.proof.figures import tell
from tests.proof.malformed_v3 import Third, prove_v3
from tests.proof.mutants import MODELS, MUTATIONS, mutation

_SLOW_MS: Final = 50.0
_GROWTH_MB: Final = 24.0  # names and shapes are kept, so many and no more
_WARM: Final = 0.3
_PORTION: Final = 5_000


@dataclass(frozen=True)
class Figures:
    """`tracebacks`, `slow` and `wrong` must be 0, memory must not grow by more than caches hold."""

    mutations: int
    seconds: float
    tracebacks: int
    wrong: int
    slow: int
    slowest_ms: float
    memory_warm_mb: float
    memory_end_mb: float
    outcomes: dict[str, int]
    by_mutation: dict[str, int]
    counted: dict[str, int]
    third: dict[str, Any]

    @property
    def clean(self) -> bool:
        """Whether nothing came of any of them but a cause or a value."""
        grown = self.memory_end_mb - self.memory_warm_mb > _GROWTH_MB
        return not (self.tracebacks or self.wrong or self.slow or grown or self.third.get("tracebacks"))


class Mill:
    """Sends one mutant after another to one session, and looks at what comes of it."""

    def __init__(self, one: Engine, rng: Random, alarms: Alarms) -> None:
        self.rng, self.engine, self.alarms = rng, one, alarms
        self.agent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.agent.bind(("127.0.0.1", 0))
        self.agent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.agent.settimeout(2.0)
        self.outcomes: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.slowest_ms = 0.0
        self.slow = self.wrong = 0
        found = one.open(Target("D", "x", "127.0.0.1", snmp=Snmp(port=self.agent.getsockname()[1])))
        assert isinstance(found, UdpSession)
        self.session = found
        self.rights: list[bytes] = []
        self.sent = b""
        self.model = 0

    def run(self, count: int) -> None:
        """So many mutants."""
        while count > 0:
            self._ask()
            while self.session.busy and count > 0:
                count -= 1
                self._send(self._mutant())
            if self.session.busy:
                self.session._forget(False)
            self.alarms._slots.clear()  # no time passes here, so none of them would ring and be gone

    def _ask(self) -> None:
        """A request in flight, and what its right answer would be."""
        self.model = self.rng.randrange(len(MODELS))
        bindings = MODELS[self.model]
        if self.rng.random() < 0.25:
            request = Request("2c", "public", GET_BULK, [bindings[0][0]], 20)
        else:
            request = self.session.request([oid for oid, _, _ in bindings])
        self.session.ask(request, 0.0, 3600.0, self._came)
        data, self.where = self.agent.recvfrom(65_535)
        assert number_of(data) == self.session.number
        self.rights = [answer(self.session.number, one) for one in MODELS]
        if request.pdu == GET and self.rng.random() < 0.9:
            self._send(self.rights[self.model])  # so that the next answers have a shape to be compared with
            self.session.ask(request, 0.0, 3600.0, self._came)
            data, self.where = self.agent.recvfrom(65_535)
            self.rights = [answer(self.session.number, one) for one in MODELS]

    def _mutant(self) -> bytes:
        name = mutation(self.rng)
        self.done[name] += 1
        right = self.rights[self.model]
        return MUTATIONS[name](self.rng, right, self.rights[1 - self.model])[:65_000]

    def _send(self, data: bytes) -> None:
        self.sent = data
        self.agent.sendto(data, self.where)
        began = time.thread_time()
        shared = self.session._socket
        heard = self._heard()
        while self._heard() == heard:
            shared.read()
        took_ms = (time.thread_time() - began) * 1000
        self.slowest_ms = max(self.slowest_ms, took_ms)
        self.slow += took_ms > _SLOW_MS

    def _heard(self) -> int:
        counts = self.engine.counts
        return counts.answered + counts.forged + counts.damaged + counts.late + counts.doubled + counts.foreign

    def _came(self, answered: Answered) -> None:
        self.outcomes[type(answered).__name__.lower() if not isinstance(answered, tuple) else _kind(answered)] += 1
        if isinstance(answered, Rows):
            walk = Walk(MODELS[self.model][0][0].rpartition(".")[0], 64)
            try:
                walk.take_all(answered.rows)
            except NoAnswer as error:
                self.outcomes[f"walk: {error.cause}"] += 1
            read([raw for _, raw in answered.rows])
        elif not isinstance(answered, Refusal | NoAnswer):
            request = self.session.request([oid for oid, _, _ in MODELS[self.model]])
            self.wrong += answered != strictly(self.sent, request)
            read(answered)


def strictly(data: bytes, request: Request) -> tuple[Raw, ...]:
    """What the strict decoder says of an answer to `request`."""
    response = read_response(data)
    return sorted_out(request.names, response, values_of(data, response))


def _kind(answered: object) -> str:
    return "values" if type(answered) is tuple else type(answered).__name__.lower()


def read(raws: Sequence[Raw]) -> None:
    """In every form, into an observation and back."""
    values = {}
    for n, raw in enumerate(raws[:64]):
        for form, reader in READERS.items():
            if (value := reader(raw)) is not None:
                values[f"{form}.{n}"] = value
    seen = Observation("D", "c", 0, "up", values=bounded(values))
    json.dumps(dict(decode(seen.encode()).values), allow_nan=False)


async def prove(rounds: int, seed: int) -> Figures:
    """So many mutants; a traceback ends it."""
    alarms = Alarms()
    began = time.monotonic()
    with closing(Engine(alarms)) as one, closing(alarms):
        mill = Mill(one, Random(seed), alarms)
        gc.disable()  # what collects garbage takes its time whose turn it is; here it is that of nobody
        await _mill(mill, int(rounds * _WARM))
        warm = memory_mb()
        await _mill(mill, rounds - int(rounds * _WARM))
        end = memory_mb()
        gc.enable()
        third: Third = await prove_v3(max(100, rounds // 100), seed)
        mill.agent.close()
        return Figures(
            mutations=sum(mill.done.values()),
            seconds=round(time.monotonic() - began, 1),
            tracebacks=0,
            wrong=mill.wrong,
            slow=mill.slow,
            slowest_ms=round(mill.slowest_ms, 2),
            memory_warm_mb=warm,
            memory_end_mb=end,
            outcomes=dict(sorted(mill.outcomes.items())),
            by_mutation=dict(sorted(mill.done.items())),
            counted={name: count for name, count in one.counts.read().items() if count},
            third=third._asdict(),
        )


async def _mill(mill: Mill, rounds: int) -> None:
    """In portions."""
    for start in range(0, rounds, _PORTION):
        mill.run(min(_PORTION, rounds - start))
        gc.collect()
        await asyncio.sleep(0)


def memory_mb() -> float:
    """Resident now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def run(rounds: int, seed: int) -> Figures:
    """Mutate so many answers."""
    return asyncio.run(prove(rounds, seed))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    sys.setrecursionlimit(1000)
    figures = run(given.rounds, given.seed)
    tell(asdict(figures), figures.clean, given.json)


if __name__ == "__main__":
    main()
