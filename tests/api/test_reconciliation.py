"""K5 over HTTP: calls, outages and a complaint of a month as the interface tells them, and who sees what."""

from __future__ import annotations

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
