"""Hours on a real influxd are what `rollup.roll` says of the set of points, however and whenever these came."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import rollup
from store.hour_rollup import roll_up
from store.influx.fault import Rejected
from store.influx.lines import carried
from store.influx.metrics import hour_of
from store.influx.query import Result
from store.influx.server import Server, connect
from store.influx.setup import setup
from store.metrics import Hour, Sample, Tags
from store.queued_metrics import QueuedMetrics
from tests.influxd import Influxd, influxd

pytestmark = [pytest.mark.server, pytest.mark.slow]
HOUR = 3_600_000
MINUTE = 60_000
DAY = 24 * HOUR
NOW = time.time_ns() // 1_000_000 // HOUR * HOUR + 6 * MINUTE
FIRST = NOW // HOUR * HOUR - 3 * HOUR
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        made = connect(running.address())
        setup(made, 90, 1826)
        made.close()
        yield running


@pytest.fixture(scope="module")
def metrics(server: Influxd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueuedMetrics]:
    path = tmp_path_factory.mktemp("queue") / "q.db"
    made = QueuedMetrics(path, lambda: connect(server.address()), lambda: NOW)
    yield made
    made.close()


def write(metrics: QueuedMetrics, *samples: Sample) -> None:
    metrics.write(samples)
    while metrics.step():
        pass


def name() -> str:
    return f"D-{next(_numbers)}"


def hours(metrics: QueuedMetrics, device: str, field: str = "level") -> list[Hour]:
    return metrics.hours(device, field, FIRST, FIRST + 3 * HOUR)


def stored(server: Influxd, device: str, columns: str = "level_n") -> list[list[float]]:
    """What `device_hour` has, by whatever tags."""
    query = f'SELECT {columns} FROM "hourly"."device_hour" WHERE "device" = \'{device}\''
    found = server.ask(query, db="hallwatch")["results"][0].get("series", [])
    return [row for series in found for row in series["values"]]


def test_an_hour_is_rolled_when_it_is_over_and_some_minutes(server: Influxd, metrics: QueuedMetrics) -> None:
    device, start = name(), NOW // HOUR * HOUR - HOUR
    write(metrics, *(Sample(device, start + n * 1000, {"level": float(n)}) for n in range(5)))
    metrics.maintain(start + HOUR + 4 * MINUTE)
    assert stored(server, device) == []
    metrics.maintain(start + HOUR + 5 * MINUTE)
    columns = "level_n, level_min, level_max, level_sum, level_last"
    assert stored(server, device, columns) == [[start, 5, 0, 4, 10, 4]]


def test_a_late_point_corrects_its_hour_and_a_repeated_one_does_not(server: Influxd, metrics: QueuedMetrics) -> None:
    device = name()
    points = [Sample(device, FIRST + n * MINUTE, {"level": float(n), "pages": 1.0}) for n in range(10)]
    write(metrics, *points[:5], points[9])
    metrics.maintain(NOW)
    assert [hour.n for hour in hours(metrics, device)] == [6]
    write(metrics, *points[3:])
    metrics.maintain(NOW)
    assert hours(metrics, device) == [(FIRST, 10, 0.0, 9.0, 45.0, 9.0)]
    assert [hour.n for hour in hours(metrics, device, "pages")] == [10]
    before = stored(server, device, "*")
    metrics.queue.mark([(device, FIRST // HOUR)])
    metrics.maintain(NOW)
    assert stored(server, device, "*") == before


def test_a_device_that_moved_within_an_hour_has_it_whole_where_it_is_now(
    server: Influxd, metrics: QueuedMetrics
) -> None:
    device = name()
    here, there = Tags("h-1", kind="printer"), Tags("h-2", kind="printer")
    points = [Sample(device, FIRST + n * MINUTE, {"level": 1.0}, here if n < 30 else there) for n in range(60)]
    twice = Sample(device, FIRST + 20 * MINUTE, {"level": 1.0}, there)
    write(metrics, *points, twice)
    metrics.maintain(NOW)
    assert stored(server, device, "level_n, hall") == [[FIRST, 60, "h-2"]]
    assert [hour.n for hour in hours(metrics, device)] == [60]


def test_hours_before_the_retention_are_not_recomputed_to_less(server: Influxd, metrics: QueuedMetrics) -> None:
    device = name()
    write(metrics, Sample(device, FIRST, {"level": 1.0}))
    metrics.maintain(NOW)
    server.ask(f"DELETE FROM device WHERE device = '{device}'", db="hallwatch")
    metrics.queue.mark([(device, FIRST // HOUR)])
    metrics.maintain(NOW + 90 * DAY)
    assert [row[1] for row in stored(server, device)] == [1]
    assert (metrics.stats()["dirty"], metrics.stats()["hours_too_old"]) == (0, 1)


def test_texts_of_others_and_hostile_names_harm_no_hour(server: Influxd, metrics: QueuedMetrics) -> None:
    device = "it's \"odd\" \\ = , 1=1 OR 'a'='a"
    other = connect(server.address())
    other.write("raw", [f'device,device=stranger note="text",on=true {FIRST}'])
    other.close()
    write(metrics, Sample(device, FIRST, {"hall": 1.0, "a b,c=d": 2.0, "time": 3.0}, Tags("h 1")))
    metrics.queue.mark([("stranger", FIRST // HOUR)])
    metrics.maintain(NOW)
    for field, value in (("hall", 1.0), ("a b,c=d", 2.0), ("time", 3.0)):
        assert hours(metrics, device, field) == [(FIRST, 1, value, value, value, value)]
    assert stored(server, "stranger", "*") == []
    assert metrics.stats()["dirty"] == 0


class Short:
    """A server whose configuration cuts answers short."""

    def __init__(self, server: Server, rows: int) -> None:
        self.server, self.rows = server, rows

    def write(self, policy: str, lines: Sequence[str]) -> None:
        self.server.write(policy, lines)

    def ask(self, influxql: str, params: Mapping[str, Any] | None = None) -> list[Result]:
        found = self.server.ask(influxql, params)
        if sum(len(one.rows) for one in found) > self.rows:
            raise Rejected("influx", "it cuts long answers short")
        return found


def test_what_cannot_be_told_of_one_device_holds_up_no_other(metrics: QueuedMetrics) -> None:
    devices = [name() for _ in range(5)]
    for n, device in enumerate(devices):
        write(metrics, *(Sample(device, FIRST + at, {"level": 1.0}) for at in range(9 if n == 2 else 4)))
    with pytest.raises(Rejected):
        roll_up(Short(metrics.server, 8), metrics.queue, NOW, 90)
    left = [one.device for one in metrics.queue.marks(1 << 40, 99)]
    assert left == [devices[2]]
    metrics.maintain(NOW)
    assert [hour.n for device in devices for hour in hours(metrics, device)] == [4, 4, 9, 4, 4]


POINTS = st.tuples(
    st.integers(0, 2 * HOUR - 1),
    st.dictionaries(st.sampled_from(["level", "a b", "卷,纸"]), st.floats(-1e9, 1e9), min_size=1),
    st.sampled_from([Tags("h-1"), Tags("h-2", "b-1", "printer", "M 404", "v-1")]),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(POINTS, min_size=1, max_size=12, unique_by=lambda one: one[0]), st.data())
def test_any_order_lateness_and_repetition_give_the_hours_of_the_set(
    metrics: QueuedMetrics, points: list[tuple[int, dict[str, float], Tags]], data: st.DataObject
) -> None:
    check(metrics, points, data)


def check(metrics: QueuedMetrics, points: list[tuple[int, dict[str, float], Tags]], data: st.DataObject) -> None:
    """Give the points in any order, some of them again, with rollups between; compare with `rollup.roll`."""
    device = name()
    samples = [Sample(device, FIRST + at, values, tags) for at, values, tags in points]
    given_ = data.draw(st.permutations(samples + data.draw(st.lists(st.sampled_from(samples), max_size=6))))
    for start in range(0, len(given_), 5):
        write(metrics, *given_[start : start + 5])
        if data.draw(st.booleans()):
            metrics.maintain(NOW)
    metrics.maintain(NOW)
    expected = rollup.roll((one.ts, one.values) for one in samples)
    for field, of_field in expected.items():
        found = hours(metrics, carried(device), field)
        wanted = [hour_of(of_field[key]) for key in sorted(of_field)]
        assert [one._replace(sum=0) for one in found] == [one._replace(sum=0) for one in wanted]
        assert [one.sum for one in found] == pytest.approx([one.sum for one in wanted], rel=1e-9, abs=1e-6)
