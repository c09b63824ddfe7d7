"""A slow answer within the deadline is an answer; a late one is counted and belongs to no other poll (O2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any

from collector.kind import Kind, Object, load_kinds
from collector.poll import Polled, poll_once
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.snmp.scripted import GETBULK, GETNEXT, Agent, agent

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


UPTIME, TYPE, ERRORS = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.25.3.2.1.2", "1.3.6.1.2.1.25.3.5.1.2"


def slow_printer(deadlines: list[float], hurry: bool = False, **more: Any) -> list[Polled]:
    """Its error bits stand in row 7, and say that a door is open; before it come a processor and a disk."""

    async def main() -> list[Polled]:
        with closing(Wire()) as wire:
            types = {1: "1.3.6.1.2.1.25.3.1.3", 2: "1.3.6.1.2.1.25.3.1.6", 7: "1.3.6.1.2.1.25.3.1.5"}
            told = {f"{TYPE}.{row}": oid for row, oid in types.items()}
            async with agent({UPTIME: 5, f"{ERRORS}.7": b"\x08\x00", **told}, **more) as one:
                target = Target("P-1", "printer", "127.0.0.1", snmp=Snmp(port=one.port), checks=("snmp",))
                kind = load_kinds()["printer"]
                seen = []
                for deadline_s in deadlines:
                    seen.append(await poll_once(target, kind, 0, deadline_s, wire=wire))
                    known = wire.agent(target, kind)
                    assert len(seen) > 1 or not known.fits  # nor is it asked by the short way
                    known.due_at = 0.0 if hurry else known.due_at
                return seen

    return asyncio.run(main())


def test_O2_until_it_is_known_where_a_printer_says_what_stops_it_nothing_is_said_of_it() -> None:
    """A collector that starts anew must not take a slow printer for one that serves again."""
    seen = slow_printer([0.1] * 12, delay=0.03)
    assert (seen[0].state, seen[0].cause) == ("unknown", "unlearned")
    assert (seen[-1].state, seen[-1].conditions) == ("down", ("doorOpen",))
    assert {one.state for one in seen} == {"unknown", "down"}


def test_O2_an_agent_that_never_lets_itself_be_walked_is_judged_by_what_it_says() -> None:
    seen = slow_printer([0.15] * 6, hurry=True, deaf_to=(GETNEXT, GETBULK))
    assert [one.cause for one in seen] == ["unlearned"] * 5 + [None]
    assert (seen[-1].state, seen[-1].values) == ("up", {"uptime": 5})
