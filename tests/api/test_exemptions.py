"""Maintenance and corrections over HTTP: recorded, refused with the reason, withdrawn, seen by whom they concern."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from sla.instant import render
from store import inventory
from store.database import migrate, open_database, reading, writing
from store.schema import device_states, devices
from tests.api.conftest import NOW, Served, serving

pytestmark = pytest.mark.slow

HOUR = 3_600_000
MAINTENANCE, CORRECTIONS = "/api/v1/maintenance", "/api/v1/corrections"
Fresh = Callable[..., Any]


def body(scope: str = "PR-0101", start: int = 1, until: int = 2, **more: Any) -> dict[str, Any]:
    """Hours from now."""
    said = {"scope": scope, "from": render(NOW + start * HOUR), "until": render(NOW + until * HOUR)}
    return said | {"reason": "new drum", "approver": "陈主任"} | more


@pytest.fixture(scope="module")
def small_city(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A small city for what is refused: nothing changes in it."""
    place = tmp_path_factory.mktemp("refusing") / "city.db"
    shutil.copy(small, place)
    engine = open_database(f"sqlite:///{place}")
    with serving(engine) as served:
        yield served
    engine.dispose()


def due(engine: Engine) -> set[str]:
    """The devices whose states are to be judged again now."""
    joined = select(devices.c.id).join(device_states, device_states.c.device == devices.c.n)
    with reading(engine) as conn:
        return set(conn.scalars(joined.where(device_states.c.check_at == NOW)))


def test_planned_maintenance_is_recorded_as_approved_now(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator")
        answer = operator.post(MAINTENANCE, json=body())
        assert answer.status_code == 201
        made = answer.json()
        assert (made["id"], made["scope_kind"], made["approved_at"]) == ("M-000001", "device", render(NOW))
        assert (made["author"].split("-")[0], made["withdrawn_at"]) == ("operator", None)
        assert operator.get(f"{MAINTENANCE}/M-000001").json() == made
        assert operator.get(MAINTENANCE).json() == {"items": [made], "next": None}
        assert operator.get(CORRECTIONS).json()["items"] == []
        assert operator.get(f"{CORRECTIONS}/M-000001").status_code == 404
        assert due(city.engine) == {"PR-0101"}


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"start": -1}, "approved_at", "not before `from`"),
        ({"start": 0}, "approved_at", "not before `from`"),
        ({"approved_at": render(NOW + HOUR)}, "approved_at", "in the future"),
        ({"approved_at": render(NOW + 1)}, "approved_at", "in the future"),
        ({"start": 2}, "from", "not before `until`"),
        ({"scope": "PR-9101"}, "scope", "did you mean `PR-0101`?"),
        ({"scope": "h-1"}, "scope", "did you mean `h-01`?"),
        ({"scope": "nothing like it"}, "scope", "no device and no hall"),
        ({"reason": " "}, "reason", "empty"),
        ({"approver": "a\0"}, "approver", "control"),
        ({"approver": "a\nb"}, "approver", "more than one line"),
        ({"reason": "x" * 513}, "reason", "at most 512"),
        ({"until": "tomorrow"}, "until", "RFC 3339"),
        ({"until": "2026-11-30T10:00:00"}, "until", "zone"),
        ({"until": 5}, "until", "RFC 3339"),
        ({"until": "1969-01-01T00:00:00Z"}, "until", "RFC 3339"),
        ({"aprover": "x"}, "aprover", "did you mean `approver`?"),
        ({"colour": "x"}, "colour", "known: approved_at, approver, from, reason, recurring, scope, until"),
    ],
)
def test_A1_what_makes_no_sense_is_refused_with_place_and_reason(
    small_city: Served, change: dict[str, Any], place: str, reason: str
) -> None:
    start = {"start": change.pop("start")} if "start" in change else {}
    answer = small_city.as_("operator").post(MAINTENANCE, json=body(**start) | change)
    assert answer.status_code == 422
    faults = {tuple(one["place"]): one["reason"] for one in answer.json()["errors"]}
    assert reason in faults["body", place]
    assert small_city.as_("operator").get(MAINTENANCE).json()["items"] == []


def test_a_list_of_no_period_at_all_is_refused(small_city: Served) -> None:
    answer = small_city.as_("viewer").get(CORRECTIONS, params={"from": render(NOW), "until": render(NOW)})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"place": ["query", "from"], "reason": "not before `until`"}]


def test_every_fault_is_told_at_once(small_city: Served) -> None:
    answer = small_city.as_("operator").post(CORRECTIONS, json={"until": "x", "reason": "", "more": 1})
    places = {one["place"][1] for one in answer.json()["errors"]}
    assert places == {"scope", "from", "until", "reason", "approver", "more"}
    both = body("nothing", start=3, until=1)
    found = small_city.as_("operator").post(MAINTENANCE, json=both).json()["errors"]
    assert {one["place"][1] for one in found} == {"scope", "from"}


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b"\xff", b'"x"', b"[" * 60_000, b'{"scope": NaN}', b'{"a":"\\ud800"}']
)
def test_a_body_that_is_none_is_refused(small_city: Served, raw: bytes) -> None:
    answer = small_city.as_("operator").post(MAINTENANCE, content=raw)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(small_city: Served) -> None:
    assert small_city.as_("operator").post(MAINTENANCE, content=b" " * 70_000).status_code == 413


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("viewer", 403), ("vendor:v-1", 403), ("hall:h-01", 403)])
def test_only_operators_take_time_out_of_the_count(small_city: Served, role: str | None, status: int) -> None:
    asker = small_city.as_(role)
    for path in (MAINTENANCE, CORRECTIONS):
        assert asker.post(path, json=body()).status_code == status
        assert asker.post(path, content=b"no body").status_code == status
        assert asker.delete(f"{path}/M-000001").status_code == status


def test_T5_a_withdrawal_is_recorded_once_with_who_and_when(fresh: Fresh) -> None:
    now = [NOW]
    with fresh(now=lambda: now[0]) as city:
        operator, admin = city.as_("operator"), city.as_("admin")
        made = operator.post(CORRECTIONS, json=body("h-01", -2, -1)).json()
        assert (made["id"], made["scope_kind"]) == ("C-000001", "hall")
        assert "approved_at" not in made
        now[0] += 5
        first = admin.delete(f"{CORRECTIONS}/C-000001")
        now[0] += 5
        again = operator.delete(f"{CORRECTIONS}/C-000001")
        assert first.status_code == again.status_code == 200
        assert first.json() == again.json()
        assert first.json()["withdrawn_at"] == render(NOW + 5)
        assert first.json()["withdrawn_by"].startswith("admin")
        assert operator.delete(f"{CORRECTIONS}/C-000002").status_code == 404
        assert operator.delete(f"{MAINTENANCE}/C-000001").status_code == 404
        assert [one["id"] for one in operator.get(CORRECTIONS, params={"standing": False}).json()["items"]] == [
            "C-000001"
        ]
        assert operator.get(CORRECTIONS, params={"standing": True}).json()["items"] == []


def test_a_vendor_and_a_hall_see_what_touches_their_devices(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator")
        for scope in ("h-01", "h-02", "PR-0101", "PR-0201", "SW-0100"):
            assert operator.post(MAINTENANCE, json=body(scope)).status_code == 201

        def seen(role: str) -> list[str]:
            asker = city.as_(role)
            found = [one["scope"] for one in asker.get(MAINTENANCE).json()["items"]]
            for n, scope in enumerate(("h-01", "h-02", "PR-0101", "PR-0201", "SW-0100"), 1):
                status = asker.get(f"{MAINTENANCE}/M-{n:06d}").status_code
                assert status == (200 if scope in found else 404)
            return found

        assert seen("viewer") == ["SW-0100", "PR-0201", "PR-0101", "h-02", "h-01"]
        assert seen("vendor:v-1") == ["PR-0101", "h-01"]
        assert seen("vendor:v-2") == ["PR-0201", "h-02"]
        assert seen("hall:h-01") == ["SW-0100", "PR-0101", "h-01"]
        assert city.as_("collector:c-01").get(MAINTENANCE).status_code == 403


def test_a_list_goes_on_at_its_cursor_and_keeps_to_the_period(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator")
        for hour in range(1, 5):
            operator.post(MAINTENANCE, json=body(start=hour, until=hour + 1))
        first = operator.get(MAINTENANCE, params={"limit": 3}).json()
        rest = operator.get(MAINTENANCE, params={"cursor": first["next"]}).json()
        assert [one["id"][-1] for one in first["items"] + rest["items"]] == ["4", "3", "2", "1"]
        period = {"from": render(NOW + 2 * HOUR), "until": render(NOW + 3 * HOUR), "scope": "PR-0101"}
        assert [one["id"] for one in operator.get(MAINTENANCE, params=period).json()["items"]] == ["M-000002"]


def test_spans_show_corrections_and_maintenance_at_once_and_withdrawal_takes_them_back(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator")

        def classes() -> list[str]:
            answer = operator.get("/api/v1/devices/PR-0101/spans").json()
            return [one["class"] for one in answer["spans"]]

        before = classes()
        operator.post(CORRECTIONS, json=body("h-01", -3, -2))
        planned = body("PR-0101", -6, -5, approved_at=render(NOW - 7 * HOUR))
        assert operator.post(MAINTENANCE, json=planned).status_code == 201
        assert {"excluded", "maintenance"} <= set(classes())
        operator.delete(f"{CORRECTIONS}/C-000001")
        assert "excluded" not in classes()
        operator.delete(f"{MAINTENANCE}/M-000002")
        assert classes() == before


def test_an_id_that_a_device_and_a_hall_share_is_refused_while_both_are_there(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'both.db'}")
    migrate(engine)
    hall, device = {"id": "X"}, {"id": "X", "kind": "pc", "hall": "X"}

    def said(document: dict[str, Any]) -> Any:
        with writing(engine) as conn:
            inventory.apply(conn, document, NOW, "test")
        return city.as_("admin").post(MAINTENANCE, json=body("X"))

    with serving(engine) as city:
        answer = said({"halls": [hall], "devices": [device]})
        assert answer.status_code == 422
        assert "of a device and of a hall" in answer.json()["errors"][0]["reason"]
        assert said({"halls": [hall], "devices": []}).json()["scope_kind"] == "hall"
        assert said({"halls": [{"id": "Y"}], "devices": [device | {"hall": "Y"}]}).json()["scope_kind"] == "device"
        assert said({"halls": [], "devices": []}).status_code == 422
    engine.dispose()
