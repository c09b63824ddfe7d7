"""Packing a device's day: what comes out is what went in (T6)."""

from __future__ import annotations

import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.fault import Damaged
from store.packing import VERSION, Packed, pack, unpack, unpack_columns

_TS = st.integers(-(1 << 48), 1 << 48)
_IDENTITY = st.one_of(
    st.tuples(st.none(), st.none()), st.tuples(st.integers(0, 1 << 40), st.integers(0, (1 << 63) - 1))
)
_ROWS = st.lists(st.builds(lambda ts, said, one: Packed(ts, said, *one), _TS, st.integers(0, 1 << 40), _IDENTITY))


@settings(max_examples=100, deadline=None)
@given(rows=_ROWS)
def test_T6_unpacking_gives_back_what_was_packed_in_any_order(rows: list[Packed]) -> None:
    assert unpack(pack(rows)) == rows
    ts, said = unpack_columns(pack(rows))
    assert list(zip(ts.tolist(), said.tolist(), strict=True)) == [row[:2] for row in rows]


def test_T6_a_steady_day_takes_a_fraction_of_a_byte_an_observation() -> None:
    rows = [Packed(1_700_000_000_000 + n * 60_000, 3, 1, 5 + n * 6_000) for n in range(1440)]
    assert len(pack(rows)) < 144


def test_T6_a_day_with_jitter_takes_less_than_three_bytes_an_observation() -> None:
    rows = [Packed(1_700_000_000_000 + n * 60_000 + n * n % 97, 3, 1, 5 + n * 6_000 + n * n % 89) for n in range(1440)]
    assert len(pack(rows)) < 3 * 1440


@settings(max_examples=100, deadline=None)
@given(junk=st.binary(max_size=64))
def test_junk_is_damaged_and_nothing_worse(junk: bytes) -> None:
    for begin in (b"\x01", b"\x02"):
        with pytest.raises(Damaged):
            unpack(begin + junk)
        with pytest.raises(Damaged):
            unpack_columns(begin + junk)


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 200), byte=st.integers(0, 255))
def test_a_changed_byte_is_damaged_or_changes_nothing(at: int, byte: int) -> None:
    rows = [Packed(1_700_000_000_000 + n * 60_000 + n * n % 97, n // 50, 1, 5 + n * 6_000) for n in range(200)]
    packed = bytearray(pack(rows))
    packed[at % len(packed)] = byte
    with suppress(Damaged):
        assert unpack(bytes(packed)) == rows


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=64))
def test_what_was_not_packed_by_us_is_damaged_and_nothing_worse(raw: bytes) -> None:
    for read in (unpack, unpack_columns):
        with suppress(Damaged):
            read(bytes([VERSION]) + zlib.compress(raw))


def test_more_rows_than_a_day_has_are_damaged_before_they_take_memory() -> None:
    raw = b"\xff" * 5 + b"\x7f" + b"\x01" + b"\xff" * 5 + b"\x7f"
    for read in (unpack, unpack_columns):
        with pytest.raises(Damaged):
            read(bytes([VERSION]) + zlib.compress(raw))
