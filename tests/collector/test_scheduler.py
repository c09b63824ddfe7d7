"""Every device in its turn, never two requests to one, the dead never in the way of the living."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import replace
from itertools import pairwise

import pytest
import structlog

from collector.isolation import Isolation
from collector.outcome import Outcome, Seen
from collector.target import Target
from tests.collector import virtual
from tests.collector.polls import DOWN, QUICK, UP, Play, target, up


def run(coroutine: Coroutine[object, object, None]) -> None:
    asyncio.run(coroutine)


@pytest.mark.slow
def test_every_device_is_asked_once_an_interval() -> None:
    async def main() -> None:
        play = Play(up)
        scheduler = play.scheduler()
        scheduler.replace([target(f"P-{n}") for n in range(50)])
        await asyncio.sleep(0.65)
        await scheduler.close()
        counts = [len(play.of(f"P-{n}")) for n in range(50)]
        assert min(counts) >= 4
        assert max(counts) <= 8
        assert scheduler.stats()["lag"]["p50"] < 0.05

    virtual.run(main())


def test_never_two_requests_are_under_way_to_one_device_even_if_it_is_slower_than_its_interval() -> None:
    async def slow(_target: Target) -> Outcome:
        await asyncio.sleep(0.07)
        return UP

    async def main() -> None:
        play = Play(slow)
        scheduler = play.scheduler()
        scheduler.replace([target("P-1", 0.03)])
        for _ in range(20):
            scheduler.hurry("P-1")
            await asyncio.sleep(0.02)
        await scheduler.close()
        assert play.overlaps == set()
        assert len(play.seen) >= 3
        assert scheduler.skipped > 0

    run(main())


@pytest.mark.slow
def test_no_more_requests_are_under_way_than_allowed() -> None:
    async def slow(_target: Target) -> Outcome:
        await asyncio.sleep(0.03)
        return UP

    async def main() -> None:
        play = Play(slow)
        scheduler = play.scheduler()
        scheduler.replace([target(f"P-{n}") for n in range(300)])
        await asyncio.sleep(0.5)
        assert 20 <= play.most <= 40
        assert scheduler.living.waiting > 0
        assert scheduler.utilisation() > 0.5
        await scheduler.close()

    virtual.run(main())


@pytest.mark.slow
def test_dead_devices_do_not_delay_living_ones() -> None:
    async def mixed(asked: Target) -> Outcome:
        if asked.device.startswith("DEAD"):
            await asyncio.sleep(0.2)
            return DOWN
        return await up(asked)

    async def main() -> None:
        play = Play(mixed)
        scheduler = play.scheduler()
        scheduler.replace([target(f"DEAD-{n}") for n in range(60)] + [target(f"P-{n}") for n in range(20)])
        await asyncio.sleep(0.9)
        play.seen.clear()
        scheduler.lag.turn()
        scheduler.lag.turn()
        await asyncio.sleep(0.6)
        await scheduler.close()
        assert scheduler.lag.read().p95 < 0.1
        assert min(len(play.of(f"P-{n}")) for n in range(20)) >= 4
        assert scheduler.stats()["silent_lag"]["worst"] > 0.1

    virtual.run(main())


@pytest.mark.slow
def test_O4_an_outage_is_confirmed_within_a_recheck_and_the_parent_is_asked_too() -> None:
    async def main() -> None:
        async def answers(asked: Target) -> Outcome:
            return DOWN if asked.device == "P-1" and alive.is_set() else UP

        alive = asyncio.Event()
        play = Play(answers)
        scheduler = play.scheduler()
        scheduler.replace([target("P-1", 0.2, parent="SW-1"), target("SW-1", 30.0)])
        await asyncio.sleep(0.3)
        parent_before = len(play.of("SW-1"))
        alive.set()
        await asyncio.sleep(0.35)
        await scheduler.close()
        downs = [seen for seen in play.of("P-1") if seen.state == "down"]
        assert 15 <= downs[1].ts - downs[0].ts <= 190
        assert downs[0].interval_s == 0.02
        assert downs[1].interval_s == 0.1
        assert len(play.of("SW-1")) > parent_before

    run(main())


@pytest.mark.slow
def test_a_changed_inventory_disturbs_nobody_else() -> None:
    async def main() -> None:
        play = Play(up)
        scheduler = play.scheduler()
        kept = [target(f"P-{n}", 0.1) for n in range(10)]
        scheduler.replace([*kept, target("GONE"), target("MOVED", 60.0)])
        await asyncio.sleep(0.25)
        before = {seen.ts for seen in play.of("P-3")}
        scheduler.replace([*kept, target("NEW"), target("MOVED", 0.1)])
        play.seen.clear()
        await asyncio.sleep(0.35)
        await scheduler.close()
        assert play.of("GONE") == []
        assert len(play.of("NEW")) >= 2
        assert len(play.of("MOVED")) >= 2
        assert 2 <= len(play.of("P-3")) <= 5
        assert before

    run(main())


def test_a_device_removed_while_it_is_asked_says_nothing_more() -> None:
    async def main() -> None:
        play = Play(up)
        scheduler = play.scheduler()
        scheduler.replace([target("P-1")])
        while not play.asking:
            await asyncio.sleep(0)
        scheduler.replace([])
        await asyncio.sleep(0.05)
        assert play.seen == []
        await scheduler.close()

    run(main())


def test_the_ts_of_a_device_strictly_increases_when_the_clock_steps_back() -> None:
    now = 1_800_000_000_000

    async def main() -> None:
        nonlocal now
        play = Play(up, wall=lambda: now)
        scheduler = play.scheduler()
        scheduler.replace([target("P-1", 0.02)])
        for step in (0, 5000, -60_000, -120_000, 10):
            now += step
            await play.more(2)
        await scheduler.close()
        stamps = [seen.ts for seen in play.seen]
        assert len(stamps) >= 10
        assert all(a < b for a, b in pairwise(stamps))

    run(main())


def test_a_clock_that_was_far_ahead_is_followed_back_when_it_is_mended() -> None:
    now = 1_800_000_000_000

    async def main() -> None:
        nonlocal now
        play = Play(up, wall=lambda: now)
        scheduler = play.scheduler()
        scheduler.replace([target("P-1", 0.02)])
        await play.more(2)
        now -= 3_600_000
        await play.more(2)
        await scheduler.close()
        assert play.seen[-1].ts < 1_800_000_000_000

    run(main())


@pytest.mark.slow
def test_a_clock_that_steps_an_hour_back_and_forth_moves_no_poll_and_no_ts_comes_twice() -> None:
    off = 0

    def wall() -> int:
        return 1_800_000_000_000 + int(asyncio.get_running_loop().time() * 1000) + off

    async def main() -> None:
        nonlocal off
        play = Play(up, wall=wall)
        scheduler = play.scheduler()
        scheduler.replace([target(f"P-{n}") for n in range(20)])
        await asyncio.sleep(0.25)
        for step in (3_600_000, -3_600_000, -3_600_000, 7_200_000, -240_000, -3_360_000):
            off += step
            play.seen.clear()
            await asyncio.sleep(0.42)
            counts = [len(play.of(f"P-{n}")) for n in range(20)]
            assert min(counts) >= 2
            assert max(counts) <= 6
            for stamps in ([seen.ts for seen in play.of(f"P-{n}")] for n in range(20)):
                assert all(before < after for before, after in pairwise(stamps[1:]))
                assert abs(stamps[-1] - wall()) < 300_000
        await scheduler.close()
        assert play.overlaps == set()

    virtual.run(main())


@pytest.mark.slow
def test_a_device_removed_and_added_elsewhere_while_it_is_asked_is_judged_by_its_new_address_alone() -> None:
    async def by_address(asked: Target) -> Outcome:
        if asked.address == "127.0.0.1":
            await asyncio.sleep(0.15)
            return DOWN
        return UP

    async def main() -> None:
        play = Play(by_address)
        scheduler = play.scheduler()
        scheduler.replace([target("P-1", 0.05)])
        while not play.asking:
            await asyncio.sleep(0)
        scheduler.replace([])
        scheduler.replace([target("P-1", 0.05, address="127.0.0.2")])
        await asyncio.sleep(0.4)
        await scheduler.close()
        assert {seen.state for seen in play.of("P-1")} == {"up"}
        assert len(play.of("P-1")) >= 3
        stamps = [seen.ts for seen in play.of("P-1")]
        assert all(a < b for a, b in pairwise(stamps))

    run(main())


@pytest.mark.slow
def test_a_device_that_moves_while_it_is_asked_is_not_down_for_its_old_address() -> None:
    async def by_address(asked: Target) -> Outcome:
        if asked.address == "127.0.0.1":
            await asyncio.sleep(0.15)
            return DOWN
        return UP

    async def main() -> None:
        play = Play(by_address)
        scheduler = play.scheduler()
        scheduler.replace([target("P-1", 0.05)])
        while not play.asking:
            await asyncio.sleep(0)
        scheduler.replace([target("P-1", 0.05, address="127.0.0.2")])
        await asyncio.sleep(0.4)
        await scheduler.close()
        assert {seen.state for seen in play.of("P-1")} == {"up"}
        assert len(play.of("P-1")) >= 3
        assert play.overlaps == set()

    run(main())


@pytest.mark.slow
def test_a_poll_that_never_ends_is_ended_and_said_to_be_unknown() -> None:
    async def stuck(asked: Target) -> Outcome:
        if asked.device == "STUCK":
            await asyncio.sleep(60)
        return UP

    async def main() -> None:
        isolation = Isolation(lambda _: asyncio.sleep(0, False), clock=time.monotonic, patience_s=0.1)
        play = Play(stuck, isolation=isolation)
        scheduler = play.scheduler()
        scheduler.replace([target("STUCK", 0.1), target("P-1")])
        for _ in range(6):
            await asyncio.sleep(0.1)
            scheduler.look_for_stuck()
        await asyncio.sleep(0.05)
        assert [(seen.state, seen.cause) for seen in play.of("STUCK")] == [("unknown", "stuck")]
        assert scheduler.stuck == 1
        assert "STUCK" in play.asking
        await scheduler.close()

    run(main())


@pytest.mark.slow
def test_a_probe_that_raises_makes_its_device_unknown_and_stops_nothing() -> None:
    async def broken(asked: Target) -> Outcome:
        if asked.device == "BAD":
            raise ZeroDivisionError
        return UP

    async def main() -> None:
        play = Play(broken)
        scheduler = play.scheduler()
        scheduler.replace([target("BAD"), target("P-1")])
        await asyncio.sleep(0.6)
        await scheduler.close()
        assert {(seen.state, seen.cause) for seen in play.of("BAD")} == {("unknown", "fault")}
        assert len(play.of("BAD")) >= 2
        assert len(play.of("P-1")) >= 2

    with structlog.testing.capture_logs() as said:
        run(main())
    assert [entry["event"] for entry in said].count("poll_failed") == 1


def test_an_observation_carries_what_the_poll_said_and_when_the_next_is_due() -> None:
    async def said(_target: Target) -> Outcome:
        return Seen("degraded", ("lowToner",), "no_such_object", 1.5, 0.25)

    async def main() -> None:
        play = Play(said, pacing=replace(QUICK, first_within_s=0.01))
        scheduler = play.scheduler()
        scheduler.replace([target("P-1", 60.0)])
        await asyncio.sleep(0.1)
        await scheduler.close()
        seen = play.seen[0]
        assert (seen.device, seen.collector, seen.state, seen.conditions) == ("P-1", "c-01", "degraded", ("lowToner",))
        assert (seen.cause, seen.rtt_ms, seen.loss, seen.interval_s) == ("no_such_object", 1.5, 0.25, 60.0)

    run(main())


def test_closing_gives_up_polls_under_way_at_once() -> None:
    async def slow(_target: Target) -> Outcome:
        await asyncio.sleep(60)
        return UP

    async def main() -> None:
        play = Play(slow, pacing=replace(QUICK, deadline_s=30.0))
        scheduler = play.scheduler()
        scheduler.replace([target(f"P-{n}", 30.0) for n in range(20)])
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await scheduler.close()
        assert time.monotonic() - began < 0.5
        assert play.asking == set()

    run(main())
