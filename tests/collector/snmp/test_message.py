"""Both ways of reading an answer say the same; whatever octets come, nothing but the one error is raised."""

from __future__ import annotations

import contextlib
import struct
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.reading import Raw
from collector.snmp import ber
from collector.snmp.ber import BadEncoding
from collector.snmp.message import GET, MAX_BINDINGS, Request, encoded, head_of, number_of, read_response
from collector.snmp.shape import shape_of, sorted_out, values_of
from collector.snmp.value import OPAQUE, READ, nothing
from tests.collector.snmp.answers import answer, binding, to

OIDS = tuple(f"1.3.6.1.2.1.43.10.2.1.4.1.{n}" for n in range(1, 6))
REQUEST = Request("2c", "public", GET, OIDS)
NUMBER = 0x4123_4567
TAGS = [*READ, ber.NULL, ber.NO_SUCH_OBJECT, ber.NO_SUCH_INSTANCE, ber.END_OF_MIB_VIEW, 0x45, 0x9F]
VALUES = st.lists(
    st.tuples(st.sampled_from(TAGS[:-1]), st.one_of(st.binary(max_size=10), st.just(b""), st.binary(max_size=200))),
    min_size=5,
    max_size=5,
)


def strictly(data: bytes) -> tuple[Raw, ...] | None:
    """What the strict decoder says of an answer to REQUEST; None where it is none."""
    try:
        response = read_response(data)
    except BadEncoding:
        return None
    wanted = (NUMBER, 1, b"public", 0)
    if (response.number, response.version, response.community, response.status) != wanted:
        return None
    return tuple(values_of(data, response)) if response.names == REQUEST.names else None


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES, st.integers(0, 1 << 64), st.integers(0, 3))
def test_the_fast_path_says_what_the_strict_decoder_says_or_nothing(
    before: list[tuple[int, bytes]], now: list[tuple[int, bytes]], seed: int, flips: int
) -> None:
    first, rng = to(REQUEST, 0x4000_0001, before), Random(seed)
    shape = shape_of(first, read_response(first))
    assert shape is not None
    same = [(tag, rng.randbytes(len(content))) for tag, content in before]  # the same lengths, other contents
    for data in (to(REQUEST, NUMBER, now), to(REQUEST, NUMBER, same)):
        bent = bytearray(data)
        for _ in range(flips):
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
        fast = shape.read(bytes(bent), NUMBER)
        assert fast is None or fast == strictly(bytes(bent))
    assert shape.read(to(REQUEST, 0x4000_0001, before), 0x4000_0001) in (
        None,  # a counter that is negative
        tuple(values_of(first, read_response(first))),
    )


def test_the_usual_answer_takes_the_fast_path() -> None:
    def values(step: int) -> list[tuple[int, bytes]]:
        numbers = (struct.pack(">I", 0x7000_0000 + step), struct.pack(">q", 1 << 40 | step)[2:], b"\0\xff\xff\xff\xff")
        tags = (ber.COUNTER32, ber.COUNTER64, ber.GAUGE32)
        return [*zip(tags, numbers, strict=True), (ber.OCTET_STRING, b"text"), (ber.INTEGER, bytes([step]))]

    first = to(REQUEST, NUMBER, values(1))
    shape = shape_of(first, read_response(first))
    assert shape is not None
    assert shape.read(to(REQUEST, NUMBER, values(2)), NUMBER) == (0x7000_0002, 1 << 40 | 2, (1 << 32) - 1, b"text", 2)
    assert shape is shape_of(first, read_response(first))  # agents that answer alike share it


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda tail: b"\x30\x82\x01\x00" + tail)))
def test_any_octets_raise_nothing_but_the_one_error(data: bytes) -> None:
    assert -1 <= number_of(data) < 1 << 32
    for read in (read_response, head_of):
        with contextlib.suppress(BadEncoding):
            read(data)


def test_a_datagram_full_of_bindings_or_of_depth_is_refused_at_once() -> None:
    many = answer(NUMBER, [("1.3.6", ber.NULL, b"")] * (MAX_BINDINGS + 1))
    with pytest.raises(BadEncoding, match="too many"):
        read_response(many)
    with pytest.raises(BadEncoding):
        read_response(b"\x30\x82\xff\xfb" * 16_000)
    with pytest.raises(BadEncoding):
        read_response(answer(NUMBER, [])[:-2] + b"\x30\x84\xff\xff\xff\xff")


@pytest.mark.parametrize(
    ("tag", "content", "value"),
    [
        (ber.INTEGER, b"\xff", -1),
        (ber.INTEGER, b"\0\0\0\0\x05", 5),  # longer than need be
        (ber.INTEGER, b"\xff\xff\xff\xff\xff\xff\xff\xfd", -3),
        (ber.INTEGER, b"", None),
        (ber.INTEGER, bytes(9), None),
        (ber.COUNTER32, b"\0\xff\xff\xff\xff", (1 << 32) - 1),
        (ber.COUNTER32, b"\xff\xff\xff\xfe", (1 << 32) - 2),  # without the zero that belongs before it
        (ber.COUNTER32, b"\xff", None),  # negative, or 255? it cannot be relied on
        (ber.COUNTER32, b"\x01\0\0\0\0", None),
        (ber.TIME_TICKS, b"\x05", 5),
        (ber.GAUGE32, b"", None),
        (ber.COUNTER64, b"\0" + b"\xff" * 8, (1 << 64) - 1),
        (ber.COUNTER64, b"\xff" * 8, (1 << 64) - 1),
        (ber.COUNTER64, b"\x7f\0\0\0\0\0\0\0\0", None),
        (OPAQUE, b"\x9f\x78\x04" + struct.pack(">f", 0.25), 0.25),
        (OPAQUE, b"\x9f\x79\x08" + struct.pack(">d", 0.1), 0.1),
        (OPAQUE, b"\x9f\x78\x04\x7f\xc0\0\0", None),  # not a number
        (OPAQUE, b"\x9f\x78\x04\0", None),
        (ber.IP_ADDRESS, b"\x0a\0\0\x01", "10.0.0.1"),
        (ber.IP_ADDRESS, b"\x0a", None),
        (ber.OBJECT_IDENTIFIER, encoded("1.3.6.1.4.1.8072"), "1.3.6.1.4.1.8072"),
        (ber.OBJECT_IDENTIFIER, b"\0", "0.0"),
        (ber.OBJECT_IDENTIFIER, b"", None),
        (ber.OBJECT_IDENTIFIER, b"\x2b\x80\x01", None),
        (ber.OBJECT_IDENTIFIER, b"\x2b" + b"\xff" * 9 + b"\x7f", None),
        (ber.OCTET_STRING, b"\0\xff", b"\0\xff"),
        (ber.NULL, b"", None),
        (ber.NO_SUCH_OBJECT, b"", None),
        (ber.NO_SUCH_INSTANCE, b"", None),
        (ber.END_OF_MIB_VIEW, b"", None),
        (0x45, b"\x01", None),
    ],
)
def test_values_as_devices_send_them(tag: int, content: bytes, value: Raw) -> None:
    assert READ.get(tag, nothing)(content) == value
    data = to(Request("2c", "public", GET, OIDS[:1]), NUMBER, [(tag, content)])
    shape = shape_of(data, read_response(data))
    assert shape is not None
    assert shape.read(data, NUMBER) in (None, (value,))


NAMES = st.lists(st.sampled_from([*OIDS, "1.3.6.1.9", "1.3.6.1.2.1.43.10.2.1.4.1"]), max_size=8)


@settings(max_examples=100, deadline=None)
@given(NAMES, st.randoms(use_true_random=False))
def test_an_answer_with_other_names_is_never_attributed_wrongly(names: list[str], rng: Random) -> None:
    told = [(oid, rng.randrange(3)) for oid in names]
    data = answer(NUMBER, [(oid, ber.INTEGER, bytes([value])) for oid, value in told])
    response = read_response(data)
    got = dict(zip(OIDS, sorted_out(REQUEST.names, response, values_of(data, response)), strict=True))
    for oid, value in got.items():
        said = {number for name, number in told if name == oid}
        assert value == (said.pop() if len(said) == 1 else None)


@pytest.mark.parametrize("oid", ["", "1", "1.3.x", "3.1", "1.40", "1.3.-1", "1.3.4294967296", "1.3" + ".1" * 127])
def test_what_is_no_object_identifier_is_refused(oid: str) -> None:
    with pytest.raises(BadEncoding):
        encoded(oid)


def test_lengths_in_other_forms_are_read_all_the_same() -> None:
    usual = binding(OIDS[0], ber.INTEGER, b"\x07")
    body = b"\x30\x84" + len(usual).to_bytes(4, "big") + usual
    numbers = b"\x02\x04" + NUMBER.to_bytes(4, "big") + b"\x02\x01\0\x02\x01\0"
    unit = b"\xa2\x82" + (len(numbers) + len(body)).to_bytes(2, "big") + numbers + body
    inner = b"\x02\x01\x01\x04\x81\x06public" + unit
    data = b"\x30\x82" + len(inner).to_bytes(2, "big") + inner
    response = read_response(data)
    assert (response.number, values_of(data, response)) == (NUMBER, [7])
    padded = data.replace(b"\x04\x81\x06", b"\x04\x82\0\x06").replace(b"\x30\x82\0", b"\x30\x82\0", 1)
    padded = b"\x30\x82" + (len(padded) - 4).to_bytes(2, "big") + padded[4:]
    assert read_response(padded).community == b"public"
