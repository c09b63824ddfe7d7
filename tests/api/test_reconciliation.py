"""K5 over HTTP: calls, outages and a complaint of a month as the interface tells them, and who sees what."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.conftest import Served

PATH = "/api/v1/reports/reconciliation"
DAYS = {"from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}


def test_K5_a_row_for_each_hall_and_the_tickets_behind_it(city: Served) -> None:
    found = city.as_("viewer").get(PATH, params=DAYS).json()
    assert [row["id"] for row in found["rows"]] == ["h-01", "h-02", "h-03", "h-04", "h-05"]
    for row in [*found["rows"], found["total"]]:
        assert row["matched"] + row["phone_only"] + row["detected_only"] == row["faults"]
    assert found["total"]["faults"] == len(found["faults"]) > 0
    assert "K5" in found["rules"]


def test_K5_a_vendor_and_a_hall_see_their_own(city: Served) -> None:
    everything = city.as_("viewer").get(PATH, params=DAYS).json()
    own = city.as_("hall:h-01").get(PATH, params=DAYS).json()
    assert [row["id"] for row in own["rows"]] == ["h-01"]
    assert own["faults"] == [one for one in everything["faults"] if one["hall"] == "h-01"]
    assert city.as_("hall:h-01").get(PATH, params=DAYS | {"hall": "h-02"}).status_code == 422
    assert city.as_("vendor:v-1").get(PATH, params=DAYS | {"vendor": "v-2"}).status_code == 422
    assert city.as_("collector:c-01").get(PATH).status_code == 403
    assert city.as_(None).get(PATH).status_code == 401


def test_K5_what_is_no_period_is_refused(city: Served) -> None:
    assert city.as_("viewer").get(PATH, params={"month": "2026-13"}).status_code == 422


def test_K5_the_csv_has_the_figures_of_the_json(city: Served) -> None:
    viewer = city.as_("viewer")
    found = viewer.get(PATH, params=DAYS).json()
    answer = viewer.get(PATH, params=DAYS | {"format": "csv", "language": "en"})
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line["faults"] for line in lines[:-1]] == [str(row["faults"]) for row in found["rows"]]
    assert lines[-1]["faults"] == str(found["total"]["faults"])
    answer = viewer.get(PATH, params=DAYS | {"format": "csv", "table": "faults"})
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line["ticket"] for line in lines] == [one["ticket"] for one in found["faults"]]


@pytest.mark.parametrize(("form", "starts"), [("html", b"<!DOCTYPE html>"), ("xlsx", b"PK")])
def test_K5_a_hall_takes_its_own_file_along(city: Served, form: str, starts: bytes) -> None:
    answer = city.as_("hall:h-01").get(PATH, params=DAYS | {"format": form, "language": "en"})
    assert answer.status_code == 200
    assert answer.content[: len(starts)].lower() == starts.lower()
    assert "reconciliation-" in answer.headers["content-disposition"]
    assert b"h-02" not in answer.content
    assert city.as_("viewer").get(PATH, params=DAYS | {"format": "csv", "table": "none"}).status_code == 422
