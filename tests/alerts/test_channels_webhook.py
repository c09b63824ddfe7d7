"""Webhooks signed as the standard says, checked with its own library; SMS by templates; Apprise."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerts.channels.by_apprise import MISSING
from alerts.channels.channel import Failure, Sent
from alerts.end_point import EndPoint, faults
from alerts.template import Message
from tests.alerts.chats import KEY, OLD_KEY, end_point, notice, sent
from tests.alerts.ear import Ear, Reply, listening, said

HOSTILE = Message('he said "hi"\\', "第一行\n【银行】 <b>&amp;", "")


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening(Ear()) as heard:
        yield heard


def test_a_webhook_is_signed_as_the_standard_says(ear: Ear) -> None:
    (outcome,) = sent(end_point(ear, "webhook", secret=KEY), notice(event="opened", ticket="T-000001"))
    assert outcome == Sent("HTTP 200 {}")
    (heard,) = ear.heard
    said = Webhook(KEY).verify(heard.body, heard.headers)
    assert said["type"] == "ticket.opened"
    assert said["data"]["ticket"] == "T-000001"
    assert said["data"]["title"] == "[T-000001] 新故障: P-1"
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_KEY).verify(heard.body, heard.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(KEY).verify(heard.body + b" ", heard.headers)


def test_while_keys_rotate_a_receiver_with_either_is_content(ear: Ear) -> None:
    sent(end_point(ear, "webhook", secret=KEY, previous=OLD_KEY))
    (heard,) = ear.heard
    for key in (KEY, OLD_KEY):
        assert Webhook(key).verify(heard.body, heard.headers)["type"] == "message"


def test_a_retry_bears_the_same_webhook_id(ear: Ear) -> None:
    ear.replies.append(Reply(500))
    first, second = sent(end_point(ear, "webhook", secret=KEY), notice(), notice()._replace(attempts=1))
    assert isinstance(first, Failure)
    assert isinstance(second, Sent)
    assert len({one.headers["webhook-id"] for one in ear.heard}) == 1


@pytest.mark.parametrize(("status", "refused"), [(400, True), (410, True), (404, True), (408, False), (503, False)])
def test_a_webhook_that_says_no_for_good_is_refused(ear: Ear, status: int, refused: bool) -> None:
    ear.replies.append(Reply(status, b"no"))
    (outcome,) = sent(end_point(ear, "webhook", secret=KEY))
    assert isinstance(outcome, Failure)
    assert outcome.refused is refused


@pytest.mark.parametrize("secret", [None, "whsec_x", "whsec_AAAA", "§"])
def test_a_webhook_without_a_good_secret_is_not_sent(ear: Ear, secret: str | None) -> None:
    (outcome,) = sent(end_point(ear, "webhook", secret=secret))
    assert isinstance(outcome, Failure)
    assert "secret:" in outcome.reason
    assert ear.heard == []


def sms(ear: Ear, **more: Any) -> EndPoint:
    body = '{"mobile": "{phone}", "content": "{text}", "uid": "{id}"}'
    given: dict[str, Any] = {"body": body, "success": r'"code": ?0\b'} | more
    return end_point(ear, "sms", **given)


def test_an_sms_is_the_settings_template_with_values_escaped_as_json(ear: Ear) -> None:
    ear.usual = said({"code": 0})
    (outcome,) = sent(sms(ear), notice("+8613800138000@duty", HOSTILE))
    assert isinstance(outcome, Sent)
    document = ear.heard[0].document
    assert document["mobile"] == "+8613800138000"
    assert document["content"] == 'he said "hi"\\; 第一行; [银行] <b>&amp;'
    assert document["uid"] == ear.heard[0].headers["idempotency-key"]


def test_an_sms_as_a_form_or_in_the_url_is_quoted(ear: Ear) -> None:
    ear.usual = Reply(200, b"OK 1")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sent(sms(ear, headers=form, body="to={phone}&msg={text}", success="^OK"), notice("138000", HOSTILE))
    assert parse_qs(ear.heard[0].body.decode())["msg"] == ['he said "hi"\\; 第一行; [银行] <b>&amp;']
    url = f"{ear.url}/send?to={{phone}}&msg={{title}}"
    (outcome,) = sent(sms(ear, url=url, method="GET", body="", success="^OK"), notice("138000", HOSTILE))
    assert isinstance(outcome, Sent)
    assert ear.heard[1].method == "GET"
    assert parse_qs(ear.heard[1].path.partition("?")[2])["msg"] == ['he said "hi"\\']


@pytest.mark.parametrize("body", [b'{"code": 5, "msg": "no credit for key-of-the-gateway"}', b"", b'{"code": 01}'])
def test_an_sms_is_out_only_where_the_body_says_so(ear: Ear, body: bytes) -> None:
    ear.replies.append(Reply(200, body))
    (outcome,) = sent(sms(ear, headers={"Authorization": "Bearer key-of-the-gateway"}), notice("138000"))
    assert isinstance(outcome, Failure)
    assert "key-of-the-gateway" not in outcome.reason
    assert ear.heard[0].headers["authorization"] == "Bearer key-of-the-gateway"


def test_a_text_for_sms_is_short_and_on_one_line(ear: Ear) -> None:
    ear.usual = said({"code": 0})
    sent(sms(ear), notice("138000", Message("x", "很长\n" * 500, "")))
    content = ear.heard[0].document["content"]
    assert len(content) <= 300
    assert "\n" not in content


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"body": "{text}"}, "body: the placeholder phone"),
        ({"body": "{phone}"}, "body: neither of the placeholders"),
        ({"success": "("}, "success: not a regular expression"),
        ({"success": ""}, "success: needed"),
        ({"allow": ("10.0.0.1/8",)}, "allow: neither a host's name"),
    ],
)
def test_an_sms_end_point_that_cannot_work_says_why(ear: Ear, given: dict[str, object], reason: str) -> None:
    assert next(faults(sms(ear, **given))).startswith(reason)


def test_secrets_are_in_no_picture_of_an_end_point_and_in_no_answer(ear: Ear) -> None:
    place = end_point(ear, "webhook", secret=KEY, previous=OLD_KEY, headers={"X-Key": "0123456789"})
    assert not any(secret in repr(place) for secret in (KEY, OLD_KEY, "0123456789", "/robot"))
    answer = json.dumps({"you sent": [KEY, OLD_KEY, place.url, "0123456789abcdef"]})
    assert place.shown(answer) == '{"you sent": ["…", "…", "…", "…"]}'


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_apprise_reaches_what_it_knows(ear: Ear) -> None:
    pytest.importorskip("apprise")
    place = EndPoint("duty", "apprise", f"json://127.0.0.1:{ear.port}/")
    (outcome,) = sent(place)
    assert isinstance(outcome, Sent)
    assert ear.heard[0].document["title"] == "[T-000001] 新故障: P-1"
    ear.usual = Reply(500)
    assert sent(place) == [Failure("Apprise says that it did not go out")]
    assert "knows no such address" in str(sent(EndPoint("duty", "apprise", "nonsense://")))


def test_without_apprise_its_end_points_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ImportError):
        importlib.import_module("apprise")
    assert sent(EndPoint("duty", "apprise", "json://127.0.0.1/")) == [Failure(MISSING)]
