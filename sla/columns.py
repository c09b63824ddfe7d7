"""The facts of very many devices as columns of int64, for `sla.bulk` (A1, A6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sla.clock import Clock
from sla.clock_arrays import I64
from sla.instant import Ms
from sla.owners import counts_as_vendor
from sla.spans import CLASSES, Class, DeviceFacts, layers

EVER: Final = 1 << 62
"""Later than every instant: the end of what lasts; `-EVER` is earlier than every one."""

LAYERS: Final = tuple(reversed(CLASSES[CLASSES.index("maintenance") :]))
"""The classes that come as pieces, from the last to the first that applies."""

Flags = NDArray[np.bool_]


class Pieces(NamedTuple):
    """[start, until) of the device numbered `device` each, sorted by device."""

    device: I64
    start: I64
    until: I64

    def in_order(self) -> bool:
        """Whether they are sorted by device."""
        return bool((self.device[:-1] <= self.device[1:]).all())

    def among(self, devices: range) -> slice:
        """Where the pieces of consecutive devices are."""
        return slice(*(int(i) for i in np.searchsorted(self.device, [devices.start, devices.stop])))

    def part(self, which: slice | Flags) -> Pieces:
        """Some of them."""
        return Pieces(self.device[which], self.start[which], self.until[which])


@dataclass(frozen=True, slots=True)
class Columns:
    """Devices numbered from 0.

    `clock` is the number of each device's clock among `clocks`, `commissioned` and `retired` its service (-EVER and
    EVER where not given). `layers` are pieces of the classes of LAYERS; what none covers is unmonitored. `charged` says
    of each piece of `down` whether it counts as the vendor's (C5). `outages` are the O3 outages, apart from each other,
    `until` EVER while one lasts; every piece of `down` and `unreachable` lies within one. Nobody need cut at `now`.
    """

    clocks: Sequence[Clock]
    clock: I64
    commissioned: I64
    retired: I64
    layers: Mapping[Class, Pieces]
    charged: Flags
    outages: Pieces

    def __post_init__(self) -> None:
        """Raises ValueError where pieces are not sorted by device, or `charged` is not for each of `down`."""
        if not all(pieces.in_order() for pieces in (*self.layers.values(), self.outages)):
            raise ValueError("pieces are not in the order of their devices")
        if len(self.charged) != (len(self.layers["down"].device) if "down" in self.layers else 0):
            raise ValueError("charged is not for each piece of down")

    def __len__(self) -> int:
        """The number of devices."""
        return len(self.clock)


def collect(devices: Iterable[DeviceFacts], now: Ms) -> Columns:
    """Columns of devices in their order, as they are known at `now`. Equal clocks must be the same object to be shared.

    They serve every period for which the facts reach (see DeviceFacts).
    """
    clocks: dict[Clock, int] = {}
    frames: list[tuple[int, Ms, Ms]] = []
    laid: dict[Class, list[tuple[int, Ms, Ms]]] = {class_: [] for class_ in LAYERS}
    charged: list[bool] = []
    outages: list[tuple[int, Ms, Ms]] = []
    for n, facts in enumerate(devices):
        since = -EVER if facts.commissioned is None else facts.commissioned
        frames.append((clocks.setdefault(facts.clock, len(clocks)), since, _until(facts.retired)))
        for class_, layer in layers(facts, now):
            laid[class_] += [(n, one.start, one.until) for one in layer]
            if class_ == "down":
                charged += [counts_as_vendor(one.owner or "", facts.policy) for one in layer]
        outages += [(n, one.start, _until(one.until)) for one in facts.outages]
    return Columns(
        tuple(clocks),
        *_pieces(frames),
        {class_: _pieces(rows) for class_, rows in laid.items() if rows},
        np.array(charged, np.bool_),
        _pieces(outages),
    )


def _until(end: Ms | None) -> Ms:
    return EVER if end is None else end


def _pieces(rows: Sequence[tuple[int, Ms, Ms]]) -> Pieces:
    return Pieces(*np.array(rows, np.int64).reshape(-1, 3).T.copy())
