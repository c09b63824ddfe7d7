"""Where nothing was seen of very many devices: stretches of the class `unmonitored`, and of silence (A1, O6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sla.bulk import CHUNK, Cut
from sla.clock_arrays import I64, Clocks
from sla.columns import Columns, Flags
from sla.edges import CODES, Edges, Window
from sla.instant import Ms


class Unseen(NamedTuple):
    """[start, until) of the device numbered `device` each, in order, `agreed` of its ms unmonitored in agreed time."""

    device: I64
    start: I64
    until: I64
    agreed: I64


def unseen(columns: Columns, start: Ms, until: Ms, now: Ms) -> Unseen:
    """The stretches of [start, until) in which a device has the class `unmonitored`, closed hours within passed over.

    Their `agreed` ms add up to the seconds of that class (A1). What was blind in closed hours only is left out.
    """
    return unseen_and_silent(columns, start, until, now)[0]


def silent(columns: Columns, start: Ms, until: Ms, now: Ms) -> Unseen:
    """The stretches in which nothing was seen of a device in service, whatever was planned or closed (A2, `raw`)."""
    return unseen_and_silent(columns, start, until, now)[1]


def unseen_and_silent(columns: Columns, start: Ms, until: Ms, now: Ms) -> tuple[Unseen, Unseen]:
    """Both, for which the edges are sorted once."""
    parts = [(Unseen(*np.zeros((4, 0), np.int64)),) * 2]
    if until > start and len(columns):
        window = Window(start, until, now, start, until)
        parts += _chunks(columns, window, Clocks.of(columns.clocks, start, until))
    shown, raw = (
        Unseen(*(np.concatenate(column) for column in zip(*some, strict=True))) for some in zip(*parts, strict=True)
    )
    counts = shown.agreed > 0
    return Unseen(*(column[counts] for column in shown)), raw


def _chunks(columns: Columns, window: Window, clocks: Clocks) -> Iterator[tuple[Unseen, Unseen]]:
    for first in range(0, len(columns), CHUNK):
        chunk = range(first, min(first + CHUNK, len(columns)))
        edges = Edges.of(columns, chunk, window)
        clock = columns.clock[chunk.start : chunk.stop]
        cut = Cut.of(edges, clocks.opened(clock[edges.device], edges.at))
        place = np.arange(len(edges.at))
        lasts = (place >= edges.begin[edges.device]) & (place < edges.end[edges.device]) & (cut.length > 0)
        found = (edges.device[lasts] + first, edges.at[lasts], cut.length[lasts], cut.open[lasts])
        shown, raw = (numbers[lasts] == CODES["unmonitored"] for numbers in (cut.shown, cut.raw))
        yield _joined(*found, shown), _joined(*found, raw)


def _joined(device: I64, at: I64, length: I64, open_: I64, flags: Flags) -> Unseen:
    """Neighbours of one device as one; what follows upon each other of a device has no gaps."""
    goes_on = np.zeros(len(flags), np.bool_)
    goes_on[1:] = flags[:-1] & (device[1:] == device[:-1])
    heads = np.flatnonzero(flags & ~goes_on)
    number = np.cumsum(flags & ~goes_on)[flags] - 1
    agreed, lengths = np.zeros(len(heads), np.int64), np.zeros(len(heads), np.int64)
    np.add.at(agreed, number, open_[flags])
    np.add.at(lengths, number, length[flags])
    return Unseen(device[heads], at[heads], at[heads] + lengths, agreed)
