"""Hostile and unlucky datagrams: no request is ever answered by what is not its answer."""

from __future__ import annotations

import struct
import time
from collections import Counter
from dataclasses import asdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.icmp.filter import program
from collector.icmp.packet import ECHO, destination, quoted
from collector.icmp.requests import Requests, canonical

FIELDS = ("kind", "code", "checksum", "ident", "sequence", "secret", "number", "nonce")
TELLING = ("ident", "sequence", "secret", "number", "nonce")

Change = st.tuples(st.sampled_from(TELLING), st.integers(1, 65535))
Move = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 5)),
    st.tuples(st.sampled_from(("answer", "forget", "elsewhere", "cut")), st.integers(0, 30)),
    st.tuples(st.just("forge"), st.integers(0, 30), Change),
)


class Heard:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.rtts: list[tuple[int, float]] = []
        self.errors: list[str] = []

    def answered(self, number: int, rtt_ms: float) -> None:
        self.rtts.append((number, rtt_ms))

    def complained(self, error: str) -> None:
        self.errors.append(error)


def reply_to(octets: bytes, six: bool, **changed: int) -> bytes:
    fields = {**dict(zip(FIELDS, ECHO.unpack(octets), strict=True)), "kind": 129 if six else 0, **changed}
    return ECHO.pack(*fields.values())


class World:
    """Requests and a model of them: who waits, who was answered, who was given up."""

    def __init__(self, six: bool) -> None:
        self.six, self.requests, self.heard = six, Requests(six, 7), Heard()
        self.sent: list[tuple[int, str, bytes]] = []
        self.waiting: set[int] = set()
        self.answered: list[int] = []
        self.strays: Counter[str] = Counter()

    def ask(self, device: int) -> None:
        octets, address = self.requests.next(), f"2001:db8::{device}" if self.six else f"192.0.2.{device}"
        number = self.requests.sent(self.heard, address, time.monotonic_ns(), self.requests.number, octets)
        self.sent.append((number, address, octets))
        self.waiting.add(number)

    def come(self, octets: bytes, sender: str) -> None:
        assert self.requests.take(octets, 0, time.monotonic_ns(), sender)

    def move(self, what: str, which: int, change: tuple[str, int] = ("", 0)) -> None:
        if what == "ask" or not self.sent:
            self.ask(which % 5 + 1)
            return
        number, address, octets = self.sent[which % len(self.sent)]
        if what == "answer":
            self.come(reply_to(octets, self.six), address)
            self._answered(number)
        elif what == "forget":
            self.requests.forget(number)
            self.waiting.discard(number)
        elif what == "elsewhere" and number in self.waiting:
            self.come(reply_to(octets, self.six), "198.51.100.9")
            self.strays["foreign"] += 1
        elif what == "forge":
            self.forge(number, address, octets, *change)
        elif what == "cut":
            assert not self.requests.take(octets[:63], 0, 0, address)

    def _answered(self, number: int) -> None:
        if number in self.waiting:
            self.waiting.remove(number)
            self.answered.append(number)
        else:
            self.strays["doubled" if number in self.answered else "late"] += 1

    def forge(self, number: int, address: str, octets: bytes, field: str, by: int) -> None:
        width = 0xFFFF if field in ("ident", "sequence") else 0xFFFFFFFFFFFFFFFF
        right = dict(zip(FIELDS, ECHO.unpack(octets), strict=True))[field]
        before = sum(asdict(self.requests.strays).values())
        self.come(reply_to(octets, self.six, **{field: (right + by) & width}), address)
        assert sum(asdict(self.requests.strays).values()) == before + 1
        for name, count in asdict(self.requests.strays).items():
            self.strays[name] = count  # which of them depends on what else was asked; that it is one of them does not


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.lists(Move, max_size=40))
def test_an_answer_counts_for_its_own_request_once_and_other_datagrams_for_none(six: bool, moves: list[Any]) -> None:
    world = World(six)
    for move in moves:
        world.move(*move)
        assert [number for number, _ in world.heard.rtts] == world.answered
        assert len(world.requests) == len(world.waiting)
    assert +Counter(asdict(world.requests.strays)) == +world.strays
    assert all(0 <= rtt_ms < 1000 for _, rtt_ms in world.heard.rtts)


@given(st.integers(0, 0xFFFF), st.integers(1, 3000))
def test_the_checksum_of_a_request_is_right_whatever_its_numbers(ident: int, count: int) -> None:
    requests = Requests(False, ident)
    requests.number += (count << 10) - 1
    for _ in range(2):
        total = sum(struct.unpack("!32H", requests.next()))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        assert total == 0xFFFF


def test_a_stamp_before_the_sending_or_in_the_future_is_of_no_use() -> None:
    requests, heard = Requests(False, 7), Heard()
    for stamp in (0, time.monotonic_ns() + 10**12, -(1 << 63)):
        octets = requests.next()
        requests.sent(heard, "192.0.2.1", time.monotonic_ns(), requests.number, octets)
        assert requests.take(reply_to(octets, False), 0, stamp, "192.0.2.1")
    assert len(heard.rtts) == 3
    assert all(0 <= rtt_ms < 100 for _, rtt_ms in heard.rtts)


def test_requests_older_than_all_that_is_kept_are_late_and_those_never_sent_forged() -> None:
    requests, heard = Requests(False, 7), Heard()
    first = requests.next()
    number = requests.sent(heard, "192.0.2.1", 0, requests.number, first)
    requests.forget(number)
    for _ in range(70_000):
        requests.next()
    requests.take(reply_to(first, False), 0, 0, "192.0.2.1")
    ahead = number + 80_000
    requests.take(reply_to(first, False, number=ahead, sequence=ahead & 0xFFFF), 0, 0, "192.0.2.1")
    assert (requests.strays.late, requests.strays.forged) == (1, 1)


def test_an_error_is_told_to_the_request_that_it_quotes_and_to_no_other() -> None:
    requests, heard = Requests(False, 7), Heard()
    octets = requests.next()
    number = requests.sent(heard, "192.0.2.1", 0, requests.number, octets)
    requests.blame(number & 0xFFFF, "192.0.2.9", "host unreachable")
    requests.blame(number - 1 & 0xFFFF, "192.0.2.1", "host unreachable")
    assert (heard.errors, requests.strays.foreign) == ([], 2)
    requests.blame(number & 0xFFFF, "192.0.2.1", "host unreachable")
    assert heard.errors == ["host unreachable"]
    assert len(requests) == 1  # an answer may still come


@given(st.booleans(), st.binary(max_size=100))
def test_whatever_is_quoted_is_taken_apart_without_a_fault(six: bool, octets: bytes) -> None:
    found = quoted(six, octets, 0)
    assert found is None or len(destination(six, octets, 0)) == (16 if six else 4)


def test_an_address_has_one_spelling() -> None:
    assert canonical("2001:DB8:0::0001") == "2001:db8::1"
    assert canonical("fe80::1%1") == "fe80::1%lo"
    assert canonical("192.0.2.1") == "192.0.2.1"


def test_every_jump_of_the_filter_ends_at_a_step() -> None:
    for six in (False, True):
        steps = program(six, 0x1234)
        assert steps[-1] == (0x06, 0, 0, 0)  # what fits nothing is dropped
        for at, (_, yes, no, _) in enumerate(steps[:-1]):
            assert at + 1 + max(yes, no) < len(steps)


def test_two_that_are_sent_in_one_another_keep_their_numbers() -> None:
    """Who is told of an answer while a full buffer is emptied may ask anew before the first request has left."""
    requests, outer, inner = Requests(False, 7), Heard(), Heard()
    first, number = requests.next(), requests.number
    second = requests.next()
    requests.sent(inner, "192.0.2.2", 0, requests.number, second)
    requests.sent(outer, "192.0.2.1", 0, number, first)
    assert requests.take(reply_to(second, False), 0, 0, "192.0.2.2")
    assert requests.take(reply_to(first, False), 0, 0, "192.0.2.1")
    assert (len(inner.rtts), len(outer.rtts)) == (1, 1)


@given(st.integers(0, 15), st.binary(max_size=48))
def test_whatever_an_error_quotes_has_an_address_or_is_none(words: int, rest: bytes) -> None:
    """A header that is said to be shorter than any would end before the address that it holds."""
    octets = bytes((3, 1, 0, 0, 0, 0, 0, 0, 0x40 | words)) + rest
    if quoted(False, octets, 0) is not None:
        assert len(destination(False, octets, 0)) == 4


def test_an_error_that_quotes_a_header_too_short_to_be_one_is_damaged() -> None:
    assert quoted(False, bytes((3, 1, 0, 0, 0, 0, 0, 0, 0x41, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 5)), 0) is None
