"""K2: changes of tickets go out by webhook, each once, marked so that nothing goes round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from alerts.settings import AlertSettings
from alerts.tickets import Happening, New, change, report
from hallwatch.settings import Settings
from store.database import reading
from store.schema import notices
from tests.alerts.imports.files import row, take
from tests.alerts.site import HOUR, MINUTE, T0, Site

HOOKS = ("webhook:oa", "webhook:other")


@pytest.fixture
def hooked(tmp_path: Path) -> Any:
    made = Site(tmp_path, AlertSettings(url="http://site.example/", webhooks=HOOKS))
    made.look(0)
    yield made
    made.engine.dispose()


def phone(site: Site) -> str:
    with site.write() as conn:
        return report(conn, New(site.numbers["P-1"], "phone", "不出纸", "v-1", "POST-1"), T0, "desk", T0).ticket.id


def happen(site: Site, event: str, minute: int, **detail: str) -> None:
    with site.write() as conn:
        at = T0 + minute * MINUTE
        change(conn, site.ticket().id, Happening(event, at, "v-1", detail), T0 + HOUR)


def told(site: Site) -> list[tuple[str, dict[str, Any]]]:
    query = select(notices).where(notices.c.channel == "webhook").order_by(notices.c.id)
    with reading(site.engine) as conn:
        return [(one.target, json.loads(one.body)["document"]) for one in conn.execute(query)]


def test_K2_every_event_goes_to_every_webhook_once(hooked: Site) -> None:
    phone(hooked)
    happen(hooked, "owner_changed", 5, owner="hall", reason="断电")
    happen(hooked, "restored", 30, cause="卡纸")
    hooked.look(31)
    hooked.look(32)
    found = told(hooked)
    assert [(target, one["event"]) for target, one in found] == [
        (target, event) for event in ("opened", "owner_changed", "restored") for target in ("oa", "other")
    ]
    last = found[-1][1]
    assert (last["ticket"]["state"], last["ticket"]["closed_at"]) == ("restored", "2026-11-02T02:30:00.000Z")
    assert (last["detail"]["cause"], last["by"], last["imported"]) == ("卡纸", "v-1", False)
    assert (last["external_id"], last["name"]) == ("POST-1", "changed")


def test_K1_what_came_by_import_is_marked_and_bears_its_id(hooked: Site) -> None:
    phone(hooked)
    take(hooked, row(acknowledged="2026-11-02 10:05"))
    hooked.look(600)
    marks = [(one["event"], one["imported"], one["system"], one["external_id"]) for _, one in told(hooked)[::2]]
    assert marks == [
        ("opened", False, None, "POST-1"),
        ("note", True, "oa", "OA-1"),
        ("acknowledged", True, "oa", "OA-1"),
    ]
    assert told(hooked)[0][1]["ticket"]["external_ids"] == ["OA-1"]


def test_R2_a_webhook_of_the_operators_own_has_notified_nobody(hooked: Site) -> None:
    phone(hooked)
    hooked.look(1)
    with reading(hooked.engine) as conn:
        rows = conn.execute(select(notices.c.key, notices.c.ticket).where(notices.c.channel == "webhook")).all()
    assert {(key.split("/")[0], ticket) for key, ticket in rows} == {("changed", None)}


def test_a_webhook_is_told_what_happens_from_now_on(tmp_path: Path) -> None:
    site = Site(tmp_path)
    phone(site)
    site.look(1)
    assert told(site) == []
    site.settings = AlertSettings(webhooks=HOOKS)
    site.alerts = site.started()
    site.look(2)
    happen(site, "acknowledged", 3)
    site.look(4)
    assert [one["event"] for _, one in told(site)] == ["acknowledged"] * 2
    site.settings = AlertSettings()
    site.alerts = site.started()
    site.look(5)
    happen(site, "dispatched", 6)
    site.look(7)
    site.settings = AlertSettings(webhooks=HOOKS[:1])
    site.alerts = site.started()
    site.look(8)
    happen(site, "arrived", 9)
    site.look(10)
    assert [one["event"] for _, one in told(site)][2:] == ["arrived"]
    site.engine.dispose()


def test_a_webhook_that_is_none_is_refused() -> None:
    channels = {"oa": {"kind": "webhook", "url": "https://oa.example/"}}
    assert Settings(tickets={"webhooks": ["webhook:oa"]}, channels=channels).tickets.webhooks == ("webhook:oa",)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match=r"there is no webhook:ao; known: webhook:oa"):
        Settings(tickets={"webhooks": ["webhook:ao"]}, channels=channels)  # type: ignore[arg-type]
