"""Channels, tests of them, messages with their attempts, and templates over HTTP."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from alerts.end_point import EndPoint
from alerts.known import known
from alerts.loop import now_ms
from alerts.outbox import ask
from alerts.recipient import Recipient
from alerts.settings import AlertSettings, Mail, MqttConfig
from store.database import open_database, writing
from tests.alerts.chats import KEY, MESSAGE, end_point, worker
from tests.alerts.ear import Ear, listening, said
from tests.api.conftest import NOW, Served, serving

SECRETS = (KEY, "0123456789abcdef", "p4ssw0rd", "SEC-of-the-robot")


class Told:
    """A city with end points, and the worker of one of them."""

    def __init__(self, city: Served, ear: Ear) -> None:
        self.city, self.ear = city, ear
        self.operator = city.as_("operator")

    def get(self, path: str) -> Any:
        return self.operator.get(f"/api/v1{path}").json()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Told]:
    """One for all tests: each uses an end point, or a template, of its own."""
    place = tmp_path_factory.mktemp("told") / "city.db"
    shutil.copy(small, place)
    engine = open_database(f"sqlite:///{place}")
    with listening(Ear(usual=said({"errcode": 0, "errmsg": "ok"}))) as ear:
        places = (
            end_point(ear, "wecom", "duty", secret="SEC-of-the-robot"),
            end_point(ear, "wecom", "blocked", url=f"{ear.url}/blocked"),
            end_point(ear, "webhook", "system", secret=KEY),
            end_point(ear, "sms", "phone", body="", success=""),
        )
        settings = AlertSettings(MqttConfig("mqtt://127.0.0.1"), Mail("smtp://u:p4ssw0rd@mail.example"), places)
        with serving(engine, channels=known(settings), now=now_ms) as city, working(city, *places[:2]):
            yield Told(city, ear)
    engine.dispose()


@contextmanager
def working(city: Served, *places: EndPoint) -> Iterator[None]:
    """The workers of some end points."""
    stop = threading.Event()
    site: Any = SimpleNamespace(engine=city.engine)
    threads = [threading.Thread(target=worker(site, one).run, args=(stop, now_ms)) for one in places]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in threads:
            one.join()


def test_channels_are_listed_without_their_secrets(told: Told) -> None:
    answer = told.operator.get("/api/v1/channels")
    by_name = {one["name"]: one for one in answer.json()["items"]}
    assert list(by_name) == ["mail", "mqtt", "duty", "blocked", "system", "phone"]
    assert by_name["duty"]["limits"] == [{"attempts": 20, "seconds": 60.0}]
    assert by_name["duty"]["host"] == "127.0.0.1"
    assert by_name["phone"]["faults"][0].startswith("body: the placeholder phone")
    assert not any(secret in answer.text for secret in SECRETS)


@pytest.mark.parametrize("role", ["viewer", "vendor:v-1", "hall:h-01", "collector:c-01"])
def test_only_operators_see_and_test_channels(told: Told, role: str) -> None:
    client = told.city.as_(role)
    for path in ("/channels", "/notices", "/templates/opened/zh"):
        assert client.get(f"/api/v1{path}").status_code == 403
    assert client.post("/api/v1/channels/duty/test", json={}).status_code == 403
    assert client.put("/api/v1/templates/opened/zh", json={"subject": "", "text": ""}).status_code == 403


def test_a_test_goes_out_and_answers_what_the_other_side_said(told: Told) -> None:
    answer = told.operator.post("/api/v1/channels/duty/test", json={}).json()
    assert (answer["outcome"], answer["answer"]) == ("sent", "0 ok")
    assert "测试" in told.ear.heard[-1].document["markdown"]["content"]
    (notice,) = [one for one in told.get("/notices?channel=wecom")["items"] if one["target"] == "duty"]
    assert (notice["state"], notice["target"], len(notice["attempts"])) == ("sent", "duty", 1)
    duty = next(one for one in told.get("/channels")["items"] if one["name"] == "duty")
    assert duty["last_sent"]["answer"] == "0 ok"


@pytest.mark.slow
def test_a_test_that_fails_says_why_and_what_blocks(told: Told) -> None:
    told.ear.replies.append(said({"errcode": 45009, "errmsg": "api freq out of limit"}))
    answer = told.operator.post("/api/v1/channels/blocked/test", json={}).json()
    assert (answer["outcome"], answer["answer"]) == ("failed", "45009 api freq out of limit")
    blocked = next(one for one in told.get("/channels")["items"] if one["name"] == "blocked")
    assert blocked["held_because"] == "45009 api freq out of limit"
    assert blocked["waiting"] == 1
    assert len(told.get("/notices?failed=true")["items"]) == 1


def test_a_test_that_nobody_sends_yet_is_waiting(told: Told) -> None:
    answer = told.operator.post("/api/v1/channels/system/test?wait=0", json={}).json()
    assert (answer["outcome"], answer["answer"]) == ("waiting", "")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("mqtt", {}, 404),
        ("nobody", {}, 404),
        ("mail", {}, 422),
        ("mail", {"to": "a@b.example\r\nBcc: c@d"}, 422),
        ("phone", {"to": "1; drop"}, 422),
        ("phone", {"to": "13800138000"}, 200),
        ("duty", {"too": "x"}, 422),
    ],
)
def test_a_test_goes_only_to_whom_it_can(told: Told, path: str, body: dict[str, str], status: int) -> None:
    assert told.operator.post(f"/api/v1/channels/{path}/test?wait=0", json=body).status_code == status


def test_messages_are_listed_page_by_page(told: Told) -> None:
    with writing(told.city.engine) as conn:
        for n in range(5):
            ask(conn, f"k{n}", Recipient("feishu", "gone"), MESSAGE, {}, NOW, ticket="T-9")
    first = told.get("/notices?ticket=T-9&limit=3")
    second = told.get(f"/notices?ticket=T-9&limit=3&cursor={first['next']}")
    assert [len(first["items"]), len(second["items"]), second["next"]] == [3, 2, None]


def put(client: httpx2.Client, subject: str, text: str, at: str = "opened/zh") -> httpx2.Response:
    return client.put(f"/api/v1/templates/{at}", json={"subject": subject, "text": text})


def test_a_template_is_changed_and_ours_again(told: Told) -> None:
    ours = told.get("/templates/opened/zh")
    assert ours["changed_by"] is None
    changed = put(told.operator, "坏了 {device}", "在 {hall_name}").json()
    assert (changed["subject"], changed["text"]) == ("坏了 {device}", "在 {hall_name}")
    assert changed["changed_by"].startswith("operator")
    assert told.get("/templates/opened/en")["changed_by"] is None
    again = put(told.operator, "", "").json()
    assert {name: again[name] for name in ("subject", "text")} == ours["ours"]


def test_an_unknown_placeholder_is_refused_with_the_near_miss(told: Told) -> None:
    answer = put(told.operator, "{tickett}", "{hall-name} {nonsense}")
    assert answer.status_code == 422
    reasons = [one["reason"] for one in answer.json()["errors"]]
    assert "did you mean {ticket}?" in reasons[0]
    assert "did you mean {hall_name}?" in reasons[1]
    assert "known: {ticket}" in reasons[2]
    assert told.get("/templates/opened/zh")["changed_by"] is None


@pytest.mark.parametrize("at", ["nothing/zh", "opened/fr"])
def test_a_template_that_is_none_is_not_found(told: Told, at: str) -> None:
    assert told.operator.get(f"/api/v1/templates/{at}").status_code == 404
    assert put(told.operator, "x", "y", at).status_code == 404


def test_a_preview_shows_every_form_and_nothing_hostile_lives_in_any(told: Told) -> None:
    body = {"subject": "<b>{device}</b>", "text": "说明: {reason}\n详情: {url}"}
    shown = told.operator.post("/api/v1/templates/opened/zh/preview", json=body).json()
    assert shown["title"] == "<b>P-0001</b>"
    assert "<script>" not in shown["html"]
    assert "&lt;b&gt;P-0001" in shown["html"]
    assert "@all" not in shown["markdown"]
    assert "](http://evil" not in shown["markdown"]
    assert "\n" not in shown["sms"]
    assert told.get("/templates/opened/zh")["changed_by"] is None
