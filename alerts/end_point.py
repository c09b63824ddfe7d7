"""An end point of the settings: a robot, a webhook, a gateway for SMS; its secrets are never shown."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from alerts.addresses import allowed
from alerts.plain import one_line

Kind = Literal["wecom", "dingtalk", "feishu", "webhook", "sms", "apprise"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ANSWER_LENGTH: Final = 300
_SHORT: Final = 6
_SCHEMES: Final = re.compile(r"https?")


@dataclass(frozen=True, slots=True)
class EndPoint:
    """`secret` signs (DingTalk, Feishu, webhook), `previous` too while rotating; the last four are those of SMS.

    `allow` names hosts and networks that are none of the world's; `success` is a pattern for the answer's body.
    """

    name: str
    kind: Kind
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    previous: str | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    timeout_s: float = 10.0
    ca: str | None = None
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)
    success: str = ""

    @property
    def host(self) -> str:
        """Where it is, for people: never the path, which is the robots' key."""
        if self.kind == "apprise":
            return self.url.partition(":")[0]
        try:
            return urlsplit(self.url).hostname or ""
        except ValueError:
            return ""

    @property
    def limit_key(self) -> str:
        """Whose rate limit it shares: the same for every end point with this address."""
        return f"{self.kind}/{sha256(self.url.encode()).hexdigest()[:24]}"

    def shown(self, said: str | bytes) -> str:
        """What the other side said, on one line, short, without our secrets."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "…")
        return one_line(text[:4000])[:ANSWER_LENGTH]

    def _secrets(self) -> set[str]:
        parts = urlsplit(self.url)
        found = {self.url, self.secret or "", self.previous or "", *self.headers.values(), *parts.path.split("/")}
        found |= {parts.query, *(value for _name, value in parse_qsl(parts.query)), unquote(parts.query)}
        found |= {word for value in self.headers.values() for word in value.split()}
        return {one for one in found if len(one) >= _SHORT}


def faults(end_point: EndPoint) -> Iterator[str]:
    """What keeps an end point from working, in English, without its secrets."""
    if end_point.kind == "apprise":
        if ":" not in end_point.url:
            yield "url: not one of Apprise's, such as ntfys://host/topic"
        return
    if not _SCHEMES.fullmatch(end_point.url.partition("://")[0]) or not end_point.host:
        yield "url: neither https://host/… nor http://host/…"
    try:
        allowed(end_point.allow)
    except ValueError as error:
        yield f"allow: {error}"
    yield from _FAULTS.get(end_point.kind, _none)(end_point)


def key_of(secret: str) -> bytes:
    """The bytes of a webhook's secret, `whsec_` and base64. Raises ValueError."""
    text = secret.removeprefix("whsec_")
    key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if len(key) < 16:
        raise ValueError("shorter than 16 bytes")
    return key


def _none(_end_point: EndPoint) -> Iterator[str]:
    yield from ()


def _webhook_faults(end_point: EndPoint) -> Iterator[str]:
    if end_point.secret is None:
        yield "secret: needed, such as whsec_ and 32 random bytes in base64"
    for name, secret in (("secret", end_point.secret), ("previous_secret", end_point.previous)):
        try:
            key_of(secret or "whsec_AAAAAAAAAAAAAAAAAAAAAAAA")
        except ValueError:
            yield f"{name}: not whsec_ and at least 16 bytes in base64"


def _sms_faults(end_point: EndPoint) -> Iterator[str]:
    if "{phone}" not in end_point.body + end_point.url:
        yield "body: the placeholder phone stands neither in it nor in the url"
    if "{text}" not in end_point.body + end_point.url and "{title}" not in end_point.body + end_point.url:
        yield "body: neither of the placeholders text and title stands in it or in the url"
    try:
        re.compile(end_point.success)
    except re.error:
        yield "success: not a regular expression"
    if not end_point.success:
        yield "success: needed, what the answer to a message that was taken holds, such as '\"code\": ?0'"


_FAULTS: Final = {"webhook": _webhook_faults, "sms": _sms_faults}
