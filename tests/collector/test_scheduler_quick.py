"""Polls by callbacks keep what polls by tasks keep: one at a time, places, an end, and a start that stalls nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from collector.isolation import Isolation
from collector.observation import Observation
from collector.outcome import Outcome, Seen
from collector.scheduler import Scheduler
from collector.target import Target
from tests.collector import virtual
from tests.collector.polls import QUICK, UP, target

Done = Callable[[Outcome], None]


class Quick:
    """Answers after so many seconds; never where there are none. `late` holds what was never answered."""

    def __init__(self, after_s: float | None, refuses: bool = False) -> None:
        self.after_s, self.refuses = after_s, refuses
        self.asking: set[str] = set()
        self.late: list[Done] = []
        self.most = self.tasks = 0
        self.overlaps = False
        self.seen: list[Observation] = []

    def __call__(self, asked: Target, _now: float, _deadline_s: float, done: Done) -> bool:
        if self.refuses:
            return False
        self.overlaps |= asked.device in self.asking
        self.asking.add(asked.device)
        self.most = max(self.most, len(self.asking))
        if self.after_s is None:
            self.late.append(done)
        else:
            asyncio.get_running_loop().call_later(self.after_s, self.end, asked.device, done)
        return True

    def end(self, device: str, done: Done) -> None:
        self.asking.discard(device)
        done(UP)

    async def poll(self, _asked: Target, _deadline_s: float) -> Outcome:
        self.tasks += 1
        return UP

    def scheduler(self) -> Scheduler:
        loop = asyncio.get_running_loop()
        isolation = Isolation(lambda _: asyncio.sleep(0, False), clock=loop.time)
        wall = lambda: int(loop.time() * 1000)  # noqa: E731
        pacing = replace(QUICK, patience_s=0.1)
        return Scheduler("c-01", self.poll, self.seen.append, wall, isolation, pacing, self)


def test_no_more_quick_polls_are_under_way_than_allowed_and_never_two_to_one_device() -> None:
    async def main() -> None:
        quick = Quick(0.03)
        scheduler = quick.scheduler()
        scheduler.replace([target(f"P-{n}", 0.02) for n in range(300)])
        await asyncio.sleep(2.0)
        assert 25 <= quick.most <= 40
        assert not quick.overlaps
        assert quick.tasks == 0
        assert scheduler.living.waiting > 0
        await scheduler.close()

    virtual.run(main())


def test_what_the_quick_way_refuses_is_polled_by_a_task() -> None:
    async def main() -> None:
        quick = Quick(0.01, refuses=True)
        scheduler = quick.scheduler()
        scheduler.replace([target("P-1")])
        await asyncio.sleep(1.0)
        assert quick.tasks == len(quick.seen) >= 9
        assert scheduler.stats()["quick_polls"] == 0
        await scheduler.close()

    virtual.run(main())


def test_a_quick_poll_that_never_ends_is_ended_and_its_late_word_counts_for_nothing() -> None:
    async def main() -> None:
        quick = Quick(None)
        scheduler = quick.scheduler()
        scheduler.replace([target("P-1", 100.0)])
        for _ in range(5):
            await asyncio.sleep(1.0)
            scheduler.look_for_stuck()
        assert [(seen.state, seen.cause) for seen in quick.seen] == [("unknown", "stuck")]
        quick.late[0](Seen("down"))
        assert (len(quick.seen), scheduler.stats()["in_flight"], scheduler.stuck) == (1, 0, 1)
        await scheduler.close()

    virtual.run(main())


def test_many_devices_are_taken_in_bites_and_first_asked_a_thousand_a_second() -> None:
    async def main() -> None:
        quick = Quick(0.001)
        scheduler = quick.scheduler()
        scheduler.replace([target(f"P-{n}", 60.0) for n in range(2000)])
        assert len(scheduler) < 1000
        scheduler.replace([target(f"P-{n}", 60.0) for n in range(4000)])
        while len(scheduler) < 4000:
            await asyncio.sleep(0)
        await asyncio.sleep(2.0)
        assert 1800 < scheduler.polls < 2400
        await asyncio.sleep(2.1)
        assert len({seen.device for seen in quick.seen}) == 4000
        await scheduler.close()

    virtual.run(main())


def test_an_outbox_that_raises_keeps_no_place_and_stops_no_device() -> None:
    async def main() -> None:
        quick = Quick(0.001)
        scheduler = quick.scheduler()

        def emit(_: Observation) -> None:
            raise RuntimeError("full")

        scheduler._emit = emit
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        scheduler.replace([target(f"P-{n}", 0.1) for n in range(5)])
        await asyncio.sleep(3.05)
        assert scheduler.ended >= 100
        assert scheduler.living.busy <= 5
        await scheduler.close()

    virtual.run(main())
