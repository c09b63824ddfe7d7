"""A robot of a WeCom group [企业微信群机器人]: markdown; 20 messages a minute."""

from __future__ import annotations

from typing import Final

from alerts.channels.http import MINUTE, Form, json_request
from alerts.channels.letter import Letter
from alerts.channels.robot import Codes, markdown
from alerts.end_point import EndPoint
from alerts.outgoing import Request

MOST_BYTES: Final = 4096
CODES: Final = Codes(
    ("errcode",),
    many={45009: MINUTE, 45033: MINUTE},
    never=frozenset({40008, 40058, 44004, 45002, 93000, 93004, 93008}),
)


def request(end_point: EndPoint, letter: Letter, _target: str, _now: int) -> Request:
    """The key stands in the url; nothing is signed."""
    content = {"content": markdown(letter, MOST_BYTES)}
    return json_request(end_point.url, {"msgtype": "markdown", "markdown": content}, letter.id)


FORM: Final = Form(request, CODES.verdict, ((20, MINUTE),))
