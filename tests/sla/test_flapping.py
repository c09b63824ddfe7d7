"""O8: episodes of flapping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sla.flapping import Episode, episodes
from sla.instant import MINUTE
from sla.judge import Outage
from tests.sla.histories import examples

M = MINUTE


def outages(*edges: int) -> list[Outage]:
    """Starts and ends in turn, in minutes; an odd one lasts."""
    pairs = [(edges[i], edges[i + 1] if i + 1 < len(edges) else None) for i in range(0, len(edges), 2)]
    return [Outage(start * M, None if until is None else until * M, None, start * M) for start, until in pairs]


def test_O8_six_edges_within_the_hour_are_no_flapping() -> None:
    assert episodes(outages(0, 1, 2, 3, 4, 5), 200 * M) == []


def test_O8_seven_edges_within_the_hour_are() -> None:
    assert episodes(outages(0, 1, 2, 3, 4, 5, 59), 100 * M) == [Episode(0, None, 59 * M)]


def test_O8_an_hour_is_half_open() -> None:
    assert episodes(outages(0, 1, 2, 3, 4, 5, 60), 100 * M) == []


def test_O8_it_ends_60_min_after_the_last_edge_and_not_before() -> None:
    many = outages(0, 1, 2, 3, 4, 5, 6, 7)
    assert episodes(many, 67 * M - 1) == [Episode(0, None, 6 * M)]
    assert episodes(many, 67 * M) == [Episode(0, 67 * M, 6 * M)]


def test_O8_an_edge_within_60_min_of_the_last_prolongs_it() -> None:
    assert episodes(outages(0, 1, 2, 3, 4, 5, 6, 65, 124), 500 * M) == [Episode(0, 184 * M, 6 * M)]


def test_O8_a_new_episode_needs_seven_edges_of_its_own() -> None:
    first = (0, 1, 2, 3, 4, 5, 6, 7)
    assert len(episodes(outages(*first, 67, 68, 69, 70, 71, 72), 500 * M)) == 1
    assert len(episodes(outages(*first, 67, 68, 69, 70, 71, 72, 73, 74), 500 * M)) == 2


def test_O8_edges_of_the_future_have_not_been() -> None:
    assert episodes(outages(0, 1, 2, 3, 4, 5, 6), 5 * M) == []


def test_O8_slow_edges_before_do_not_hide_fast_ones() -> None:
    assert episodes(outages(0, 50, 90, 91, 92, 93, 94, 95, 96), 100 * M) == [Episode(50 * M, None, 95 * M)]


@examples
@given(st.lists(st.integers(0, 600), unique=True, max_size=40).map(sorted), st.integers(0, 800))
def test_O8_within_an_episode_no_60_min_pass_without_an_edge(edges: list[int], now: int) -> None:
    found = episodes(outages(*edges), now * M)
    for start, until, known_at in found:
        inside = [edge for edge in edges if start <= edge * M < (until or now * M + 1)]
        assert len([edge for edge in inside if edge * M <= known_at]) >= 7
        assert all(b - a < 60 for a, b in zip(inside, inside[1:], strict=False))  # noqa: RUF007 - edges
    assert all(a.until is not None and a.until <= b.start for a, b in zip(found, found[1:], strict=False))  # noqa: RUF007
