"""Half-open intervals of time, and the algebra of sorted lists of them (T1). All functions are linear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sla.instant import Ms


class Interval(NamedTuple):
    """[start, until)."""

    start: Ms
    until: Ms


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Any intervals, in any order, as a sorted list without overlaps, touching or empty ones (sorts first)."""
    merged: list[Interval] = []
    for one in sorted(intervals):
        if one.until <= one.start:
            continue
        if merged and one.start <= merged[-1].until:
            if one.until > merged[-1].until:
                merged[-1] = Interval(merged[-1].start, one.until)
        else:
            merged.append(Interval(one.start, one.until))
    return merged


def union(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    """What lies in either of two merged lists."""
    return merge([*a, *b])


def intersect(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    """What lies in both of two merged lists."""
    common: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, until = max(a[i].start, b[j].start), min(a[i].until, b[j].until)
        if start < until:
            common.append(Interval(start, until))
        if a[i].until <= b[j].until:
            i += 1
        else:
            j += 1
    return common


def subtract(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    """What lies in the first of two merged lists and not in the second."""
    left: list[Interval] = []
    j = 0
    for start, until in a:
        while j < len(b) and b[j].until <= start:
            j += 1
        at, k = start, j
        while k < len(b) and b[k].start < until:
            if b[k].start > at:
                left.append(Interval(at, b[k].start))
            at = max(at, b[k].until)
            k += 1
        if at < until:
            left.append(Interval(at, until))
    return left


def clip(intervals: Sequence[Interval], start: Ms, until: Ms) -> list[Interval]:
    """The part of a merged list that lies in [start, until); nothing where that is empty."""
    return intersect(intervals, [Interval(start, until)])


def total(intervals: Iterable[Interval]) -> Ms:
    """The length of a merged list, in ms."""
    return sum(until - start for start, until in intervals)
