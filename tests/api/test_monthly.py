"""The monthly report over HTTP: its shape and forms, and who sees what of it."""

from __future__ import annotations

import csv
import io

import pytest

from api.monthly import Monthly
from tests.api.conftest import Served

PATH = "/api/v1/reports/monthly"
DAY = {"from": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}


def test_it_has_the_shape_that_is_described(city: Served) -> None:
    told = city.as_("viewer").get(PATH, params=DAY).json()
    assert set(Monthly.model_validate(told).model_dump(by_alias=True)) == set(told)
    assert Monthly.model_validate(told).model_dump(by_alias=True)["levels"].keys() == told["levels"].keys()


def test_its_rows_are_those_of_the_availability_report(city: Served) -> None:
    viewer = city.as_("viewer")
    alone = viewer.get("/api/v1/reports/availability", params=DAY | {"by": "branch"}).json()
    told = viewer.get(PATH, params=DAY | {"by": "branch"}).json()
    assert [{key: row[key] for key in alone["total"]} for row in told["rows"]] == alone["rows"]


def test_T1_a_week_is_asked_for_by_its_number(city: Served) -> None:
    told = city.as_("viewer").get(PATH, params={"month": "2026-W46"}).json()
    assert (told["name"], told["from"], told["before"]["from"]) == (
        "2026-W46",
        "2026-11-08T16:00:00.000Z",
        "2026-11-01T16:00:00.000Z",
    )
    assert city.as_("viewer").get(PATH, params={"month": "2026-W60"}).status_code == 422


def test_the_csv_of_a_level_has_the_figures_of_the_json(city: Served) -> None:
    viewer = city.as_("viewer")
    rows = viewer.get(PATH, params=DAY).json()["levels"]["hall"]
    answer = viewer.get(PATH, params=DAY | {"format": "csv", "table": "hall", "language": "en"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    shown = [None if line["availability"] in ("", "–") else float(line["availability"]) for line in lines]
    assert shown == [row["availability"] for row in rows]


def test_a_vendor_sees_its_own_devices_and_a_hall_itself(city: Served) -> None:
    everything = city.as_("viewer").get(PATH, params=DAY).json()
    vendor = city.as_("vendor:v-1").get(PATH, params=DAY).json()
    assert [row["id"] for row in vendor["levels"]["vendor"]] == ["v-1"]
    assert vendor["total"]["devices"] < everything["total"]["devices"]
    assert vendor["only"] == {"vendor": "v-1"}
    assert (vendor["scorecard"], everything["scorecard"] is None) == (None, False)
    hall = city.as_("hall:h-01").get(PATH, params=DAY).json()
    assert [row["id"] for row in hall["levels"]["hall"]] == ["h-01"]
    for narrow in (vendor, hall):
        ids = {row["id"] for row in narrow["levels"]["device"]}
        assert {one for stretch in narrow["blind"]["stretches"] for one in stretch["devices"]} <= ids
        assert {one["device"] for one in narrow["worst"]} <= ids


@pytest.mark.parametrize(("role", "status"), [("collector:c-01", 403), (None, 401)])
def test_others_do_not_read_it(city: Served, role: str | None, status: int) -> None:
    assert city.as_(role).get(PATH, params=DAY).status_code == status


def test_what_there_is_not_is_refused(city: Served) -> None:
    viewer = city.as_("viewer")
    assert viewer.get(PATH, params=DAY | {"hall": "h-99"}).status_code == 422
    assert viewer.get(PATH, params=DAY | {"format": "csv", "table": "none"}).status_code == 422
