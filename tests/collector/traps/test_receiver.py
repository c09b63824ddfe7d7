"""Traps are hints from devices that can show who they are; whatever else comes is counted and changes nothing."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Coroutine, Sequence
from time import process_time
from typing import Any

import pytest
from structlog.testing import capture_logs

from collector.target import Snmp, Target
from collector.traps import notification_v3 as v3
from collector.traps import receiver as traps
from collector.traps.notification import plain_head, plain_notification
from collector.traps.receiver import MAX_OCTETS, TrapConfig, Traps
from collector.traps.usm import keys_for
from tests.collector.traps.messages import NOBODY, ON_BATTERY, SEALER, SIGNER, secured, v1, v2c

HALL = Snmp("2c", "hall-7")


class Bench:
    """A receiver on loopback, the devices that it knows, and somebody who sends from an address."""

    def __init__(self, *users: Snmp | None, **config: Any) -> None:
        self.hurried: list[str] = []
        self.traps = Traps(TrapConfig("127.0.0.1", 0, **config), "c-01", self.hurried.append)
        self.traps.open()
        self.traps.follow([Target(f"D-{n}", "switch", "127.0.0.1", snmp=user) for n, user in enumerate(users)])
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind(("127.0.0.1", 0))
        self.wire.setblocking(False)

    async def send(self, *datagrams: bytes, wire: socket.socket | None = None) -> None:
        assert self.traps.address is not None
        for datagram in datagrams:
            (wire or self.wire).sendto(datagram, self.traps.address)
        for _ in range(4):
            await asyncio.sleep(0.001)

    def received(self) -> bytes | None:
        try:
            return self.wire.recv(65_536)
        except BlockingIOError:
            return None

    @property
    def counts(self) -> dict[str, int]:
        return {name: n for name, n in self.traps.counts.items() if n}

    def close(self) -> None:
        self.traps.close()
        self.wire.close()


def on_bench(work: Callable[[Bench], Coroutine[Any, Any, None]], *users: Snmp | None, **config: Any) -> Bench:
    async def main() -> Bench:
        bench = Bench(*users, **config)
        try:
            await work(bench)
        finally:
            bench.close()
        return bench

    return asyncio.run(main())


def sent(datagrams: Sequence[bytes], *users: Snmp | None, **config: Any) -> Bench:
    async def work(bench: Bench) -> None:
        await bench.send(*datagrams)

    return on_bench(work, *users, **config)


@pytest.mark.parametrize("datagram", [v2c("hall-7"), v1("hall-7", 3), v1("hall-7", 6, 1)])
def test_a_trap_with_the_devices_community_has_it_asked_at_once(datagram: bytes) -> None:
    bench = sent([datagram], HALL)
    assert bench.hurried == ["D-0"]
    assert bench.counts == {"taken": 1}


@pytest.mark.parametrize("user", [SEALER, SIGNER, NOBODY])
def test_a_trap_of_version_3_is_taken_by_what_its_sender_signed(user: Snmp) -> None:
    assert sent([secured(user)], user).hurried == ["D-0"]


@pytest.mark.parametrize("auth", ["md5", "sha", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("priv", ["des", "aes", "aes192", "aes256"])
def test_every_signature_and_cipher_of_the_devices_is_one_of_the_traps(auth: str, priv: str) -> None:
    user = Snmp("3", "", 161, "u", auth, "pass-phrase-1", priv, "pass-phrase-2")
    assert sent([secured(user)], user).hurried == ["D-0"]


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (v2c("hall-8"), "community"),
        (v2c("hall-7")[:-1], "malformed"),
        (v2c("hall-7") + b"\0", "malformed"),
        (b"", "malformed"),
        (bytes(MAX_OCTETS + 1), "too_large"),
        (secured(Snmp("3", "", 161, "other", "sha", "signer-pass-1")), "user"),
        (secured(Snmp("3", "", 161, "signer", "sha", "signer-pass-2")), "signature"),
        (secured(Snmp("3", "", 161, "signer")), "signature"),
    ],
)
def test_what_cannot_show_who_it_is_from_changes_nothing_and_is_counted(datagram: bytes, reason: str) -> None:
    bench = sent([datagram], HALL, SIGNER)
    assert bench.hurried == []
    assert bench.counts == {reason: 1}
    assert bench.traps.refused == 1


def test_an_address_that_is_no_devices_is_refused_before_anything_is_read() -> None:
    async def work(bench: Bench) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            await bench.send(v2c("hall-7"), wire=stranger)

    bench = on_bench(work, HALL)
    assert (bench.hurried, bench.counts) == ([], {"unknown_source": 1})


def test_a_device_that_left_the_inventory_is_a_stranger() -> None:
    async def work(bench: Bench) -> None:
        await bench.send(secured(SIGNER))
        bench.traps.follow([])
        await bench.send(secured(SIGNER, time=1001))

    bench = on_bench(work, SIGNER)
    assert bench.counts == {"taken": 1, "unknown_source": 1}


def test_of_two_devices_at_an_address_only_the_one_with_that_community_is_asked() -> None:
    assert sent([v2c("hall-9")], HALL, Snmp("2c", "hall-9")).hurried == ["D-1"]


def test_communities_and_users_of_the_settings_count_for_every_device() -> None:
    bench = sent([v2c("traps"), secured(SEALER)], None, communities=("traps",), users=(SEALER,), pause_s=0.0)
    assert bench.counts == {"taken": 2}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((3, 1000), (3, 1000)),  # the same octets again
        ((3, 1000), (3, 849)),
        ((3, 1000), (2, 1000)),
        ((3, 1000), (2, 9000)),
    ],
)
def test_rfc_3414_a_signed_trap_from_outside_the_time_window_is_a_replay(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    bench = sent([secured(SIGNER, *before), secured(SIGNER, *after)], SIGNER)
    assert bench.counts == {"taken": 1, "replayed": 1}


def test_a_device_whose_starts_count_anew_is_named_by_the_log_and_strangers_are_not() -> None:
    async def work(bench: Bench) -> None:
        with capture_logs() as said, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            await bench.send(v2c("hall-7"), wire=stranger)
            await bench.send(secured(SIGNER, 7, 50), secured(SIGNER, 1, 9))
            bench.traps.tend()
            bench.traps.tend()
        assert [(one["lately"], one["replayed"]) for one in said if one["event"] == "traps_refused"] == [
            (["127.0.0.1"], 1)
        ]

    on_bench(work, SIGNER)


@pytest.mark.parametrize("after", [(3, 1001), (3, 851), (4, 0), (3, 900_000)])
def test_rfc_3414_the_senders_clock_is_learned_from_what_it_signs(after: tuple[int, int]) -> None:
    bench = sent([secured(SIGNER), secured(SIGNER, *after)], SIGNER)
    assert bench.counts == {"taken": 2}


def test_a_clock_is_never_learned_from_what_is_not_signed() -> None:
    forged = bytearray(secured(SIGNER, 9, 9))
    forged[-1] ^= 1
    assert sent([bytes(forged), secured(SIGNER)], SIGNER).counts == {"signature": 1, "taken": 1}


def test_an_inform_is_acknowledged_with_what_it_brought() -> None:
    async def work(bench: Bench) -> None:
        await bench.send(v2c("hall-7", inform=True))
        answer = bench.received()
        assert answer == v2c("hall-7", inform=True).replace(b"\xa6", b"\xa2", 1)
        await bench.send(v2c("hall-8", inform=True))
        assert bench.received() is None

    assert on_bench(work, HALL).counts == {"taken": 1, "acknowledged": 1, "community": 1}


def test_an_inform_of_version_3_is_told_our_engine_then_our_time_then_acknowledged() -> None:
    async def work(bench: Bench) -> None:
        await bench.send(secured(NOBODY, 0, 0, engine=b"", inform=True))
        named = v3.secured(bench.received() or b"")
        assert named.engine == bench.traps._users.engine
        await bench.send(secured(SEALER, 0, 0, engine=named.engine, inform=True))
        timed = v3.secured(bench.received() or b"")
        assert (timed.engine, timed.boots) == (named.engine, named.boots)
        await bench.send(secured(SEALER, timed.boots, timed.time, engine=named.engine, inform=True, id=9))
        answer = bench.received() or b""
        head, keys = v3.secured(answer), keys_for(SEALER, named.engine)
        assert head.id == 9
        assert keys.signed(answer, head.signature_at, head.signature)
        assert b"\xa2" in v3.scoped(answer, head, keys)

    bench = on_bench(work, SEALER)
    assert bench.hurried == ["D-0"]
    assert bench.counts == {"engine_told": 2, "acknowledged": 1, "taken": 1}


def test_an_engine_that_no_wrong_key_can_be_found_with_is_told_to_devices_only_and_wrong_keys_nothing() -> None:
    async def work(bench: Bench) -> None:
        wrong = Snmp("3", "", 161, "sealer", "sha256", "another-pass", "aes", "sealer-pass-2")
        await bench.send(secured(wrong, 0, 0, engine=bench.traps._users.engine, inform=True))
        assert bench.received() is None

    assert on_bench(work, SEALER).counts == {"signature": 1}


def test_many_traps_of_a_device_are_one_poll_now_and_one_when_the_pause_ends() -> None:
    async def work(bench: Bench) -> None:
        bench.traps._hurries._loop = loop = asyncio.get_running_loop()
        await bench.send(*[v2c("hall-7")] * 15)
        assert bench.hurried == ["D-0"]
        until = loop.time() + 5
        while len(bench.hurried) < 2 and loop.time() < until:
            await asyncio.sleep(0.02)

    bench = on_bench(work, HALL, pause_s=0.1)
    assert bench.hurried == ["D-0", "D-0"]


def test_an_address_has_its_share_and_no_more_of_it_is_read() -> None:
    bench = sent([v2c("hall-7")] * 30, HALL, per_source=(0.001, 7.0))
    assert bench.counts == {"taken": 7, "limited": 23}


def test_all_addresses_together_have_a_share_too() -> None:
    assert sent([v2c("hall-7")] * 30, HALL, per_all=(0.001, 5.0)).counts == {"taken": 5, "limited": 25}


def test_a_flood_is_read_in_small_pieces_with_time_for_others_between() -> None:
    async def work(bench: Bench) -> None:
        datagram, turns, where = v2c("hall-8"), 0, bench.traps.address
        assert where is not None
        began = process_time()
        for _ in range(50):
            for _ in range(200):
                bench.wire.sendto(datagram, where)
            before = bench.traps.counts.total()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            turns = max(turns, bench.traps.counts.total() - before)
        assert turns <= 2 * traps._BATCH
        assert process_time() - began < 1.0

    assert on_bench(work, HALL).counts.get("community", 0) <= 40


def test_whatever_octets_come_nothing_is_raised_and_nobody_is_hurried() -> None:
    """Mutations of true messages, 4,000 of them, through the whole of the judgement."""
    rng = random.Random(7)
    whole = [v2c("hall-7"), v1("hall-7", 6, 9), secured(SEALER), secured(SIGNER), v2c("hall-7", inform=True)]

    async def work(bench: Bench) -> None:
        source = bench.traps._sources["127.0.0.1"]
        for _ in range(4_000):
            octets = bytearray(rng.choice(whole))
            for _ in range(rng.randint(1, 4)):
                octets[rng.randrange(len(octets))] = rng.randrange(256)
            bench.traps._take(source, bytes(octets[: rng.randint(0, len(octets))]), ("127.0.0.1", 9), 0.0)
        assert "fault" not in bench.traps.counts

    on_bench(work, SIGNER, Snmp("2c", "no-such"))


def test_rfc_3584_a_trap_of_version_1_has_the_name_that_version_2_gives_it() -> None:
    def name(datagram: bytes) -> str:
        return plain_notification(datagram, plain_head(datagram)).name

    assert name(v1("", 0)) == "coldStart"
    assert name(v1("", 6, 1)) == "upsTrapOnBattery"
    assert name(v2c("", ON_BATTERY)) == "upsTrapOnBattery"
    assert name(v1("", 6, 5, (1, 3, 6, 1, 4, 1, 9))) == "1.3.6.1.4.1.9.0.5"


def test_a_port_that_is_taken_is_said_and_tried_again() -> None:
    async def work(bench: Bench) -> None:
        assert bench.traps.address is not None
        second = Traps(TrapConfig(*bench.traps.address), "c-01", print)
        second.open()
        assert second.error is not None
        assert second.stats()["listening"] is False
        bench.traps.close()
        second.tend()
        assert second.stats()["listening"] is True
        second.close()

    on_bench(work)


def test_rfc_3414_appendix_a_keys_are_those_of_the_standard() -> None:
    engine = bytes.fromhex("000000000000000000000002")
    md5, sha = (keys_for(Snmp("3", "", 161, "u", auth, "maplesyrup"), engine) for auth in ("md5", "sha"))
    assert md5.auth_key.hex() == "526f5eed9fcce26f8964c2930787d82b"
    assert sha.auth_key.hex() == "6695febc9288e36282235fc7151f128497b38f3f"
