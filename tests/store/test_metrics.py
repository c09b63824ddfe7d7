"""Metrics: a point written twice is one point; raw for days, hours for years (contracts: Metrics)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.observation import Observation
from store import rollup
from store.embedded_metrics import EmbeddedMetrics
from store.fault import NewerDatabase, NotADatabase
from store.metrics import Metrics, Point, Sample, Tags, sample_of
from store.series import Item, points_of

DAY = 86_400_000
HOUR = 3_600_000
NOON = 20_000 * DAY + DAY // 2


@pytest.fixture
def metrics(tmp_path: Path) -> EmbeddedMetrics:
    return EmbeddedMetrics(tmp_path / "metrics.db")


def _points(metrics: Metrics, field: str = "level", points: int = 100) -> list[Point]:
    return metrics.series("P-1", field, NOON - 400 * DAY, NOON + 400 * DAY, points)


def test_a_point_written_twice_is_the_same_point(metrics: EmbeddedMetrics) -> None:
    batch = [Sample("P-1", NOON + n * 60_000, {"level": 80.0 - n, "rtt_ms": 1.5}) for n in range(3)]
    metrics.write(batch)
    metrics.write(batch)
    assert _points(metrics) == [(NOON + n * 60_000, 80.0 - n, 80.0 - n, 80.0 - n) for n in range(3)]
    assert metrics.fields("P-1") == ["level", "rtt_ms"]


def test_devices_and_fields_that_are_not_known_give_nothing(metrics: EmbeddedMetrics) -> None:
    metrics.write([])
    metrics.write([Sample("P-1", NOON, {"level": float("nan"), "pages": 3.0})])
    assert metrics.fields("P-1") == ["pages"]
    assert metrics.fields("P-2") == []
    assert metrics.series("P-2", "level", 0, NOON, 5) == []
    assert _points(metrics) == []
    assert metrics.series("P-1", "pages", NOON, NOON, 5) == []


def test_the_state_is_a_number_and_texts_are_no_metrics() -> None:
    seen = Observation("P-1", "c-01", 5, "degraded", rtt_ms=1.9, loss=0.5, values={"pages": 7, "console": "READY"})
    values = {"pages": 7.0, "rtt_ms": 1.9, "loss": 0.5, "state": 1.0}
    assert sample_of(seen, Tags("h-01")) == ("P-1", 5, values, Tags("h-01"))
    assert sample_of(Observation("P-1", "c-01", 5, "unknown")).values == {}
    assert sample_of(Observation("P-1", "c-01", 5, "down")).values == {"state": 0.0}
    assert sample_of(Observation("P-1", "c-01", 5, "up")).values == {"state": 2.0}


def test_a_long_series_comes_in_few_points_that_keep_the_extremes(metrics: EmbeddedMetrics) -> None:
    metrics.write([Sample("P-1", NOON + n * 60_000, {"level": float(n)}) for n in range(240)])
    points = metrics.series("P-1", "level", NOON, NOON + 240 * 60_000, 4)
    assert points == [(NOON + n * HOUR, n * 60.0, n * 60 + 29.5, n * 60 + 59.0) for n in range(4)]


def test_old_days_become_hours_and_the_newest_stay_raw(metrics: EmbeddedMetrics) -> None:
    metrics.write([Sample("P-1", NOON + n * 60_000, {"level": float(n)}) for n in range(120)])
    metrics.write([Sample("P-1", NOON + 20 * DAY, {"level": 7.0})])
    for later in (21, 23):
        metrics.maintain(NOON + later * DAY)
    assert _points(metrics) == [
        (NOON, 0.0, 29.5, 59.0), (NOON + HOUR, 60.0, 89.5, 119.0), (NOON + 20 * DAY, 7.0, 7.0, 7.0)
    ]  # fmt: skip
    assert metrics.fields("P-1") == ["level"]


def test_a_day_that_was_written_to_lately_is_not_rolled_yet(metrics: EmbeddedMetrics) -> None:
    sample = Sample("P-1", NOON, {"level": 1.0})
    metrics.write([sample])
    metrics.maintain(NOON + 30 * DAY)
    metrics.write([sample])
    metrics.maintain(NOON + 31 * DAY + 1)
    metrics.write([sample, Sample("P-1", NOON + 1, {"level": 3.0})])
    for later in (33, 35):
        metrics.maintain(NOON + later * DAY)
    assert _points(metrics) == [(NOON, 1.0, 2.0, 3.0)]


def test_a_late_sample_of_a_rolled_day_joins_it(metrics: EmbeddedMetrics) -> None:
    for at, value in ((0, 1.0), (1, 5.0)):
        metrics.write([Sample("P-1", NOON + at, {"level": value})])
        for later in (30, 32):
            metrics.maintain(NOON + later * DAY)
    assert _points(metrics) == [(NOON, 1.0, 3.0, 5.0)]


def test_hours_are_forgotten_after_their_time(tmp_path: Path) -> None:
    metrics = EmbeddedMetrics(tmp_path / "m.db", raw_days=1, hourly_days=10)
    metrics.write([Sample("P-1", NOON, {"level": 1.0}), Sample("P-1", NOON + 20 * DAY, {"level": 2.0})])
    for later in (3, 5, 22, 25):
        metrics.maintain(NOON + later * DAY)
    assert [point.mean for point in _points(metrics)] == [2.0]


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    first = EmbeddedMetrics(tmp_path / "m.db")
    first.write([Sample("P-1", NOON, {"level": 1.0})])
    first.close()
    second = EmbeddedMetrics(tmp_path / "m.db")
    second.write([Sample("P-2", NOON, {"level": 2.0}), Sample("P-1", NOON + 1, {"pages": 3.0})])
    assert second.fields("P-1") == ["level", "pages"]
    assert second.series("P-2", "level", NOON, NOON + 1, 5) == [(NOON, 2.0, 2.0, 2.0)]


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database " * 100)
    with pytest.raises(NotADatabase):
        EmbeddedMetrics(tmp_path / "text")
    EmbeddedMetrics(tmp_path / "newer").close()
    conn = sqlite3.connect(tmp_path / "newer")
    conn.execute("PRAGMA user_version=99")
    conn.close()
    with pytest.raises(NewerDatabase):
        EmbeddedMetrics(tmp_path / "newer")


_SAMPLES = st.lists(
    st.tuples(st.integers(0, 5 * HOUR), st.dictionaries(st.sampled_from("abc"), st.integers(-50, 50).map(float))),
    max_size=30,
    unique_by=lambda one: one[0],
)


@settings(max_examples=100, deadline=None)
@given(samples=_SAMPLES, at=st.integers(0, 30))
def test_hours_are_the_same_rolled_in_one_or_in_two_parts(samples: list[tuple[int, dict[str, float]]], at: int) -> None:
    whole = rollup.roll(samples)
    assert rollup.merge(rollup.roll(samples[at:]), rollup.unpack(rollup.pack(rollup.roll(samples[:at])))) == whole
    assert rollup.unpack(rollup.pack(whole)) == whole


@settings(max_examples=100, deadline=None)
@given(instants=st.lists(st.integers(0, 999), min_size=1), points=st.integers(1, 20))
def test_there_are_never_more_points_than_asked_for_and_none_is_left_out(instants: list[int], points: int) -> None:
    found = points_of([Item(ts, 1, float(ts), float(ts), float(ts)) for ts in instants], 0, 1_000, points)
    assert 1 <= len(found) <= points
    assert (found[0].min, found[-1].max) == (min(instants), max(instants))
    assert [point.ts for point in found] == sorted(point.ts for point in found)
