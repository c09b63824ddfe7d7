"""What a device answers, request by request (RFC 1157, RFC 3416)."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.kind import load_kinds
from collector.snmp import ber
from collector.snmp.ber import Oid
from simulator.fault import Fault, fault
from simulator.message import (
    GET,
    GET_BULK,
    GET_NEXT,
    NO_SUCH_NAME,
    NOT_WRITABLE,
    RESPONSE,
    SET,
    TOO_BIG,
    V1,
    V2C,
    Binding,
    Message,
    bindings_of,
    decode,
    request,
)
from simulator.model import Models
from simulator.respond import respond
from simulator.serve import units_of
from simulator.unit import Unit
from tests.simulator.conftest import START, one, small_city, told

UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
IN_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 1)
ERRORS: Oid = (1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 2, 1)
MIB: Oid = (1, 3)
CITY = small_city()
MODELS = Models(load_kinds())


def unit(kind: str, *faults: tuple[str, int, int], model: str | None = None, version: str = "2c") -> Unit:
    device = one(CITY, kind, model)
    story: list[Fault] = [fault(device.id, what, START + begin, START + end) for what, begin, end in faults]
    alone = dataclasses.replace(CITY, devices=(dataclasses.replace(device, version=version),))
    return units_of(alone, told(*story), MODELS)[0]


def ask(
    who: Unit, pdu: int, *names: Oid, version: int = V2C, t: int = START, status: int = 0, place: int = 0
) -> tuple[Message, tuple[Binding, ...]]:
    asked = request(version, who.community, pdu, 99, *names, status=status, place=place)
    answer = respond(who, asked, t)
    assert answer is not None
    message = decode(answer)
    assert (message.pdu, message.request_id, message.version) == (RESPONSE, 99, version)
    return message, bindings_of(message.bindings)


def walk(who: Unit, version: int = V2C) -> list[Binding]:
    found: list[Binding] = []
    name = MIB
    while len(found) < 1000:
        message, bindings = ask(who, GET_NEXT, name, version=version)
        if message.status or bindings[0].tag == ber.END_OF_MIB_VIEW:
            return found
        found.append(bindings[0])
        name = bindings[0].oid
    raise AssertionError("a walk without end")


def test_a_walk_meets_every_object_once_in_order() -> None:
    for device in {d.model: d for d in CITY.devices}.values():
        who = unit(device.kind, model=device.model)
        names = [binding.oid for binding in walk(who)]
        assert names == sorted(set(names)) == [object_.oid for object_ in who.layout.objects]


def test_v1_skips_counters_of_64_bits_and_says_no_such_name() -> None:
    switch = unit("switch")
    assert ber.COUNTER64 not in {binding.tag for binding in walk(switch, V1)}
    message, _ = ask(switch, GET, UPTIME, IN_OCTETS, version=V1)
    assert (message.status, message.place) == (NO_SUCH_NAME, 2)
    message, _ = ask(switch, GET_NEXT, (2, 99), version=V1)
    assert (message.status, message.place) == (NO_SUCH_NAME, 1)


def test_v2c_tells_what_is_missing_value_by_value() -> None:
    _, bindings = ask(unit("switch"), GET, UPTIME, (*IN_OCTETS[:-1], 99), (1, 3, 6, 1, 9, 9, 9, 9, 9))
    assert [binding.tag for binding in bindings] == [ber.TIME_TICKS, ber.NO_SUCH_INSTANCE, ber.NO_SUCH_OBJECT]


def test_a_bulk_keeps_to_the_size_of_a_message() -> None:
    switch = unit("switch")
    message, bindings = ask(switch, GET_BULK, MIB, place=2_000_000_000)
    assert message.status == 0
    assert len(bindings) > 30
    asked = request(V2C, switch.community, GET_BULK, 1, MIB, place=10_000)
    assert len(respond(switch, asked, START) or b"") <= switch.layout.max_bytes


def test_a_bulk_asks_once_what_is_not_to_be_repeated_and_stops_at_the_end() -> None:
    _, bindings = ask(unit("queue"), GET_BULK, UPTIME[:-1], (1, 3, 6, 1, 4), status=1, place=50)
    assert bindings[0].oid == UPTIME
    assert [b.tag for b in bindings[1:]][-1] == ber.END_OF_MIB_VIEW
    assert len(bindings) == 4  # the uptime, the two values of the queue, the end


def test_a_get_that_does_not_fit_is_too_big() -> None:
    switch = unit("switch")
    many = [object_.oid for object_ in switch.layout.objects]
    message, bindings = ask(switch, GET, *many)
    assert (message.status, message.place, bindings) == (TOO_BIG, 0, ())


def test_nobody_writes() -> None:
    assert ask(unit("pc"), SET, UPTIME)[0].status == NOT_WRITABLE
    assert ask(unit("pc"), SET, UPTIME, version=V1)[0].status == NO_SUCH_NAME


def test_another_community_a_bulk_in_v1_and_an_answer_get_silence() -> None:
    who = unit("pc")
    assert respond(who, request(V2C, b"wrong", GET, 1, UPTIME), START) is None
    assert respond(who, request(V1, who.community, GET_BULK, 1, UPTIME), START) is None
    assert respond(who, request(V2C, who.community, RESPONSE, 1, UPTIME), START) is None
    assert respond(unit("pc", version="1"), request(V2C, b"public", GET, 1, UPTIME), START) is None


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=120), st.sampled_from([GET, GET_NEXT, GET_BULK, SET]), st.integers(0, 60), st.integers(0, 255)
)
def test_no_datagram_makes_a_device_stumble(octets: bytes, pdu: int, at: int, octet: int) -> None:
    bent = bytearray(request(V2C, b"public", pdu, 1, UPTIME, IN_OCTETS, place=5))
    bent[at % len(bent)] = octet
    for datagram in (octets, bytes(bent)):
        answer = respond(QUEUE, datagram, START)
        assert answer is None or len(answer) <= max(QUEUE.layout.max_bytes, len(datagram) + 8)


QUEUE = unit("queue")


def test_C2_error_bits_come_from_the_most_significant_end_in_no_one_or_two_octets() -> None:
    def said(model: str, t: int) -> object:
        who = unit("printer", ("jam", 1000, 5000), ("low_paper", 3000, 5000), model=model)
        return ask(who, GET, ERRORS, t=START + t)[1][0].value

    models = {device.model for device in CITY.devices if device.kind == "printer"}
    nothing = {"HP M404": b"\0", "HP M454": b"\0\0", "Brother HL-5590": b""}
    for model in models:
        pad = b"\0" * (len(nothing[model]) - 1)
        assert said(model, 0) == nothing[model]
        assert said(model, 1000) == b"\x04" + pad
        assert said(model, 3000) == b"\x84" + pad
        assert said(model, 5000) == nothing[model]


def test_a_dead_or_sleeping_device_is_silent_from_its_first_to_its_last_millisecond() -> None:
    for what in ("dead", "asleep", "unreachable"):
        who = unit("pc", (what, 1000, 2000))
        asked = request(V2C, who.community, GET, 1, UPTIME)
        heard = [respond(who, asked, START + t) is not None for t in (999, 1000, 1999, 2000)]
        assert heard == [True, False, False, True]


def test_C4_uptime_begins_anew_after_a_loss_of_power_and_so_do_a_switchs_counters() -> None:
    who = unit("switch", ("dead", 1000, 61_000))
    before, _ = (ask(who, GET, UPTIME, IN_OCTETS, t=START)[1]), None
    after = ask(who, GET, UPTIME, IN_OCTETS, t=START + 66_000)[1]
    assert after[0].value == 500
    assert isinstance(before[1].value, int)
    assert isinstance(after[1].value, int)
    assert after[1].value < before[1].value


def test_values_move_as_in_life() -> None:
    day = 86_400_000
    pages: Oid = (1, 3, 6, 1, 2, 1, 43, 10, 2, 1, 4, 1, 1)
    who = unit("list_printer")
    counts = [ask(who, GET, pages, t=START + n * day // 24)[1][0].value for n in range(0, 24 * 7, 3)]
    numbers = [count for count in counts if isinstance(count, int)]
    assert numbers == sorted(numbers)
    assert 1_000 < numbers[-1] - numbers[0] < 10_000


@pytest.mark.parametrize(("bits", "said"), [((), -3), (("toner_out",), -100)])
def test_C3_a_copier_that_lies_says_some_whatever_is_left(bits: tuple[str, ...], said: int) -> None:
    who = unit("copier", *((bit, 0, 1000) for bit in bits))
    assert ask(who, GET, (1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 9, 1, 1))[1][0].value == said
