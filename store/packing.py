"""A device's day of observations as a few bytes, losslessly (T6): columns of differences in byte planes, deflated.

Polls come at a steady step, so differences from the commonest one are small; their high bytes are zeros, which
cost nothing in a plane of their own. Readings and streams change rarely and are kept as runs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from statistics import median_low
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.fault import Damaged

VERSION: Final = 1
_LEVEL: Final = 9
_WHERE: Final = "a packed day"
_MOST: Final = 100_000_000  # ms of a day, and some


class Packed(NamedTuple):
    """One observation as folding keeps it; `stream` and `seq` are both there or both none."""

    ts: int
    reading: int
    stream: int | None
    seq: int | None


def pack(rows: Sequence[Packed]) -> bytes:
    """Pack rows in the order given; `unpack` gives the same back."""
    numbered = [row.seq for row in rows if row.seq is not None]
    raw = bytearray()
    raw += _varint(len(rows))
    raw += _runs([row.reading for row in rows])
    raw += _runs([0 if row.stream is None else row.stream + 1 for row in rows])
    raw += _steps([row.ts for row in rows])
    raw += _steps(numbered)
    return bytes([VERSION]) + zlib.compress(bytes(raw), _LEVEL)


def unpack(packed: bytes) -> list[Packed]:
    """The rows that were packed. Raises `Damaged`."""
    if not packed or packed[0] != VERSION:
        raise Damaged(_WHERE, "not of this version")
    try:
        source = _Source(zlib.decompress(packed[1:]))
        count = source.count()
        readings = source.runs(count)
        streams = source.runs(count)
        instants = source.steps(count)
        seqs = iter(source.steps(sum(1 for stream in streams if stream)))
        rows = zip(instants, readings, streams, strict=True)
        return [Packed(ts, said, one - 1 if one else None, next(seqs) if one else None) for ts, said, one in rows]
    except (zlib.error, IndexError, ValueError, OverflowError) as error:
        raise Damaged(_WHERE, str(error)) from error


def unpack_columns(packed: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Instants (ms) and readings of the rows that were packed, as arrays: ten times as fast. Raises `Damaged`."""
    if not packed or packed[0] != VERSION:
        raise Damaged(_WHERE, "not of this version")
    try:
        source = _Source(zlib.decompress(packed[1:]))
        count = source.count()
        readings = np.repeat(*np.array(source.pairs(count), np.int64).reshape(-1, 2).T)
        source.pairs(count)
        return source.array(count), readings
    except (zlib.error, IndexError, ValueError, OverflowError) as error:
        raise Damaged(_WHERE, str(error)) from error


def _runs(values: Iterable[int]) -> bytes:
    return b"".join(_varint(value) + _varint(sum(1 for _ in run)) for value, run in groupby(values))


def _steps(values: Sequence[int]) -> bytes:
    """First value, commonest step, then what each step differs from it, byte plane after byte plane."""
    if not values:
        return b""
    deltas = [after - before for before, after in pairwise(values)]
    step = median_low(deltas) if deltas else 0
    rest = [_zigzag(delta - step) for delta in deltas]
    width = (max(rest, default=0).bit_length() + 7) // 8
    flat = b"".join([one.to_bytes(width, "little") for one in rest])
    planes = b"".join(flat[plane::width] for plane in range(width))
    return _varint(_zigzag(values[0])) + _varint(_zigzag(step)) + _varint(width) + planes


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _unzigzag(value: int) -> int:
    return -(value >> 1) - 1 if value & 1 else value >> 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class _Source:
    """Reads what the functions above wrote, from the beginning on."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._raw[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def count(self) -> int:
        count = self.varint()
        if count > _MOST:
            raise Damaged(_WHERE, "more rows than a day can have")
        return count

    def runs(self, count: int) -> list[int]:
        return [value for value, length in self.pairs(count) for _ in range(length)]

    def pairs(self, count: int) -> list[tuple[int, int]]:
        """Runs as (value, length)."""
        pairs: list[tuple[int, int]] = []
        left = count
        while left:
            value, length = self.varint(), self.varint()
            if not 1 <= length <= left:
                raise Damaged(_WHERE, "a run of no possible length")
            pairs.append((value, length))
            left -= length
        return pairs

    def steps(self, count: int) -> list[int]:
        if not count:
            return []
        first, step, width = _unzigzag(self.varint()), _unzigzag(self.varint()), self.varint()
        deltas = (step + _unzigzag(rest) for rest in self._planes(count - 1, width))
        return list(accumulate(deltas, initial=first))

    def array(self, count: int) -> NDArray[np.int64]:
        """As `steps`, of instants."""
        if not count:
            return np.zeros(0, np.int64)
        first, step, width = _unzigzag(self.varint()), _unzigzag(self.varint()), self.varint()
        if width > 8:
            raise Damaged(_WHERE, "steps too wide")
        rest = np.zeros(count - 1, np.uint64)
        planes = np.frombuffer(self._taken(count - 1, width), np.uint8).reshape(width, count - 1)
        for place, plane in enumerate(planes):
            rest |= plane.astype(np.uint64) << np.uint64(8 * place)
        deltas = step + ((rest >> np.uint64(1)).astype(np.int64) ^ -(rest & np.uint64(1)).astype(np.int64))
        return np.cumsum(np.concatenate(([first], deltas)))

    def _taken(self, count: int, width: int) -> bytes:
        planes = self._raw[self._at : self._at + count * width]
        if len(planes) != count * width:
            raise Damaged(_WHERE, "too short")
        self._at += count * width
        return planes

    def _planes(self, count: int, width: int) -> Iterator[int]:
        planes = self._taken(count, width)
        if width <= 1:
            return iter(planes if width else bytes(count))
        rows = zip(*(planes[plane * count : (plane + 1) * count] for plane in range(width)), strict=True)
        return (int.from_bytes(row, "little") for row in rows)
