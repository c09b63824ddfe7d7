"""What a reader chooses is asked for literally: ids with signs of regular expressions, of InfluxQL and of SQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from sla.instant import MINUTE
from store.influx.lines import line
from store.influx.server import connect
from store.measurements import RAW
from tests.dashboards.answered import ask, view_of
from tests.dashboards.grafana import as_table, filled, options_of
from tests.dashboards.seeded import City
from tests.store.subjects import influxdb_1

pytestmark = [pytest.mark.server, pytest.mark.slow]
ODD = (
    "h.01",
    "hx01",
    "h+1",
    "hh1",
    "a/b",
    "a|b",
    "a",
    "b",
    "(c)",
    "c",
    "d'e",
    'f"g',
    "^h$",
    "[i]",
    "j{2}",
    "k*",
    "厅?",
)
ESCAPED = "l, m=n"
"""Not offered by name, but All takes it."""
SQL = ("x'; DROP VIEW grafana_outages; --", "$re$", "$re$) OR true --", "\\", "h-01|h-02", ".*", "$$")
NOW = int(time.time() * 1000) // MINUTE * MINUTE


def _lines() -> Iterator[str]:
    for id in (*ODD, ESCAPED):
        place = {"device": f"D-{id}", "hall": id, "branch": f"b-{id}", "kind": "printer", "vendor": "-"}
        said: dict[str, float | str] = {"start": 1.0, "lasts_s": 60.0, "state": "down", "hall_name": id}
        some = line("outage_now", place, said | {"cause": "silence", "owner": "network", "ticket": "-"}, NOW - MINUTE)
        names = {"hall": id, "branch": f"b-{id}", "hall_name": f"厅{id}", "branch_name": "局"}
        more = line("fleet", names, {"up": 1.0}, NOW - MINUTE)
        yield from (one for one in (some, more) if one is not None)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Asks a real influxd that has a broken device in every odd hall."""
    with influxdb_1(tmp_path_factory.mktemp("odd")) as address:
        server = connect(address)
        server.write(RAW, list(_lines()))
        server.close()
        with httpx2.Client(base_url=address.base, trust_env=False) as client:

            def series(query: str) -> list[dict[str, Any]]:
                said = client.post("/query", data={"q": query, "db": address.database, "epoch": "ms"}).json()
                assert "error" not in said["results"][0], query
                found: list[dict[str, Any]] = said["results"][0].get("series", [])
                return found

            yield series


def _broken(built: Any, odd: Any, **chosen: str | tuple[str, ...]) -> list[str]:
    dashboard = built["metrics/zh/hw-city.json"]
    panel = next(one for one in dashboard["panels"] if one["title"] == "当前故障设备")
    query = filled(panel["targets"][0]["query"], view_of(dashboard, NOW, **chosen))
    return sorted(hall for frame in as_table(odd(query)) for hall in frame.columns["hall"])


@pytest.mark.parametrize("hall", [*ODD, ESCAPED])
def test_one_hall_of_an_odd_name_is_that_hall_alone(hall: str, built: Any, odd: Any) -> None:
    assert _broken(built, odd, hall=hall) == [hall]


def test_several_halls_of_odd_names_are_those_alone(built: Any, odd: Any) -> None:
    for some in (("h.01", "a|b"), ("(c)", "^h$", "k*"), ("d'e", 'f"g', "a/b")):
        assert _broken(built, odd, hall=some) == sorted(some)


def test_all_takes_devices_without_a_vendor(built: Any, odd: Any) -> None:
    assert _broken(built, odd) == sorted([*ODD, ESCAPED])
    assert _broken(built, odd, vendor="v-1") == []


def test_halls_of_odd_names_can_be_chosen_by_name(built: Any, odd: Any) -> None:
    one = next(v for v in built["metrics/zh/hw-city.json"]["templating"]["list"] if v["name"] == "hall")
    query = filled(one["query"]["query"], view_of(built["metrics/zh/hw-city.json"], NOW, branch="b-h.01"))
    assert options_of(odd(query), query, one["regex"]) == {"h.01": "厅h.01"}
    query = filled(one["query"]["query"], view_of(built["metrics/zh/hw-city.json"], NOW))
    assert options_of(odd(query), query, one["regex"]) == {id: f"厅{id}" for id in ODD}


@pytest.mark.parametrize("hall", SQL)
def test_sql_takes_what_is_chosen_as_a_text(hall: str, seeded: City, built: Any) -> None:
    dashboard = built["sql/zh/hw-city.json"]
    panel = next(one for one in dashboard["panels"] if one["title"] == "当前故障设备")
    (frame,) = ask(seeded, panel["targets"][0], view_of(dashboard, seeded.now, hall=hall))
    assert len(frame) == 0
    (frame,) = ask(seeded, panel["targets"][0], view_of(dashboard, seeded.now, hall="h-01"))
    assert set(frame.columns["hall"]) == {"h-01"}
