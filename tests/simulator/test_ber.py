"""Whatever octets come, reading them ends in a value or in the one error; what was written is read again."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.snmp import ber
from collector.snmp.ber import BadEncoding
from simulator.message import GET, bindings_of, decode, names_of, request

OIDS = st.tuples(st.integers(0, 2), st.integers(0, 39)).flatmap(
    lambda head: st.lists(st.integers(0, ber.MAX_SUB_ID), max_size=20).map(lambda rest: (*head, *rest))
)
SAMPLE = request(1, b"public", GET, 7, (1, 3, 6, 1, 2, 1, 1, 3, 0), (1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 9, 1, 1))


def content(encoded: bytes) -> bytes:
    _, start, stop = ber.head(encoded, 0, len(encoded))
    assert stop == len(encoded)
    return encoded[start:stop]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_raise_nothing_but_the_one_error(octets: bytes) -> None:
    for read in (decode, bindings_of, names_of, ber.read_oid):
        with contextlib.suppress(BadEncoding):
            read(octets)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255), st.integers(0, len(SAMPLE)))
def test_a_bent_or_cut_message_raises_nothing_but_the_one_error(at: int, octet: int, cut: int) -> None:
    bent = bytearray(SAMPLE)
    bent[at] = octet
    for octets in (bytes(bent), SAMPLE[:cut], bytes(bent[:cut])):
        with contextlib.suppress(BadEncoding):
            names_of(decode(octets).bindings)


@settings(max_examples=60, deadline=None)
@given(OIDS)
def test_an_object_identifier_is_read_as_it_was_written(oid: ber.Oid) -> None:
    assert ber.read_oid(content(ber.write_oid(oid))) == oid


@settings(max_examples=60, deadline=None)
@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_an_integer_is_read_as_it_was_written_in_the_fewest_octets(number: int) -> None:
    encoded = ber.write_integer(number)
    assert ber.integer(encoded, 0, len(encoded)) == (number, len(encoded))
    assert len(encoded) == 2 + max(1, (number if number >= 0 else ~number).bit_length() // 8 + 1)


@pytest.mark.parametrize(
    ("tag", "bits"), [(ber.COUNTER32, 32), (ber.GAUGE32, 32), (ber.TIME_TICKS, 32), (ber.COUNTER64, 64)]
)
def test_C4_a_counter_wraps_at_its_width(tag: int, bits: int) -> None:
    top = (1 << bits) - 1
    assert ber.read_value(tag, content(ber.write_value(tag, top))) == top
    assert ber.read_value(tag, content(ber.write_value(tag, top + 6))) == 5


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x85\x00\x00\x00\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x3f\x01\x00",
        SAMPLE + b"\x00",
        SAMPLE[:-1],
        SAMPLE.replace(b"\x02\x01\x01\x04", b"\x02\x01\x03\x04", 1),
    ],
)
def test_what_is_no_message_is_refused(octets: bytes) -> None:
    with pytest.raises(BadEncoding):
        decode(octets)


def test_a_message_is_read_as_it_was_written() -> None:
    message = decode(SAMPLE)
    assert (message.version, message.community, message.pdu, message.request_id) == (1, b"public", GET, 7)
    assert names_of(message.bindings)[0] == (1, 3, 6, 1, 2, 1, 1, 3, 0)


def test_lengths_in_more_octets_than_needed_are_taken_as_net_snmp_writes_them() -> None:
    assert ber.head(b"\x30\x82\x00\x02\x05\x00", 0, 6) == (0x30, 4, 6)


def test_too_many_bindings_are_refused() -> None:
    with pytest.raises(BadEncoding, match="too many"):
        names_of(decode(request(1, b"c", GET, 1, *[(1, 3, n) for n in range(257)])).bindings)
