"""WeCom, DingTalk and Feishu: what is sent, how it is signed, and that success is what the body says."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.channels.channel import Failure, Sent
from alerts.channels.dingtalk import signed
from alerts.channels.feishu import signature
from alerts.channels.robot import harmless
from alerts.end_point import Kind
from alerts.template import Message
from tests.alerts.chats import EVIL, PAGE, end_point, notice, sent
from tests.alerts.ear import Ear, Reply, listening, said

ROBOTS: tuple[Kind, ...] = ("wecom", "dingtalk", "feishu")
MINUTE = 60_000


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening(Ear()) as heard:
        yield heard


def good(kind: Kind) -> Reply:
    return said({"code": 0, "msg": "success"} if kind == "feishu" else {"errcode": 0, "errmsg": "ok"})


def text_of(kind: Kind, document: Any) -> str:
    if kind == "feishu":
        post = document["content"]["post"]["zh_cn"]
        return "\n".join([post["title"], *("".join(part["text"] for part in line) for line in post["content"])])
    markdown = document["markdown"]
    return str(markdown["content"] if kind == "wecom" else markdown["text"])


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_is_told_title_lines_and_our_link(ear: Ear, kind: Kind) -> None:
    ear.usual = good(kind)
    (outcome,) = sent(end_point(ear, kind))
    assert isinstance(outcome, Sent)
    text = text_of(kind, ear.heard[0].document)
    assert "新故障" in text
    assert "营业厅: 飞鹅路" in text
    assert PAGE in text


@pytest.mark.parametrize("kind", ROBOTS)
def test_what_a_stranger_says_is_no_markup_no_mention_and_no_link(ear: Ear, kind: Kind) -> None:
    ear.usual = good(kind)
    message = Message(EVIL, f"{EVIL}\n# {EVIL}\n> {EVIL}\n详情: {PAGE}", "")
    sent(end_point(ear, kind), notice(message=message))
    document = ear.heard[0].document
    text = text_of(kind, document).replace(PAGE, "")
    assert not set("<>@`") & set(text)
    assert "](http" not in text
    assert "evil.example" in text
    assert "http://evil" not in text
    assert document.get("at", {}).get("isAtAll", False) is False
    if kind == "feishu":
        tags = {part["tag"] for line in document["content"]["post"]["zh_cn"]["content"] for part in line}
        assert tags == {"text", "a"}


def test_harmless_text_keeps_its_words_and_begins_no_list() -> None:
    assert harmless("P-0001 卡纸") == "P-0001 卡纸"
    assert harmless("- a") == "\u200b- a"
    assert harmless("1. a") == "\u200b1. a"


@pytest.mark.parametrize(("kind", "most"), [("wecom", 4096), ("dingtalk", 20_000), ("feishu", 20_000)])
def test_a_message_keeps_within_what_a_robot_takes_and_keeps_its_link(ear: Ear, kind: Kind, most: int) -> None:
    ear.usual = good(kind)
    sent(end_point(ear, kind), notice(message=Message("长", "很长的一行\n" * 2000 + f"详情: {PAGE}", "")))
    text = text_of(kind, ear.heard[0].document)
    assert len(text.encode()) <= most
    assert len(ear.heard[0].body) <= 2 * most
    assert kind == "feishu" or PAGE in text


WORDS = {"wecom": ("errcode", "errmsg"), "dingtalk": ("errcode", "errmsg"), "feishu": ("code", "msg")}


@pytest.mark.parametrize(
    ("kind", "code", "refused", "hold"),
    [
        ("wecom", 45009, False, MINUTE),
        ("wecom", 93000, True, 0),
        ("wecom", -1, False, 0),
        ("dingtalk", 130101, False, 10 * MINUTE),
        ("dingtalk", 410100, False, 10 * MINUTE),
        ("dingtalk", 310000, True, 0),
        ("dingtalk", -1, False, 0),
        ("feishu", 11232, False, MINUTE),
        ("feishu", 9499, True, 0),
        ("feishu", 19021, True, 0),
        ("feishu", 99999, False, 0),
    ],
)
def test_a_200_with_an_error_in_its_body_is_none(ear: Ear, kind: Kind, code: int, refused: bool, hold: int) -> None:
    number, words = WORDS[kind]
    ear.replies.append(said({number: code, words: "no, key 0123456789abcdef"}))
    (outcome,) = sent(end_point(ear, kind))
    assert outcome == Failure(f"{code} no, key …", refused, hold)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b"{}", b'{"errcode": true, "code": "0"}', b"\xff", b"[" * 9999])
def test_a_200_that_is_no_answer_of_a_robot_is_no_success(ear: Ear, kind: Kind, body: bytes) -> None:
    ear.replies.append(Reply(200, body))
    (outcome,) = sent(end_point(ear, kind))
    assert isinstance(outcome, Failure)
    assert not outcome.refused


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("status", [301, 302, 500, 502])
def test_a_status_that_says_no_is_believed_whatever_the_body_says(ear: Ear, kind: Kind, status: int) -> None:
    ear.replies.append(good(kind)._replace(status=status))
    (outcome,) = sent(end_point(ear, kind))
    assert isinstance(outcome, Failure)
    assert outcome.reason.startswith(f"HTTP {status}")


def test_a_429_holds_for_as_long_as_it_says(ear: Ear) -> None:
    ear.replies += [Reply(429, headers=(("Retry-After", "7"),)), Reply(429)]
    first, second = sent(end_point(ear, "wecom"), notice(), notice())
    assert isinstance(first, Failure)
    assert isinstance(second, Failure)
    assert (first.hold_ms, second.hold_ms) == (7000, MINUTE)


def test_the_legacy_answer_of_feishu_is_understood(ear: Ear) -> None:
    ear.replies += [said({"StatusCode": 0, "StatusMessage": "success"}), said({"StatusCode": 19021})]
    first, second = sent(end_point(ear, "feishu"), notice(), notice())
    assert isinstance(first, Sent)
    assert isinstance(second, Failure)


def test_dingtalk_is_signed_in_the_url(ear: Ear) -> None:
    ear.usual = good("dingtalk")
    sent(end_point(ear, "dingtalk", secret="SEC0123456789"))
    query = parse_qs(urlsplit(ear.heard[0].path).query)
    stamp = query["timestamp"][0]
    digest = hmac.new(b"SEC0123456789", f"{stamp}\nSEC0123456789".encode(), hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(digest).decode()]
    assert query["key"] == ["0123456789abcdef"]
    assert signed("http://x/", None, 1) == "http://x/"


def test_feishu_is_signed_in_the_body(ear: Ear) -> None:
    ear.usual = good("feishu")
    sent(end_point(ear, "feishu", secret="0123456789"))
    document = ear.heard[0].document
    key = f"{document['timestamp']}\n0123456789".encode()
    assert document["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert signature("demo", 1_599_360_473_000)["timestamp"] == "1599360473"
    assert signature(None, 1) == {}


@pytest.mark.parametrize("kind", ROBOTS)
def test_every_attempt_at_a_notice_bears_the_same_id(ear: Ear, kind: Kind) -> None:
    ear.usual = good(kind)
    sent(end_point(ear, kind), notice(), notice()._replace(attempts=7), notice(key="other"))
    first, second, third = (one.headers["idempotency-key"] for one in ear.heard)
    assert first == second != third


def test_a_row_that_is_no_message_is_refused_and_nobody_is_asked(ear: Ear) -> None:
    for body in ("no json", "[]", '{"text": 1', '{"title": "x"}'):
        (outcome,) = sent(end_point(ear, "wecom"), notice()._replace(body=body))
        assert isinstance(outcome, Failure)
        assert outcome.refused
    assert ear.heard == []


def test_an_end_point_that_is_set_up_wrongly_says_so_and_waits(ear: Ear) -> None:
    (outcome,) = sent(end_point(ear, "wecom", url="httpx://h/"))
    assert outcome == Failure("channels.duty.url: neither https://host/… nor http://host/…")


def test_an_end_point_on_loopback_is_not_reached_unless_allowed(ear: Ear) -> None:
    (outcome,) = sent(end_point(ear, "wecom", allow=()))
    assert isinstance(outcome, Failure)
    assert "not a public address" in outcome.reason
    assert ear.heard == []
