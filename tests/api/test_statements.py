"""Statements over HTTP: who sees which, in every form, from a deduction down to what was observed (S1-S4, S8, S9)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import insert

from api.dossier import Dossier
from api.statement_document import Statement
from api.whatif import WhatIf
from reports.ledger import Who, publish
from store import inventory
from store.database import writing
from store.schema import streams
from tests.api.billed import billing, built, document
from tests.api.conftest import NOW, Served

pytestmark = pytest.mark.slow

BASE = "/api/v1/vendors/v-1/statements"
OCTOBER = f"{BASE}/2026-10"
WHAT_IF = "/api/v1/contracts/c-1/what-if"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def billed(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For tests that only read."""
    with billing(file, tmp_path_factory.mktemp("billed")) as served:
        yield served


@pytest.fixture
def own(file: Path, tmp_path: Path) -> Iterator[Served]:
    """To be changed."""
    with billing(file, tmp_path) as served:
        yield served


def get(city: Served, path: str, role: str = "vendor:v-1", **query: Any) -> Any:
    return city.as_(role).get(path, params=query)


def reasons(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [f"{one['place'][-1]}: {one['reason']}" for one in answer.json()["errors"]]


@pytest.mark.parametrize("role", ["admin", "operator", "viewer", "vendor:v-1"])
def test_staff_and_the_vendor_itself_see_a_statement(billed: Served, role: str) -> None:
    found = get(billed, OCTOBER, role)
    assert found.status_code == 200
    said = found.json()
    assert (said["vendor"], said["contract"], said["state"], said["score"]) == ("v-1", "c-1", "draft", "85.00")
    assert (said["score_before"], said["payment"], said["head"]) == ("85.00", "17000.00", None)


def test_the_description_names_every_member(billed: Served) -> None:
    vendor = billed.as_("vendor:v-1")
    answers: list[tuple[type[BaseModel], Any]] = [
        (Statement, get(billed, OCTOBER).json()),
        (Dossier, get(billed, "/api/v1/vendors/v-1/dossier").json()),
        (WhatIf, vendor.post(WHAT_IF, json={"targets": "5h"}).json()),
    ]
    for model, said in answers:
        model.model_validate(said)
        assert set(said) == {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("role", ["vendor:v-2", "hall:h-01"])
def test_others_learn_nothing(billed: Served, role: str) -> None:
    for path in (BASE, OCTOBER, "/api/v1/vendors/v-1/dossier"):
        assert get(billed, path, role).status_code == 404
        assert get(billed, path.replace("v-1", "v-9"), role).status_code == 404
    assert billed.as_(role).post(WHAT_IF, json={"fee": "1"}).status_code == 404
    assert get(billed, OCTOBER, "collector:c-01").status_code == 403
    assert billed.as_(None).get(OCTOBER).status_code == 401


@pytest.mark.parametrize("month", ["2025-10", "2026-12"])
def test_a_month_without_a_contract_or_not_begun_is_none(billed: Served, month: str) -> None:
    assert get(billed, f"{BASE}/{month}").status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "october", "2026-10-01", "9999-12x"])
def test_what_is_no_month_is_refused(billed: Served, month: str) -> None:
    assert reasons(get(billed, f"{BASE}/{month}")) == ["month: not a month such as 2026-10"]


def test_what_a_route_does_not_know_is_refused(billed: Served) -> None:
    assert reasons(get(billed, OCTOBER, formt="pdf")) == ["formt: not known here; did you mean `format`?"]
    assert reasons(get(billed, OCTOBER, format="docx"))[0].startswith("format: Input should be 'json', 'csv'")


def test_the_months_are_listed_the_newest_first_a_page_at_a_time(billed: Served) -> None:
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {"limit": 5}
    while True:
        said = get(billed, BASE, **more).json()
        found += said["items"]
        if said["next"] is None:
            break
        more["cursor"] = said["next"]
    months = [one["month"] for one in found]
    assert (months[0], months[1], months[-1], len(months)) == ("2026-11", "2026-10", "2025-11", 13)
    assert {one["state"] for one in found} == {"draft"}
    assert {one["score"] for one in found} == {None}
    assert get(billed, BASE, cursor="x").status_code == 400
    assert get(billed, BASE, cursor="WyJ4IiwieSJd").status_code == 200


def test_S2_a_running_month_is_told_so_far(billed: Served) -> None:
    said = get(billed, f"{BASE}/2026-11").json()
    assert (said["running"], said["state"]) == (True, "draft")


@pytest.mark.parametrize(
    ("form", "begins", "media"),
    [
        ("csv", b"\xef\xbb\xbf", "text/csv"),
        ("xlsx", b"PK", "application/vnd.openxmlformats"),
        ("pdf", b"%PDF", "application/pdf"),
        ("html", b"<!doctype html>", "text/html"),
        ("zip", b"PK", "application/zip"),
    ],
)
def test_a_statement_in_every_form(billed: Served, form: str, begins: bytes, media: str) -> None:
    found = get(billed, OCTOBER, format=form, language="en")
    assert found.status_code == 200
    assert found.content.lower().startswith(begins.lower())
    assert found.headers["content-type"].startswith(media)
    assert f"c-1-2026-10.{form}" in found.headers["content-disposition"]


def test_one_of_its_tables_as_csv(billed: Served) -> None:
    said = get(billed, OCTOBER, format="csv", table="tickets", language="en").content.decode("utf-8-sig")
    assert said.splitlines()[0].startswith("id,device,kind")
    refused = reasons(get(billed, OCTOBER, format="csv", table="ticket"))
    assert refused[0].startswith("table: the report has no table 'ticket'")


def test_S4_the_evidence_pack_holds_the_statement_and_its_verifier(billed: Served) -> None:
    found = get(billed, OCTOBER, format="zip")
    with zipfile.ZipFile(io.BytesIO(found.content)) as pack:
        assert {"statement.json", "verify.py", "manifest.json", "README.txt"} <= set(pack.namelist())
    assert get(billed, OCTOBER, "vendor:v-2", format="zip").status_code == 404


def test_S4_from_a_deduction_to_its_tickets_their_slices_and_what_was_observed(billed: Served) -> None:
    said = get(billed, OCTOBER).json()
    late = next(one for one in said["lines"] if one["id"] == "T2")["evidence"][0]["thing"]
    ticket = next(one for one in said["tickets"] if one["id"] == late)
    shown = get(billed, f"/api/v1/tickets/{late}").json()
    assert shown["clock"]["slices"] == ticket["clock"]["slices"]
    edge = ticket["outages"][0]["from"]
    seen = get(billed, f"/api/v1/devices/{ticket['device']}/observations", around=edge, count=2).json()
    assert [one["state"] for one in seen["before"]] == ["up", "up"]
    assert [one["state"] for one in seen["after"]] == ["down", "down"]
    assert seen["after"][0]["ts"] == seen["around"] == edge
    assert (seen["after"][0]["collector"], seen["after"][0]["interval_s"]) == ("c-01", 60.0)
    assert seen["after"][0]["arrived"] == edge


def test_observations_are_of_ones_own_devices_and_few(billed: Served) -> None:
    path = "/api/v1/devices/LI-0103/observations"
    assert get(billed, path, "vendor:v-2", around="2026-10-08T08:31:00Z").status_code == 404
    assert reasons(get(billed, path, around="yesterday")) == ["around: not an RFC 3339 instant"]
    assert reasons(get(billed, path)) == ["around: Field required"]
    assert get(billed, path, around="2026-10-08T08:31:00Z", count=51).status_code == 422
    none = get(billed, path, around="2020-01-01T00:00:00Z", count=1).json()
    assert (none["before"], len(none["after"])) == ([], 1)


def test_an_observations_identity_is_told(own: Served) -> None:
    from store import facts
    from store.readings import Readings
    from store.readings import reading as said

    with writing(own.engine) as conn:
        n = inventory.numbers(conn)["PR-0102"]
        row = {"collector": "c-01", "epoch": "e-7", "receipt": 9, "heard_at": NOW}
        stream = conn.execute(insert(streams).values(row).returning(streams.c.n)).scalar_one()
        one = said("c-01", "degraded", ("lowPaper", "lowToner"), "snmp", 30)
        facts.store(conn, [facts.Fact(n, NOW - 5000, Readings().intern(conn, [one])[one], NOW // 1000, stream, 42)])
    found = get(own, "/api/v1/devices/PR-0102/observations", around="2026-11-21T00:00:00Z", count=1).json()
    assert found["before"] == [
        {
            "ts": "2026-11-20T23:59:55.000Z",
            "state": "degraded",
            "conditions": ["lowPaper", "lowToner"],
            "cause": "snmp",
            "collector": "c-01",
            "interval_s": 30.0,
            "arrived": "2026-11-21T00:00:00.000Z",
            "epoch": "e-7",
            "seq": 42,
        }
    ]


def test_S6_what_was_published_stays_until_it_is_published_anew(own: Served) -> None:
    policies = own.app.state.context.policies
    publish(own.engine, "c-1", "2026-10", policies, Who("ann", NOW))
    finding = {"kind": "missed_patrol", "thing": "h-01", "reason": "nobody came"}
    assert own.as_("operator").post("/api/v1/contracts/c-1/months/2026-10/findings", json=finding).status_code == 201
    said = get(own, OCTOBER).json()
    assert (said["state"], said["score"], said["findings"]) == ("published", "85.00", [])
    newest = get(own, BASE, limit=2).json()["items"][1]
    assert (newest["month"], newest["state"], newest["score"]) == ("2026-10", "published", "85.00")
    assert newest["published_at"] == "2026-11-21T00:00:00.000Z"


def test_S6_what_was_published_stays_when_the_inventory_forgets_the_contract(own: Served) -> None:
    publish(own.engine, "c-1", "2026-10", own.app.state.context.policies, Who("ann", NOW))
    with writing(own.engine) as conn:
        inventory.apply(conn, document() | {"contracts": []}, NOW, "test")
    assert [one["month"] for one in get(own, BASE).json()["items"]] == ["2026-10"]
    said = get(own, OCTOBER)
    assert (said.json()["state"], said.json()["score"]) == ("published", "85.00")
    assert get(own, OCTOBER, contract="c-1", format="zip").status_code == 200
    assert get(own, f"{BASE}/2026-09").status_code == 404
    assert get(own, OCTOBER, "vendor:v-2").status_code == 404
    rows = get(own, "/api/v1/vendors/v-1/dossier").json()["months"]
    assert [(row["month"], row["state"]) for row in rows] == [("2026-10", "published")]


def test_several_contracts_of_a_month_must_be_told_apart(own: Served) -> None:
    city = document()
    first = city["contracts"][0]
    other = {**first, "id": "c-3", "covers": {"kinds": "all", "halls": ["h-05"]}}
    first["covers"] = {"kinds": "all", "halls": ["h-01", "h-03"]}
    with writing(own.engine) as conn:
        inventory.apply(conn, city | {"contracts": [*city["contracts"], other]}, NOW, "test")
    assert reasons(get(own, OCTOBER)) == ["contract: there are several contracts in this month; name one of: c-1, c-3"]
    assert reasons(get(own, OCTOBER, contract="c-4"))[0].startswith("contract: none of this month; did you mean")
    assert "c-2" not in reasons(get(own, OCTOBER, contract="c-2"))[0].partition(";")[2].replace("mean `c-", "")
    assert get(own, OCTOBER, contract="c-3").json()["contract"] == "c-3"
    assert len(get(own, BASE, limit=2).json()["items"]) == 2


def test_S9_what_if_over_http(billed: Served) -> None:
    vendor = billed.as_("vendor:v-1")
    said = vendor.post(WHAT_IF, json={"months": ["2026-10"], "targets": "5h"}).json()
    (month,) = said["months"]
    assert (month["before"]["score"], month["after"]["score"]) == ("85.00", "95.00")
    assert [one["id"] for one in month["tickets"]] == ["T-000004"]
    usual = vendor.post(WHAT_IF, json={"targets": "5h"}).json()
    assert [one["month"] for one in usual["months"]] == ["2026-09", "2026-10"]
    bounds = vendor.post(WHAT_IF, json={"from": "2026-10", "until": "2026-11", "fee": "1"}).json()
    assert [one["month"] for one in bounds["months"]] == ["2026-10", "2026-11"]
    sheet = vendor.post(WHAT_IF, params={"format": "csv", "table": "months", "language": "en"}, json={"fee": "1"})
    assert sheet.content.decode("utf-8-sig").splitlines()[1].startswith("2026-09,90.00,90.00,0.00,18000.00,0.90")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "terms: nothing is changed"),
        ({"feee": "1"}, "feee: not known here; did you mean `fee`?"),
        ({"fee": "1", "months": ["2026-99"]}, "months: 2026-99: the contract is not in force"),
        ({"fee": "1", "months": ["2030-01"]}, "months: 2030-01: the contract is not in force"),
        ({"fee": "1", "months": ["2026-10"], "from": "2026-09"}, "months: either months, or from and until"),
        ({"fee": "1", "from": "2027-01"}, "months: none of these has begun"),
        ({"fee": "1", "months": ["2026-10"] * 25}, "months: List should have at most 24 items"),
        ({"start": "phoned"}, "start: phoned is none of detected, notified, phone; did you mean `phone`?"),
        ({"targets": {"prniter": "2h"}}, "targets.prniter: unknown kind prniter"),
    ],
)
def test_S9_a_change_that_cannot_be_is_refused_with_its_place(billed: Served, body: Any, reason: str) -> None:
    assert reasons(billed.as_("operator").post(WHAT_IF, json=body))[0].startswith(reason)


def test_S8_the_dossier_over_http(billed: Served) -> None:
    path = "/api/v1/vendors/v-1/dossier"
    said = get(billed, path).json()
    assert (said["from"], said["until"]) == ("2025-11", "2026-10")
    assert [(row["month"], row["score"]) for row in said["months"]] == [("2026-09", "90.00"), ("2026-10", "85.00")]
    assert said["chains"][0]["tickets"] == ["T-000004", "T-000005"]
    assert get(billed, path, format="pdf").content.startswith(b"%PDF")
    assert get(billed, path, format="html", language="en").status_code == 200
    assert get(billed, path, contract="c-1").json()["contract"] == "c-1"
    assert reasons(get(billed, path, until="2026-13")) == ["until: not a month such as 2026-10"]
    assert reasons(get(billed, path, contract="c-2")) == ["contract: the vendor has none of this id; it has: c-1"]


def test_without_the_rules_of_the_inventory_there_is_no_what_if(file: Path, tmp_path: Path) -> None:
    with billing(file, tmp_path, alternative=None) as served:
        assert served.as_("operator").post(WHAT_IF, json={"fee": "1"}).status_code == 503
