"""K1: tickets of another system come in over HTTP: rows or a file, bounded, by operators only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.alerts.imports.files import MAPPING, csv_of, xlsx_of
from tests.api import seed
from tests.api.conftest import Served

pytestmark = pytest.mark.slow

PATH = "/api/v1/tickets/import"
FREE, OTHER = seed.device_id(1, 2), seed.device_id(1, 3)


def row(id: str = "OA-1", **said: Any) -> dict[str, Any]:
    return {"external_id": id, "device": FREE, "opened": "2026-11-20T10:00:00+08:00", "symptom": "不出纸", **said}


def post(served: Served, *rows: dict[str, Any], role: str = "operator", query: str = "", **said: Any) -> Any:
    return served.as_(role).post(PATH + query, json={"rows": list(rows), **said})


def test_K1_rows_by_our_own_names_become_tickets(fresh: Callable[..., Any]) -> None:
    with fresh() as served:
        done = post(served, row(restored="2026-11-20T11:00:00+08:00", how="repaired"), system="oa")
        assert (done.status_code, done.json()["counts"]["new"]) == (200, 1)
        id = done.json()["rows"][0]["ticket"]
        ticket = served.as_("viewer").get(f"/api/v1/tickets/{id}").json()
        assert (ticket["state"], ticket["external_id"], ticket["source"]) == ("restored", "OA-1", "import")
        assert [one["event"] for one in ticket["events"]] == ["opened", "restored"]
        assert ticket["events"][0]["by"].startswith("operator")
        again = post(served, row(restored="2026-11-20T11:00:00+08:00", how="repaired"), system="oa").json()
        assert again["counts"] == {"new": 0, "joined": 0, "known": 1, "corrected": 0, "refused": 0}


def test_K1_rows_may_bear_the_other_systems_names(fresh: Callable[..., Any]) -> None:
    mapping = {"system": "oa", "columns": {"external_id": "no", "device": "asset", "opened": "t"}}
    mapping |= {"values": {}, "times": ["%d.%m.%Y %H:%M"], "zone": "UTC"}
    with fresh() as served:
        said = {"no": 7, "asset": FREE, "t": "20.11.2026 03:00", "more": "left"}
        done = post(served, said, mapping=mapping).json()
        ticket = served.as_("viewer").get(f"/api/v1/tickets/{done['rows'][0]['ticket']}").json()
        assert (ticket["external_id"], ticket["opened_at"]) == ("7", "2026-11-20T03:00:00.000Z")


@pytest.mark.parametrize("write", [csv_of, xlsx_of])
def test_K1_a_file_comes_with_its_mapping(fresh: Callable[..., Any], write: Callable[..., bytes]) -> None:
    line = {"external_id": "OA-9", "device": FREE, "opened": "2026-11-20 10:00", "source": "电话"}
    with fresh() as served:
        sent: dict[str, Any] = {"files": {"file": ("十一月.csv", write(line))}, "data": {"mapping": MAPPING}}
        dry = served.as_("admin").post(PATH + "?dry_run=true", **sent).json()
        assert (dry["taken"], dry["counts"]["new"]) == (False, 1)
        done = served.as_("admin").post(PATH, **sent).json()
        assert (done["taken"], done["counts"]["new"]) == (True, 1)


def test_K1_of_rows_with_faults_nothing_is_taken_unless_asked(fresh: Callable[..., Any]) -> None:
    with fresh() as served:
        bad = row("OA-2", device=FREE + "x", opened="2026-02-30T10:00:00+08:00")
        refused = post(served, row(), bad)
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
        found = [(one["row"], one["column"], one["near_miss"]) for one in refused.json()["errors"]]
        assert found == [(2, "opened", None), (2, "device", FREE)]
        assert refused.json()["counts"] == {"new": 1, "joined": 0, "known": 0, "corrected": 0, "refused": 1}
        done = post(served, row(), bad, query="?skip_bad=true")
        assert (done.status_code, done.json()["counts"]["new"], done.json()["taken"]) == (200, 1, True)


@pytest.mark.parametrize("role", ["viewer", "vendor:v-1", "hall:h-01", "collector:c-01", None])
def test_only_operators_take_tickets_in(city: Served, role: str | None) -> None:
    refused = city.as_(role).post(PATH, content=b"x" * 100_000, headers={"content-type": "application/json"})
    assert refused.status_code == (401 if role is None else 403)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"rows": [{"external_id": "a", "asset": "b"}]}, "unknown key"),
        ({"rows": [{"external_id": ["a"]}]}, "valid string"),
        ({"rows": {}}, "valid array"),
        ({"rows": [], "mapping": {"columns": {}}}, "Field required"),
        ({"rows": [], "sistem": "x"}, "not permitted"),
    ],
)
def test_bodies_that_are_none_are_refused(city: Served, said: Any, reason: str) -> None:
    refused = city.as_("operator").post(PATH, json=said)
    assert refused.status_code == 422
    assert reason in json.dumps(refused.json(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/csv", b"a,b", 415),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 422),
        ("multipart/form-data", b"nothing", 422),
        ("application/json", b"[" * 100_000, 422),
        ("application/json", b" " * (34 * 1024 * 1024), 413),
    ],
)
def test_hostile_bodies_are_refused(city: Served, kind: str, body: bytes, status: int) -> None:
    assert city.as_("operator").post(PATH, content=body, headers={"content-type": kind}).status_code == status


def test_a_file_that_cannot_be_read_is_told(city: Served) -> None:
    for data, reason in ((b"PK\x03\x04broken", "not an XLSX file"), (b"a,b\n", "there is no such column")):
        sent: dict[str, Any] = {"files": {"file": ("a.xlsx", data)}, "data": {"mapping": MAPPING}}
        refused = city.as_("operator").post(PATH, **sent)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["reason"].startswith(reason)
