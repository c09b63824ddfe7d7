"""A slow answer within the deadline is an answer; a late one is counted and belongs to no other poll (O2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any

from collector.kind import Kind, Object
from collector.poll import Polled, poll_once
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.snmp.scripted import Agent, agent

COUNT = "1.3.6.1.4.1.5.1.0"
KIND = Kind("queue", get={"count": Object("count", COUNT)})


def polled(
    deadlines: list[float], before: Callable[[Agent, int], None], kind: Kind = KIND, **more: Any
) -> tuple[list[Polled], Agent, Any]:
    """So many polls one after another; `before` each the agent is told how to behave."""

    async def main() -> tuple[list[Polled], Agent, Any]:
        with closing(Wire()) as wire:
            async with agent({COUNT: 0}, **more) as one:
                target = Target("Q-1", "queue", "127.0.0.1", snmp=Snmp(port=one.port), checks=("snmp",))
                seen = []
                for n, deadline_s in enumerate(deadlines):
                    before(one, n)
                    seen.append(await poll_once(target, kind, 0, deadline_s, wire=wire))
                await asyncio.sleep(0.1)
                return seen, one, wire.engine.stats()

    return asyncio.run(main())


def test_an_answer_after_nine_tenths_of_the_deadline_is_an_answer() -> None:
    (seen,), _, _ = polled([0.6], lambda one, _: None, delay=0.54)
    assert (seen.state, seen.values) == ("up", {"count": 0})
    assert (seen.rtt_ms or 0) >= 500


def test_an_answer_to_the_second_request_is_an_answer() -> None:
    (seen,), one, _ = polled([0.6], lambda one, _: None, lose=1, delay=0.1)
    assert seen.state == "up"
    assert one.asked[0] == one.asked[1]


def test_a_late_answer_is_counted_and_the_next_poll_has_its_own() -> None:
    def before(one: Agent, n: int) -> None:
        one.objects[COUNT], one.delay = n + 1, 0.35 if n == 1 else 0.0

    seen, _, stats = polled([0.3, 0.3, 0.3], before)
    assert [one.state for one in seen] == ["up", "down", "up"]
    assert [one.values.get("count") for one in seen] == [1, None, 3]
    assert stats["late"] >= 1


def test_a_late_answer_that_comes_during_the_next_poll_is_not_taken_for_its_answer() -> None:
    def before(one: Agent, n: int) -> None:
        one.objects[COUNT], one.delay = n + 1, 0.35 if n == 0 else 0.25

    seen, _, stats = polled([0.3, 0.6], before)
    assert [one.values.get("count") for one in seen] == [None, 2]
    assert stats["late"] >= 1


def test_an_agent_that_stops_answering_a_table_is_not_down() -> None:
    """A view that was narrowed, or answers that became too big: what it still says counts."""

    def before(one: Agent, n: int) -> None:
        one.objects = {"1.3.6.1.2.1.1.3.0": 5, **({COUNT: 1} if n == 0 else {})}
        one.most = 1000 if n < 2 else 1

    kind = Kind("queue", get={"count": Object("count", COUNT), "uptime": Object("uptime", "1.3.6.1.2.1.1.3.0")})
    seen, _, _ = polled([0.5] * 4, before, kind)
    assert {one.state for one in seen} == {"up"}
    assert ["count" in one.values for one in seen] == [True, False, False, False]
    assert all(one.values["uptime"] == 5 for one in seen)


def test_an_agent_without_any_of_what_is_asked_is_alive_and_says_so() -> None:
    def before(one: Agent, n: int) -> None:
        one.objects = {"1.3.6.1.2.1.1.5.0": b"queue"}

    (seen,), _, _ = polled([0.5], before)
    assert (seen.state, seen.conditions, seen.cause) == ("degraded", ("noSnmp",), "no_such_object")
