"""Late, doubled, foreign, forged, shuffled, damaged and lost answers over real sockets: none is attributed wrongly.

`python -m tests.proof.replies [--rounds 100000] [--seed N] [--json FILE]` asks agents on loopback addresses by version
1 and 2c. Beside or instead of the right answer, which differs from request to request, something else comes that says
something wrong. Right are the right values, or a time-out where no answer came; every datagram must be found in the
engine's counts under its name.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from collector.alarm import Alarms
from collector.snmp import ber
from collector.snmp.engine import Engine
from collector.snmp.message import number_of
from collector.snmp.session import NoAnswer
from collector.snmp.session_udp import UdpSession
from collector.target import Snmp, Target
from tests.collector.snmp.answers import answer
from tests.proof.figures import tell

OIDS: Final = tuple(f"1.3.6.1.2.1.43.10.2.1.4.1.{n}" for n in range(1, 6))
AGENTS: Final = 96
_PATIENT_S: Final = 8.0
_DEADLINES_S: Final = {"lost": 0.12, "late": 0.12, "lost once": 0.8}
"""Where an answer comes there is time for it, also on a machine that is busy."""

_WRONG: Final = 1 << 30
"""Set in every value that nobody must believe."""


@dataclass(frozen=True)
class Figures:
    """What came and what was made of it; `wrong`, `answers_lost` and `uncounted` must be 0."""

    trials: int
    agents: int
    seconds: float
    wrong: int
    answers_lost: int
    uncounted: int
    tricks: dict[str, int]
    sent: dict[str, int]
    counted: dict[str, int]

    @property
    def clean(self) -> bool:
        """Whether every answer went where it belongs."""
        return not (self.wrong or self.answers_lost or self.uncounted)


def run(rounds: int, seed: int) -> Figures:
    """Try so many times."""
    return asyncio.run(prove(rounds, seed))


@dataclass
class Rogue(asyncio.DatagramProtocol):
    """One agent, and who speaks in its stead: `stranger` has another port, `others` are the other agents."""

    number: int
    world: World
    version: int
    community: bytes
    transport: Any = None
    stranger: Any = None
    told: int = 0
    held: list[Callable[[], None]] = field(default_factory=list)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        number, world = number_of(data), self.world
        if world.asked.get(self.number) == number:  # asked again at half time: the answer, if it is to have one
            if world.plan.get(self.number) == "lost once":
                self.send(self.right(number), addr, "answered")
            return
        world.asked[self.number], world.where = number, addr
        TRICKS[world.plan[self.number]](self, number, addr)

    def right(self, number: int) -> bytes:
        return self.said(number, truth(number))

    def said(self, number: int, value: int, **more: Any) -> bytes:
        told = {"version": self.version, "community": self.community, **more}
        return answer(
            number, [(oid, ber.COUNTER32, (value + n).to_bytes(4, "big")) for n, oid in enumerate(OIDS)], **told
        )

    def wrong(self, number: int, **more: Any) -> bytes:
        return self.said(number, truth(number) | _WRONG, **more)

    def send(self, data: bytes, addr: Any, counted: str, by: Any = None) -> None:
        self.world.expected[counted] += 1
        (by or self.transport).sendto(data, addr)


def truth(number: int) -> int:
    """What the right answer to a request says."""
    return (number * 2_654_435_761) & (_WRONG - 1) & ~0xFF


def _right(rogue: Rogue, number: int, addr: Any) -> None:
    rogue.send(rogue.right(number), addr, "answered")


def _lost(rogue: Rogue, number: int, addr: Any) -> None:
    """Nothing comes."""


def _late(rogue: Rogue, number: int, addr: Any) -> None:
    """Comes after the end of its request, in the midst of the next one."""
    rogue.held.append(lambda: rogue.send(rogue.wrong(number), addr, "late"))


def _doubled(rogue: Rogue, number: int, addr: Any) -> None:
    _right(rogue, number, addr)
    rogue.send(rogue.wrong(number), addr, "doubled")


def _doubled_later(rogue: Rogue, number: int, addr: Any) -> None:
    _right(rogue, number, addr)
    rogue.held.append(lambda: rogue.send(rogue.wrong(number), addr, "doubled"))


def _other_id(rogue: Rogue, number: int, addr: Any) -> None:
    rogue.send(rogue.wrong(number ^ 1 << rogue.world.rng.randrange(30)), addr, "forged")
    _right(rogue, number, addr)


def _other_community(rogue: Rogue, number: int, addr: Any) -> None:
    rogue.send(rogue.wrong(number, community=b"private"), addr, "forged")
    _right(rogue, number, addr)


def _other_version(rogue: Rogue, number: int, addr: Any) -> None:
    rogue.send(rogue.wrong(number, version=1 - rogue.version), addr, "forged")
    _right(rogue, number, addr)


def _other_port(rogue: Rogue, number: int, addr: Any) -> None:
    rogue.send(rogue.wrong(number), addr, "foreign", rogue.stranger)
    _right(rogue, number, addr)


def _other_address(rogue: Rogue, number: int, addr: Any) -> None:
    """Another device that is asked as well says it."""
    other = rogue.world.other(rogue)
    rogue.send(rogue.wrong(number), addr, "forged", other.transport)
    _right(rogue, number, addr)


def _id_of_another(rogue: Rogue, number: int, addr: Any) -> None:
    """The device answers what another was asked."""
    other = rogue.world.asked.get(rogue.world.other(rogue).number)
    if other is not None:
        rogue.send(rogue.wrong(other), addr, "forged")
    _right(rogue, number, addr)


def _shuffled(rogue: Rogue, number: int, addr: Any) -> None:
    """Comes after the answers of devices that were asked later."""
    delay = rogue.world.rng.random() / 30
    asyncio.get_running_loop().call_later(delay, _right, rogue, number, addr)


def _damaged(rogue: Rogue, number: int, addr: Any) -> None:
    data = rogue.wrong(number)
    rogue.send(data[: rogue.world.rng.randrange(1, len(data))], addr, "damaged")
    _right(rogue, number, addr)


def _other_names(rogue: Rogue, number: int, addr: Any) -> None:
    bindings = [("1.3.6.1.4.1.9.9", ber.COUNTER32, b"\x7f\xff\xff\xff")] * len(OIDS)
    told = answer(number, bindings, version=rogue.version, community=rogue.community)
    rogue.send(told, addr, "damaged")
    _right(rogue, number, addr)


TRICKS: Final[dict[str, Callable[[Rogue, int, Any], None]]] = {
    "right": _right,
    "lost once": _lost,
    "lost": _lost,
    "late": _late,
    "doubled": _doubled,
    "doubled later": _doubled_later,
    "other id": _other_id,
    "other community": _other_community,
    "other version": _other_version,
    "other port": _other_port,
    "other address": _other_address,
    "id of another": _id_of_another,
    "shuffled": _shuffled,
    "damaged": _damaged,
    "other names": _other_names,
}
MOVES: Final = tuple(TRICKS)


class World:
    """The agents, what they did, and what should be counted for it."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.rogues: list[Rogue] = []
        self.asked: dict[int, int] = {}
        self.plan: dict[int, str] = {}
        self.where: Any = None
        self.moves: Counter[str] = Counter()
        self.expected: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()

    def other(self, rogue: Rogue) -> Rogue:
        """Any but this one."""
        return self.rogues[(rogue.number + self.rng.randrange(1, len(self.rogues))) % len(self.rogues)]

    async def open(self, one: Engine) -> list[UdpSession]:
        """The agents, on addresses and ports of their own, and a session with each."""
        loop, sessions = asyncio.get_running_loop(), []
        for n in range(AGENTS):
            version, community = n % 2, f"hall-{n % 5}".encode()
            rogue = Rogue(n, self, version, community)
            host = f"127.0.{n // 8}.{1 + n % 8}"
            transport, _ = await loop.create_datagram_endpoint(lambda rogue=rogue: rogue, (host, 0))  # type: ignore[misc]
            rogue.stranger, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, (host, 0))
            snmp = Snmp(("1", "2c")[version], community.decode(), transport.get_extra_info("sockname")[1])
            session = one.open(Target(f"D-{n}", "x", host, snmp=snmp))
            assert isinstance(session, UdpSession)
            self.rogues.append(rogue)
            sessions.append(session)
        return sessions

    def close(self) -> None:
        for rogue in self.rogues:
            rogue.transport.close()
            rogue.stranger.close()

    async def ask(self, session: UdpSession, rogue: Rogue) -> None:
        """One trial."""
        loop = asyncio.get_running_loop()
        held, rogue.held = rogue.held, []
        move = self.plan[rogue.number] = self.rng.choice(MOVES)
        self.moves[move] += 1
        asking = loop.create_task(session.get(OIDS, loop.time() + _DEADLINES_S.get(move, _PATIENT_S)))
        await asyncio.sleep(0)
        for send in held:
            send()
        try:
            got = await asking
        except NoAnswer as error:
            fit = move in ("lost", "late") and error.cause == "timeout"
            self.outcomes["no answer" if fit else "answer lost"] += 1
            return
        right = truth(self.asked[rogue.number])
        wanted = {oid: right + n for n, oid in enumerate(OIDS)}
        self.outcomes["answered" if got == wanted else "wrong"] += 1


@contextmanager
def _engine() -> Iterator[Engine]:
    alarms = Alarms()
    one = Engine(alarms)
    try:
        yield one
    finally:
        one.close()
        alarms.close()


async def prove(rounds: int, seed: int) -> Figures:
    """So many trials."""
    world, began = World(seed), time.monotonic()
    with _engine() as one:
        sessions = await world.open(one)
        left = iter(range(rounds))

        async def work(n: int) -> None:
            for _ in left:
                await world.ask(sessions[n], world.rogues[n])

        await asyncio.gather(*(work(n) for n in range(AGENTS)))
        for rogue in world.rogues:
            for send in rogue.held:
                send()
        await _settle(world, one)
        world.close()
        await asyncio.sleep(0.01)  # the transports close
        counted = one.counts.read()
    return Figures(
        trials=rounds,
        agents=AGENTS,
        seconds=round(time.monotonic() - began, 1),
        wrong=world.outcomes["wrong"],
        answers_lost=world.outcomes["answer lost"],
        uncounted=sum(abs(number - counted[name]) for name, number in world.expected.items()),
        tricks=dict(sorted(world.moves.items())),
        sent=dict(sorted(world.expected.items())),
        counted={name: counted[name] for name in sorted(world.expected)},
    )


async def _settle(world: World, one: Engine) -> None:
    for _ in range(100):
        await asyncio.sleep(0.02)
        counted = one.counts.read()
        if all(counted[name] == number for name, number in world.expected.items()):
            return


def main() -> None:
    """Run, print and keep the figures; fails where one trial went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = run(given.rounds, given.seed)
    tell(asdict(figures), figures.clean, given.json)


if __name__ == "__main__":
    main()
