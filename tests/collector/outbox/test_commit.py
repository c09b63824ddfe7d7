"""Many observations, one write and one sync; a disk that refuses costs only what memory cannot hold."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collector.outbox.commit import GroupCommit
from collector.outbox.outbox import Outbox


def payload(number: int) -> bytes:
    return f"{number:08d}".encode() * 10


@asynccontextmanager
async def running(commit: GroupCommit) -> AsyncIterator[None]:
    task = asyncio.create_task(commit.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_what_was_handed_over_is_soon_on_disk_in_its_order(tmp_path: Path) -> None:
    async def main() -> None:
        outbox = Outbox(tmp_path / "o")
        commit = GroupCommit(outbox, time.time)
        async with running(commit):
            for n in range(100):
                commit.put(payload(n))
            while outbox.next <= 100:
                await asyncio.sleep(0.005)
        outbox.close()
        again = Outbox(tmp_path / "o")
        assert [letter.payload for letter in again.read(1, 200)] == [payload(n) for n in range(100)]

    asyncio.run(main())


def test_what_was_handed_over_just_before_the_end_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        outbox = Outbox(tmp_path / "o")
        commit = GroupCommit(outbox, time.time, linger_s=60)
        async with running(commit):
            commit.put(payload(1))
            await asyncio.sleep(0.01)
        assert outbox.next == 2

    asyncio.run(main())


def test_the_sender_is_woken_after_each_batch(tmp_path: Path) -> None:
    async def main() -> None:
        woken: list[int] = []
        outbox = Outbox(tmp_path / "o")
        commit = GroupCommit(outbox, time.time, lambda: woken.append(outbox.next))
        async with running(commit):
            for n in (1, 2):
                commit.put(payload(n))
                while len(woken) < n:
                    await asyncio.sleep(0.005)
        assert woken == [2, 3]

    asyncio.run(main())


def test_while_the_disk_refuses_the_newest_wait_in_memory_and_the_others_are_counted(tmp_path: Path) -> None:
    async def main() -> None:
        outbox = Outbox(tmp_path / "o")
        outbox.append([payload(0)], time.time())
        hinder(outbox)
        commit = GroupCommit(outbox, time.time, limit=10, linger_s=0.001, retry_s=0.01)
        async with running(commit):
            for n in range(31):
                commit.put(payload(n))
                await asyncio.sleep(0.002)
            assert commit.waiting <= 10
            assert commit.lost == 31 - commit.waiting
            help_again(outbox)
            while commit.waiting or commit.failing:
                await asyncio.sleep(0.005)
        assert [letter.payload for letter in outbox.read(2, 100)] == [payload(n) for n in range(21, 31)]
        assert outbox.damaged == 0

    def hinder(outbox: Outbox) -> None:
        """A directory in the way of the next segment: no new file can be made."""
        outbox._close_segment()
        (tmp_path / "o" / f"{outbox.next:020d}.seg").mkdir()

    def help_again(outbox: Outbox) -> None:
        (tmp_path / "o" / f"{outbox.next:020d}.seg").rmdir()

    asyncio.run(main())


def test_a_payload_of_a_wrong_size_is_refused_to_the_one_who_hands_it_over(tmp_path: Path) -> None:
    async def main() -> None:
        commit = GroupCommit(Outbox(tmp_path / "o"), time.time)
        with pytest.raises(ValueError, match="octets"):
            commit.put(b"short")

    asyncio.run(main())
