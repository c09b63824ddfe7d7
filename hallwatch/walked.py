"""A recorded walk judged by the code that judges agents: what the device would have been."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from collector.kind import Kind
from collector.poll import Polled
from collector.probe import Answer, Steps
from collector.snmp.agent import Agent
from collector.snmp.recorded import RecordedSession
from collector.target import Snmp, Target
from collector.verdict import verdict
from collector.walkfile.file import Walk
from hallwatch.discover.asking import known_as
from hallwatch.discover.found import Found
from hallwatch.discover.guess import Guess, guess

_LONG_S = 60.0


def target_of_walk(name: str, kind: str, model: str | None) -> Target:
    """A target without address: only its agent is asked, and that is the file."""
    return Target(name, kind, "", model=model, snmp=Snmp(), checks=("snmp",))


async def judged(walk: Walk, target: Target, kind: Kind, ts: int) -> Polled:
    """The poll of an agent that holds these objects, at `ts` (ms); as two polls, for some is learned at the first."""
    session = RecordedSession(walk.objects)
    agent = Agent(target, kind, lambda _target: session)
    steps = Steps()
    until = asyncio.get_running_loop().time() + _LONG_S
    values = await agent.ask(until, steps)
    learned = agent.rows.plan.kind
    answer = Answer(True, None, None, None, values, learned) if values else Answer(False, "no_such_object")
    said = verdict(learned, target, {"snmp": answer}, True)
    return Polled(
        target.device, ts, said.state, said.conditions, said.cause, values=said.values, steps=tuple(steps), why=said.why
    )


async def proposed(walk: Walk, kinds: Mapping[str, Kind]) -> Guess:
    """The kind of which the recorded agent looks, and why."""
    found = await known_as(Found("0.0.0.0", credential=0), RecordedSession(walk.objects), kinds)  # noqa: S104
    return guess(found)
