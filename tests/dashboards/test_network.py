"""P8: loss, p50, p95 and jitter as a real influxd answers the dashboard's queries, against the same in Python."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from dashboards.network import jitter, network
from dashboards.text import spoken
from store.influx.lines import device_line
from store.influx.server import Server
from store.metrics import Sample, Tags
from tests.dashboards.grafana import View, filled
from tests.dashboards.influx_servers import SERVERS, series, server_of

pytestmark = pytest.mark.server
MINUTE = 60_000
STEP = 10 * MINUTE
Measured = dict[tuple[str, str], list[tuple[int, float, float]]]


class Seen(NamedTuple):
    server: Server
    start: int
    measured: Measured

    @property
    def until(self) -> int:
        return self.start + 180 * MINUTE

    def ask(self, query: str) -> list[dict[str, Any]]:
        every = dict.fromkeys(("branch", "hall", "kind", "vendor"), ".*")
        view = View(self.start, self.until, dict.fromkeys(every, "$__all"), every, "10m")
        assert view.step == "10m"
        return series(self.server, filled(query, view))


def measured(start: int) -> Measured:
    """Round trips of many shapes: wild, with gaps, all equal, only falling, one alone, none."""
    made = random.Random(8)
    found: Measured = {}
    for hall, devices in (("h-1", 3), ("h-2", 1), ("h-3", 5)):
        for n in range(devices):
            ts = [start + at * MINUTE + made.randrange(900) for at in range(170) if made.random() > 0.2]
            found[hall, f"{hall}-{n}"] = [
                (one, round(made.expovariate(0.1), 3), made.choice((0.0, 0.0, 0.25, 1.0))) for one in ts
            ]
    found["h-4", "even"] = [(start + at * MINUTE, 7.0, 0.0) for at in range(30)]
    found["h-5", "falling"] = [(start + at * MINUTE, 90.0 - at, 0.0) for at in range(12)]
    found["h-6", "alone"] = [(start + MINUTE, 4.0, 0.0)]
    return found


@pytest.fixture(scope="module", params=SERVERS)
def seen(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Seen]:
    start = (int(time.time() * 1000) // STEP - 100) * STEP
    found = measured(start)
    lines = [
        device_line(Sample(device, ts, {"rtt_ms": rtt, "loss": loss}, Tags(hall, "b-1", "pc", "", "v-1")))
        for (hall, device), rows in found.items()
        for ts, rtt, loss in rows
    ]
    with server_of(request.param, tmp_path_factory.mktemp("influx") / "one") as server:
        server.write("raw", [one for one in lines if one])
        yield Seen(server, start, found)


def changes(seen: Seen) -> Iterator[tuple[str, int, float]]:
    """Hall, the later time, and the absolute change of each pair of neighbours of a device."""
    for (hall, _), rows in seen.measured.items():
        for (_, before, _), (ts, after, _) in pairwise(rows):
            yield hall, ts, abs(after - before)


def means(found: Mapping[Any, list[float]]) -> dict[Any, Any]:
    return {key: pytest.approx(math.fsum(values) / len(values), rel=1e-9) for key, values in found.items()}


def test_P8_jitter_of_a_hall_is_the_mean_absolute_change_of_its_devices(seen: Seen) -> None:
    of_hall: dict[str, list[float]] = {}
    for hall, _, change in changes(seen):
        of_hall.setdefault(hall, []).append(change)
    found = {row[2]: row[1] for one in seen.ask(jitter('"hall"')) for row in one["values"]}
    assert found == means(of_hall)
    assert found["h-4"] == 0
    assert found["h-5"] == 1, "only falling: there is no rise to sum"
    assert "h-6" not in found, "one round trip has no neighbour"


def test_P8_jitter_of_all_is_over_all_pairs(seen: Seen) -> None:
    ((_, found),) = seen.ask(jitter())[0]["values"]
    assert found == means({"all": [change for _, _, change in changes(seen)]})["all"]


def test_P8_jitter_over_time_is_that_of_each_step_and_no_zero_where_nothing_was_measured(seen: Seen) -> None:
    of_step: dict[int, list[float]] = {}
    for _, ts, change in changes(seen):
        of_step.setdefault(ts // STEP * STEP, []).append(change)
    found = {row[0]: row[1] for row in seen.ask(jitter(time="$__interval"))[0]["values"] if row[1] is not None}
    assert found == means(of_step)
    assert max(found) < seen.until


def test_P8_a_hall_has_its_loss_p50_p95_and_jitter_in_one_row(seen: Seen) -> None:
    panels: Any = spoken(network("metrics", "http://x").tree()["panels"], "en")
    (worst,) = (one for one in panels if one["title"].startswith("Halls by p95"))
    found = {
        one["tags"]["hall"]: dict(zip(one["columns"], one["values"][0], strict=True))
        for one in seen.ask(worst["targets"][0]["query"])
    }
    for hall in ("h-1", "h-2", "h-3", "h-6"):
        rows = sorted(row for (place, _), rows in seen.measured.items() if place == hall for row in rows)
        trips = sorted(rtt for _, rtt, _ in rows)
        assert found[hall]["loss"] == pytest.approx(math.fsum(loss for *_, loss in rows) / len(rows), rel=1e-9)
        assert found[hall]["p50"] == trips[math.floor(len(trips) * 0.5 + 0.5) - 1]
        assert found[hall]["p95"] == trips[math.floor(len(trips) * 0.95 + 0.5) - 1]
        assert found[hall]["answers"] == len(rows)
