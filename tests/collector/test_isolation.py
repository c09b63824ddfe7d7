"""Is it the device that is silent, or is it us? (O2)"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import pytest

from collector.isolation import Isolation, default_gateway, is_loopback
from collector.outcome import Outcome, Seen
from collector.target import Target, targets_of
from tests.collector import virtual
from tests.collector.polls import DOWN, UP, Play, silent_references, target


class Network:
    """References that a test plays, on a clock that it turns."""

    def __init__(self, **answers: bool | None) -> None:
        self.now = 1000.0
        self.answers: dict[str, bool | None] = {name.replace("_", "."): value for name, value in answers.items()}
        self.asked: list[str] = []

    async def reach(self, reference: str) -> bool | None:
        self.asked.append(reference)
        await asyncio.sleep(0)
        return self.answers.get(reference, False)

    def isolation(self, configured: tuple[str, ...] = (), found: tuple[str, ...] = ()) -> Isolation:
        return Isolation(self.reach, configured, found, clock=lambda: self.now)


def run(coroutine: Coroutine[object, object, None]) -> None:
    asyncio.run(coroutine)


def test_O2_without_references_nobody_is_judged_isolated() -> None:
    async def main() -> None:
        assert not await Network().isolation().cut_off("10.0.0.9", 995.0)

    run(main())


def test_O2_when_all_references_are_silent_the_device_is_not_to_blame() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation(("10.9.9.1", "10.9.9.2"))
        assert await isolation.cut_off("10.0.0.9", 995.0)
        assert isolation.since == 1000.0

    run(main())


def test_O2_one_reference_that_answers_is_enough() -> None:
    async def main() -> None:
        network = Network()
        network.answers["10.9.9.2"] = True
        assert not await network.isolation(("10.9.9.1", "10.9.9.2")).cut_off("10.0.0.9", 995.0)

    run(main())


def test_O2_another_device_that_answered_since_is_evidence_and_nobody_is_asked() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation(("10.9.9.1",))
        isolation.heard("10.0.0.8", 999.5)
        assert not await isolation.cut_off("10.0.0.9", 995.0)
        assert network.asked == []

    run(main())


def test_O2_the_device_itself_is_no_evidence_nor_is_an_answer_from_before() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation(("10.9.9.1",))
        isolation.heard("10.0.0.8", 994.0)
        isolation.heard("10.0.0.9", 999.9)
        assert await isolation.cut_off("10.0.0.9", 995.0)

    run(main())


def test_O2_one_check_serves_all_who_ask_within_its_freshness() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation(("10.9.9.1",))
        verdicts = await asyncio.gather(*(isolation.cut_off(f"10.0.0.{n}", 995.0) for n in range(50)))
        assert all(verdicts)
        assert len(network.asked) == 1
        network.now += 2.0
        network.answers["10.9.9.1"] = True
        assert await isolation.cut_off("10.0.0.9", 999.0), "nobody knows when in this poll the network came back"
        assert isolation.since is None
        assert not await isolation.cut_off("10.0.0.9", 1002.0)

    run(main())


def test_O2_a_poll_that_fails_at_once_asks_anew_what_answered_before_the_cable_was_pulled() -> None:
    async def main() -> None:
        network = Network()
        network.answers["10.9.9.1"] = True
        isolation = network.isolation(("10.9.9.1",))
        assert not await isolation.cut_off("10.0.0.9", 995.0)
        network.now, network.answers = 1000.5, {}
        assert await isolation.cut_off("10.0.0.8", 1000.4)

    run(main())


def test_O2_a_gateway_that_never_answers_pings_does_not_isolate_once_a_device_was_heard() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation(found=("10.9.9.1",))
        assert await isolation.cut_off("10.0.0.9", 995.0)
        isolation.heard("10.0.0.8", 1001.0)
        network.now = 1100.0
        assert not await isolation.cut_off("10.0.0.9", 1095.0)

    run(main())


def test_O2_a_gateway_that_has_answered_before_counts() -> None:
    async def main() -> None:
        network = Network()
        network.answers["10.9.9.1"] = True
        isolation = network.isolation(found=("10.9.9.1",))
        assert not await isolation.cut_off("10.0.0.9", 995.0)
        network.answers.clear()
        network.now = 1100.0
        assert await isolation.cut_off("10.0.0.9", 1095.0)

    run(main())


def test_O2_the_gateway_of_a_hall_counts_once_its_own_polls_answered() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation()
        isolation.gateways(["10.0.1.1", "10.0.2.1"])
        isolation.heard("10.0.1.1", 900.0)
        isolation.heard("10.0.3.7", 901.0)
        assert await isolation.cut_off("10.0.0.9", 995.0)
        network.now, network.answers["10.0.1.1"] = 1010.0, True
        assert await isolation.cut_off("10.0.0.9", 1005.0)
        assert not await isolation.cut_off("10.0.0.9", 1010.0)

    run(main())


def test_O2_a_reference_that_may_not_be_asked_says_nothing() -> None:
    async def main() -> None:
        network = Network()
        network.answers["10.9.9.1"] = None
        assert not await network.isolation(("10.9.9.1",)).cut_off("10.0.0.9", 995.0)

    run(main())


def test_O2_loopback_cannot_be_cut_off_and_is_no_evidence_for_others() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation(("10.9.9.1", "127.0.0.1"))
        isolation.heard("127.0.0.5", 999.9)
        assert not await isolation.cut_off("127.0.0.4", 995.0)
        assert await isolation.cut_off("10.0.0.9", 995.0)
        assert network.asked == ["10.9.9.1"]

    run(main())


@pytest.mark.slow
def test_O2_when_the_network_goes_away_the_first_silent_device_is_unknown_already() -> None:
    async def main() -> None:
        async def answers(_asked: Target) -> Outcome:
            lost = gone
            await asyncio.sleep(0.1 if lost else 0.001)  # who lives answers at once, silence takes its time
            return DOWN if lost else UP

        async def reach(_reference: str) -> bool:
            return not gone

        gone = False
        loop = asyncio.get_running_loop()
        isolation = Isolation(reach, found=("10.9.9.1",), clock=loop.time, fresh_s=0.02)
        play = Play(answers, isolation=isolation)
        await isolation.prove()
        scheduler = play.scheduler()
        scheduler.replace([target(f"P-{n}", 0.1, address=f"10.0.0.{n}") for n in range(10)])
        await asyncio.sleep(0.2)
        gone = True
        await asyncio.sleep(0.5)
        gone = False
        await asyncio.sleep(0.4)
        await scheduler.close()
        assert {seen.state for seen in play.seen} == {"up", "unknown"}
        assert {(seen.conditions, seen.cause) for seen in play.seen if seen.state == "unknown"} == {
            (("isolated",), "isolated")
        }
        assert {seen.state for seen in play.seen[-5:]} == {"up"}

    run(main())


def test_the_default_gateway_is_read_from_the_routing_table(tmp_path: Path) -> None:
    table = tmp_path / "route"
    head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    table.write_text(
        head
        + "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
        + "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
        + "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    )
    assert default_gateway(table) == "10.0.0.1"
    table.write_text(head)
    assert default_gateway(table) is None
    table.write_text(head + "nonsense\n\n0 00000000 zz 3\n")
    assert default_gateway(table) is None
    assert default_gateway(tmp_path / "none") is None


@pytest.mark.parametrize(("address", "here"), [("127.4.5.6", True), ("::1", True), ("10.0.0.1", False), ("a", False)])
def test_loopback_is_known(address: str, here: bool) -> None:
    assert is_loopback(address) is here


def with_witnesses(network: Network, count: int) -> Isolation:
    """A collector without references that has just heard so many devices, all of which answer pings."""
    isolation = network.isolation()
    for n in range(count):
        network.answers[f"10.0.0.{n}"] = True
        isolation.heard(f"10.0.0.{n}", network.now - 30)
    return isolation


def test_O2_without_a_reference_the_devices_heard_of_late_are_asked() -> None:
    async def main() -> None:
        network = Network()
        isolation = with_witnesses(network, 4)
        await isolation.prove()
        network.now += 10
        assert not await isolation.cut_off("10.0.0.9", network.now - 5), "they answer"
        network.answers.clear()
        network.now += 10
        assert await isolation.cut_off("10.0.0.9", network.now - 5)
        assert await isolation.cut_off("10.0.0.1", network.now - 5), "one of them is silent, three more are"

    run(main())


def test_O2_two_silent_devices_do_not_make_an_isolation_nor_do_some_who_never_answer_pings() -> None:
    async def main() -> None:
        network = Network()
        isolation = with_witnesses(network, 3)
        network.answers["10.0.0.2"] = False
        await isolation.prove()
        network.answers.clear()
        network.now += 10
        assert not await isolation.cut_off("10.0.0.9", network.now - 5)

    run(main())


def test_O2_the_devices_are_no_references_where_there_is_one_or_after_long_silence() -> None:
    async def main() -> None:
        network = Network()
        isolation = with_witnesses(network, 4)
        isolation.gateways(["10.0.1.1"])
        isolation.heard("10.0.1.1", network.now - 30)
        await isolation.prove()
        network.answers.clear()
        network.now += 10
        assert not await isolation.cut_off("10.0.1.1", network.now - 5), "the hall's switch is dead, not we"
        assert not await with_witnesses(network, 4).cut_off("10.0.0.9", network.now + 600)

    run(main())


def test_O2_the_gateway_that_another_collector_polls_is_a_reference_once_it_has_answered() -> None:
    async def main() -> None:
        network = Network()
        network.answers["10.0.1.1"] = True
        isolation = network.isolation()
        part = targets_of({"devices": [], "gateways": ["SW-1"], "references": ["10.0.1.1", "no address!", 7]})
        isolation.gateways(part.references)
        await isolation.prove()
        isolation.heard("10.0.0.8", network.now)
        network.answers.clear()
        network.now += 100
        assert part.references == ("10.0.1.1",)
        assert await isolation.cut_off("10.0.0.9", network.now - 5)

    run(main())


def test_O2_a_network_that_comes_back_within_a_poll_leaves_that_poll_unknown() -> None:
    async def main() -> None:
        network = Network()
        network.answers["10.9.9.1"] = True
        isolation = network.isolation(("10.9.9.1",))
        network.answers.clear()
        assert await isolation.cut_off("10.0.0.9", network.now - 5)
        began = network.now
        network.now += 3
        network.answers["10.9.9.1"] = True
        isolation.heard("10.0.0.8", network.now)  # it is back, in the middle of the poll of 10.0.0.9
        network.now += 1
        assert await isolation.cut_off("10.0.0.9", began), "when was it asked, before or after?"
        assert not await isolation.cut_off("10.0.0.9", network.now - 0.5), "asked after it was back"

    run(main())


def test_O2_one_hall_s_line_is_no_isolation_while_another_hall_answers() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation()
        isolation.gateways(["10.1.0.1", "10.2.0.1"])
        for gateway in ("10.1.0.1", "10.2.0.1"):
            isolation.heard(gateway, network.now - 60)
        network.answers["10.2.0.1"] = True
        for device in ("10.1.0.1", "10.1.0.5", "10.1.0.6"):
            assert not await isolation.cut_off(device, network.now - 5), "the hall's gateway is down: O5 says the rest"

    run(main())


def test_O2_a_round_of_questions_that_began_before_a_poll_failed_proves_nothing_of_the_cable() -> None:
    """A reference answered, the cable was pulled, and the round still waited for another reference."""

    async def main() -> None:
        network, others = Network(**{"10_9_9_1": True}), asyncio.Event()

        async def reach(reference: str) -> bool | None:
            if reference == "10.9.9.2":
                await others.wait()
            return await network.reach(reference)

        isolation = Isolation(reach, ("10.9.9.1", "10.9.9.2"), clock=lambda: network.now)
        proving = asyncio.create_task(isolation.prove())
        await asyncio.sleep(0.01)
        network.answers.clear()
        network.now += 1
        judging = asyncio.create_task(isolation.cut_off("10.0.0.9", network.now))
        await asyncio.sleep(0.01)
        others.set()
        await proving
        assert await judging
        assert network.asked.count("10.9.9.1") == 2

    run(main())


def test_O2_what_is_heard_of_before_an_isolation_began_does_not_end_it_nor_hides_what_is_newer() -> None:
    async def main() -> None:
        network = Network()
        isolation = network.isolation(("10.9.9.1",))
        assert await isolation.cut_off("10.0.0.9", 995.0)
        begun = isolation.since
        isolation.heard("10.0.0.8", 999.0)
        assert isolation.since == begun == 1000.0
        isolation.heard("10.0.0.8", 1000.9)
        isolation.heard("10.0.0.7", 990.0)
        network.now = 1001.0
        assert not isolation.since
        assert isolation.seen("10.0.0.6", 1000.2) is False

    run(main())


def test_O2_a_device_that_answered_ping_and_was_then_waited_for_in_vain_was_heard_when_its_poll_began() -> None:
    """Its poll ends seconds after the cable was pulled: it must not testify that the network worked until then."""

    async def main() -> None:
        async def answers(asked: Target) -> Outcome:
            await asyncio.sleep(0.15)
            return Seen("degraded", ("noSnmp",), "timeout", 1.0) if asked.device == "A" else DOWN

        isolation = Isolation(silent_references, ("10.9.9.1",), clock=asyncio.get_running_loop().time)
        play = Play(answers, isolation=isolation)
        scheduler = play.scheduler()
        scheduler.replace([target("A", 60, address="10.0.0.1"), target("B", 60, address="10.0.0.2")])
        await play.more(2)
        await scheduler.close()
        assert [seen.cause for seen in play.of("B")] == ["isolated"]

    virtual.run(main())
