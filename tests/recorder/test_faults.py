"""A fault of ours, or of the metrics store, stops nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from recorder import points, writer
from recorder.judging import judge_device
from recorder.status import Statuses
from store import heard, judged, streams
from store.database import reading
from store.fault import StoreError
from store.metrics import Measured, Tags
from store.schema import asides, refusals
from store.schema import streams as streams_table
from tests.recorder.centre import MINUTE, T0, Centre, city, heartbeat, message

LATER = T0 + 60 * MINUTE


class Metrics:
    """A metrics store that can be away, or broken by one device."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0
        self.got: set[tuple[str, int]] = set()
        self.tags: dict[str, Tags] = {}

    def write(self, samples: Sequence[Measured]) -> None:
        self.asked += 1
        if self.away:
            raise StoreError("influx", "unreachable")
        if any(one.device == "P-0002" for one in samples):
            raise ZeroDivisionError
        self.tags |= {one.device: one.tags for one in samples}
        self.got.update((one.device, (one.ts - T0) // MINUTE) for one in samples)


def counted(here: Centre, name: str) -> int:
    with reading(here.engine) as conn:
        return judged.counted(conn).get(name, 0)


@pytest.fixture
def metrics(here: Centre) -> Metrics:
    here.metrics = made = Metrics()
    here.restart()
    return made


def test_a_metrics_store_that_is_away_does_not_stop_judging(here: Centre, metrics: Metrics) -> None:
    metrics.away = True
    here.give(*here.run("P-0001", "udd"), now=LATER)
    here.give(*here.run("P-0001", "u", 3), now=LATER + 1)
    assert (here.stored(), [row[:2] for row in here.outages()]) == (4, [(1, 3)])
    assert (here.writer.points.trouble, here.writer.points.waiting, metrics.asked) == ("influx: unreachable", 4, 1)
    metrics.away = False
    here.tick(LATER + points.RETRY_MS)
    assert metrics.got == {("P-0001", n) for n in range(4)}
    assert (here.writer.points.trouble, here.writer.points.waiting) == (None, 0)


def test_points_that_wait_are_bounded_and_counted(
    here: Centre, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "KEPT", 3)
    metrics.away = True
    here.give(*here.run("P-0001", "uuu"), now=LATER)
    here.give(*here.run("P-0001", "uu", 3), now=LATER + 1)
    assert (here.writer.points.waiting, counted(here, "metrics.lost")) == (3, 2)
    metrics.away = False
    here.give(*here.run("P-0001", "u", 5), now=LATER + points.RETRY_MS)
    assert metrics.got == {("P-0001", n) for n in (3, 4, 5)}


def test_points_that_waited_in_a_recorder_that_was_killed_are_counted_as_lost(here: Centre, metrics: Metrics) -> None:
    metrics.away = True
    here.give(*here.run("P-0001", "uuu"), now=LATER)
    assert (counted(here, "metrics.waiting"), counted(here, "metrics.lost")) == (3, 0)
    metrics.away = False
    here.restart()
    here.give(*here.run("P-0001", "u", 3), now=LATER + 1)
    assert (counted(here, "metrics.waiting"), counted(here, "metrics.lost")) == (0, 3)
    here.restart()
    here.tick(LATER + MINUTE)
    assert counted(here, "metrics.lost") == 3


def test_points_bear_what_the_inventory_says_of_their_device(here: Centre, metrics: Metrics) -> None:
    document = city()
    document["branches"] = [{"id": "b-1", "name": "Branch"}]
    document["halls"][0]["branch"] = "b-1"
    document["devices"][1]["model"] = "M 404"
    here.adopt(document)
    here.give(*here.run("P-0001", "u"), *here.run("SW-0001", "u"), now=LATER)
    assert metrics.tags == {
        "P-0001": ("h-01", "b-1", "printer", "M 404", "v-1"),
        "SW-0001": ("h-01", "b-1", "switch", "", ""),
    }


def test_points_that_break_the_store_are_given_up_and_counted(here: Centre, metrics: Metrics) -> None:
    here.give(*here.run("P-0002", "u"), now=LATER)
    here.give(*here.run("P-0001", "u"), now=LATER)
    assert (here.stored(), counted(here, "metrics.lost"), metrics.got) == (2, 1, {("P-0001", 0)})


@pytest.mark.slow
def test_an_aside_that_breaks_the_recorder_is_set_apart_and_stops_nothing(
    here: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.give(*here.run("P-0008", "uu"), *here.run("P-0009", "u"), heartbeat(LATER), now=LATER)
    here.adopt(city(**{"P-0008": {}, "P-0009": {}}), LATER)
    judge = judge_device

    def fragile(conn: Any, place: Any, *rest: Any) -> Any:
        if place.device.id == "P-0009":
            raise ZeroDivisionError
        return judge(conn, place, *rest)

    monkeypatch.setattr("recorder.batch.judge_device", fragile)
    here.tick(LATER + MINUTE)
    assert (here.stored(), here.rows(select(asides)), counted(here, "refused.fault")) == (2, [], 1)
    assert [row.reason for row in here.rows(select(refusals))] == ["fault"]
    with reading(here.engine) as conn:
        assert heard.online(conn) == []


@pytest.mark.slow
def test_a_state_that_breaks_the_recorder_is_put_off_and_stops_nothing(
    here: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.tick(T0)
    here.give(*here.run("P-0001", "u"), *here.run("P-0002", "u"), now=T0 + MINUTE)
    judge = Statuses._judge

    def fragile(self: Any, place: Any, *rest: Any) -> Any:
        if place.device.id == "P-0002":
            raise ZeroDivisionError
        return judge(self, place, *rest)

    monkeypatch.setattr(Statuses, "_judge", fragile)
    here.tick(T0 + 9 * MINUTE)
    assert here.state("P-0001").state == "unmonitored"
    assert here.state("P-0002").check_at == T0 + 9 * MINUTE + writer.PUT_OFF_MS


def test_streams_of_strangers_and_epochs_are_bounded(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "STREAMS_KEPT", 3)
    monkeypatch.setattr(writer, "EPOCHS_KEPT", 2)
    for n in range(5):
        here.give(message(2, f"X-{n}", 0, "up", collector=f"x-{n}"), now=LATER + n)
        here.give(message(2, "P-0001", n, "up", epoch=f"e-{n}"), heartbeat(LATER + n, epoch=f"e-{n}"), now=LATER + n)
    here.tick(LATER + MINUTE)
    left = {(row.collector, row.epoch) for row in here.rows(select(streams_table))}
    assert {pair for pair in left if pair[0] == "c-01"} == {("c-01", "e-3"), ("c-01", "e-4")}
    assert {pair[0] for pair in left} == {"c-01", "x-2", "x-3", "x-4"}
    assert counted(here, "cloned") == 1
    with reading(here.engine) as conn:
        row = heard.collector(conn, "c-01")
        assert row is not None
        assert row.said["cloned_at"] == LATER + MINUTE
        assert streams.lost(conn) == 0


def test_a_device_is_out_of_service_from_the_earlier_of_retired_and_gone(here: Centre) -> None:
    document = city()
    document["devices"][1]["retired"] = LATER
    here.adopt(document)
    here.give(*here.run("P-0001", "udd"), now=T0 + 2 * MINUTE)
    document["devices"] = [one for one in document["devices"] if one["id"] != "P-0001"]
    here.adopt(document, T0 + 3 * MINUTE)
    here.tick(T0 + 3 * MINUTE)
    row = here.state()
    assert (row.state, row.cause, row.since) == ("unmonitored", "not_in_service", T0 + 3 * MINUTE)
