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
