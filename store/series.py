"""A series in a few points: what a chart can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from store.metrics import Point


class Item(NamedTuple):
    """Some samples of one field from `ts` (ms) on: one raw one, or an hour of them."""

    ts: int
    n: int
    min: float
    max: float
    sum: float


def points_of(items: Iterable[Item], start: int, until: int, points: int) -> list[Point]:
    """At most `points` points of [start, until): each item by itself if they are few, else those of equal parts."""
    ordered = sorted(items)
    if len(ordered) <= points:
        return [_point([item]) for item in ordered]
    return list(_parts(ordered, start, until, max(1, points)))


def _parts(ordered: Sequence[Item], start: int, until: int, points: int) -> Iterator[Point]:
    for _, part in groupby(ordered, key=lambda item: (item.ts - start) * points // (until - start)):
        yield _point(list(part))


def _point(part: Sequence[Item]) -> Point:
    mean = sum(item.sum for item in part) / sum(item.n for item in part)
    return Point(part[0].ts, min(item.min for item in part), mean, max(item.max for item in part))
