"""All edges of many devices in one sorted array, and what covers the time after each (A1).

An edge is one integer: the device, the instant, what begins or ends there. Sorting the integers sorts the edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sla.clock_arrays import I64
from sla.columns import EVER, Columns, Flags, Pieces
from sla.instant import Ms
from sla.spans import CLASSES, Class

CODES: Final[dict[Class, int]] = {class_: n for n, class_ in enumerate(CLASSES)}
"""The number of each class."""

CHARGED: Final = len(CLASSES)
"""The number of `down` that counts as the vendor's."""

Numbers = NDArray[np.int8]

_BORDER: Final = CODES["closed"]  # clocks tell what is closed, so that its number is free
_CODE_BITS: Final = 5
_INSTANT_BITS: Final = 43


class Window(NamedTuple):
    """The period [start, until), and [low, high), which holds it and all outages that cross its borders."""

    start: Ms
    until: Ms
    now: Ms
    low: Ms
    high: Ms

    @classmethod
    def around(cls, start: Ms, until: Ms, now: Ms, outages: Pieces) -> Window:
        """Raises ValueError where it takes 278 years or more."""
        early = outages.start[(outages.start < start) & (outages.until > start)]
        late = outages.until[(outages.start < until) & (outages.until > until)]
        low, high = int(early.min(initial=start)), max(until, min(int(late.max(initial=until)), now))
        if (high - low) >> _INSTANT_BITS:
            raise ValueError("more than 278 years")
        return cls(start, until, now, low, high)

    def key(self, device: I64, at: I64 | Ms) -> I64:
        """What the edges of a device at an instant begin from."""
        return ((device << _INSTANT_BITS) + (at - self.low)) << _CODE_BITS

    def clip(self, pieces: Pieces, first: int, *, seen: bool) -> Pieces:
        """What lies within, devices numbered from `first` on; nothing is `seen` after now."""
        starts = np.maximum(pieces.start, self.low)
        untils = np.minimum(pieces.until, min(self.high, self.now) if seen else self.high)
        some = starts < untils
        return Pieces(pieces.device[some] - first, starts[some], untils[some])


class Edges(NamedTuple):
    """Edges in order; `codes` are twice the number of what begins, one more where it ends, `numbers` those that occur.

    `begin` and `end` are the places of the period's borders, by device.
    """

    keys: I64
    device: I64
    at: I64
    codes: Numbers
    numbers: frozenset[int]
    begin: I64
    end: I64

    @classmethod
    def of(cls, columns: Columns, chunk: range, window: Window) -> Edges:
        """Of the devices in a chunk, numbered from 0; at least the two borders of each."""
        keys = np.concatenate([*_borders(len(chunk), window), *_keys(columns, chunk, window)])
        keys.sort()
        codes = (keys & ((1 << _CODE_BITS) - 1)).astype(np.int8)
        instants = keys >> _CODE_BITS
        return cls(
            keys,
            instants >> _INSTANT_BITS,
            (instants & ((1 << _INSTANT_BITS) - 1)) + window.low,
            codes,
            frozenset((np.flatnonzero(np.bincount(codes)) // 2).tolist()),
            *np.flatnonzero(codes == 2 * _BORDER).reshape(-1, 2).T,
        )

    def covered(self, number: int) -> Flags:
        """Whether something of this number covers what follows each edge."""
        begins, ends = (self.codes == 2 * number + one for one in (0, 1))
        covered: Flags = np.cumsum(begins.view(np.int8) - ends.view(np.int8), dtype=np.int32) > 0
        return covered

    def sums(self, values: I64) -> I64:
        """The sum over the period, by device, of what follows each edge."""
        borders = np.stack([self.begin, self.end], axis=1).ravel()
        return np.add.reduceat(values, borders)[::2]


def _borders(devices: int, window: Window) -> Iterator[I64]:
    for at in (window.start, window.until):
        yield window.key(np.arange(devices), at) + 2 * _BORDER


def _keys(columns: Columns, chunk: range, window: Window) -> Iterator[I64]:
    for number, pieces in _numbered(columns, chunk):
        seen = number > CODES["unmonitored"]
        device, start, until = window.clip(pieces, chunk.start, seen=seen)
        yield window.key(device, start) + 2 * number
        yield window.key(device, until) + (2 * number + 1)


def _numbered(columns: Columns, chunk: range) -> Iterator[tuple[int, Pieces]]:
    """The pieces of a chunk by the number of their class."""
    for class_, whole in columns.layers.items():
        mine = whole.among(chunk)
        pieces = whole.part(mine)
        if class_ == "down":
            charged = columns.charged[mine]
            yield CHARGED, pieces.part(charged)
            yield CODES[class_], pieces.part(~charged)
        else:
            yield CODES[class_], pieces
    devices, ever, some = np.arange(chunk.start, chunk.stop), np.full(len(chunk), EVER), slice(chunk.start, chunk.stop)
    yield CODES["not_in_service"], Pieces(devices, -ever, columns.commissioned[some])
    yield CODES["not_in_service"], Pieces(devices, columns.retired[some], ever)
