"""What every metrics store does: the same answers embedded, from InfluxDB 1.6.7, and from a 2.x where there is one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.influx.address import Address
from store.influx.lines import carried, carried_field
from store.metrics import Hour, Point, Sample, Tags
from tests.store.subjects import DAY, HOUR, NOON, NOW, SUBJECTS, Subject, embedded, influxdb_1, influxdb_2, queued

MINUTE = 60_000
HALL = Tags("h-01", "liunan", "printer", "M 1", "v-1")
_counter = count()


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Address]]:
    """Where a server is, started when somebody first asks for it."""
    known: dict[str, Address] = {}
    with ExitStack() as stack:

        def address(name: str) -> Address:
            if name not in known:
                opened = influxdb_2() if name == "influxdb-2" else influxdb_1(tmp_path_factory.mktemp("influxd"))
                known[name] = stack.enter_context(opened)
            return known[name]

        yield address


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest, tmp_path: Path, addresses: Callable[[str], Address]) -> Iterator[Subject]:
    made = embedded(tmp_path) if request.param == "embedded" else queued(tmp_path, addresses(request.param))
    yield made
    made.metrics.close()


@pytest.fixture
def device() -> str:
    return f"P-{next(_counter)}-{uuid.uuid4().hex[:6]}"


def levels(device: str, values: list[float], start: int = NOON, step: int = MINUTE, tags: Tags = HALL) -> list[Sample]:
    return [Sample(device, start + n * step, {"level": value}, tags) for n, value in enumerate(values)]


def series(subject: Subject, device: str, field: str = "level", points: int = 1000) -> list[Point]:
    return subject.metrics.series(device, field, NOON - 30 * DAY, NOW + DAY, points)


def hours(subject: Subject, device: str, field: str = "level") -> list[Hour]:
    return subject.metrics.hours(device, field, NOON - 30 * DAY, NOW + DAY)


def test_a_point_written_twice_is_one_point(subject: Subject, device: str) -> None:
    batch = [Sample(device, NOON + n * MINUTE, {"level": 80.0 - n, "rtt_ms": 1.5}, HALL) for n in range(3)]
    for _ in range(2):
        subject.metrics.write(batch)
        subject.settle()
    assert series(subject, device) == [(NOON + n * MINUTE, 80.0 - n, 80.0 - n, 80.0 - n) for n in range(3)]
    assert subject.metrics.fields(device) == ["level", "rtt_ms"]
    assert hours(subject, device) == [(NOON, 3, 78.0, 80.0, 237.0, 78.0)]


def test_what_is_not_known_gives_nothing_and_what_is_not_finite_is_left_out(subject: Subject, device: str) -> None:
    subject.metrics.write([])
    subject.metrics.write([Sample(device, NOON, {"level": float("nan"), "pages": 3.0, "most": float("inf")}, HALL)])
    subject.metrics.write([Sample(device + "x", NOON, {"level": float("-inf")}, HALL)])
    subject.settle()
    assert subject.metrics.fields(device) == ["pages"]
    assert subject.metrics.fields(device + "x") == []
    assert (series(subject, device), series(subject, "nobody"), hours(subject, "nobody")) == ([], [], [])
    assert subject.metrics.series(device, "pages", NOON, NOON, 5) == []
    assert subject.metrics.hours(device, "pages", NOON, NOON) == []


def test_a_series_begins_at_its_start_and_ends_before_its_end(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [1.0, 2.0, 3.0]))
    subject.settle()
    found = subject.metrics.series(device, "level", NOON + MINUTE, NOON + 2 * MINUTE, 10)
    assert found == [(NOON + MINUTE, 2.0, 2.0, 2.0)]


def test_a_stretch_of_all_time_is_a_stretch(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [1.0, 2.0]))
    subject.settle()
    for start, until in ((-5, 10**18), (-(10**18), 10**13)):
        assert [point.mean for point in subject.metrics.series(device, "level", start, until, 10)] == [1.0, 2.0]
        assert [hour.n for hour in subject.metrics.hours(device, "level", start, until)] == [2]


def test_a_long_series_comes_in_few_points_that_keep_the_extremes(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [float(n) for n in range(240)]))
    subject.settle()
    points = subject.metrics.series(device, "level", NOON, NOON + 4 * HOUR, 4)
    assert points == [(NOON + n * HOUR, n * 60.0, n * 60 + 29.5, n * 60 + 59.0) for n in range(4)]
    assert len(subject.metrics.series(device, "level", NOON, NOON + 4 * HOUR, 240)) == 240
    assert len(subject.metrics.series(device, "level", NOON, NOON + 4 * HOUR, 239)) <= 239


def test_readings_are_single_values(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [7.0, 8.0, 2.0]))
    subject.settle()
    found = subject.metrics.readings(device, "level", NOON, NOON + 2 * MINUTE)
    assert found == [(NOON, 7.0), (NOON + MINUTE, 8.0)]
    assert (
        subject.metrics.readings(device, "level", NOON, NOON) == subject.metrics.readings("nobody", "x", 0, NOW) == []
    )


def test_an_hour_has_number_least_greatest_sum_and_the_last_value(subject: Subject, device: str) -> None:
    subject.metrics.write([*levels(device, [5.0, 9.0, 2.0, 4.0]), *levels(device, [7.5], NOON + HOUR)])
    subject.settle()
    assert hours(subject, device) == [Hour(NOON, 4, 2.0, 9.0, 20.0, 4.0), Hour(NOON + HOUR, 1, 7.5, 7.5, 7.5, 7.5)]


def test_hours_are_those_that_begin_within(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [1.0, 2.0, 3.0], step=HOUR))
    subject.settle()
    found = subject.metrics.hours(device, "level", NOON + 1, NOON + 2 * HOUR)
    assert [hour.ts for hour in found] == [NOON + HOUR]


def test_hours_are_there_before_anybody_rolled_them_up(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [1.0, 2.0, 3.0], NOW - 10 * MINUTE))
    subject.settle()
    found = subject.metrics.hours(device, "level", NOW - 2 * HOUR, NOW + HOUR)
    assert (sum(one.n for one in found), sum(one.sum for one in found)) == (3, 6.0)


def test_rolling_up_again_changes_nothing(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [float(n % 7) for n in range(90)]))
    subject.settle()
    before = hours(subject, device)
    for _ in range(2):
        subject.settle()
        subject.metrics.maintain(NOW)
    assert hours(subject, device) == before
    assert [one.n for one in before] == [60, 30]


def test_a_late_point_corrects_its_hour(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [5.0, 9.0]))
    subject.settle()
    subject.metrics.write([Sample(device, NOON + 30_000, {"level": 1.0}, HALL)])
    subject.settle()
    assert hours(subject, device) == [Hour(NOON, 3, 1.0, 9.0, 15.0, 9.0)]
    assert [point.mean for point in series(subject, device)] == [5.0, 1.0, 9.0]


def test_raw_points_end_and_their_hours_stay_and_both_make_one_series(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [float(n) for n in range(120)]))
    subject.settle()
    subject.age()
    assert series(subject, device) == [(NOON, 0.0, 29.5, 59.0), (NOON + HOUR, 60.0, 89.5, 119.0)]
    readings = subject.metrics.readings(device, "level", NOON, NOW)
    assert [(ts // HOUR * HOUR, value) for ts, value in readings] == [(NOON, 59.0), (NOON + HOUR, 119.0)]
    subject.metrics.write(levels(device, [7.0, 8.0], NOON + 3 * DAY))
    subject.settle()
    last = [(NOON + 3 * DAY, 7.0, 7.0, 7.0), (NOON + 3 * DAY + MINUTE, 8.0, 8.0, 8.0)]
    assert series(subject, device)[2:] == last
    assert subject.metrics.series(device, "level", NOON + MINUTE, NOON + DAY, 10)[0].ts == NOON + MINUTE
    assert [one.n for one in hours(subject, device)] == [60, 60, 2]
    assert subject.metrics.fields(device) == ["level"]


def test_a_device_that_moved_to_another_hall_is_one_series(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [1.0, 2.0]))
    elsewhere = HALL._replace(hall="h-02", vendor="")
    subject.metrics.write(levels(device, [3.0, 4.0], NOON + 2 * MINUTE, tags=elsewhere))
    subject.settle()
    assert [point.mean for point in series(subject, device)] == [1.0, 2.0, 3.0, 4.0]
    assert hours(subject, device) == [Hour(NOON, 4, 1.0, 4.0, 10.0, 4.0)]


def test_a_point_that_comes_again_after_a_move_is_still_one_point(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [1.0, 2.0]))
    subject.settle()
    subject.metrics.write(levels(device, [1.0, 2.0, 6.0], tags=HALL._replace(hall="h-02")))
    subject.settle()
    assert [point.mean for point in series(subject, device)] == [1.0, 2.0, 6.0]
    assert hours(subject, device) == [Hour(NOON, 3, 1.0, 6.0, 9.0, 6.0)]


def test_fields_of_a_device_are_its_own(subject: Subject, device: str) -> None:
    subject.metrics.write([Sample(device, NOON, {"pages": 1.0}, HALL), Sample(device, NOON + 1, {"level": 2.0}, HALL)])
    subject.metrics.write([Sample(device + "-2", NOON, {"other": 1.0}, HALL)])
    subject.settle()
    assert subject.metrics.fields(device) == ["level", "pages"]


def test_what_was_written_is_there_after_a_restart(subject: Subject, device: str) -> None:
    subject.metrics.write(levels(device, [1.0, 2.0]))
    second = subject.again()
    second.settle()
    assert [point.mean for point in series(second, device)] == [1.0, 2.0]
    second.metrics.close()


@pytest.mark.parametrize(
    "name",
    [
        "a b,c=d",
        'quo"ted',
        "it's",
        "x.y",
        "$device",
        "time",
        "device",
        "hall",
        "柜员 3 号 😀",
        "back\\slash",
        "-",
        "*",
        "/x/",
    ],
)
def test_hostile_names_are_names(subject: Subject, device: str, name: str) -> None:
    whose = f"{device} {name}"
    subject.metrics.write([Sample(whose, NOON, {name: 1.5, "level": 2.0}, Tags(name, name, name, name, name))])
    subject.metrics.write([Sample(f"{device} other", NOON, {name: 9.0}, HALL)])
    subject.settle()
    assert subject.metrics.fields(whose) in (sorted({"level", name}), sorted({"level", carried_field(name)}))
    assert series(subject, whose, name) == [(NOON, 1.5, 1.5, 1.5)]
    assert hours(subject, whose, name) == [Hour(NOON, 1, 1.5, 1.5, 1.5, 1.5)]


_VALUES = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
_SAMPLES = st.lists(st.tuples(st.integers(0, 5 * HOUR), _VALUES), min_size=1, max_size=40, unique_by=lambda one: one[0])


@pytest.mark.parametrize("subject", SUBJECTS[1:], indirect=True)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples=_SAMPLES, start=st.integers(-HOUR, 4 * HOUR), length=st.integers(1, 7 * HOUR), points=st.integers(1, 50))
def test_it_answers_what_the_embedded_store_answers(
    subject: Subject, tmp_path_factory: pytest.TempPathFactory, samples: list[tuple[int, float]],
    start: int, length: int, points: int,
) -> None:  # fmt: skip
    device = f"H-{next(_counter)}"
    written = [Sample(device, NOON + ts, {"level": value}, HALL) for ts, value in samples]
    model = embedded(tmp_path_factory.mktemp("model"))
    for one in (model, subject):
        one.metrics.write(written)
        one.settle()
    begin, end = NOON + start, NOON + start + length
    asked = (device, "level", begin, end)
    assert subject.metrics.series(*asked, points) == model.metrics.series(*asked, points)
    assert subject.metrics.hours(*asked) == model.metrics.hours(*asked)
    model.metrics.close()


_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tag=_NAMES, field=_NAMES, value=st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_a_device_says_comes_back_as_its_value(subject: Subject, tag: str, field: str, value: float) -> None:
    device = f"{tag}{next(_counter)}{tag}"
    subject.metrics.write([Sample(device, NOON, {field: value}, Tags(tag, tag, tag, tag, tag))])
    subject.settle()
    assert series(subject, device, field) == [(NOON, value, value, value)]
    if subject.server is not None:
        assert subject.metrics.fields(device) == [carried_field(field)]
        assert _stored_tags(subject, device) == {carried(tag)}


def _stored_tags(subject: Subject, device: str) -> set[str]:
    assert subject.server is not None
    query = 'SELECT * FROM "raw"."device" WHERE "device"::tag = $device GROUP BY *'
    results = subject.server.ask(query, {"device": carried(device)})
    return {value for one in results for name, value in one.tags.items() if name != "device"}
