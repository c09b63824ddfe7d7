"""Why nothing was seen: the collector, all of a hall, or not known (O6); and the stretches of many devices at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import unseen as module
from sla.blind import Blind, Silent, Why, attributed, together
from sla.bulk import collect, tallies
from sla.instant import MINUTE
from sla.interval import Interval, merge
from sla.spans import CLASSES, DeviceFacts, Span, spans
from sla.unseen import Unseen, silent, unseen
from tests.sla.cities import devices, instants
from tests.sla.histories import examples

M = MINUTE
WHOLE = [Interval(0, 100 * M)]


def dark(*minutes: tuple[int, int], service: list[Interval] | None = None) -> Silent:
    return Silent(WHOLE if service is None else service, [Interval(a * M, b * M) for a, b in minutes])


def minutes(found: list[Interval]) -> list[tuple[float, float]]:
    return [(one.start / M, one.until / M) for one in found]


def test_O6_all_devices_of_a_hall_silent_at_once_is_where_all_their_silences_meet() -> None:
    hall = [dark((10, 30), (50, 60)), dark((12, 33)), dark((0, 29), (55, 57))]
    assert minutes(together(hall)) == [(12, 29)]


def test_O6_of_one_device_alone_nobody_can_tell_and_one_that_is_seen_speaks_for_the_hall() -> None:
    assert together([dark((10, 30))]) == together([]) == []
    assert together([dark((10, 30)), dark((10, 30)), dark()]) == []


def test_O6_a_device_that_is_not_in_service_has_no_say() -> None:
    gone = dark((0, 5), service=[Interval(0, 20 * M)])
    late = dark((0, 100), service=[Interval(40 * M, 100 * M)])
    assert minutes(together([dark((10, 60)), dark((10, 60)), gone])) == [(20, 60)]
    assert minutes(together([dark((10, 60)), late])) == [(40, 60)]


def test_O6_silences_that_follow_upon_each_other_are_one() -> None:
    assert minutes(together([dark((10, 60)), dark((10, 30)), dark((10, 60))])) == [(10, 30)]
    assert minutes(together([dark((10, 60)), dark((10, 60)), dark((10, 60), service=[Interval(0, 30 * M)])])) == [
        (10, 60)
    ]


def test_O6_blind_time_is_cut_by_the_first_that_explains_it_and_the_rest_is_not_known() -> None:
    reasons = [Why("collector", [Interval(20 * M, 40 * M)]), Why("uplink_or_power", [Interval(30 * M, 50 * M)])]
    assert attributed(Interval(0, 60 * M), reasons, 3 * M) == [
        Blind(0, 20 * M, "not_known"),
        Blind(20 * M, 40 * M, "collector"),
        Blind(40 * M, 50 * M, "uplink_or_power"),
        Blind(50 * M, 60 * M, "not_known"),
    ]


@pytest.mark.parametrize(("slack", "found"), [(3, [(0, 60)]), (2, [(0, 3), (3, 60)])])
def test_O6_blind_time_begins_with_a_poll_and_ends_with_one_not_with_what_is_behind_it(
    slack: int, found: list[tuple[int, int]]
) -> None:
    reasons = [Why("collector", [Interval(3 * M, 58 * M)])]
    cut = attributed(Interval(0, 60 * M), reasons, slack * M)
    assert [(one.start // M, one.until // M) for one in cut] == found
    assert cut[-1].cause == "collector"


def test_O6_what_nothing_explains_is_not_known() -> None:
    assert attributed(Interval(0, M), [Why("collector", [Interval(2 * M, 3 * M)])], 0) == [Blind(0, M, "not_known")]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=4),
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=4),
    st.integers(0, 5),
)
def test_O6_the_causes_cover_blind_time_exactly_once(
    first: list[tuple[int, int]], second: list[tuple[int, int]], slack: int
) -> None:
    one, other = (merge(Interval(a, a + length) for a, length in some) for some in (first, second))
    cut = attributed(Interval(10, 40), [Why("collector", one), Why("uplink_or_power", other)], slack)
    assert [cut[0].start, *(part.until for part in cut)] == [*(part.start for part in cut), 40]
    assert cut[0].start == 10
    assert all(part.start < part.until for part in cut)


def walls(found: Unseen, n: int) -> list[tuple[int, int]]:
    """The stretches of one device."""
    return [(start, until) for device, start, until, _ in zip(*found, strict=True) if device == n]


def blind_of(found: list[Span]) -> list[tuple[int, int]]:
    return [(one.start, one.until) for one in merge(Interval(*one[:2]) for one in found if one.class_ == "unmonitored")]


@examples
@given(st.lists(devices(), max_size=4), instants, instants, instants, st.integers(1, 3))
def test_A1_the_stretches_of_many_are_the_blind_spans_of_each(
    city: list[DeviceFacts], a: int, b: int, now: int, chunk: int
) -> None:
    start, until = min(a, b), max(a, b)
    columns = collect(city, now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        agreed, dark_ = unseen(columns, start, until, now), silent(columns, start, until, now)
    seconds = tallies(columns, start, until, now, "service")
    for n, facts in enumerate(city):
        mine = agreed.agreed[agreed.device == n]
        assert mine.sum() == seconds.ms[n, CLASSES.index("unmonitored")]
        assert (mine > 0).all()
        assert walls(dark_, n) == blind_of(spans(facts, start, until, now, raw=True))
        parts = [Interval(*one) for one in walls(agreed, n)]
        assert all(
            any(part.start <= one[0] and one[1] <= part.until for part in parts)
            for one in blind_of(spans(facts, start, until, now))
        )


def test_no_device_and_no_period_have_no_stretch() -> None:
    assert len(unseen(collect([], 0), 0, 10, 10).device) == 0
    assert len(silent(collect([DeviceFacts()], 0), 10, 10, 10).device) == 0
