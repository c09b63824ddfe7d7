"""A robot of a Feishu group [飞书群机器人]: rich text, signed; 100 messages a minute and 5 a second."""

from __future__ import annotations

import base64
import hmac
from typing import Any, Final

from alerts.channels.http import MINUTE, Form, json_request
from alerts.channels.letter import Letter
from alerts.channels.robot import Codes, harmless
from alerts.end_point import EndPoint
from alerts.outgoing import Request

MOST_BYTES: Final = 16_000
CODES: Final = Codes(
    ("code", "StatusCode"),
    many={11232: MINUTE, 11233: MINUTE},
    never=frozenset({9499, 19001, 19002, 19021, 19022, 19024, 11246, 10208}),
)
"""9499: the body is not as it should be; 19021: signature, or a clock an hour off; 19022, 19024: address, keywords."""


def request(end_point: EndPoint, letter: Letter, _target: str, now: int) -> Request:
    """With a secret the body is signed for the next hour."""
    post = {"title": harmless(letter.title), "content": _content(letter)}
    document = {"msg_type": "post", "content": {"post": {"zh_cn": post}}}
    return json_request(end_point.url, signature(end_point.secret, now) | document, letter.id)


def signature(secret: str | None, now: int) -> dict[str, str]:
    """Timestamp (s) and the HMAC-SHA256 of nothing, by timestamp and secret as its key."""
    if secret is None:
        return {}
    stamp = str(now // 1000)
    digest = hmac.digest(f"{stamp}\n{secret}".encode(), b"", "sha256")
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def _content(letter: Letter) -> list[list[dict[str, Any]]]:
    """Lines of texts that are data, not markup; our own link as one."""
    found, room = [], MOST_BYTES
    for line in letter.text.splitlines():
        room -= len(line.encode()) + 40
        if room < 0:
            break
        found.append(_line(line, letter.url))
    return found


def _line(line: str, url: str | None) -> list[dict[str, Any]]:
    if url and line.endswith(url):
        return [{"tag": "text", "text": harmless(line.removesuffix(url))}, {"tag": "a", "text": url, "href": url}]
    return [{"tag": "text", "text": harmless(line)}]


FORM: Final = Form(request, CODES.verdict, ((100, MINUTE), (5, 1000)))
