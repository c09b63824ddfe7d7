"""SMS by the HTTP interface of a gateway: method, url, headers and body are templates of the settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Final
from urllib.parse import quote

from alerts.channels.channel import Failure, Outcome, Sent
from alerts.channels.http import Form
from alerts.channels.letter import Letter
from alerts.end_point import EndPoint
from alerts.outgoing import Answer, Request
from alerts.plain import one_line

TEXT_LENGTH: Final = 300
_HOLE: Final = re.compile(r"\{(phone|title|text|id)\}")
_MARKS: Final = str.maketrans("【】", "[]")
"""Between these a message's sender is named."""
Escape = Callable[[str], str]


def request(end_point: EndPoint, letter: Letter, target: str, _now: int) -> Request:
    """The templates filled in, each value escaped for where it stands. Raises ValueError for a type that none knows."""
    values = {
        "phone": target.partition("@")[0],
        "title": _one_line(letter.title),
        "text": short(letter),
        "id": letter.id,
    }
    headers = {"User-Agent": "hallwatch", "Idempotency-Key": letter.id, "Content-Type": "application/json"}
    headers = _joined(headers, end_point.headers)
    body = _put(end_point.body, values, _escape(headers))
    safe = {name: _put(value, values, _header) for name, value in headers.items()}
    method = end_point.method.upper()
    data = b"" if method == "GET" else body.encode()
    return Request(_put(end_point.url, values, _quoted), data, safe, method)


def verdict(end_point: EndPoint, answer: Answer) -> Outcome:
    """Success is what the settings say that a body then holds."""
    said = end_point.shown(f"HTTP {answer.status} ".encode() + answer.body)
    text = answer.body.decode("utf-8", "replace")
    if answer.status < 300 and re.search(end_point.success, text):
        return Sent(said)
    return Failure(said, refused=answer.status in (400, 401, 403, 404, 405, 410))


def _joined(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    named = {name.lower() for name in theirs}
    return {name: value for name, value in ours.items() if name.lower() not in named} | dict(theirs)


def _put(template: str, values: Mapping[str, str], safe: Escape) -> str:
    return _HOLE.sub(lambda hole: safe(values[hole[1]]), template)


def short(letter: Letter) -> str:
    """The whole message on one line, bounded; it names no other sender."""
    return _one_line("; ".join([letter.title, *filter(None, letter.text.splitlines())]))


def _one_line(text: str) -> str:
    return one_line(text.translate(_MARKS))[:TEXT_LENGTH]


def _escape(headers: Mapping[str, str]) -> Escape:
    kind = next(value for name, value in headers.items() if name.lower() == "content-type")
    kind = kind.partition(";")[0].strip().lower()
    if kind.endswith("json"):
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    if kind == "application/x-www-form-urlencoded":
        return _quoted
    if kind.endswith("xml"):
        return lambda value: escape(value, quote=True)
    if kind == "text/plain":
        return str
    raise ValueError(kind)


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _header(value: str) -> str:
    return value.encode("ascii", "replace").decode()


FORM: Final = Form(request, verdict)
