"""The band of a device's states."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.band import LEAST, Stretch, marks, pieces
from api.context import Translate
from api.durations import spoken
from api.instants import DAY_MS

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000


def test_a_short_outage_is_never_overlooked() -> None:
    cut = [Stretch(0, 1000, "up"), Stretch(1000, 2000, "down"), Stretch(2000, 7 * DAY_MS, "up")]
    drawn = pieces(cut, 0, 7 * DAY_MS)
    assert drawn[-1].stretch.state == "down"
    assert drawn[-1].width == LEAST


def test_an_outage_at_the_very_end_stays_within_the_band() -> None:
    (piece,) = pieces([Stretch(DAY_MS - 1, DAY_MS, "down")], 0, DAY_MS)
    assert piece.x + piece.width <= 100


@pytest.mark.slow
def test_a_restless_device_is_drawn_with_bounded_pieces() -> None:
    cut = [Stretch(i * 1000, i * 1000 + 1000, "down" if i % 2 else "up") for i in range(200_000)]
    assert len(pieces(cut, 0, 200_000_000)) < 5000


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 41), st.sampled_from([1, 24, 168, 24 * 92]))
def test_marks_stand_within_the_band_and_are_few(start: int, hours: int) -> None:
    found = marks(start, start + hours * HOUR, ZONE)
    assert 1 <= len(found) <= 15
    assert all(0 <= mark.x <= 100 for mark in found)


def test_marks_are_whole_hours_on_the_halls_wall() -> None:
    assert {mark.text[2:] for mark in marks(0, DAY_MS, ZONE)} == {":00"}


def test_durations_read_short() -> None:
    plain: Translate = str
    said = [spoken(ms, plain) for ms in (-5, 0, 59_999, 3_599_999, 3_600_000, DAY_MS - 1, DAY_MS, 400 * DAY_MS)]
    assert said == ["0:00", "0:00", "0:59", "59:59", "1 h 00 min", "23 h 59 min", "1 d 0 h", "400 d 0 h"]
