"""The availability report over HTTP: its shape, who gets what, and what is refused."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from itertools import islice

import httpx2
import pytest

from api import reports
from tests.api.conftest import Served

PATH = "/api/v1/reports/availability"
DAY = {"from": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}


def test_A3_every_row_shows_availability_raw_coverage_and_the_seconds_of_each_class(city: Served) -> None:
    found = city.as_("viewer").get(PATH, params=DAY | {"by": "hall"}).json()
    assert [row["id"] for row in found["rows"]] == ["h-01", "h-02", "h-03", "h-04", "h-05"]
    assert (found["by"], found["profile"], found["min_coverage"]) == ("hall", "service", 0.5)
    assert {"A1", "A3", "A6"} <= set(found["rules"])
    assert found["rules_version"] == "1"
    assert found["calendars"] == ["always"]
    assert found["provisional"] is False
    for row in [*found["rows"], found["total"]]:
        assert set(row) == {
            "id", "name", "devices", "availability", "raw", "coverage", "seconds", "outages", "mttr_s", "mtbf_s",
            "provisional",
        }  # fmt: skip
        assert sum(row["seconds"].values()) == row["devices"] * 86_400


@pytest.mark.slow
def test_A1_a_device_has_in_the_report_what_its_spans_add_up_to(city: Served) -> None:
    viewer = city.as_("viewer")
    rows = viewer.get(PATH, params=DAY | {"by": "device"}).json()["rows"]
    assert len(rows) == 45
    for row in rows:
        spans = viewer.get(f"/api/v1/devices/{row['id']}/spans", params=DAY).json()["spans"]
        added = dict.fromkeys(row["seconds"], 0.0)
        for one in spans:
            added[one["class"]] += one["seconds"]
        assert added == row["seconds"]
    down = next(row for row in rows if row["id"] == "PR-0101")
    assert (down["seconds"]["down"], down["outages"]) == (40 * 60 + 12 * 60, 2)
    assert down["mttr_s"] == 40 * 60


def test_a_vendor_and_a_hall_get_their_own_devices_only(city: Served) -> None:
    for role, mine in (("vendor:v-1", {"vendor": "v-1"}), ("hall:h-01", {"hall": "h-01"})):
        own = city.as_(role).get(PATH, params=DAY | {"by": "device"}).json()
        same = city.as_("viewer").get(PATH, params=DAY | {"by": "device"} | mine).json()
        assert own["rows"] == same["rows"]
        assert own["total"] == same["total"]
    assert city.as_("vendor:v-1").get(PATH, params=DAY | {"vendor": "v-2"}).status_code == 422
    assert city.as_("collector:c-01").get(PATH).status_code == 403
    assert city.as_(None).get(PATH).status_code == 401


def test_without_a_period_it_is_this_month_so_far_in_the_zone_of_the_site(city: Served) -> None:
    viewer = city.as_("viewer")
    found = viewer.get(PATH).json()
    assert (found["from"], found["until"]) == ("2026-10-31T16:00:00.000Z", "2026-11-21T00:00:00.000Z")
    month = viewer.get(PATH, params={"month": "2026-10"}).json()
    assert (month["from"], month["until"]) == ("2026-09-30T16:00:00.000Z", "2026-10-31T16:00:00.000Z")


@pytest.mark.parametrize(
    ("query", "place", "reason"),
    [
        ({"month": "2026-13"}, "month", "2026-10"),
        ({"month": "2026-10"} | DAY, "month", "either"),
        ({"from": DAY["until"], "until": DAY["from"]}, "from", "not before"),
        ({"until": "9999-12-31T23:59:59.999Z"}, "until", "too far"),
        ({"from": "2021-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "from", "400 days"),
        ({"by": "city hall"}, "by", "Input should be"),
        ({"profile": "services"}, "profile", "Input should be"),
        ({"hall": "h-5"}, "hall", "did you mean `h-05`?"),
        ({"kind": "priner"}, "kind", "did you mean `printer`?"),
        ({"profil": "raw"}, "profil", "did you mean `profile`?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_place_and_reason(
    city: Served, query: dict[str, str], place: str, reason: str
) -> None:
    answer = city.as_("viewer").get(PATH, params=query)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["place"] == ["query", place]
    assert reason in fault["reason"]


def test_more_reports_than_a_few_at_once_are_asked_to_come_again(city: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "PATIENCE_S", 0.01)
    with ExitStack() as turns:
        for _ in range(reports.AT_ONCE):
            turns.enter_context(reports.turn())
        answer = city.as_("viewer").get(PATH, params=DAY)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert city.as_("viewer").get(PATH, params=DAY).status_code == 200


@pytest.mark.slow
def test_those_who_wait_for_a_report_leave_threads_for_the_pages(city: Served) -> None:
    """Forty threads answer everything: of fifty who ask for a report few wait, the others are told at once."""

    def ask(client: httpx2.Client) -> int:
        return client.get(PATH, params=DAY).status_code

    with ThreadPoolExecutor(50) as many:
        with ExitStack() as turns:
            for _ in range(reports.AT_ONCE):
                turns.enter_context(reports.turn())
            asked = [many.submit(ask, city.as_("viewer")) for _ in range(50)]
            told = [one.result() for one in islice(as_completed(asked), 50 - reports.WAITING)]
            assert told == [503] * len(told)
            began = time.monotonic()
            assert city.as_("viewer").get("/api/v1/devices").status_code == 200
            assert time.monotonic() - began < reports.PATIENCE_S / 2
        assert sorted(one.result() for one in asked) == [200] * reports.WAITING + [503] * len(told)
