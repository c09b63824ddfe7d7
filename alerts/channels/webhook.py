"""A generic webhook with Standard Webhooks signatures: id, timestamp, HMAC-SHA256; two keys while rotating."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Final

from alerts.channels.channel import Failure, Outcome, Sent
from alerts.channels.http import Form
from alerts.channels.letter import Letter
from alerts.end_point import EndPoint, key_of
from alerts.outgoing import Answer, Request
from sla.instant import render

_NEVER: Final = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


def request(end_point: EndPoint, letter: Letter, _target: str, now: int) -> Request:
    """`{type, timestamp, data}`; `data` is the document with title and text. Raises ValueError for a bad secret."""
    data = {**letter.document, "title": letter.title, "text": letter.text}
    document = {
        "type": f"ticket.{data['event']}" if "event" in data else "message",
        "timestamp": render(now),
        "data": data,
    }
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    keys = [key_of(one) for one in (end_point.secret, end_point.previous) if one]
    stamp = str(now // 1000)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "hallwatch",
        "webhook-id": letter.id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signature(key, letter.id, stamp, body) for key in keys),
    }
    return Request(end_point.url, body, headers)


def signature(key: bytes, id: str, stamp: str, body: bytes) -> str:
    """One signature of version 1."""
    digest = hmac.digest(key, f"{id}.{stamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def verdict(end_point: EndPoint, answer: Answer) -> Outcome:
    """Success is any 2xx, as the standard says."""
    said = end_point.shown(f"HTTP {answer.status} ".encode() + answer.body)
    if 200 <= answer.status < 300:
        return Sent(said)
    return Failure(said, refused=answer.status in _NEVER)


FORM: Final = Form(request, verdict)
