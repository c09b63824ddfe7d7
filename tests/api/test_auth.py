"""Who may see and do what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from store.database import writing
from store.tokens import revoke
from tests.api.conftest import NOW, Served

READ = ("/devices", "/halls", "/outages", "/tickets", "/devices/PR-0101", "/halls/h-01", "/tickets/T-000001")


@pytest.mark.slow
@pytest.mark.parametrize("path", [*(f"/api/v1{path}" for path in READ), "/metrics", "/api/v1/stream"])
def test_a_stranger_is_asked_for_a_token(city: Served, path: str) -> None:
    answer = city.as_(None).get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", ["admin", "operator", "viewer"])
@pytest.mark.parametrize("path", READ)
def test_staff_reads_everything(city: Served, role: str, path: str) -> None:
    assert city.as_(role).get(f"/api/v1{path}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/devices/PR-0101", "/devices/PR-0101/spans", "/devices/PR-0101/metrics", "/tickets/T-000001"]
)
def test_a_vendor_sees_404_where_something_is_anothers(city: Served, path: str) -> None:
    foreign = city.as_("vendor:v-2").get(f"/api/v1{path}")
    missing = city.as_("vendor:v-2").get("/api/v1/devices/NONE")
    assert city.as_("vendor:v-1").get(f"/api/v1{path}").status_code == 200
    assert foreign.status_code == 404
    assert foreign.json() == missing.json()


def test_a_vendor_lists_its_own_devices_tickets_outages_and_halls_only(city: Served) -> None:
    mine, other = city.as_("vendor:v-1"), city.as_("vendor:v-2")
    assert {row["vendor"] for row in mine.get("/api/v1/devices").json()["items"]} == {"v-1"}
    assert {row["id"] for row in mine.get("/api/v1/tickets").json()["items"]} == {"T-000001"}
    assert {row["id"] for row in other.get("/api/v1/tickets").json()["items"]} == {"T-000002"}
    assert {row["vendor"] for row in other.get("/api/v1/outages").json()["items"]} == {"v-2"}
    assert [row["id"] for row in other.get("/api/v1/halls").json()["items"]] == ["h-02", "h-04"]
    assert other.get("/api/v1/halls/h-01").status_code == 404
    assert mine.get("/api/v1/outages?vendor=v-2").json()["items"] == []


@pytest.mark.parametrize("path", ["/", "/halls/h-01", "/devices/KI-0105", "/tickets"])
def test_a_vendors_pages_hold_nothing_of_another(city: Served, path: str) -> None:
    text = city.as_("vendor:v-1").get(path).text
    assert "T-000002" not in text
    assert "KI-0205" not in text
    assert "SW-0100" not in text or path == "/devices/KI-0105"


def test_a_hall_sees_its_own_devices_only(city: Served) -> None:
    hall = city.as_("hall:h-01")
    assert {row["hall"] for row in hall.get("/api/v1/devices").json()["items"]} == {"h-01"}
    assert hall.get("/api/v1/devices/KI-0205").status_code == 404
    assert hall.get("/api/v1/halls/h-02").status_code == 404
    assert hall.get("/api/v1/tickets/T-000002").status_code == 404
    assert "h-02" not in hall.get("/").text


@pytest.mark.parametrize("path", READ)
def test_a_collector_reads_nothing_but_its_part(city: Served, path: str) -> None:
    assert city.as_("collector:c-01").get(f"/api/v1{path}").status_code == 403


def test_a_collectors_part_is_for_it_and_for_administrators(city: Served) -> None:
    path = "/api/v1/collectors/c-01/inventory"
    asked = {role: city.as_(role).get(path).status_code for role in city.tokens}
    assert {role for role, status in asked.items() if status == 200} == {"admin", "collector:c-01"}
    assert set(asked.values()) == {200, 404}


@pytest.mark.parametrize("role", ["operator", "viewer", "vendor:v-1", "hall:h-01", "collector:c-01"])
def test_only_an_administrator_puts_an_inventory(city: Served, role: str) -> None:
    assert city.as_(role).put("/api/v1/inventory", content="{}").status_code == 403


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Basic YTpi", "nonsense", "Bearer " + "a" * 5000])
def test_a_token_that_is_none_opens_nothing(city: Served, header: str) -> None:
    answer = city.as_(None).get("/api/v1/devices", headers={"authorization": header})
    assert answer.status_code == 401


def test_a_revoked_token_opens_nothing_from_then_on(fresh: Callable[..., Any]) -> None:
    with fresh() as city:
        reader = city.as_("viewer")
        assert reader.get("/api/v1/devices").status_code == 200
        name = next(row for row in _names(city) if row.startswith("viewer"))
        with writing(city.engine) as conn:
            revoke(conn, name, NOW)
        assert reader.get("/api/v1/devices").status_code == 401


def _names(city: Served) -> list[str]:
    with city.engine.connect() as conn:
        return [row.name for row in conn.exec_driver_sql("SELECT name FROM tokens")]


def _signed_in(city: Served, role: str, **headers: str) -> httpx2.Client:
    person = city.as_(None)
    form = {"token": city.tokens[role], "next": "/tickets"}
    answer = person.post("/sign-in", data=form, headers=headers)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/tickets"
    return person


def test_signing_in_puts_the_token_into_a_cookie_that_no_script_and_no_other_site_gets(city: Served) -> None:
    person = city.as_(None)
    answer = person.post("/sign-in", data={"token": city.tokens["viewer"]})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert person.get("/").status_code == 200
    assert person.get("/api/v1/devices").status_code == 200
    person.post("/sign-out")
    assert person.get("/").status_code == 303


def test_a_wrong_token_and_one_without_pages_do_not_sign_in(city: Served) -> None:
    for token in ("", "nonsense", city.tokens["collector:c-01"]):
        answer = city.as_(None).post("/sign-in", data={"token": token})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb: c", "x"])
def test_signing_in_never_leads_to_another_site(city: Served, target: str) -> None:
    answer = city.as_(None).post("/sign-in", data={"token": city.tokens["viewer"], "next": target})
    assert answer.headers["location"] == "/"
    assert city.as_(None).get("/language/en", params={"next": target}).headers["location"] == "/"


@pytest.mark.parametrize("said", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_cookie_does_not_write_for_another_site(city: Served, said: dict[str, str]) -> None:
    person = _signed_in(city, "admin")
    assert person.put("/api/v1/inventory", content="{}", headers=said).status_code == 403
    assert person.post("/sign-out", headers=said).status_code == 403
    assert city.as_(None).post("/sign-in", data={"token": "x"}, headers=said).status_code == 403


def test_pages_send_a_stranger_to_sign_in_and_back(city: Served) -> None:
    answer = city.as_(None).get("/tickets?show=all")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Ftickets%3Fshow%3Dall"


@pytest.mark.slow
def test_open_reading_lets_get_through_and_nothing_else(fresh: Callable[..., Any]) -> None:
    with fresh(open_reading=True) as city:
        anybody = city.as_(None)
        assert anybody.get("/").status_code == 200
        assert anybody.get("/api/v1/devices").status_code == 200
        assert anybody.put("/api/v1/inventory", content="{}").status_code == 401
        assert anybody.get("/api/v1/collectors/c-01/inventory").status_code == 404


@pytest.mark.slow
def test_open_reading_answers_no_name_that_was_bound_to_it_from_elsewhere(fresh: Callable[..., Any]) -> None:
    with fresh(open_reading=True) as city:
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::2]:80"):
            assert city.as_(None).get("/api/v1/devices", headers={"host": host}).status_code == 421
        assert city.as_(None).get("/api/v1/devices", headers={"host": "localhost:1"}).status_code == 200
