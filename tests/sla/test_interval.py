"""T1: the algebra of half-open intervals, against sets of seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sla.interval import Interval, clip, intersect, merge, subtract, total, union
from tests.sla.histories import examples

anything = st.lists(st.builds(Interval, st.integers(0, 30), st.integers(0, 30)), max_size=8)


def points(intervals: list[Interval]) -> set[int]:
    return {at for start, until in intervals for at in range(start, until)}


def is_merged(intervals: list[Interval]) -> bool:
    edges = [edge for one in intervals for edge in one]
    return all(a < b for a, b in zip(edges, edges[1:], strict=False))  # noqa: RUF007 - pairs of edges


def test_T1_touching_intervals_are_one_and_empty_ones_none() -> None:
    assert merge([Interval(5, 7), Interval(1, 5), Interval(9, 9), Interval(4, 2)]) == [Interval(1, 7)]


@examples
@given(anything, anything)
def test_T1_lists_of_intervals_behave_as_sets_of_seconds(a: list[Interval], b: list[Interval]) -> None:
    left, right = merge(a), merge(b)
    assert points(left) == points(a)
    for found, told in (
        (union(left, right), points(a) | points(b)),
        (intersect(left, right), points(a) & points(b)),
        (subtract(left, right), points(a) - points(b)),
        (clip(left, 5, 20), points(a) & set(range(5, 20))),
    ):
        assert points(found) == told
        assert total(found) == len(told)
        assert is_merged(found)


def test_T1_clipping_to_nothing_leaves_nothing() -> None:
    assert clip([Interval(0, 9)], 5, 5) == []
    assert clip([Interval(0, 9)], 7, 5) == []


def cells(bits: int) -> list[Interval]:
    """The merged list that covers the cells [i, i + 1) whose bit is set."""
    return merge(Interval(i, i + 1) for i in range(7) if bits >> i & 1)


def test_T1_every_pair_of_lists_within_seven_seconds_behaves_as_sets() -> None:
    lists = [cells(bits) for bits in range(1 << 7)]
    for i, a in enumerate(lists):
        for j, b in enumerate(lists):
            assert intersect(a, b) == lists[i & j]
            assert subtract(a, b) == lists[i & ~j]
            if i % 8 == 0:
                assert union(a, b) == lists[i | j]


def test_T1_clipping_is_to_the_instant() -> None:
    assert clip([Interval(0, 4), Interval(6, 9)], 4, 6) == []
    assert clip([Interval(0, 4), Interval(6, 9)], 3, 7) == [Interval(3, 4), Interval(6, 7)]


def test_T1_an_interval_within_another_does_not_shorten_it() -> None:
    assert merge([Interval(0, 9), Interval(2, 3)]) == [Interval(0, 9)]
    assert merge([Interval(0, 3), Interval(0, 9)]) == [Interval(0, 9)]
