"""A robot of a DingTalk group [钉钉群机器人]: markdown, signed; 20 messages a minute, then blocked for ten."""

from __future__ import annotations

import base64
import hmac
from typing import Final
from urllib.parse import quote_plus

from alerts.channels.http import MINUTE, Form, json_request
from alerts.channels.letter import Letter
from alerts.channels.robot import BLOCK_MS, Codes, harmless, markdown
from alerts.end_point import EndPoint
from alerts.outgoing import Request

MOST_BYTES: Final = 18_000
CODES: Final = Codes(
    ("errcode",),
    many={130101: BLOCK_MS, 410100: BLOCK_MS, 90030: BLOCK_MS},
    never=frozenset({310000, 300001, 300005, 400013, 400101, 400102, 400105, 400106, 430101, 430102, 430104, 460101}),
)
"""310000: signature, keywords or address; the same again until somebody changes the robot or the settings."""


def request(end_point: EndPoint, letter: Letter, _target: str, now: int) -> Request:
    """With a secret the url is signed for the next hour."""
    text = {"title": harmless(letter.title)[:100], "text": markdown(letter, MOST_BYTES)}
    document = {"msgtype": "markdown", "markdown": text, "at": {"isAtAll": False}}
    return json_request(signed(end_point.url, end_point.secret, now), document, letter.id)


def signed(url: str, secret: str | None, now: int) -> str:
    """The url with timestamp (ms) and signature: HMAC-SHA256 of both, by the secret."""
    if secret is None:
        return url
    digest = hmac.digest(secret.encode(), f"{now}\n{secret}".encode(), "sha256")
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}timestamp={now}&sign={quote_plus(base64.b64encode(digest))}"


FORM: Final = Form(request, CODES.verdict, ((20, MINUTE),))
