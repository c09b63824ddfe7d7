"""The drawing of a ticket's time: what stands where, in percent (R7)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.band import Stretch
from api.pages.slices import LONGEST_MS, Window, drawing, flags, rows, ticks, window
from sla.contract import Contract
from sla.repair import Repair
from sla.slices import Slice

MINUTE = 60_000
HOUR = 60 * MINUTE
T0 = 1_795_219_200_000
"""08:00 in the halls."""
ZONE = ZoneInfo("Asia/Shanghai")
CONTRACT = Contract("c-1", "v-1", 0, 1 << 60, ZONE)


def repair(slices: list[tuple[int, int, str]], **given: Any) -> Repair:
    """A clock of 2 h with these slices, in minutes after T0."""
    cut = tuple(Slice(T0 + a * MINUTE, T0 + b * MINUTE, class_) for a, b, class_ in slices)  # type: ignore[arg-type]
    counted = sum(one.until - one.start for one in cut if one.class_ == "counted")
    known: dict[str, Any] = {"until": None, "target": 2 * HOUR, "granted": 0, "travel": 0, "paused": 0, "due": None}
    known |= {"contract": CONTRACT, "start": cut[0].start, "counted": counted, "slices": cut, "state": "running"}
    return Repair(**(known | given))


def drawn(known: Repair, minute: int) -> Any:
    """The drawing so many minutes after T0."""
    now = T0 + minute * MINUTE
    return drawing(window(known.start, known.until, known, now), known, [], None, now, ZONE)


def test_R7_the_bars_cover_the_clock_without_a_gap_and_in_order() -> None:
    known = repair([(0, 30, "travel"), (30, 60, "counted"), (60, 75, "paused"), (75, 90, "counted")])
    bars = drawn(known, 90).bars
    assert [one.class_ for one in bars] == ["travel", "counted", "paused", "counted"]
    for before, after in pairwise(bars):
        assert before.x + before.width == pytest.approx(after.x)


def test_R5_what_was_counted_beyond_the_target_is_drawn_apart() -> None:
    known = repair([(0, 100, "counted"), (100, 110, "closed"), (110, 160, "counted")])
    found = drawn(known, 160)
    assert [(one.class_, one.start, one.until) for one in found.bars] == [
        ("counted", T0, T0 + 100 * MINUTE),
        ("closed", T0 + 100 * MINUTE, T0 + 110 * MINUTE),
        ("counted", T0 + 110 * MINUTE, T0 + 130 * MINUTE),
        ("over", T0 + 130 * MINUTE, T0 + 160 * MINUTE),
    ]
    assert [(one.what, one.at) for one in found.flags] == [("reached", T0 + 130 * MINUTE), ("now", T0 + 160 * MINUTE)]


def test_R5_equality_is_no_breach_in_the_drawing_either() -> None:
    found = drawn(repair([(0, 120, "counted")]), 120)
    assert [one.class_ for one in found.bars] == ["counted"]


def test_what_is_due_lies_within_the_drawing_with_the_time_that_is_left() -> None:
    known = repair([(0, 30, "counted")], due=T0 + 2 * HOUR)
    found = drawn(known, 30)
    assert found.window.until > T0 + 2 * HOUR
    assert (found.ahead.start, found.ahead.until) == (T0 + 30 * MINUTE, T0 + 2 * HOUR)
    assert [one.what for one in found.flags] == ["due", "now"]


def test_a_ticket_that_is_over_shows_its_end_and_no_now() -> None:
    known = repair([(0, 30, "counted")], until=T0 + 30 * MINUTE, state="restored")
    assert [one.what for one in drawn(known, 600).flags] == ["restored"]
    assert [one.what for one in drawn(known._replace(state="cancelled"), 600).flags] == ["cancelled"]


def test_a_short_slice_can_be_seen_and_only_a_wide_one_bears_its_word() -> None:
    bars = drawn(repair([(0, 600, "counted"), (600, 601, "paused")]), 601).bars
    assert bars[-1].width >= 0.4
    assert (bars[0].wide, bars[-1].wide) == (True, False)


def test_a_ticket_of_a_year_is_drawn_as_its_newest_month() -> None:
    year = 365 * 24 * 60
    found = drawn(repair([(0, year, "counted")]), year)
    assert found.window.until - found.window.start <= LONGEST_MS * 1.1
    assert all(one.x >= 0 and one.x + one.width <= 100.01 for one in found.bars)


@pytest.mark.parametrize("minutes", [10, 45, 120, 600, 1500, 6000, 40_000])
def test_the_axis_has_few_labels_that_do_not_touch(minutes: int) -> None:
    found = ticks(Window(T0, T0 + minutes * MINUTE), ZONE)
    assert 1 <= len(found) <= 7
    assert all(after.x - before.x > 12 for before, after in pairwise(found))


def test_the_axis_says_the_date_at_midnight_in_the_halls_zone() -> None:
    found = {one.text for one in ticks(Window(T0, T0 + 26 * HOUR), ZONE)}
    assert "11-22" in found
    assert "18:00" in found


def test_words_of_flags_stay_within_the_drawing() -> None:
    seen = Window(T0, T0 + 10 * HOUR)
    sides = {x: flags(seen, None, T0 + x * HOUR, T0)[0].side for x in (0, 4, 6, 10)}
    assert sides == {0: "after", 4: "after", 6: "before", 10: "before"}


def test_without_a_clock_the_device_is_drawn_alone() -> None:
    seen = window(T0, T0 + HOUR, None, T0 + 5 * HOUR)
    found = drawing(seen, None, [Stretch(T0, T0 + HOUR, "down")], T0 + HOUR, T0 + 5 * HOUR, ZONE)
    assert (found.bars, found.ahead, [one.what for one in found.flags]) == ([], None, ["restored"])
    assert [one.stretch.state for one in found.device] == ["down"]


def test_the_table_leaves_out_the_oldest_of_very_many() -> None:
    many = [Slice(at, at + 1, "counted") for at in range(300)]
    shown, left_out = rows(many)
    assert (len(shown), left_out, shown[-1]) == (200, 100, many[-1])
