"""Answers are matched by address, port, request id, version and community; whatever else comes in is counted."""

from __future__ import annotations

import asyncio
import errno
import resource
from collections.abc import Coroutine
from contextlib import closing
from typing import Any, TypeVar

import pytest

from collector.snmp.ber import BadEncoding
from collector.snmp.engine import Engine
from collector.snmp.message import FIRST_NUMBER, number_of
from collector.snmp.session import NoAnswer
from collector.snmp.socket import resolve
from collector.target import Snmp, Target
from collector.wire import Wire
from tests.collector.snmp.answers import answer
from tests.collector.snmp.hostile import UPTIME, engine, has_ipv6, peer, session, soon, uptime
from tests.collector.snmp.scripted import free_udp_port

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def counted(one: Engine) -> dict[str, int]:
    """What is not nothing."""
    return {name: count for name, count in one.counts.read().items() if count}


async def settled(one: Engine, **wanted: int) -> None:
    """Wait for these counts."""
    for _ in range(100):
        if counted(one) == wanted:
            return
        await asyncio.sleep(0.005)
    assert counted(one) == wanted


async def cause(asking: Coroutine[Any, Any, Any]) -> tuple[str, str]:
    with pytest.raises(NoAnswer) as found:
        await asking
    return found.value.cause, str(found.value)


def test_request_ids_are_four_octets_unlike_and_unguessed() -> None:
    async def main() -> set[int]:
        with engine() as one:
            async with peer(lambda request: [uptime(request)]) as agent:
                asking = session(one, agent.where)
                for _ in range(200):
                    assert await asking.get([UPTIME], soon()) == {UPTIME: 7}
                return {number_of(request) for request, _ in agent.asked}

    numbers = run(main())
    assert len(numbers) == 200
    assert all(FIRST_NUMBER <= number < 1 << 31 for number in numbers)
    assert max(numbers) - min(numbers) > 1 << 29


def test_what_is_forged_is_counted_and_the_right_answer_after_it_counts() -> None:
    def forged(request: bytes) -> list[bytes]:
        number = number_of(request)
        return [
            uptime(request, 1, number=number ^ 1),
            uptime(request, 2, community=b"private"),
            uptime(request, 3, version=0),
            uptime(request),
        ]

    async def main() -> None:
        with engine() as one:
            async with peer(forged) as agent:
                assert await session(one, agent.where).get([UPTIME], soon()) == {UPTIME: 7}
            await settled(one, sent=1, answered=1, forged=3)

    run(main())


def test_what_is_damaged_is_counted_and_is_a_bad_answer_if_nothing_better_comes() -> None:
    def damaged(request: bytes) -> list[bytes]:
        right = uptime(request)
        other = answer(number_of(request), [("1.3.6.1.9.9", 2, b"\x01")])
        return [b"HTTP/1.1 200 OK", right[:-1], request, other]  # an echo of the request is none either

    async def main() -> None:
        with engine() as one:
            async with peer(damaged) as agent:
                asking = session(one, agent.where)
                assert await cause(asking.get([UPTIME], soon(0.15))) == ("bad_answer", "names that were not asked")
                assert not asking.busy
            assert counted(one)["damaged"] == 4 * counted(one)["sent"]

    run(main())


def test_late_and_doubled_answers_are_counted_and_never_taken_for_the_next_one() -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(lambda _: []) as agent:
                asking = session(one, agent.where)
                assert (await cause(asking.get([UPTIME], soon(0.1))))[0] == "timeout"
                first = agent.asked[0][0]
                assert [number_of(request) for request, _ in agent.asked] == [number_of(first)] * 2  # at half time
                agent.reply = lambda request: [uptime(first, 1), uptime(request, 2), uptime(request, 3)]
                assert await asking.get([UPTIME], soon()) == {UPTIME: 2}
                agent.reply = lambda request: [uptime(agent.asked[-2][0], 4), uptime(request, 5)]
                assert await asking.get([UPTIME], soon()) == {UPTIME: 5}
            await settled(one, sent=4, resent=1, answered=2, late=1, doubled=2)

    run(main())


def test_an_answer_from_elsewhere_is_foreign_and_one_with_anothers_id_is_forged() -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(lambda _: []) as a, peer(lambda _: [], "127.0.0.2") as b, peer(lambda _: []) as nobody:
                first, second = session(one, a.where), session(one, b.where)
                asking = [asyncio.ensure_future(each.get([UPTIME], soon(2))) for each in (first, second)]
                while not a.asked or not b.asked:
                    await asyncio.sleep(0.001)
                to_a, to_b = a.asked[0][0], b.asked[0][0]
                nobody.transport.sendto(uptime(to_a, 1), a.asked[0][1])  # another port of a's address
                b.say(uptime(to_a, 2))  # b answers in a's stead
                await settled(one, sent=2, foreign=1, forged=1)
                b.say(uptime(to_b, 3))
                a.say(uptime(to_a, 4))
                assert await asyncio.gather(*asking) == [{UPTIME: 4}, {UPTIME: 3}]
                first.close()
                a.say(uptime(to_a, 5))  # it is asked no more
            await settled(one, sent=2, answered=2, foreign=2, forged=1)

    run(main())


FAMILIES = ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here"))]


@pytest.mark.parametrize("host", FAMILIES)
def test_a_refused_port_ends_the_request_to_it_and_no_other(host: str) -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(lambda request: [], host) as slow:
                patient = session(one, slow.where)
                waiting = asyncio.ensure_future(patient.get([UPTIME], soon(2)))
                closed = [session(one, (host, free_udp_port())) for _ in range(20)]
                began = asyncio.get_running_loop().time()
                found = await asyncio.gather(*(cause(each.get([UPTIME], soon(2))) for each in closed))
                assert found == [("refused", "connection refused")] * 20
                assert asyncio.get_running_loop().time() - began < 0.5
                assert not waiting.done()
                slow.say(uptime(slow.asked[0][0]))
                assert await waiting == {UPTIME: 7}
            await settled(one, sent=21, answered=1, refused=20)

    run(main())


def test_two_devices_at_one_address_are_kept_apart() -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(_by_community) as a:
                first, second = session(one, a.where, community="one"), session(one, a.where, community="two")
                asked = await asyncio.gather(*(each.get([UPTIME], soon()) for each in (first, second)))
                assert asked == [{UPTIME: 1}, {UPTIME: 2}]
                first.close()
                assert await second.get([UPTIME], soon()) == {UPTIME: 2}

    run(main())


def _by_community(request: bytes) -> list[bytes]:
    name = b"two" if b"two" in request else b"one"
    return [uptime(request, 1 + (name == b"two"), community=name)]


class Full:
    """A system that takes no datagram, or knows no way; then it does."""

    def __init__(self, real: Any, *errors: int) -> None:
        self.real, self.errors = real, list(errors)

    def __call__(self, data: bytes | bytearray, where: Any) -> int:
        if self.errors:
            raise OSError(self.errors.pop(0), "out of order")
        return int(self.real(data, where))


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOBUFS])
def test_a_full_buffer_delays_a_request_and_does_not_end_it(number: int) -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(lambda request: [uptime(request)]) as agent:
                asking = session(one, agent.where)
                asking._socket._sendto = Full(asking._socket._sendto, number)
                assert await asking.get([UPTIME], soon(2)) == {UPTIME: 7}
            await settled(one, sent=1, unsent=1, answered=1)

    run(main())


def test_no_way_to_an_address_is_said_at_once_and_a_foreign_error_is_not_taken_for_it() -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(lambda request: [uptime(request)]) as agent:
                asking = session(one, agent.where)
                real = asking._socket._sendto
                asking._socket._sendto = Full(real, *[errno.EHOSTUNREACH] * 3)
                assert await cause(asking.get([UPTIME], soon(9))) == ("timeout", "out of order")
                asking._socket._sendto = Full(real, errno.ECONNREFUSED, errno.EHOSTUNREACH)  # of earlier requests
                assert await asking.get([UPTIME], soon()) == {UPTIME: 7}

    run(main())


def test_a_request_that_nobody_waits_for_any_more_is_given_up() -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(lambda _: []) as agent:
                asking = session(one, agent.where)
                waiting = asyncio.ensure_future(asking.get([UPTIME], soon(9)))
                await asyncio.sleep(0.01)
                assert asking.number in asking._socket._waiting
                waiting.cancel()
                await asyncio.sleep(0.01)
                assert asking.number == 0
                agent.say(uptime(agent.asked[0][0]))
                await settled(one, sent=1, late=1)
                assert not asking._socket._waiting

    run(main())


def test_a_session_that_is_closed_ends_what_is_in_flight() -> None:
    async def main() -> None:
        with engine() as one:
            async with peer(lambda _: []) as agent:
                asking = session(one, agent.where)
                waiting = asyncio.ensure_future(asking.get([UPTIME], soon(9)))
                await asyncio.sleep(0.01)
                asking.close()
                asking.close()
                assert await cause(asyncio.wait_for(waiting, 1)) == ("timeout", "closed meanwhile")
                agent.say(uptime(agent.asked[0][0]))
                await settled(one, sent=1, foreign=1)

    run(main())


def test_ten_thousand_sessions_cost_no_file() -> None:
    async def main() -> None:
        with closing(Wire()) as wire:
            soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            before = len(wire.alarms._slots)
            sessions = [
                wire.engine.open(Target("D", "pc", f"127.0.{n >> 8}.{n & 255}", snmp=Snmp())) for n in range(10_000)
            ]
            assert len({id(each) for each in sessions}) == 10_000
            assert len(wire.engine._sockets) == 1
            assert (soft, len(wire.alarms._slots)) == (resource.getrlimit(resource.RLIMIT_NOFILE)[0], before)
            for each in sessions:
                each.close()
            assert not next(iter(wire.engine._sockets.values()))._peers
            assert wire.stats()["snmp"]["sent"] == 0

    run(main())


def test_an_address_is_resolved_without_a_name_server() -> None:
    assert resolve("::ffff:127.0.0.1", 161) == resolve("127.0.0.1", 161)
    assert resolve("::1", 161)[1][:2] == ("::1", 161)
    for wrong in ("localhost", "", "fe80::1%nowhere", "1.2.3"):
        with pytest.raises(OSError, match=r".+"):
            resolve(wrong, 161)


def test_a_community_that_no_datagram_holds_is_refused_by_the_encoding() -> None:
    async def main() -> None:
        with engine() as one:
            asking = session(one, ("127.0.0.1", 1), community="x" * 70_000)
            assert await asking.get([UPTIME], soon()) == {}
            with pytest.raises(BadEncoding):
                asking.request([UPTIME])

    run(main())
