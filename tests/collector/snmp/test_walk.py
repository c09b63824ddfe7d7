"""Walks end: in rows, octets and time, at an OID that does not increase; where GETBULK chokes GETNEXT goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import pytest

from collector.reading import Raw
from collector.snmp import ber
from collector.snmp.message import GET_BULK, GET_NEXT, NO_SUCH_NAME, TOO_BIG, head_of, number_of
from collector.snmp.session import NoAnswer
from collector.snmp.walk import MAX_OCTETS, Walk
from tests.collector.snmp.answers import Binding, answer
from tests.collector.snmp.hostile import engine, peer, session, soon
from tests.collector.snmp.scripted import oid_text

COLUMN = "1.3.6.1.2.1.43.11.1.1.9"
ROWS = [f"{COLUMN}.1.{n}" for n in range(1, 31)]
T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


class Asked:
    """A request as an agent sees it."""

    def __init__(self, data: bytes) -> None:
        _, _, self.pdu, at, end = head_of(data)
        self.version = data[4] if data[1] < 0x80 else data[5]
        self.number = number_of(data)
        for _ in range(2):
            _, at = ber.integer(data, at, end)
        self.most, at = ber.integer(data, at, end)
        start, stop = ber.expect(data, ber.expect(data, ber.expect(data, at, end, 0x30)[0], end, 0x30)[0], end, 6)
        self.oid = oid_text(data[start:stop])

    def say(self, oids: Sequence[str], status: int = 0, ends: bool = False) -> bytes:
        told: list[Binding] = [(oid, ber.INTEGER, b"\x01") for oid in oids]
        if ends:
            told.append((self.oid, ber.END_OF_MIB_VIEW, b""))
        return answer(self.number, told, status, 1 if status else 0, version=self.version)


def behind(oid: str, rows: Sequence[str] = ROWS) -> list[str]:
    key = tuple(map(int, oid.split(".")))
    return [row for row in rows if tuple(map(int, row.split("."))) > key]


def right(asked: Asked) -> bytes:
    """What an agent says that holds ROWS and nothing behind them."""
    rows = behind(asked.oid)
    if asked.pdu == GET_NEXT:
        rows = rows[:1]
    if rows:
        return asked.say(rows[: asked.most or 1])
    return asked.say([asked.oid], NO_SUCH_NAME) if asked.version == 0 else asked.say([], ends=True)


async def walked(
    reply: Callable[[Asked], bytes | None], limit: int = 100, seconds: float = 2.0, version: str = "2c"
) -> tuple[list[tuple[str, Raw]], list[Asked]]:
    seen: list[Asked] = []

    def said(data: bytes) -> list[bytes]:
        seen.append(Asked(data))
        found = reply(seen[-1])
        return [] if found is None else [found]

    with engine() as one:
        async with peer(said) as agent:
            return await session(one, agent.where, version).walk(COLUMN, limit, soon(seconds)), seen


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_walk_reads_all_that_lies_beneath(version: str) -> None:
    rows, asked = run(walked(right, version=version))
    assert rows == [(oid, 1) for oid in ROWS]
    assert {one.pdu for one in asked} == {GET_NEXT if version == "1" else GET_BULK}
    assert len(asked) == (31 if version == "1" else 3)


def test_a_walk_is_capped_in_rows_and_asks_for_no_more() -> None:
    rows, asked = run(walked(right, limit=24))
    assert [oid for oid, _ in rows] == ROWS[:24]
    assert [one.most for one in asked] == [20, 4]


def test_a_walk_stops_at_what_lies_elsewhere() -> None:
    rows, asked = run(walked(lambda one: one.say([*ROWS[:3], "1.3.6.1.2.1.43.11.1.1.10.1", ROWS[3]])))
    assert [oid for oid, _ in rows] == ROWS[:3]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "turned",
    [
        lambda one: one.say([ROWS[0], ROWS[1], ROWS[1]]),
        lambda one: one.say([ROWS[0], ROWS[1], ROWS[0], ROWS[2]]),
        lambda one: one.say(ROWS[:2]),  # a circle: the same again and again
        lambda one: one.say([ROWS[0], ROWS[1], COLUMN]),
        lambda one: one.say([ROWS[0], ROWS[1], "1.3.6.1.2.1.1.1.0"]),
    ],
)
def test_an_oid_that_does_not_increase_stops_a_walk_and_what_was_read_before_is_kept(
    turned: Callable[[Asked], bytes],
) -> None:
    async def main() -> NoAnswer:
        with pytest.raises(NoAnswer, match="does not increase") as found:
            await walked(turned)
        return found.value

    error = run(main())
    assert (error.cause, [oid for oid, _ in error.rows]) == ("bad_answer", ROWS[:2])


def test_a_walk_without_end_is_capped_in_octets_and_in_time() -> None:
    counter = iter(range(1, 1 << 30))

    def endless(one: Asked) -> bytes:
        return answer(one.number, [(f"{COLUMN}.{next(counter)}", ber.OCTET_STRING, bytes(900)) for _ in range(40)])

    async def main() -> list[NoAnswer]:
        found = []
        for reply, seconds in ((endless, 9.0), (lambda one: one.say([f"{COLUMN}.{next(counter)}"]), 0.1)):
            with pytest.raises(NoAnswer) as error:
                await walked(reply, 1 << 20, seconds)
            found.append(error.value)
        return found

    big, slow = run(main())
    assert (big.cause, slow.cause) == ("bad_answer", "timeout")
    assert MAX_OCTETS / 1000 < len(big.rows) < MAX_OCTETS / 900
    assert slow.rows


def test_a_printer_that_chokes_on_GETBULK_is_walked_by_GETNEXT_and_that_is_remembered() -> None:
    async def main() -> list[int]:
        asked: list[Asked] = []

        def said(data: bytes) -> list[bytes]:
            asked.append(Asked(data))
            return [] if asked[-1].pdu == GET_BULK else [right(asked[-1])]

        with engine() as one:
            async with peer(said) as agent:
                walking = session(one, agent.where)
                assert len(await walking.walk(COLUMN, 100, soon(1.2))) == 30
                asked.clear()
                assert len(await walking.walk(COLUMN, 100, soon(1.2))) == 30
                return [each.pdu for each in asked]

    assert run(main()) == [GET_NEXT] * 31


@pytest.mark.parametrize("status", [TOO_BIG, 5])
def test_an_answer_too_big_or_a_general_error_makes_the_next_question_smaller(status: int) -> None:
    rows, asked = run(walked(lambda one: one.say([one.oid], status) if one.most > 5 else right(one)))
    assert [oid for oid, _ in rows] == ROWS
    assert [one.most for one in asked[:2]] == [20, 5]


def test_an_agent_that_refuses_to_be_walked_says_so() -> None:
    async def main() -> None:
        with pytest.raises(NoAnswer, match="error-status 5"):
            await walked(lambda one: one.say([one.oid], 5))
        assert (await walked(lambda one: one.say([one.oid], 5) if one.oid == ROWS[4] else right(one), 5))[0]

    run(main())


def test_a_walk_of_a_silent_agent_ends_in_time() -> None:
    async def main() -> float:
        began = asyncio.get_running_loop().time()
        with pytest.raises(NoAnswer, match="timeout"):
            await walked(lambda _: None, seconds=0.4)
        return asyncio.get_running_loop().time() - began

    assert 0.35 < run(main()) < 0.6


def test_a_walk_takes_rows_whoever_reads_them() -> None:
    walk = Walk(COLUMN, 2)
    assert walk.take(f"{COLUMN}.2", 1)
    assert not walk.take(f"{COLUMN}.10", 1)
    assert (walk.left, walk.place) == (0, f"{COLUMN}.10")
    assert not Walk(COLUMN, 2).take("1.3.6.1.2.1.43.11.1.1.90.1", 1)
