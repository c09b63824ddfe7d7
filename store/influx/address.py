"""Where the metrics server is and who we are there: `influxdb://host:8086?org=…&bucket=…`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from store.fault import StoreError

PORT: Final = 8086
BUCKET: Final = "hallwatch"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_KNOWN: Final = ("org", "bucket")


@dataclass(frozen=True, slots=True)
class Address:
    """A server and the credentials in clear text, which are never shown."""

    tls: bool
    host: str
    port: int
    path: str = ""
    org: str = ""
    database: str = BUCKET
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None

    @classmethod
    def of(
        cls,
        url: str,
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        ca: Path | None = None,
    ) -> Address:
        """Out of the setting. Raises `StoreError` with the part that cannot be meant."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise StoreError("metrics.url", f"not an address: {error}") from error
        if parts.scheme not in ("influxdb", "influxdbs") or not parts.hostname:
            raise StoreError("metrics.url", "not influxdb://HOST:8086?org=…&bucket=… (influxdbs:// with TLS)")
        if parts.username is not None or parts.password is not None:
            raise StoreError("metrics.url", "credentials belong into metrics.token, or metrics.username and .password")
        org, bucket = _query(parts.query)
        _check(token, username, password)
        tls = parts.scheme == "influxdbs"
        place = parts.path.rstrip("/")
        return cls(tls, parts.hostname, port or PORT, place, org, bucket, token, username, password, ca)

    @property
    def base(self) -> str:
        """The address for HTTP."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.path}"

    def masked(self, text: str) -> str:
        """`text` without our secrets: whatever a server or a library says goes through here before anybody sees it."""
        for secret in (self.token, self.password):
            if secret:
                text = text.replace(secret, "***")
        return text


def _query(text: str) -> tuple[str, str]:
    """Organisation and bucket."""
    given = dict(parse_qsl(text, keep_blank_values=True))
    for name in given:
        if name not in _KNOWN:
            near = ", ".join(get_close_matches(name, _KNOWN, 1)) or " and ".join(_KNOWN)
            raise StoreError("metrics.url", f"there is no {name} in it; known: {near}")
    bucket = given.get("bucket") or BUCKET
    if not _NAME.fullmatch(bucket):
        raise StoreError("metrics.url", "bucket: letters, digits, dots, dashes and underscores only, at most 60")
    return given.get("org", ""), bucket


def _check(token: str | None, username: str | None, password: str | None) -> None:
    if token is not None and username is not None:
        raise StoreError("metrics.token", "either a token (2.x, 3.x), or a user name and a password (1.x)")
    if (username is None) != (password is None):
        raise StoreError("metrics.username", "a user name and a password go together")
    for key, secret in (("token", token), ("username", username), ("password", password)):
        if secret is not None and (not secret or not secret.isprintable()):
            raise StoreError(f"metrics.{key}", "empty, or with characters that no credentials have")
