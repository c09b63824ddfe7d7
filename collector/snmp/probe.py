"""The probe `snmp`: one GET of all that the kind names, versions 1, 2c and 3."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from collector.kind import Kind
from collector.observation import Value
from collector.probe import Answer, Settings
from collector.snmp.session import NoAnswer
from collector.target import Target


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """The kind's values. Causes: timeout, refused (the port is closed), auth (wrong user or key), bad_answer (no SNMP),
    no_such_object (an agent that has none of the objects), unlearned (so slow that it is not known yet what it has),
    config (no address). Without the target's `snmp` left out.
    """
    if target.snmp is None:
        return None
    loop = asyncio.get_running_loop()
    began = loop.time()
    agent = settings.wire.agent(target, settings.kind)
    try:
        values = await agent.ask(deadline, settings.steps)
    except NoAnswer as error:
        return Answer(False, error.cause)
    except OSError as error:
        if settings.steps is not None:
            settings.steps.note("snmp", f"socket to {target.address}", str(error), began)
        return Answer(False, "config")
    rtt_ms = round((loop.time() - began) * 1000, 3)
    return answer_of(values, rtt_ms, agent.rows.plan.kind)


def answer_of(values: Mapping[str, Value], rtt_ms: float, kind: Kind) -> Answer:
    """What the agent said; that it has a name says nothing of what it does."""
    if all(name.startswith("identity.") for name in values):
        return Answer(False, "no_such_object", rtt_ms)
    return Answer(True, None, rtt_ms, None, values, kind)
