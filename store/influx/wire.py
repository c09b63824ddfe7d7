"""HTTP to the metrics server: one pool of connections, time-outs on everything, and each failure by its kind."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Mapping
from typing import Any, Final

import httpx2 as httpx
import msgspec

from store.influx.address import Address
from store.influx.fault import Away, Denied, NotInflux, Rejected

SAID: Final = 300
"""Characters of an answer that are worth telling."""
_UNSET: Final = re.compile(
    r"\b(database|retention policy|bucket|organization)\b.* not found|(database|policy) not found"
)

_ERRNO: Final = re.compile(r"\[Errno -?\d+\] ")
_TAG: Final = re.compile(r"<[^>]*>")


class Wire:
    """Asks; several threads may."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.address, self.timeout_s = address, timeout_s
        try:
            self._client = httpx.Client(
                base_url=address.base,
                timeout=httpx.Timeout(timeout_s),
                verify=_context(address),
                trust_env=False,
                follow_redirects=False,
                headers=_credentials(address),
                limits=httpx.Limits(max_connections=32, max_keepalive_connections=8),
            )
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise Away(address.base, address.masked(f"no address: {error}")) from error

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        document: object = None,
    ) -> httpx.Response:
        """Whatever the server answers, of any status. Raises `Away` where it does not."""
        given: dict[str, Any] = {"content": content, "data": form, "json": document}
        try:
            return self._client.request(
                method, path, params=query, **{name: value for name, value in given.items() if value is not None}
            )
        except httpx.TimeoutException as error:
            raise self.away(f"no answer within {self.timeout_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise self.away(_why(error)) from error

    def good(self, answer: httpx.Response) -> httpx.Response:
        """The answer if it is none of a failure. Raises `Away`, `Denied`, `Rejected`, `NotInflux`."""
        if not answer.is_success:
            raise self.fault(answer.status_code, answer.text, answer.headers)
        return answer

    def document(self, answer: httpx.Response) -> Any:
        """A good answer's JSON. Raises like `good`."""
        try:
            return msgspec.json.decode(self.good(answer).content)
        except msgspec.DecodeError as error:
            raise self.not_influx(f"answered no JSON: {answer.text[:80]!r}") from error

    def fault(self, status: int, body: str, headers: Mapping[str, str]) -> Away | Denied | Rejected | NotInflux:
        """What an answer of another status than 2xx means for points."""
        reason = said(body)
        told = self.address.masked(f"{status} {reason}".strip())
        where = self.address.base
        if status in (401, 403):
            return Denied(where, told)
        if status != 400 and _UNSET.search(reason):
            return self.unset(told)
        if status in (408, 429) or status >= 500:
            return Away(where, told, _seconds(headers.get("Retry-After")))
        if status in (400, 422) and is_page(body):  # a proxy, which knows nothing of points
            return NotInflux(where, told)
        if status in (400, 413, 422):
            return Rejected(where, told, partial="partial write" in reason)
        return NotInflux(where, told)

    def away(self, reason: str) -> Away:
        """It does not answer."""
        return Away(self.address.base, self.address.masked(reason))

    def unset(self, told: str) -> Away:
        """It has no such database, bucket or policy yet."""
        return Away(self.address.base, f"{self.address.masked(told)}; first: hallwatch metrics setup")

    def not_influx(self, reason: str) -> NotInflux:
        """Something else does."""
        return NotInflux(self.address.base, self.address.masked(reason))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def said(body: str) -> str:
    """The words of an error: `error` (1.x, 3.x) or `message` (2.x), else the text's beginning."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        document = None
    if isinstance(document, dict):
        body = str(document.get("error") or document.get("message") or body)
    elif is_page(body):
        body = _TAG.sub(" ", body)
    return " ".join(body.split())[:SAID]


def is_page(body: str) -> bool:
    """Whether an answer is for people: no metrics server sends HTML, a proxy does."""
    return body.lstrip()[:1] == "<"


def is_unset(reason: str) -> bool:
    """Whether a server's words mean that it has no such database, bucket or policy."""
    return _UNSET.search(reason) is not None


def _why(error: Exception) -> str:
    """Why there is no answer, without the system's numbers."""
    text = str(error) or error.__class__.__name__
    if "WRONG_VERSION_NUMBER" in text:
        return "no TLS is spoken there: influxdb:// instead of influxdbs://?"
    return _ERRNO.sub("", text)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None


def _credentials(address: Address) -> dict[str, str]:
    if address.token is not None:
        return {"Authorization": f"Token {address.token}"}
    if address.username is None:
        return {}
    pair = f"{address.username}:{address.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _context(address: Address) -> ssl.SSLContext:
    if not address.tls:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, trusts nobody, and reads no file of authorities
    try:
        return ssl.create_default_context(cafile=str(address.ca) if address.ca else None)
    except (OSError, ssl.SSLError) as error:
        raise Away("metrics.ca", f"{address.ca} cannot be used: {error}") from error
