"""The branch scorecard over HTTP: its shape and forms, and who gets it (A7, P5)."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.conftest import Served

PATH = "/api/v1/reports/scorecard"
DAY = {"from": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}


def test_P5_every_branch_has_its_items_and_the_rates_both_ways(city: Served) -> None:
    found = city.as_("viewer").get(PATH, params=DAY).json()
    whole = city.as_("viewer").get("/api/v1/reports/availability", params=DAY | {"by": "city"}).json()
    assert found["total"]["time"] == found["total"]["intact_rate"] == whole["total"]["availability"]
    assert found["inspected_at"] == "2026-11-20T02:00:00.000Z"
    assert {"A7", "P5"} <= set(found["rules"])
    for row in found["rows"]:
        assert [one["item"] for one in row["items"]] == ["hall network interruption", "terminal access"]


def test_A7_who_asks_may_say_how_it_is_counted(city: Served) -> None:
    asked = DAY | {"intact": "count", "compare": "points", "inspected_at": "2026-11-20T05:00:00Z"}
    found = city.as_("viewer").get(PATH, params=asked).json()
    assert (found["intact"], found["compare"]) == ("count", "points")
    assert found["inspected_at"] == "2026-11-20T05:00:00.000Z"
    assert found["total"]["intact_rate"] == found["total"]["count"]


def test_the_csv_has_the_figures_of_the_json(city: Served) -> None:
    viewer = city.as_("viewer")
    rows = viewer.get(PATH, params=DAY).json()["rows"]
    answer = viewer.get(PATH, params=DAY | {"format": "csv", "table": "scorecard", "language": "en"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(line["branch_id"], line["full"]) for line in lines] == [
        (row["id"], one["full"]) for row in rows for one in row["items"]
    ]
    assert viewer.get(PATH, params=DAY | {"format": "csv", "table": "none"}).status_code == 422


@pytest.mark.parametrize("role", ["vendor:v-1", "hall:h-01", "collector:c-01"])
def test_only_staff_compares_branches(city: Served, role: str) -> None:
    assert city.as_(role).get(PATH).status_code == 403


def test_what_there_is_not_is_refused(city: Served) -> None:
    viewer = city.as_("viewer")
    assert viewer.get(PATH, params=DAY | {"branch": "nowhere"}).status_code == 422
    assert viewer.get(PATH, params=DAY | {"inspected_at": "at ten"}).status_code == 422
    assert viewer.get(PATH, params=DAY | {"intact": "weight"}).status_code == 422
