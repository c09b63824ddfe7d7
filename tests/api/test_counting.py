"""C4 where counters are seen: the charts of a device show what was counted, through wraps, restarts and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from api.counting import Counter, Rate, rates
from api.values import counter_of, field_of, shown
from collector.kind import load_kinds
from hallwatch.compose import counters
from hallwatch.translations import translator
from store.embedded_metrics import EmbeddedMetrics
from store.metrics import Sample
from tests.api.conftest import NOW, Served, serving

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
W32 = 1 << 32
T0 = NOW // DAY * DAY - 2 * DAY
LIVED = 900_000
"""Ticks: the agent ran for 2.5 h at T0."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedMetrics]:
    made = EmbeddedMetrics(tmp_path / "metrics.db", raw_days=1)
    yield made
    made.close()


def _write(store: EmbeddedMetrics, read: Sequence[tuple[int, int, int | None]], field: str = "pages") -> None:
    """(ms after T0, counter, uptime in ticks)."""
    store.write(
        [
            Sample("PR-0101", T0 + at, {field: float(value)} | ({} if up is None else {"uptime": float(up)}))
            for at, value, up in read
        ]
    )


def _counted(store: EmbeddedMetrics, counter: Counter = Counter(), points: int = 99) -> list[tuple[int, float]]:  # noqa: B008 - a constant
    """(minutes after T0 at which a step ended, counted a minute)."""
    found = rates(store, "PR-0101", "pages", counter, (T0, T0 + DAY), points)
    return [((one.ts - T0) // MINUTE, round(one.mean * 60, 3)) for one in found]


def _ticks(minutes: float) -> int:
    return LIVED + round(minutes * 6000)


def test_C4_a_wrap_is_unwrapped_at_32_and_at_64_bits(store: EmbeddedMetrics) -> None:
    _write(store, [(0, W32 - 10, _ticks(0)), (MINUTE, 20, _ticks(1)), (2 * MINUTE, 50, _ticks(2))])
    assert _counted(store) == [(1, 30), (2, 30)]
    assert _counted(store, Counter(64)) == [(2, 30)]


def test_C4_a_restart_gives_no_rate_neither_negative_nor_giant(store: EmbeddedMetrics) -> None:
    _write(store, [(0, 500, _ticks(0)), (MINUTE, 560, _ticks(1)), (2 * MINUTE, 4_000_000, 3000)])
    _write(store, [(3 * MINUTE, 5, 9000), (4 * MINUTE, 6, 15_000)])
    assert _counted(store) == [(1, 60), (4, 1)]


def test_C4_an_uptime_that_wraps_at_497_days_is_no_restart(store: EmbeddedMetrics) -> None:
    _write(store, [(0, 500, W32 - 1000), (MINUTE, 560, 5000), (2 * MINUTE, 600, 11_000)])
    assert _counted(store) == [(1, 60), (2, 40)]


def test_C4_a_gap_is_counted_over_its_time_and_a_restart_within_it_is_seen(store: EmbeddedMetrics) -> None:
    _write(store, [(0, 500, _ticks(0)), (60 * MINUTE, 620, _ticks(60)), (180 * MINUTE, 9000, 6000)])
    assert _counted(store) == [(60, 2)]
    _write(store, [(MINUTE, 501, None)])
    assert _counted(store)[0] == (1, 1), "without an uptime the counter alone tells"


def test_C4_32_bits_of_octets_are_not_told_from_steps_that_may_hide_a_turn(store: EmbeddedMetrics) -> None:
    fast = counter_of("if.3.in_octets_32", {"if.#.in_octets_32": 32})
    assert fast is not None
    _write(store, [(0, 0, _ticks(0)), (5 * MINUTE, 500, _ticks(5)), (15 * MINUTE, 600, _ticks(15))])
    assert _counted(store, fast) == [(5, 100)]


def test_C4_of_hours_whose_values_are_gone_the_last_reading_counts(store: EmbeddedMetrics) -> None:
    read = [(n * MINUTE, (W32 - 600 + 10 * n) % W32, _ticks(n)) for n in range(180)]
    _write(store, read)
    for later in (4, 6):
        store.maintain(T0 + later * DAY)
    assert len(store.series("PR-0101", "pages", T0, T0 + DAY, 99)) == 3
    assert _counted(store) == [(119, 10), (179, 10)]


def test_many_steps_come_in_few_parts_that_keep_the_sum_and_the_extremes(store: EmbeddedMetrics) -> None:
    _write(store, [(n * MINUTE, 60 * (n // 2), _ticks(n)) for n in range(1441)][:1440])
    found = rates(store, "PR-0101", "pages", Counter(), (T0, T0 + DAY), 24)
    assert len(found) == 24
    assert found[5] == Rate(T0 + 6 * HOUR - MINUTE, 0.0, 0.5, 1.0)


def test_C4_the_page_asks_for_rates_and_the_server_gives_them(city: Served, store: EmbeddedMetrics) -> None:
    _write(store, [(0, W32 - 10, _ticks(0)), (MINUTE, 20, _ticks(1))])
    _write(store, [(2 * MINUTE, 3, None)], "waiting")
    known = {"printer": {"pages": 32}}
    with serving(city.engine, metrics=store, counters=known, now=lambda: T0 + DAY) as served:
        viewer = served.as_("viewer")
        path, asked = "/api/v1/devices/PR-0101/metrics", {"field": "pages", "rate": "true"}
        (point,) = viewer.get(path, params=asked).json()["points"]
        assert (point["min"], point["mean"], point["max"]) == (0.5, 0.5, 0.5)
        refused = viewer.get(path, params={"field": "waiting", "rate": "true"})
        assert (refused.status_code, refused.json()["detail"]) == (422, "waiting is no counter: it has no rate.")
        page = viewer.get("/devices/PR-0101", headers={"cookie": "hallwatch_language=en"}).text
    (chart,) = [one for one in page.split("<figure>") if 'data-field="pages"' in one]
    assert 'data-rate="1"' in chart
    assert "pages printed (pages/h)" in chart


def test_counters_are_known_from_the_kind_files_with_their_width() -> None:
    known = counters(load_kinds())
    assert known["switch"]["if.#.in_octets"] == 64
    assert known["switch"]["if.#.in_octets_32"] == known["switch"]["if.#.in_errors"] == 32
    assert known["printer"]["pages"] == known["printer/hp"]["pages_colour"] == 32
    assert "uptime" not in known["printer"]
    assert counter_of("if.7.in_octets", known["switch"]) == Counter(64)
    assert counter_of("rtt_ms", known["switch"]) is None
    assert counter_of("if.7.in_octets", {}) == Counter(64), "of an unknown kind: never a made up step"


def test_a_counter_of_a_kind_of_ones_own_is_drawn_by_its_growth_an_hour() -> None:
    said = {"own.count": 1_234_567, "pages": 1_234_567}
    english = translator("en")
    assert field_of("own.count", said, english, {"own.count": 64}).title == "own.count (/h)"
    assert field_of("own.count", said, english).form.rate is False
    assert shown("pages", said, english) == "1,234,567"
