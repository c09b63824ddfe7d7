"""Host names are addresses that may change: asked off the loop, kept, followed; one that leads nowhere is no outage."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from collector.host_name import is_host_name
from collector.part import GivenPart
from collector.resolve import Found, Names, Patience, look_up, resolved_now
from collector.target import Part, Target, targets_of

QUICK = Patience(every_s=0.05, again_s=0.05)


class Resolver:
    """What a resolver knows; it blocks as one does."""

    def __init__(self, known: dict[str, str] | None = None, takes_s: float = 0.0) -> None:
        self.known, self.takes_s = known or {}, takes_s
        self.asked: list[str] = []
        self.threads: set[int] = set()

    def __call__(self, name: str) -> Found:
        self.asked.append(name)
        self.threads.add(threading.get_ident())
        time.sleep(self.takes_s)
        return Found(self.known[name]) if name in self.known else Found(None, "Name or service not known")


def part(*addresses: str, version: str = "1") -> Part:
    return Part(tuple(Target(f"D-{n}", "switch", address) for n, address in enumerate(addresses)), (), "c-01", version)


def following(
    source: GivenPart, resolver: Any, work: Callable[[AsyncIterator[Part]], Coroutine[Any, Any, None]]
) -> None:
    async def main() -> None:
        parts = Names(source, QUICK, resolver).parts()
        try:
            async with asyncio.timeout(10):
                await work(parts)
        finally:
            await parts.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())


def addresses(found: Part) -> list[str]:
    return [target.address for target in found.targets]


def test_a_part_without_names_is_handed_on_as_it_is_and_nobody_is_asked() -> None:
    resolver, whole = Resolver(), part("10.0.0.1", "fe80::1")

    async def work(parts: AsyncIterator[Part]) -> None:
        assert await anext(parts) is whole

    following(GivenPart(whole), resolver, work)
    assert resolver.asked == []


def test_names_become_addresses_and_a_name_that_moves_is_followed() -> None:
    resolver = Resolver({"kiosk": "10.0.0.7"})

    async def work(parts: AsyncIterator[Part]) -> None:
        assert addresses(await anext(parts)) == ["10.0.0.1", "10.0.0.7"]
        resolver.known["kiosk"] = "10.0.0.8"
        assert addresses(await anext(parts)) == ["10.0.0.1", "10.0.0.8"]

    following(GivenPart(part("10.0.0.1", "kiosk")), resolver, work)
    assert threading.get_ident() not in resolver.threads


def test_a_name_that_leads_nowhere_makes_its_device_unknown_and_not_down_until_it_leads_somewhere() -> None:
    resolver = Resolver()

    async def work(parts: AsyncIterator[Part]) -> None:
        lost = (await anext(parts)).targets
        assert lost[1].fault is None
        assert lost[0].fault == "address kiosk: Name or service not known"
        resolver.known["kiosk"] = "10.0.0.7"
        found = (await anext(parts)).targets[0]
        assert (found.address, found.fault) == ("10.0.0.7", None)

    following(GivenPart(part("kiosk", "10.0.0.1")), resolver, work)


def test_a_device_keeps_its_address_while_the_resolver_is_silent() -> None:
    resolver, source = Resolver({"kiosk": "10.0.0.7"}), GivenPart(part("kiosk"))

    async def work(parts: AsyncIterator[Part]) -> None:
        await anext(parts)
        del resolver.known["kiosk"]
        before = len(resolver.asked)
        while len(resolver.asked) < before + 2:
            await asyncio.sleep(0.01)
        source.replace(part("kiosk", version="2"))
        assert addresses(await anext(parts)) == ["10.0.0.7"]

    following(source, resolver, work)


def test_a_part_that_comes_while_the_one_before_is_taken_over_is_not_missed() -> None:
    source = GivenPart(part("10.0.0.1"))

    async def work(parts: AsyncIterator[Part]) -> None:
        await anext(parts)
        source.replace(part("10.0.0.2", version="2"))
        await asyncio.sleep(0.1)
        assert addresses(await anext(parts)) == ["10.0.0.2"]

    following(source, Resolver(), work)


def test_a_slow_resolver_does_not_stop_the_loop() -> None:
    resolver = Resolver({"a": "10.0.0.1"}, 0.3)

    async def work(parts: AsyncIterator[Part]) -> None:
        waiting = asyncio.ensure_future(anext(parts))
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.01)
            turns += 1
        assert addresses(waiting.result()) == ["10.0.0.1"]
        assert turns > 3

    following(GivenPart(part("a")), resolver, work)


def test_a_thousand_names_are_asked_for_some_at_a_time_each_once() -> None:
    resolver = Resolver({f"d{n}": f"10.0.{n >> 8}.{n & 255}" for n in range(1000)})

    async def work(parts: AsyncIterator[Part]) -> None:
        assert len(set(addresses(await anext(parts)))) == 1000

    names = Names(GivenPart(part(*resolver.known)), Patience(), resolver)

    async def main() -> None:
        parts = names.parts()
        await work(parts)
        await parts.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())
    assert len(resolver.asked) == 1000
    assert len(resolver.threads) <= 4
    assert names.stats() == {"names": 1000, "unresolved": []}


@pytest.mark.parametrize("name", ["kiosk-1", "kiosk.hall.example", "a", "x" * 63, "1st.example", "hall_7.example."])
def test_rfc_1123_what_may_be_asked_for(name: str) -> None:
    assert is_host_name(name)
    assert targets_of({"devices": [{"id": "D", "kind": "pc", "address": name}]}).targets[0].fault is None


@pytest.mark.parametrize(
    "name", ["", "10.0.0", "10.0.0.256", "0x7f.1", "a b", "-a", "a-", "a..b", "x" * 64, "é", "a/b"]
)
def test_what_is_neither_address_nor_name_is_said(name: str) -> None:
    assert not is_host_name(name)
    fault = targets_of({"devices": [{"id": "D", "kind": "pc", "address": name}]}).targets[0].fault
    assert fault is not None
    assert "neither an IP address nor a host name" in fault


def test_the_systems_resolver_knows_this_machine_and_says_why_it_knows_no_other() -> None:
    assert look_up("localhost").address in ("127.0.0.1", "::1")
    lost = look_up("no-such-host.invalid")
    assert lost.address is None
    assert lost.reason


def test_a_device_that_is_asked_once_has_its_name_asked_for_now() -> None:
    assert resolved_now(Target("D", "pc", "10.0.0.1")).address == "10.0.0.1"
    assert resolved_now(Target("D", "pc", "localhost")).address in ("127.0.0.1", "::1")
    assert (resolved_now(Target("D", "pc", "no-such-host.invalid")).fault or "").startswith("address no-such-host")
